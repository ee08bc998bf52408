import type { RequestSnapshot } from '../../../contract/access-request';
import { syncDigest } from '../../../contract/digests';
import { mergeSnapshots } from '../../../contract/merge';
import { MAX_APPLY_ITEMS, type ApplyItem, type ApplyResult } from '../../../contract/relay-inbox';
import { Backoff } from '../backoff';
import type { AppResult, Clock, FailedRequest, Log, Metrics } from '../ports';

/** Calls of `apply` under way at once: each makes the app work on several requests, and Jira counts bursts. */
const CALLS_AT_ONCE = 2;
/** A message that the app does not understand is tried again after this many seconds: it may have been updated. */
const RETRY_MISUNDERSTOOD_SECONDS = 300;

/** What the queue needs from outside. */
export interface DeliveryQueueOptions {
  apply: (items: readonly ApplyItem[], signal: AbortSignal) => Promise<AppResult<ApplyResult[]>>;
  /** A request was dealt with: the app holds what `item` said, or does not want it. */
  onDelivered: (item: ApplyItem, result: ApplyResult) => void;
  clock: Clock;
  log: Log;
  metrics: Metrics;
  retry: { firstMs: number; atMostMs: number };
}

interface Entry {
  /** The newest that is known and not yet delivered. */
  waiting: ApplyItem | undefined;
  isInFlight: boolean;
  isHeld: boolean;
  /** Sent in a call of its own, since the app did not understand a call that it was part of. */
  isAlone: boolean;
  /** Not sent before this moment, Unix milliseconds: a delay that the app asked for. */
  notBefore: number;
  /** Since when something waits. */
  since: number;
  failure: FailedRequest | undefined;
}

/**
 * What must still be told to the app: one entry for each request, holding only the newest snapshot, so memory does not grow
 * with an outage. Different requests go in batches, two calls at once; the same request never in two calls at once. Delays
 * that the app asks for are kept in full.
 */
export class DeliveryQueue {
  private readonly entries = new Map<string, Entry>();
  private readonly backoff: Backoff;
  private isOpen = false;
  private pausedUntil = 0;
  private unreachableSince: number | undefined;
  private wake = new AbortController();
  private readonly inFlight = new Set<Promise<void>>();

  constructor(private readonly options: DeliveryQueueOptions) {
    this.backoff = new Backoff(options.retry.firstMs, options.retry.atMostMs);
  }

  /** Adds what was seen of a request; it replaces or completes what waits already. */
  offer(item: ApplyItem): void {
    const entry = this.entryOf(item.requestId);
    const now = this.options.clock.now();
    if (entry.waiting === undefined) entry.since = now;
    // A failure is tried again when there is something new to tell, a delay only when it is over.
    if (entry.failure !== undefined) {
      entry.notBefore = now;
      entry.failure = undefined;
    }
    entry.waiting = entry.waiting === undefined ? item : mergeItems(entry.waiting, item);
    this.stir();
  }

  /** Keeps a request back until `release`, while something about it is being found out. */
  hold(requestId: string): void {
    this.entryOf(requestId).isHeld = true;
  }

  release(requestId: string): void {
    const entry = this.entries.get(requestId);
    if (entry === undefined) return;
    entry.isHeld = false;
    this.forgetIfIdle(requestId, entry);
    this.stir();
  }

  /** Lets deliveries flow or stops them; what waits is kept. */
  setOpen(isOpen: boolean): void {
    this.isOpen = isOpen;
    this.stir();
  }

  /** Whether something about this request still has to be told. */
  has(requestId: string): boolean {
    return this.entries.has(requestId);
  }

  get waitingCount(): number {
    return this.entries.size;
  }

  get failures(): FailedRequest[] {
    return [...this.entries.values()].flatMap((entry) => entry.failure ?? []);
  }

  /** Since when no call has come through, Unix milliseconds; `undefined` while they do. */
  get failingSince(): number | undefined {
    return this.unreachableSince;
  }

