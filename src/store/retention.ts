import type { Ttl } from '@forge/kvs';

/** For how many days the store keeps what is needed for a while only; the platform takes it away then (Forge KVS, TTL). */
export const KEPT_DAYS = {
  /** Longer than any attempt to create an issue can stay undecided. */
  attempt: 7,
  /** Longer than any decision is lent. */
  loan: 7,
  /** Longer than anybody waits at a page. */
  settled: 7,
  /** A move is judged at most so long after it: by the daily sweep at the latest. */
  cardPace: 2,
  /** Long enough that a card which was left in the wrong place is not commented on again and again. */
  putBacks: 60,
  /** Longer than any quota takes to come back: it is counted by the hour (Jira rate limits). */
  quotaPause: 1,
  /** Far longer than anybody keeps a page with older settings open and saves them. */
  replacedSettings: 90,
  /** Entries of the activity list that tell of no decision; those that do are kept as long as the settings say. */
  activity: 90,
} as const;

/** A time to live in days. */
export function forDays(days: number): Ttl {
  return { value: days, unit: 'DAYS' };
}
