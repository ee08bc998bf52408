import { toUtcSeconds } from '../../../contract/access-request';
import type { ApproverIdentity, Decision, DecisionOutcome } from '../../../contract/decision';
import type { ApplyItem } from '../../../contract/relay-inbox';
import {
  TeleportError,
  type AccessRequest,
  type Clock,
  type Log,
  type Metrics,
  type StateChange,
  type Teleport,
} from '../ports';
import { proveApprover } from './approver';
import { ApprovalCounter } from './ceiling';
import { DECISION_ANNOTATION, judgeDecision, isOwnEffect, refuse, type DecisionRules } from './judge';

/** How decisions are delivered, beside what they may do. */
export interface DeskRules extends DecisionRules {
  /** Present unless the mode is `observe`. */
  approverIdentity: ApproverIdentity | undefined;
  delegator: 'account_id' | 'email';
}

/** What the desk needs from outside. */
export interface DecisionDeskOptions {
  teleport: Teleport;
  connectionId: string;
  /** Read at each decision, so that a reload of the configuration holds at once. */
  rules: () => DeskRules;
  /** Reports an outcome together with the request as it is now. */
  report: (decision: Decision, outcome: ApplyItem['outcome'], request: AccessRequest | undefined) => void;
  /** Keeps news of a request back while its decision is under way, so that both are told together. */
  hold: (requestId: string) => void;
  release: (requestId: string) => void;
  clock: Clock;
  log: Log;
  metrics: Metrics;
}

/** Teleport's limit for a reason, in bytes. */
const MAX_REASON_BYTES = 4096;
/** Attempts when other writers are at the same request. */
const MAX_CONFLICTS = 3;

/**
 * Carries decisions made in Jira to Teleport. Each is judged against what Teleport says at that moment; what came of it is
 * reported with the request's new state. A decision that could not be carried out for lack of Teleport is dropped without a
 * word: the app lends it again.
 */
export class DecisionDesk {
  private readonly underWay = new Map<string, Promise<void>>();
  private readonly approvals = new ApprovalCounter();

  constructor(private readonly options: DecisionDeskOptions) {}

  /** Takes decisions; those whose request is being decided already are left for the next time they are lent. */
  take(decisions: readonly Decision[], signal: AbortSignal): void {
    for (const decision of decisions) {
      const { requestId } = decision;
      if (this.underWay.has(requestId)) continue;
      this.options.hold(requestId);
      const work = this.decide(decision, signal).finally(() => {
        this.underWay.delete(requestId);
        this.options.release(requestId);
      });
      this.underWay.set(requestId, work);
    }
  }

  /** Waits for the decisions under way. */
  async drain(): Promise<void> {
    await Promise.all(this.underWay.values());
  }

  private async decide(decision: Decision, signal: AbortSignal): Promise<void> {
    const { clock, log, metrics, report, teleport } = this.options;
    const facts = { requestId: decision.requestId, decisionId: decision.id, verdict: decision.verdict };
    try {
      const outcome = await this.carryOut(decision, signal);
      const request = await teleport.read(decision.requestId, signal);
      const label = outcome.kind === 'refused' ? outcome.code : outcome.kind;
      metrics.decided(decision.verdict, label);
      log.info('a decision made in Jira was handled', { ...facts, outcome: label });
      report(
        decision,
        { decisionId: decision.id, outcome, at: toUtcSeconds(new Date(clock.now())) },
        request,
      );
    } catch (error) {
      metrics.decided(decision.verdict, 'not_delivered');
      log.warn('a decision could not be brought to Teleport; the app lends it again', {
        ...facts,
        reason: error instanceof TeleportError ? error.message : 'something unexpected happened',
      });
    }
  }

  private async carryOut(decision: Decision, signal: AbortSignal): Promise<DecisionOutcome> {
    const { teleport, clock, connectionId } = this.options;
    for (let conflicts = 0; ; conflicts += 1) {
      const rules = this.options.rules();
      const proof = await this.prove(decision, rules, signal);
      // Read last, so that as little as possible can happen between this look and the write.
      const request = await teleport.read(decision.requestId, signal);
      const judgement = judgeDecision({
        decision,
        request,
        connectionId,
        cluster: teleport.identity().clusterName,
        rules,
        approvalsInLastHour: this.approvals.inLastHour(clock.now()),
        now: clock.now(),
      });
      if (judgement.kind === 'over') return judgement.outcome;
      if (!proof.proven) return refuse(proof.code, proof.text).outcome;
      try {
        await teleport.setState(stateChange(decision, rules), signal);
        if (decision.verdict === 'approve') this.approvals.add(clock.now());
        return { kind: 'applied' };
      } catch (error) {
        if (!(error instanceof TeleportError)) throw error;
        if (error.code === 'conflict' && conflicts < MAX_CONFLICTS) continue;
        return await this.explain(decision, error, signal);
      }
    }
  }

  private async prove(decision: Decision, rules: DeskRules, signal: AbortSignal) {
    const { teleport } = this.options;
    const request = await teleport.read(decision.requestId, signal);
    // Without a request or a rule there is nothing to prove; the judgement that follows says why nothing is done.
    if (request === undefined || rules.approverIdentity === undefined) return { proven: true } as const;
    try {
      return await proveApprover(rules.approverIdentity, decision, request, () => teleport.users(signal));
    } catch (error) {
      if (!(error instanceof TeleportError) || error.code !== 'permission_denied') throw error;
      const text = 'the relay’s Teleport role may not read users, so it cannot tell who approves';
      return { proven: false, code: 'identity_unproven', text } as const;
    }
  }

  /** What a refusal by Teleport means. An answer that leaves open what was done is looked up. */
  private async explain(
    decision: Decision,
    error: TeleportError,
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
        return refuse('no_right', 'the relay’s Teleport role may not set the state of this request').outcome;
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
    const request = await this.options.teleport.read(decision.requestId, signal);
    if (request === undefined) return { kind: 'gone' };
    if (isOwnEffect(request, decision)) return { kind: 'applied' };
    if (request.state !== 'PENDING') return { kind: 'already_resolved' };
    if (error.code === 'invalid' || error.code === 'unimplemented') {
      return refuse('teleport_refused', 'Teleport refused to set the state of the request').outcome;
    }
    throw error;
  }
}

function stateChange(decision: Decision, rules: DeskRules): StateChange {
  const { accountId, email } = decision.actor;
  return {
    id: decision.requestId,
    state: decision.verdict === 'approve' ? 'APPROVED' : 'DENIED',
    delegator: `jira:${rules.delegator === 'email' ? (email ?? accountId) : accountId}`,
    reason: cutToBytes(decision.reason, MAX_REASON_BYTES),
    annotations: {
      [DECISION_ANNOTATION]: [decision.id],
      'jira-account': [accountId],
      'jira-issue': [decision.issue.key],
    },
  };
}

/** Shortens a text to at most `max` bytes of UTF-8 without splitting a code point. */
function cutToBytes(text: string, max: number): string {
  const bytes = Buffer.from(text, 'utf8');
  if (bytes.length <= max) return text;
  let end = max;
  while (end > 0 && ((bytes[end] ?? 0) & 0xc0) === 0x80) end -= 1;
  return bytes.subarray(0, end).toString('utf8');
}
