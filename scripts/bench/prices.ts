import type { IdleDay } from '../../test/support/cost/days';
import { rounded } from './stopwatch';

/**
 * List prices of Forge in US$ and what is free each month for all installations of an app (Forge platform pricing, 2026). The store
 * is billed by bytes, of which an empty read counts a thousand.
 */
const PRICES = {
  functions: { perGbSecond: 0.000025, freeGbSeconds: 200_000 },
  kvsReads: { perGb: 0.055, freeGb: 0.1 },
  kvsWrites: { perGb: 1.09, freeGb: 0.1 },
} as const;

const DAYS = 30;
const BYTES_OF_GB = 1e9;

/** What a month of idle days costs, in US$. */
export interface Price {
  /** GB-seconds of functions, and their share of what is free. */
  gbSeconds: number;
  shareOfFree: number;
  /** Everything at list price, as if nothing were free. */
  nothingFree: number;
  /** What Atlassian bills an app with one such installation. */
  billed: number;
}

/** The price of a month of such days. */
export function priceOf({ watched, times, daily }: IdleDay): Price {
  const month = (pick: (cost: IdleDay['daily']) => number) => (pick(watched) * times + pick(daily)) * DAYS;
  const gbSeconds = month((cost) => cost.gbSeconds);
  const readGb = month(({ kvs }) => kvs.readBytes) / BYTES_OF_GB;
  const writeGb = month(({ kvs }) => kvs.writeBytes) / BYTES_OF_GB;
  const price = (functions: number, reads: number, writes: number) =>
    rounded(
      functions * PRICES.functions.perGbSecond +
        reads * PRICES.kvsReads.perGb +
        writes * PRICES.kvsWrites.perGb,
      4,
    );
  return {
    gbSeconds: rounded(gbSeconds, 0),
    shareOfFree: rounded(gbSeconds / PRICES.functions.freeGbSeconds, 4),
    nothingFree: price(gbSeconds, readGb, writeGb),
    billed: price(
      Math.max(0, gbSeconds - PRICES.functions.freeGbSeconds),
      Math.max(0, readGb - PRICES.kvsReads.freeGb),
      Math.max(0, writeGb - PRICES.kvsWrites.freeGb),
    ),
  };
}
