import type { Log } from '../ports';
import { ExpiryWarning, warnFrom } from './expiry-warning';
import type { Identity } from './identity';

const MINUTE = 60_000;
const DAY = 24 * 60 * MINUTE;
const START = Date.UTC(2026, 10, 24);

function identity(lifeMs: number): Identity {
  return {
    user: 'bot-jira',
    clusterName: 'root',
    caFingerprints: [],
    notBefore: new Date(START),
    notAfter: new Date(START + lifeMs),
    tls: { key: '', cert: '', ca: [] },
  };
}

test.each([
  ['an hour, of which tbot leaves 40 minutes at most', 60 * MINUTE, 15 * MINUTE],
  ['half a day', DAY / 2, DAY / 8],
  ['a year', 365 * DAY, 14 * DAY],
])('an identity for %s', (_name, life, before) => {
  expect(START + life - warnFrom(identity(life))).toBe(before);
});

test('is told once when it comes near, once when it is there, and anew for another one', () => {
  const told: string[] = [];
  const ignore = (): void => void told.push('not a warning');
  const log: Log = { debug: ignore, info: ignore, error: ignore, warn: (message) => void told.push(message) };
  const warning = new ExpiryWarning(log);
  const short = identity(60 * MINUTE);
  warning.look(undefined, START);
  warning.look(short, START + 44 * MINUTE);
  expect(told).toEqual([]);
  for (const minute of [45, 50, 59, 60, 61, 90]) warning.look(short, START + minute * MINUTE);
  expect(told).toEqual([expect.stringContaining('ends soon'), expect.stringContaining('has expired')]);
  const renewed = identity(120 * MINUTE);
  warning.look(renewed, START + 61 * MINUTE);
  warning.look(renewed, START + 100 * MINUTE);
  expect(told).toHaveLength(3);
});
