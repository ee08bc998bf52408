import type { Decision } from '../../contract/decision';
import { LOAN_MS, type LiveDecision } from '../domain/live-decision';
import type { JiraProblem, Services } from './ports';

/**
 * Nothing may be decided by it any more, but nobody reported what became of it: a relay may have carried it out. The
 * relay that asks now finds the decision's id in Teleport or not; telling so is all that it can do with a decision that is
 * past its end.
 */
export async function lendForOutcome(
  services: Services,
  connectionId: string,
  live: LiveDecision,
): Promise<Decision> {
  await services.decisions.write({ ...live, lentUntil: services.now() + LOAN_MS, wasLent: true });
  return { ...live.decision, connectionId, notAfter: live.decision.decidedAt };
}

/** How long a decision waits that Jira's answer is missing for, in milliseconds. */
export function waitOf(problem: JiraProblem): number {
  const seconds = 'retryAfterSeconds' in problem ? problem.retryAfterSeconds : undefined;
  return seconds === undefined ? LOAN_MS : seconds * 1000;
}
