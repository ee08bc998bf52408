import type { Decision, DecisionOutcome, DecisionSource, RefusalCode } from '../../../contract/decision';
import type { AccessRequest } from '../ports';
import { grantDigestOf } from '../sync/snapshot';
import { findOverCeiling, type Ceiling } from './ceiling';
import { keepsThresholds } from './thresholds';

/** The annotation that holds the id of the decision by which the relay set a request's state. */
export const DECISION_ANNOTATION = 'jira-decision';

/** What the Teleport administrator lets decisions made in Jira do. */
export interface DecisionRules {
  mode: 'observe' | 'set-state';
  accept: readonly DecisionSource[];
  allowThresholdBypass: boolean;
  ceiling: Ceiling;
}

/** What a decision meets at delivery. */
export interface DecisionFacts {
  decision: Decision;
  /** As just read by id; `undefined` when Teleport does not hold it. */
  request: AccessRequest | undefined;
  connectionId: string;
  cluster: string;
  rules: DecisionRules;
  approvalsInLastHour: number;
  /** Unix milliseconds. */
  now: number;
}

/** `proceed`: nothing speaks against it but the identity of who decided, which takes a further look. */
export type Judgement =
  { kind: 'proceed'; request: AccessRequest } | { kind: 'over'; outcome: DecisionOutcome };

/**
 * Judges a decision at the moment of delivery. Nothing that the app sends widens what the rules allow; anything that is not
 * plainly right leaves Teleport untouched. The relay's own earlier effect is recognised by the decision's id in Teleport.
 */
export function judgeDecision(facts: DecisionFacts): Judgement {
  const { decision, request, rules, now } = facts;
  if (decision.connectionId !== facts.connectionId || decision.cluster !== facts.cluster) {
    return refuse('wrong_connection', 'the decision is for another connection');
  }
  if (request === undefined) return { kind: 'over', outcome: { kind: 'gone' } };
  if (isOwnEffect(request, decision)) return { kind: 'over', outcome: { kind: 'applied' } };
  if (rules.mode === 'observe') {
    return refuse('observe_only', 'the relay only shows requests in Jira; decide in Teleport');
  }
  if (request.state !== 'PENDING') return { kind: 'over', outcome: { kind: 'already_resolved' } };
  if (now > Date.parse(decision.notAfter)) {
    return refuse('late', 'the decision reached Teleport too late and is void');
  }
  if (request.requestExpiresAt !== undefined && now >= request.requestExpiresAt.getTime()) {
    return refuse('not_pending', 'the request has expired');
  }
  if (!rules.accept.includes(decision.source)) {
    return refuse('source_not_accepted', `the relay does not accept decisions made by a ${decision.source}`);
  }
  if (decision.verdict === 'approve') {
    if (grantDigestOf(request) !== decision.grantDigest) {
      return refuse('grant_changed', 'what is asked for is not what the approver was shown');
    }
    const over = findOverCeiling(request, rules.ceiling, now);
    if (over !== undefined) return refuse('over_ceiling', over);
    const limit = rules.ceiling.maxApprovalsPerHour;
    if (limit !== undefined && facts.approvalsInLastHour >= limit) {
      return refuse('too_many_approvals', `the relay lets ${limit} requests an hour be approved from Jira`);
    }
  }
  const thresholds = keepsThresholds(request);
  if (!thresholds.kept && !rules.allowThresholdBypass) return refuse('needs_review', thresholds.text);
  return { kind: 'proceed', request };
}

/** Whether the relay itself set the request's state by this very decision, in an earlier life perhaps. */
export function isOwnEffect(request: AccessRequest, decision: Decision): boolean {
  const wanted = decision.verdict === 'approve' ? 'APPROVED' : 'DENIED';
  return (
    request.state === wanted &&
    request.resolveAnnotations.get(DECISION_ANNOTATION)?.includes(decision.id) === true
  );
}

/** A refusal with its code and words for people. */
export function refuse(code: RefusalCode, text: string): { kind: 'over'; outcome: DecisionOutcome } {
  return { kind: 'over', outcome: { kind: 'refused', code, text: text.slice(0, 512) } };
}
