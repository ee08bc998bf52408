import type { Clock } from '../ports';
import type { Identity } from './identity';
import { isRenewalDue, watchIdentity } from './identity-watcher';

const MINUTE = 60_000;
const START = Date.UTC(2026, 10, 24);

function identity(fromMinute: number, toMinute: number): Identity {
  return {
    user: 'bot-jira',
    clusterName: 'root',
    caFingerprints: [],
    notBefore: new Date(START + fromMinute * MINUTE),
    notAfter: new Date(START + toMinute * MINUTE),
    tls: { key: '', cert: '', ca: [] },
  };
}

describe('a renewal is due', () => {
  const old = identity(0, 60);
  const newer = identity(20, 80);

  test.each([
    ['while the certificate has more than a tenth of its life', 53, false],
    ['in the last tenth', 54, true],
    ['after its end', 70, true],
  ])('%s', (_name, minute, due) => {
    expect(isRenewalDue(old, newer, START + minute * MINUTE)).toBe(due);
  });

  test('of a short one in its last two minutes', () => {
    const short = identity(0, 10);
    expect(isRenewalDue(short, newer, START + 7.9 * MINUTE)).toBe(false);
    expect(isRenewalDue(short, newer, START + 8 * MINUTE)).toBe(true);
  });

  test('never for a certificate that ends no later', () => {
    expect(isRenewalDue(old, old, START + 59 * MINUTE)).toBe(false);
    expect(isRenewalDue(old, identity(10, 50), START + 59 * MINUTE)).toBe(false);
  });
});

test('the watcher looks at the file at its interval, renews when due and ends with the signal', async () => {
  const stop = new AbortController();
  const slept: number[] = [];
  const done: string[] = [];
  let minute = 52;
  const clock: Clock = {
    now: () => START + minute * MINUTE,
    sleep: (milliseconds) => {
      slept.push(milliseconds);
      minute += 1;
      if (slept.length === 4) stop.abort();
      return Promise.resolve();
    },
  };
  const watched = {
    reload: () => void done.push(`reload ${minute}`),
    newest: () => identity(20, 80),
    inUse: () => (minute < 55 ? identity(0, 60) : identity(20, 80)),
    reconnect: () => void done.push('reconnect'),
  };
  await watchIdentity(watched, 30_000, clock, stop.signal);
  expect(slept).toEqual([30_000, 30_000, 30_000, 30_000]);
  expect(done).toEqual(['reload 53', 'reload 54', 'reconnect', 'reload 55']);
});
