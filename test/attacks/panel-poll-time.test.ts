import { until, World } from '../support/world';
import { ask } from './support/cards';
import { press, viewOf } from './support/panel';

/* The decision page without push: the relay asks each second, as the sandbox's does with --poll. */

const INTERVAL_MS = 1000;
const PRESSES = 9;

test('from button to Teleport within the poll interval and a second', async () => {
  const world = await World.start();
  try {
    const times: number[] = [];
    for (let index = 0; index < PRESSES; index += 1) {
      const card = await ask(world);
      const { grantDigest } = await viewOf(world, card);
      const startedAt = performance.now();
      await press(world, card, { grantDigest });
      await until('Teleport has it', () => world.stateOf(card.id) === 'APPROVED');
      times.push(performance.now() - startedAt);
    }
    const [median = Infinity] = times.sort((a, b) => a - b).slice((PRESSES - 1) / 2);
    process.stdout.write(`button without push: in Teleport after ${median.toFixed(0)} ms (median)\n`);
    expect(median).toBeLessThan(INTERVAL_MS + 1000);
  } finally {
    await world.stop();
  }
});
