import { openOutcomes, pathWarnings, slotPaths } from './slot-paths';

const slots = { pending: ['p'], approved: ['a1', 'a2'], denied: ['d'], expired: ['e'] };
const sure = (...to: string[]) => to.map((id) => ({ to: id, isSure: true }));

function reachable(ways: Parameters<typeof slotPaths>[1], from: string, to: string): string | undefined {
  return slotPaths(slots, ways).find((path) => path.from === from && path.to === to)?.reachable;
}

describe('paths between slots', () => {
  it('are there when a transition leads to any status of the slot, out of all of the other', () => {
    const ways = new Map([
      ['p', sure('a2')],
      ['a1', sure('p')],
      ['a2', sure()],
    ]);
    expect(reachable(ways, 'pending', 'approved')).toBe('yes');
    expect(reachable(ways, 'pending', 'denied')).toBe('no');
    expect(reachable(ways, 'approved', 'pending')).toBe('no');
    ways.set('a2', sure('p'));
    expect(reachable(ways, 'approved', 'pending')).toBe('yes');
  });

  it('are unknown where nothing is known or a condition stands in the way', () => {
    const ways = new Map([['p', [{ to: 'd', isSure: false }]]]);
    expect(reachable(ways, 'denied', 'pending')).toBe('unknown');
    expect(reachable(ways, 'pending', 'denied')).toBe('unknown');
    expect(reachable(ways, 'pending', 'expired')).toBe('no');
  });

  it('that are missing are told by what they mean, unknown ones are not', () => {
    const ways = new Map([
      ['p', sure('a1', 'd')],
      ['d', sure()],
    ]);
    const warnings = pathWarnings(slotPaths(slots, ways));
    expect(warnings).toEqual([
      expect.stringContaining('from pending to expired'),
      expect.stringContaining('no way back from denied'),
    ]);
  });
});

describe('outcomes that are open to everybody', () => {
  const way = (changes: object) => ({
    from: ['p'],
    to: 'a2',
    isInitial: false,
    isGuarded: false,
    ...changes,
  });

  it('are those to which an unguarded transition leads out of pending, or from anywhere', () => {
    expect(openOutcomes(slots, [way({})])).toEqual(['approved']);
    expect(openOutcomes(slots, [way({ from: undefined }), way({ to: 'd' })])).toEqual(['approved', 'denied']);
  });

  it('are not those behind a condition, on creation, or from elsewhere', () => {
    expect(openOutcomes(slots, [way({ isGuarded: true })])).toEqual([]);
    expect(openOutcomes(slots, [way({ isInitial: true })])).toEqual([]);
    expect(openOutcomes(slots, [way({ from: ['e'] }), way({ to: 'e' })])).toEqual([]);
  });
});
