import { toUtcSeconds } from '../../contract/access-request';
import type { Decision } from '../../contract/decision';
import { SIGNATURE_WINDOW_SECONDS } from '../../contract/signing';
import { LOAN_MS, type LiveDecision } from '../domain/live-decision';
import type { JiraProblem, Services } from './ports';

/** Before a decision was made by so much, it is past by the clock of every relay whose signatures the app takes. */
const PAST_FOR_ALL_MS = 2 * SIGNATURE_WINDOW_SECONDS * 1000;

/**
 * Lends a decision to the relay that asked: to exactly one, however many ask in the same instant.
 *
 * @returns the decision, or `undefined` when it is just being lent to another one.
 */
export async function lendOnce(
  services: Services,
  live: LiveDecision,
  decision: Decision,
): Promise<Decision | undefined> {
  const now = services.now();
  const earlier = live.decision.id === decision.id ? (live.loans ?? 0) : 0;
  for (let loan = earlier; ; loan += 1) {
    const race = await services.decisions.winLoan(decision.id, loan, now);
    if (race.won) {
      await services.decisions.write({ decision, lentUntil: now + LOAN_MS, wasLent: true, loans: loan + 1 });
      const { id: decisionId, requestId } = decision;
      services.log.info('a decision was lent to a relay', { decisionId, requestId });
      return decision;
    }
    // Whoever won so long ago and left no trace in the record was cut off before it lent anything.
    if (now < race.since + LOAN_MS) return undefined;
  }
}

/**
 * Nothing may be decided by it any more, but nobody reported what became of it: a relay may have carried it out. The
 * relay that asks now finds the decision's id in Teleport or not; telling so is all that it can do with a decision that is
 * past its end.
 */
export async function lendForOutcome(
  services: Services,
  connectionId: string,
  live: LiveDecision,
): Promise<Decision | undefined> {
  const lent = await lendOnce(services, live, live.decision);
  if (lent === undefined) return undefined;
  const longAgo = Date.parse(lent.decidedAt) - PAST_FOR_ALL_MS;
  return { ...lent, connectionId, notAfter: toUtcSeconds(new Date(longAgo)) };
}

/** How long a decision waits that Jira's answer is missing for, in milliseconds. */
export function waitOf(problem: JiraProblem): number {
  const seconds = 'retryAfterSeconds' in problem ? problem.retryAfterSeconds : undefined;
  return seconds === undefined ? LOAN_MS : seconds * 1000;
}
