import { until, World } from '../support/world';
import { ask, type Card } from './support/cards';
import { press, resultOf } from './support/panel';
import { QUICK, settled } from './support/teleport-watch';

const CARDS = 14;
const AT_MOST = 10;

test('a bulk change approves no more than a person reads in a minute; the rest is decided by button', async () => {
  const world = await World.start({ relayConfig: QUICK });
  try {
    const cards: Card[] = [];
    for (let index = 0; index < CARDS; index += 1) cards.push(await ask(world));
    // All within one minute of the clock, since that is what is counted.
    await until('a minute that has just begun', () => Date.now() % 60_000 < 40_000, 30_000);
    await Promise.all(cards.map(({ issue }) => world.move(issue, 'approved')));
    await settled(world);
    const approved = cards.filter(({ id }) => world.stateOf(id) === 'APPROVED');
    const rest = cards.filter(({ id }) => world.stateOf(id) === 'PENDING');
    expect(approved).toHaveLength(AT_MOST);
    expect(rest).toHaveLength(CARDS - AT_MOST);
    for (const { issue } of rest) {
      expect(world.slotOf(issue)).toBe('pending');
      expect(world.appComments(issue)).toEqual([expect.stringContaining('Decide this one by the buttons')]);
    }
    const codes = world.activity().filter(({ code }) => code === 'too_many');
    expect(codes).toHaveLength(rest.length);
    for (const card of rest) expect(resultOf(await press(world, card))).toBe('taken');
    for (const { id } of rest) await world.untilState(id, 'APPROVED');
    await settled(world);
  } finally {
    await world.stop();
  }
}, 120_000);