  /** Reports depth and age to the metrics. */
  measure(): void {
    const now = this.options.clock.now();
    const oldest = Math.min(now, ...[...this.entries.values()].map((entry) => entry.since));
    this.options.metrics.queue(this.entries.size, (now - oldest) / 1000);
  }

  /**
   * Delivers until `stopping`, then waits for the calls under way; `aborting` ends those too.
   */
  async run(stopping: AbortSignal, aborting: AbortSignal): Promise<void> {
    stopping.addEventListener('abort', () => this.stir(), { once: true });
    while (!stopping.aborted) {
      this.wake = new AbortController();
      this.startCalls(aborting);
      await this.options.clock.sleep(this.millisecondsUntilDue(), this.wake.signal);
    }
    await Promise.all(this.inFlight);
  }

  private startCalls(aborting: AbortSignal): void {
    while (this.canSend()) {
      const items = this.takeDue();
      if (items.length === 0) return;
      const call = this.deliver(items, aborting).finally(() => {
        this.inFlight.delete(call);
        this.stir();
      });
      this.inFlight.add(call);
    }
  }

  private canSend(): boolean {
    const limit = this.unreachableSince === undefined ? CALLS_AT_ONCE : 1;
    return this.isOpen && this.inFlight.size < limit && this.options.clock.now() >= this.pausedUntil;
  }

  private takeDue(): ApplyItem[] {
    const now = this.options.clock.now();
    const items: ApplyItem[] = [];
    for (const entry of this.entries.values()) {
      if (items.length === MAX_APPLY_ITEMS) break;
      if (entry.waiting === undefined || !isDue(entry, now)) continue;
      if (entry.isAlone && items.length > 0) continue;
      items.push(entry.waiting);
      entry.waiting = undefined;
      entry.isInFlight = true;
      if (entry.isAlone) break;
    }
    return items;
  }

  private millisecondsUntilDue(): number {
    const now = this.options.clock.now();
    if (!this.isOpen || this.inFlight.size >= CALLS_AT_ONCE) return FOREVER;
    let due = FOREVER;
    for (const entry of this.entries.values()) {
      if (entry.waiting !== undefined && !entry.isInFlight && !entry.isHeld)
        due = Math.min(due, entry.notBefore - now);
    }
    return Math.max(due, this.pausedUntil - now, 0);
  }

  private async deliver(items: readonly ApplyItem[], signal: AbortSignal): Promise<void> {
    const { apply, clock, log, metrics } = this.options;
    const startedAt = clock.now();
    const result = await apply(items, signal);
    const seconds = (clock.now() - startedAt) / 1000;
    if (!result.ok && result.kind === 'refused' && result.code === 'bad_message') {
      this.isolate(items, result.text);
      return;
    }
    if (!result.ok) {
      for (const item of items) this.giveBack(item);
      items.forEach(() => metrics.delivered('unreachable', seconds));
      if (signal.aborted) return;
      this.unreachableSince ??= startedAt;
      const asked = result.kind === 'unreachable' ? (result.retryAfterSeconds ?? 0) * 1000 : 0;
      const waitMs = Math.max(asked, this.backoff.next());
      this.pausedUntil = clock.now() + waitMs;
      log.warn('the app could not be told of requests; trying again', {
        requests: items.length,
        reason: result.text,
        waitSeconds: Math.round(waitMs / 100) / 10,
      });
      return;
    }
    this.backoff.reset();
    this.unreachableSince = undefined;
    const byId = new Map(result.value.map((each) => [each.requestId, each]));
    for (const item of items) {
      const answer = byId.get(item.requestId);
      metrics.delivered(answer?.result ?? 'unreachable', seconds);
      this.settle(item, answer);
    }
  }

  /** One request whose message the app does not understand must not hold up the others that were sent with it. */
  private isolate(items: readonly ApplyItem[], text: string): void {
    const [first, ...others] = items;
    if (first !== undefined && others.length === 0) {
      this.settle(first, {
        requestId: first.requestId,
        result: 'failed',
        code: 'unexpected',
        text,
        retryAfterSeconds: RETRY_MISUNDERSTOOD_SECONDS,
      });
      return;
    }
    for (const item of items) {
      this.giveBack(item);
      this.entryOf(item.requestId).isAlone = true;
    }
  }

