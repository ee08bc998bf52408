import { toUtcSeconds } from '../../../contract/access-request';
import type { Decision, ReportedOutcome } from '../../../contract/decision';
import type { ApplyItem } from '../../../contract/relay-inbox';
import { TeleportError, type AccessRequest, type Log, type Metrics } from '../ports';
import { ApprovalCounter } from './ceiling';
import { carryOut, type Delivery } from './carry-out';

/** What the desk needs from outside. */
export interface DecisionDeskOptions extends Omit<Delivery, 'approvals'> {
  /** The outcome and the request as it is now, in the form in which the app is told both. */
  itemFor: (decision: Decision, outcome: ReportedOutcome, request: AccessRequest | undefined) => ApplyItem;
  /** Tells the app. */
  offer: (item: ApplyItem) => void;
  /** Keeps news of a request back while its decision is under way, so that both are told together. */
  hold: (requestId: string) => void;
  release: (requestId: string) => void;
  log: Log;
  metrics: Metrics;
}

/** What became of a decision that somebody waits for. */
export type DeskAnswer = { kind: 'done'; item: ApplyItem } | { kind: 'not_delivered'; text: string };

/**
 * How long the app is not told again what it was told in the answer to a push, in milliseconds: as long as it takes to bring
 * the issue in step, so that it does not do the same work twice at once.
 */
const TOLD_BY_ANSWER_MS = 5000;

interface UnderWay {
  decisionId: string;
  isAwaited: boolean;
  work: Promise<DeskAnswer>;
}

/**
 * Carries decisions made in Jira to Teleport. Each is judged against what Teleport says at that moment; what came of it is
 * reported with the request's new state. A decision that could not be carried out for lack of Teleport is dropped without a
 * word: the app lends it again.
 */
export class DecisionDesk {
  private readonly underWay = new Map<string, UnderWay>();
  /** Requests that are held although their decision is done, each with what tells a later hold from an earlier one. */
  private readonly toldByAnswer = new Map<string, object>();
  private readonly delivery: Delivery;

  constructor(private readonly options: DecisionDeskOptions) {
    this.delivery = { ...options, approvals: new ApprovalCounter() };
  }

  /** Takes decisions; those whose request is being decided already are left for the next time they are lent. */
  take(decisions: readonly Decision[], signal: AbortSignal): void {
    for (const decision of decisions) {
      if (!this.underWay.has(decision.requestId)) this.start(decision, signal, false);
    }
  }

  /** Takes a decision and waits for what comes of it. One that is under way already is waited for, not begun again. */
  async decide(decision: Decision, signal: AbortSignal): Promise<DeskAnswer> {
    const running = this.underWay.get(decision.requestId);
    if (running === undefined) return this.start(decision, signal, true).work;
    if (running.decisionId !== decision.id) {
      return { kind: 'not_delivered', text: 'the relay is carrying out another decision on this request' };
    }
    running.isAwaited = true;
    return running.work;
  }

  /** Waits for the decisions under way. */
  async drain(): Promise<void> {
    await Promise.all([...this.underWay.values()].map(({ work }) => work));
  }

  private start(decision: Decision, signal: AbortSignal, isAwaited: boolean): UnderWay {
    const { requestId } = decision;
    this.toldByAnswer.delete(requestId);
    this.options.hold(requestId);
    const work = this.carry(decision, signal).finally(() => {
      this.underWay.delete(requestId);
      if (entry.isAwaited) void this.releaseLater(requestId, signal);
      else this.options.release(requestId);
    });
    const entry: UnderWay = { decisionId: decision.id, isAwaited, work };
    this.underWay.set(requestId, entry);
    return entry;
  }

  private async releaseLater(requestId: string, signal: AbortSignal): Promise<void> {
    const turn = {};
    this.toldByAnswer.set(requestId, turn);
    await this.options.clock.sleep(TOLD_BY_ANSWER_MS, signal);
    if (this.toldByAnswer.get(requestId) !== turn) return;
    this.toldByAnswer.delete(requestId);
    this.options.release(requestId);
  }

  private async carry(decision: Decision, signal: AbortSignal): Promise<DeskAnswer> {
    const { clock, itemFor, log, metrics, offer, teleport } = this.options;
    const facts = { requestId: decision.requestId, decisionId: decision.id, verdict: decision.verdict };
    try {
      const outcome = await carryOut(this.delivery, decision, signal);
      const request = await teleport.read(decision.requestId, signal);
      const label = outcome.kind === 'refused' ? outcome.code : outcome.kind;
      metrics.decided(decision.verdict, label);
      log.info('a decision made in Jira was handled', { ...facts, outcome: label });
      const at = toUtcSeconds(new Date(clock.now()));
      const item = itemFor(decision, { decisionId: decision.id, outcome, at }, request);
      offer(item);
      return { kind: 'done', item };
    } catch (error) {
      metrics.decided(decision.verdict, 'not_delivered');
      const reason = error instanceof TeleportError ? error.message : 'something unexpected happened';
      log.warn('a decision could not be brought to Teleport; the app lends it again', { ...facts, reason });
      return { kind: 'not_delivered', text: reason.slice(0, 512) };
    }
  }
}
