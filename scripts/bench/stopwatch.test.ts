import { elapsedUntil, percentilesOf, rounded } from './stopwatch';

test('percentiles are the nearest rank, whatever the order', () => {
  const hundred = Array.from({ length: 100 }, (_, index) => 100 - index);
  expect(percentilesOf(hundred)).toEqual({ p50: 50, p95: 95, p99: 99 });
  expect(percentilesOf([7.04])).toEqual({ p50: 7, p95: 7, p99: 7 });
  expect(() => percentilesOf([])).toThrow('Nothing was measured.');
});

test('time runs until something is so, or is given up with what it was', async () => {
  const begunAt = performance.now();
  let looks = 0;
  const elapsed = await elapsedUntil('three looks', begunAt, () => ++looks === 3);
  expect(elapsed).toBeGreaterThanOrEqual(1);
  expect(elapsed).toBeLessThanOrEqual(performance.now() - begunAt);
  await expect(elapsedUntil('the moon', begunAt, () => false, 5)).rejects.toThrow('the moon');
});

test('figures are rounded to what was asked for', () => {
  expect(rounded(2.345)).toBe(2.3);
  expect(rounded(2.345, 0)).toBe(2);
});
