import type { Decision, DecisionOutcome } from '../../../contract/decision';
import { cutToBytes, MAX_REASON_BYTES } from '../../../contract/reason';
import { TeleportError, type AccessRequest, type Clock, type StateChange, type Teleport } from '../ports';
import type { ApproverIdentity } from '../../../contract/decision';
import { proveApprover, type ApproverVerdict } from './approver';
import type { ApprovalCounter } from './ceiling';
import { judgeDecision, refuse, type DecisionRules } from './judge';
import { DECISION_ANNOTATION, findCountedTwice, outcomeOfReview, ownEffect, wantedState } from './own-effect';
import { markedReason } from './review-reason';

/** How decisions are delivered, beside what they may do. */
export interface DeskRules extends DecisionRules {
  /** Present unless the mode is `observe`. */
  approverIdentity: ApproverIdentity | undefined;
  delegator: 'account_id' | 'email';
}

/** What it takes to bring a decision to Teleport. */
export interface Delivery {
  teleport: Teleport;
  connectionId: string;
  /** Read for each attempt, so that a reload of the configuration holds at once. */
  rules: () => DeskRules;
  approvals: ApprovalCounter;
  clock: Clock;
}

/** Attempts when other writers are at the same request. */
const MAX_CONFLICTS = 3;

/**
 * Judges a decision against what Teleport says now and, when nothing speaks against it, writes it: sets the state, or submits a
 * review as the relay's own user.
 *
 * @throws TeleportError when it is not known what came of it, or nothing did for now.
 */
export async function carryOut(
  delivery: Delivery,
  decision: Decision,
  signal: AbortSignal,
): Promise<DecisionOutcome> {
  const { teleport, clock, connectionId, approvals } = delivery;
  for (let conflicts = 0; ; conflicts += 1) {
    const rules = delivery.rules();
    const proof = await prove(teleport, decision, rules, signal);
    // Read last, so that as little as possible can happen between this look and the write.
    const request = await teleport.read(decision.requestId, signal);
    const identity = teleport.identity();
    const judgement = judgeDecision({
      decision,
      request,
      connectionId,
      cluster: identity.clusterName,
      rules,
      approvalsInLastHour: approvals.inLastHour(clock.now()),
      now: clock.now(),
    });
    if (judgement.kind === 'over') return judgement.outcome;
    if (!proof.proven) return refuse(proof.code, proof.text).outcome;
    const isReview = rules.mode === 'review-as-bot';
    if (isReview) {
      const parties = { relayUser: identity.user, approver: proof.user };
      const twice = findCountedTwice(judgement.request, decision, parties);
      if (twice !== undefined) return refuse('already_reviewed', twice).outcome;
    }
    try {
      const outcome = isReview
        ? await review(teleport, decision, signal)
        : await setState(teleport, decision, rules, signal);
      if (decision.verdict === 'approve') approvals.add(clock.now());
      return outcome;
    } catch (error) {
      if (!(error instanceof TeleportError)) throw error;
      if (error.code === 'conflict' && conflicts < MAX_CONFLICTS) continue;
      return await explain(teleport, decision, error, isReview, signal);
    }
  }
}

async function prove(
  teleport: Teleport,
  decision: Decision,
  rules: DeskRules,
  signal: AbortSignal,
): Promise<ApproverVerdict> {
  const request = await teleport.read(decision.requestId, signal);
  // Without a request or a rule there is nothing to prove; the judgement that follows says why nothing is done.
  if (request === undefined || rules.approverIdentity === undefined) return { proven: true, user: undefined };
  try {
    return await proveApprover(rules.approverIdentity, decision, request, () => teleport.users(signal));
  } catch (error) {
    if (!(error instanceof TeleportError) || error.code !== 'permission_denied') throw error;
    const text = 'the relay’s Teleport role may not read users, so it cannot tell who approves';
    return { proven: false, code: 'identity_unproven', text };
  }
}

