import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { format, resolveConfig } from 'prettier';
import { ASSUMED_MS, LIVES, live, startMeter, type Cost, type Life } from '../test/support/cost/measure';
import { renderCosts, type IdleDay } from '../test/support/cost/render';
import { BRISK, World } from '../test/support/world';

/*
 * `npm run cost`: measures in the sandbox what a request and an idle day cost, and writes docs/cost.md. Each life runs once before
 * it is measured, so that what a warm function remembers is not asked for again, as in any but the first minutes of a day.
 */

const FILE = join(__dirname, '..', 'docs', 'cost.md');
/** The idle system is watched for so long on a hurried clock, in machine seconds and at this rate. */
const WATCHED_SECONDS = 30;
const RATE = 60;
const DAY_SECONDS = 86_400;
const SETTLING_SECONDS = 8;

async function measureLives(world: World): Promise<Record<Life, Cost>> {
  const measured: Partial<Record<Life, Cost>> = {};
  for (const life of LIVES) {
    await live(world, life);
    const read = startMeter(world.sandbox);
    await live(world, life);
    measured[life] = read();
  }
  const {
    'decided in Teleport': teleport,
    'decided in Jira': jira,
    'removed unanswered': removed,
  } = measured;
  if (teleport === undefined || jira === undefined || removed === undefined)
    throw new Error('A life was not measured.');
  return { 'decided in Teleport': teleport, 'decided in Jira': jira, 'removed unanswered': removed };
}

/** Without requests: hellos, comparisons and frequent sweeps by watching, the daily sweep by running it once. */
async function measureIdleDay(): Promise<IdleDay> {
  // The relay asks as often as the app tells it to, not as often as people who try the sandbox like.
  const relayConfig = { timing: { hello_at_most_every: undefined } };
  const world = await World.start({ clock: { rate: RATE, epoch: Date.now() }, relayConfig });
  try {
    await world.quiet();
    // The first scheduled runs come some minutes after the installation; the daily one is counted by itself.
    await sleep(SETTLING_SECONDS * 1000);
    const read = startMeter(world.sandbox);
    await sleep(WATCHED_SECONDS * 1000);
    const watched = read();
    const readDaily = startMeter(world.sandbox);
    await world.sandbox.forge.runScheduledTrigger('sweep-all');
    return { watched, daily: readDaily(), times: DAY_SECONDS / (WATCHED_SECONDS * RATE) };
  } finally {
    await world.stop();
  }
}

async function main(): Promise<void> {
  const world = await World.start({ relayConfig: BRISK });
  let lives: Record<Life, Cost>;
  try {
    lives = await measureLives(world);
  } finally {
    await world.stop();
  }
  const text = renderCosts({ lives, idle: await measureIdleDay(), assumedMs: ASSUMED_MS });
  await writeFile(FILE, await format(text, { ...(await resolveConfig(FILE)), parser: 'markdown' }));
  console.log(`Written: ${FILE}`);
}

main().catch((cause: unknown) => {
  console.error(cause);
  process.exitCode = 1;
});
