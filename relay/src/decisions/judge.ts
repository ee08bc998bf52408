import type { Decision, DecisionOutcome, DecisionSource, RefusalCode } from '../../../contract/decision';
import type { SUPPORTED_MODES } from '../config/schema';
import type { AccessRequest } from '../ports';
import { grantDigestOf } from '../sync/snapshot';
import { findOverCeiling, type Ceiling } from './ceiling';
import { ownEffect } from './own-effect';
import { canBeReviewed, keepsThresholds } from './thresholds';

/** What the Teleport administrator lets decisions made in Jira do. */
export interface DecisionRules {
  mode: (typeof SUPPORTED_MODES)[number];
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
  const effect = ownEffect(request, decision);
  if (effect !== undefined) return { kind: 'over', outcome: effect };
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
  const kept = rules.mode === 'set-state' ? keepsThresholds(request) : canBeReviewed(request);
  if (!kept.kept && !(rules.mode === 'set-state' && rules.allowThresholdBypass)) {
    return refuse('needs_review', kept.text);
  }
  return { kind: 'proceed', request };
}

/** A refusal with its code and words for people. */
export function refuse(code: RefusalCode, text: string): { kind: 'over'; outcome: DecisionOutcome } {
  return { kind: 'over', outcome: { kind: 'refused', code, text: text.slice(0, 512) } };
}
