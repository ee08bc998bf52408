import { setTimeout as sleep } from 'node:timers/promises';
import { World } from '../world';
import { LIVES, live, startMeter, type Cost, type Life } from './measure';

/** The idle system is watched for so long on a hurried clock, in machine seconds and at this rate. */
const WATCHED_SECONDS = 30;
const RATE = 60;
const DAY_SECONDS = 86_400;
const SETTLING_SECONDS = 8;

/** An idle day: a stretch that was watched, how many of them a day has, and what comes once a day. */
export interface IdleDay {
  watched: Cost;
  times: number;
  daily: Cost;
}

/** What a request costs by how it ends, each measured after one that warmed the functions up. */
export async function measureLives(world: World): Promise<Record<Life, Cost>> {
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

/**
 * Without requests: hellos, comparisons and frequent sweeps by watching, the daily sweep by running it once.
 *
 * @param helloEverySeconds how often the relay says hello; what it does by itself where left out, which is more seldom than people
 *   who try the sandbox like.
 */
export async function measureIdleDay(helloEverySeconds?: number): Promise<IdleDay> {
  const relayConfig = { timing: { hello_at_most_every: helloEverySeconds } };
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
