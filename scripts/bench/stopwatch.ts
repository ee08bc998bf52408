import { setTimeout as sleep } from 'node:timers/promises';

const LOOK_EVERY_MS = 1;

/** Milliseconds; the nearest-rank percentiles of what was measured. */
export interface Percentiles {
  p50: number;
  p95: number;
  p99: number;
}

/** The percentiles of some milliseconds, to a tenth. @throws Error where nothing was measured. */
export function percentilesOf(measured: readonly number[]): Percentiles {
  const sorted = measured.toSorted((one, other) => one - other);
  const at = (share: number): number => {
    const value = sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)];
    if (value === undefined) throw new Error('Nothing was measured.');
    return Math.round(value * 10) / 10;
  };
  return { p50: at(0.5), p95: at(0.95), p99: at(0.99) };
}

/**
 * Milliseconds from `begunAt` (of `performance.now()`) until something is so, to about a millisecond.
 * @throws Error with `what` when it never is.
 */
export async function elapsedUntil(
  what: string,
  begunAt: number,
  look: () => boolean,
  withinMs = 60_000,
): Promise<number> {
  for (;;) {
    const elapsed = performance.now() - begunAt;
    if (look()) return elapsed;
    if (elapsed > withinMs) throw new Error(`Not within ${withinMs / 1000} s: ${what}`);
    await sleep(LOOK_EVERY_MS);
  }
}

/** A figure with so many digits after the point. */
export function rounded(value: number, digits = 1): number {
  return Number(value.toFixed(digits));
}
