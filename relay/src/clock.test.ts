import { getEventListeners } from 'node:events';
import { ratedClock, systemClock } from './clock';

test('a sleep ends after its time and leaves no listener behind', async () => {
  const { signal } = new AbortController();
  const began = performance.now();
  await systemClock.sleep(30, signal);
  expect(performance.now() - began).toBeGreaterThanOrEqual(28);
  expect(getEventListeners(signal, 'abort')).toHaveLength(0);
});

test('a sleep ends early with its signal, without an error, and leaves no listener behind', async () => {
  const stop = new AbortController();
  const sleeping = systemClock.sleep(60_000, stop.signal);
  expect(getEventListeners(stop.signal, 'abort')).toHaveLength(1);
  stop.abort(new Error('stop'));
  await sleeping;
  expect(getEventListeners(stop.signal, 'abort')).toHaveLength(0);
  await systemClock.sleep(60_000, stop.signal);
});

test('a sleep longer than a timer takes does not end at once', async () => {
  const stop = new AbortController();
  let isDone = false;
  const sleeping = systemClock.sleep(2 ** 40, stop.signal).then(() => (isDone = true));
  await systemClock.sleep(20, new AbortController().signal);
  expect(isDone).toBe(false);
  stop.abort();
  await sleeping;
});

test('a negative sleep is none', async () => {
  await systemClock.sleep(-5, new AbortController().signal);
});

test('a rated clock runs so many times as fast since its epoch, and its sleeps are shorter', async () => {
  const epoch = Date.now() - 1000;
  const clock = ratedClock(epoch, 600);
  const [before, rated, after] = [Date.now(), clock.now(), Date.now()];
  expect(rated).toBeGreaterThanOrEqual(epoch + (before - epoch) * 600);
  expect(rated).toBeLessThanOrEqual(epoch + (after - epoch) * 600);
  const began = performance.now();
  await clock.sleep(30_000, new AbortController().signal);
  expect(performance.now() - began).toBeGreaterThanOrEqual(48);
  expect(performance.now() - began).toBeLessThan(5000);
});