  private settle(item: ApplyItem, answer: ApplyResult | undefined): void {
    const { clock, log, onDelivered } = this.options;
    const entry = this.entryOf(item.requestId);
    entry.isInFlight = false;
    switch (answer?.result) {
      case 'created':
      case 'updated':
      case 'unchanged':
      case 'skipped':
        entry.failure = undefined;
        onDelivered(item, answer);
        break;
      case 'deferred':
        this.putBack(entry, item);
        entry.notBefore = clock.now() + answer.seconds * 1000;
        log.debug('delivery deferred', {
          requestId: item.requestId,
          seconds: answer.seconds,
          reason: answer.text,
        });
        break;
      case 'failed': {
        const hasNews = entry.waiting !== undefined;
        this.putBack(entry, item);
        const nextAttemptAt = clock.now() + answer.retryAfterSeconds * 1000;
        // What arrived while the call was under way is something new to tell, so it is tried at once.
        entry.notBefore = hasNews ? clock.now() : nextAttemptAt;
        entry.failure = { requestId: item.requestId, code: answer.code, text: answer.text, nextAttemptAt };
        log.warn('a request is not in step', {
          requestId: item.requestId,
          code: answer.code,
          reason: answer.text,
        });
        break;
      }
      case undefined:
        // The app answers for every item; one that it left out is simply told again.
        this.putBack(entry, item);
        entry.notBefore = clock.now() + 1000;
        break;
    }
    this.forgetIfIdle(item.requestId, entry);
  }

  private giveBack(item: ApplyItem): void {
    const entry = this.entryOf(item.requestId);
    entry.isInFlight = false;
    this.putBack(entry, item);
  }

  private putBack(entry: Entry, item: ApplyItem): void {
    entry.waiting = entry.waiting === undefined ? item : mergeItems(item, entry.waiting);
  }

  private entryOf(requestId: string): Entry {
    const known = this.entries.get(requestId);
    if (known !== undefined) return known;
    const now = this.options.clock.now();
    const entry: Entry = {
      waiting: undefined,
      isInFlight: false,
      isHeld: false,
      isAlone: false,
      notBefore: now,
      since: now,
      failure: undefined,
    };
    this.entries.set(requestId, entry);
    return entry;
  }

  private forgetIfIdle(requestId: string, entry: Entry): void {
    if (entry.waiting === undefined && !entry.isInFlight && !entry.isHeld) this.entries.delete(requestId);
  }

  private stir(): void {
    this.wake.abort();
  }
}

/** Longer than any wait that matters; something always stirs the queue before. */
const FOREVER = 60 * 60_000;

function isDue(entry: Entry, now: number): boolean {
  return !entry.isInFlight && !entry.isHeld && entry.notBefore <= now;
}

/** The two as one: snapshots merged, a removal kept, the later outcome of a decision kept. */
export function mergeItems(earlier: ApplyItem, later: ApplyItem): ApplyItem {
  const outcome = later.outcome ?? earlier.outcome;
  const gone = later.gone ?? earlier.gone;
  const snapshot =
    earlier.snapshot !== undefined && later.snapshot !== undefined
      ? mergeSnapshots(earlier.snapshot, later.snapshot)
      : (later.snapshot ?? earlier.snapshot);
  return {
    requestId: later.requestId,
    ...(outcome === undefined ? {} : { outcome }),
    // Once Teleport no longer holds a request it never comes back, so what it last said stands, marked as ended.
    ...(snapshot === undefined ? { gone } : { snapshot: withRemoval(snapshot, gone) }),
  };
}

function withRemoval(snapshot: RequestSnapshot, gone: ApplyItem['gone']): RequestSnapshot {
  if (gone === undefined || snapshot.deletedAt !== undefined) return snapshot;
  const state = snapshot.state === 'PENDING' ? 'EXPIRED' : snapshot.state;
  const removed = { ...snapshot, state, deletedAt: gone.observedAt };
  return { ...removed, syncDigest: syncDigest(removed) };
}
