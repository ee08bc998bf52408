import { z } from 'zod';
import { decision } from '../../contract/decision';

const millis = z.number().int().nonnegative();

/** A decision lent to a relay is not handed out again for this long, in milliseconds. */
export const LOAN_MS = 30_000;

/** A decision that waits for a relay. At most one exists for a request. */
export const liveDecision = z.object({
  decision,
  /** Until then a relay that collected it is expected to report. */
  lentUntil: millis,
});
export type LiveDecision = z.infer<typeof liveDecision>;

/** Whether a decision may be handed out now. */
export function isAvailable(live: LiveDecision, now: number): boolean {
  return now >= live.lentUntil;
}

/** Whether a decision is past its end. */
export function isPast(live: LiveDecision, now: number): boolean {
  return now > Date.parse(live.decision.notAfter);
}