async function setState(
  teleport: Teleport,
  decision: Decision,
  rules: DeskRules,
  signal: AbortSignal,
): Promise<DecisionOutcome> {
  await teleport.setState(stateChange(decision, rules), signal);
  return { kind: 'applied' };
}

async function review(teleport: Teleport, decision: Decision, signal: AbortSignal): Promise<DecisionOutcome> {
  const author = teleport.identity().user;
  const submission = {
    id: decision.requestId,
    state: wantedState(decision),
    reason: markedReason(decision),
  };
  return outcomeOfReview(await teleport.review(submission, signal), decision, author);
}

/** What a refusal by Teleport means. An answer that leaves open what was done is looked up. */
async function explain(
  teleport: Teleport,
  decision: Decision,
  error: TeleportError,
  isReview: boolean,
  signal: AbortSignal,
): Promise<DecisionOutcome> {
  switch (error.code) {
    case 'not_found':
      return { kind: 'gone' };
    case 'mfa_required':
      return refuse(
        'mfa_required',
        'the cluster asks for a second factor that the relay’s identity cannot give; use a Machine ID identity',
      ).outcome;
    case 'permission_denied':
    case 'unimplemented':
    case 'invalid':
    case 'exists':
    case 'conflict':
    case 'unavailable':
    case 'rate_limited':
    case 'cancelled':
    case 'unknown':
      break;
  }
  const request = await teleport.read(decision.requestId, signal);
  if (request === undefined) return { kind: 'gone' };
  const effect = ownEffect(request, decision);
  if (effect !== undefined) return effect;
  if (request.state !== 'PENDING') return { kind: 'already_resolved' };
  const words = isReview ? ABOUT_REVIEWS : ABOUT_STATES;
  switch (error.code) {
    case 'exists':
      return refuse('already_reviewed', words.exists).outcome;
    case 'permission_denied':
      // Some versions of Teleport say so instead of "already reviewed".
      return hasReviewBy(request, teleport.identity().user)
        ? refuse('already_reviewed', words.exists).outcome
        : refuse('no_right', words.noRight).outcome;
    case 'unimplemented':
      return refuse('teleport_refused', words.unimplemented).outcome;
    case 'invalid':
      return refuse('teleport_refused', words.invalid).outcome;
    case 'conflict':
    case 'unavailable':
    case 'rate_limited':
    case 'cancelled':
    case 'unknown':
      throw error;
  }
}

interface RefusalWords {
  exists: string;
  noRight: string;
  unimplemented: string;
  invalid: string;
}

const ABOUT_STATES: RefusalWords = {
  exists: 'Teleport refused to set the state of the request',
  noRight: 'the relay’s Teleport role may not set the state of this request',
  unimplemented: 'this Teleport does not offer to set the state of a request',
  invalid: 'Teleport refused to set the state of the request',
};

const ABOUT_REVIEWS: RefusalWords = {
  exists:
    'the relay has reviewed this request already, and counts once; the next review must be made in Teleport',
  noRight: 'the relay’s Teleport role may not review this request',
  unimplemented: 'this edition of Teleport has no reviews; the relay must use the mode set-state',
  invalid: 'Teleport refused the relay’s review of the request',
};

function hasReviewBy(request: AccessRequest, user: string): boolean {
  return request.reviews.some(({ author }) => author === user);
}

function stateChange(decision: Decision, rules: DeskRules): StateChange {
  const { accountId, email } = decision.actor;
  return {
    id: decision.requestId,
    state: wantedState(decision),
    delegator: `jira:${rules.delegator === 'email' ? (email ?? accountId) : accountId}`,
    reason: cutToBytes(decision.reason, MAX_REASON_BYTES),
    annotations: {
      [DECISION_ANNOTATION]: [decision.id],
      'jira-account': [accountId],
      'jira-issue': [decision.issue.key],
    },
  };
}
