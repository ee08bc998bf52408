import { Backoff } from './backoff';

/** Attempts within a span when each fails at once, the first at its beginning. */
function attemptsWithin(spanMs: number, random: () => number, startMs = 0): number {
  const backoff = new Backoff(1000, 45_000, random);
  let attempts = 0;
  for (let at = 0; at < startMs + spanMs; at += backoff.next()) if (at >= startMs) attempts += 1;
  return attempts;
}

describe('Backoff', () => {
  it.each([0, 0.5, 0.999])('never hurries a server that refuses (chance %d)', (chance) => {
    const first = new Backoff(1000, 45_000, () => chance).next();
    expect(first).toBeLessThanOrEqual(1500);
    expect(attemptsWithin(60_000, () => chance)).toBeLessThanOrEqual(10);
    expect(attemptsWithin(60_000, () => chance, 300_000)).toBeLessThanOrEqual(2);
  });

  it('begins anew after something came through', () => {
    const backoff = new Backoff(1000, 45_000, () => 0.5);
    const first = backoff.next();
    expect(backoff.next()).toBeGreaterThan(first);
    backoff.reset();
    expect(backoff.next()).toBe(first);
  });

  it('spreads relays that failed at the same moment', () => {
    const waits = new Set(Array.from({ length: 20 }, () => new Backoff(1000, 45_000).next()));
    expect(waits.size).toBeGreaterThan(1);
  });
});
