import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { format, resolveConfig } from 'prettier';
import { measureIdleDay, measureLives } from '../test/support/cost/days';
import { ASSUMED_MS, type Cost, type Life } from '../test/support/cost/measure';
import { renderCosts } from '../test/support/cost/render';
import { BRISK, World } from '../test/support/world';

/*
 * `npm run cost`: measures in the sandbox what a request and an idle day cost, and writes docs/cost.md. Each life runs once before
 * it is measured, so that what a warm function remembers is not asked for again, as in any but the first minutes of a day.
 */

const FILE = join(__dirname, '..', 'docs', 'cost.md');
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
