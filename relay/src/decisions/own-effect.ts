import type { Decision, DecisionOutcome } from '../../../contract/decision';
import type { AccessRequest } from '../ports';
import { describeProgress } from './progress';
import { isNamed, readMark } from './review-reason';

/** The annotation that holds the id of the decision by which the relay set a request's state. */
export const DECISION_ANNOTATION = 'jira-decision';

/** The state that a decision asks for. */
export function wantedState({ verdict }: Decision): 'APPROVED' | 'DENIED' {
  return verdict === 'approve' ? 'APPROVED' : 'DENIED';
}

/**
 * What this very decision has done to the request already, in an earlier life of the relay perhaps, or through another one
 * that works for the same connection; `undefined` when Teleport holds no trace of it. A trace written by others keeps the
 * relay from acting and never makes it act.
 */
export function ownEffect(request: AccessRequest, decision: Decision): DecisionOutcome | undefined {
  const wanted = wantedState(decision);
  const isAnnotated = request.resolveAnnotations.get(DECISION_ANNOTATION)?.includes(decision.id) === true;
  if (isAnnotated && request.state === wanted) return { kind: 'applied' };
  const review = request.reviews.find(({ reason, verdict }) => {
    const mark = readMark(reason);
    return mark !== undefined && verdict === wanted && isNamed(mark.decisionId, decision.id);
  });
  return review === undefined ? undefined : outcomeOfReview(request, decision, review.author);
}

/** What became of a request that holds a review by `author` for the decision. */
export function outcomeOfReview(request: AccessRequest, decision: Decision, author: string): DecisionOutcome {
  if (request.state === wantedState(decision)) return { kind: 'applied' };
  if (request.state !== 'PENDING') return { kind: 'already_resolved' };
  return { kind: 'recorded', text: describeProgress(request, decision.verdict, author).slice(0, 512) };
}

/**
 * Why a review for this decision would count somebody a second time, in words; `undefined` when it would not. Teleport takes
 * one review from each author, but a person who decides in Jira and in Teleport has two authors there.
 */
export function findCountedTwice(
  request: AccessRequest,
  { actor }: Decision,
  { relayUser, approver }: { relayUser: string; approver: string | undefined },
): string | undefined {
  for (const { author, reason } of request.reviews) {
    const mark = readMark(reason);
    if (mark !== undefined && isNamed(mark.accountId, actor.accountId)) {
      return 'a decision by this Jira account was counted already; somebody else must review the request';
    }
    if (author === relayUser) {
      return 'decisions made in Jira count as one review of the relay, and it was counted already; the next one must be made in Teleport';
    }
    if (author === approver || author.toLowerCase() === actor.email?.toLowerCase()) {
      return `the approver has reviewed this request in Teleport already, as ${author}`;
    }
  }
  return undefined;
}
