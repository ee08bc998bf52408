import * as z from 'zod';
import { decision, decisionOutcome } from '../../contract/decision';
import { PANEL_REFUSALS } from '../../contract/issue-page';

const millis = z.number().int().nonnegative();

/** A decision lent to a relay is not handed out again for this long, in milliseconds. */
export const LOAN_MS = 30_000;

/** So long after its last loan the outcome of a decision is waited for before the app calls it void, in milliseconds. */
const OUTCOME_WITHIN_MS = 10 * 60_000;

/** A decision that waits for a relay. At most one exists for a request. */
export const liveDecision = z.object({
  decision,
  /** Until then a relay that collected it is expected to report. */
  lentUntil: millis,
  /** Whether a relay ever collected it. */
  wasLent: z.boolean().optional(),
  /** How often it was lent through the store's claims; tells one loan from the next. */
  loans: z.int().nonnegative().optional(),
});
export type LiveDecision = z.infer<typeof liveDecision>;

/** Whether a relay may have carried the decision out without having said so yet: the app alone must not call it void then. */
export function isOutcomeOpen(live: LiveDecision, now: number): boolean {
  return live.wasLent === true && now < live.lentUntil + OUTCOME_WITHIN_MS;
}

/** Whether a decision may be handed out now. */
export function isAvailable(live: LiveDecision, now: number): boolean {
  return now >= live.lentUntil;
}

/** Whether a decision is past its end. */
export function isPast(live: LiveDecision, now: number): boolean {
  return now > Date.parse(live.decision.notAfter);
}

/** What became of the newest decision of a request, for whoever waits for it at the page. Grants and decides nothing. */
export const settledDecision = z.object({
  decisionId: z.string(),
  verdict: z.enum(['approve', 'deny']).optional(),
  accountId: z.string().optional(),
  at: millis,
  outcome: z.union([
    decisionOutcome,
    /** The app did not let it go to Teleport. */
    z.object({ kind: z.literal('withdrawn'), code: z.enum(PANEL_REFUSALS) }),
  ]),
});
export type SettledDecision = z.infer<typeof settledDecision>;
