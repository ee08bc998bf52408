import type { Clock } from '../clock';

/** The longest that a timer of Node can wait. */
const MAX_TIMER_MS = 2_147_483_647;

/** Machine milliseconds for a timer that waits `millis` of the sandbox's clock. */
export function timerMillis(clock: Clock, millis: number): number {
  return Math.min(MAX_TIMER_MS, clock.machineMillis(millis));
}
