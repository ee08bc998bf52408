import { setTimeout as delay } from 'node:timers/promises';
import { codeOf } from './errors';
import type { Clock } from './ports';

/** The machine's clock. */
export const systemClock: Clock = {
  now: () => Date.now(),
  sleep: (milliseconds, signal) => pause(milliseconds, signal),
};

/**
 * A clock that agreed with the machine's at `epoch` (Unix milliseconds) and has run `rate` times as fast since; a sleep of a
 * minute then takes a minute of this clock. For rehearsals against a sandbox whose own clock runs the same way.
 */
export function ratedClock(epoch: number, rate: number): Clock {
  return {
    now: () => Math.floor(epoch + (Date.now() - epoch) * rate),
    sleep: (milliseconds, signal) => pause(milliseconds / rate, signal),
  };
}

/** Longest delay that a timer of Node takes; a longer one would fire at once. */
const LONGEST_TIMER_MS = 2 ** 31 - 1;

/** Waits, or returns early when the signal ends; either way its listener is gone afterwards. */
async function pause(milliseconds: number, signal: AbortSignal): Promise<void> {
  if (signal.aborted) return;
  const bounded = Math.min(Math.max(0, milliseconds), LONGEST_TIMER_MS);
  await delay(bounded, undefined, { signal }).catch((error: unknown) => {
    if (codeOf(error) !== 'ABORT_ERR') throw error;
  });
}
