import { toUtcSeconds, type RequestSnapshot } from '../../../contract/access-request';
import type { ApplyItem, ApplyResult, OpenLink } from '../../../contract/relay-inbox';
import { Backoff } from '../backoff';
import {
  TeleportError,
  type AccessRequest,
  type AppResult,
  type ClusterFacts,
  type Clock,
  type Log,
  type Metrics,
  type Teleport,
} from '../ports';
import { ExpiryWatch } from './expiry-watch';
import { KnownRequests } from './known-requests';
import { toSnapshot } from './snapshot';

/** Times of the mirror, in milliseconds. */
export interface MirrorTiming {
  listEvery: number;
  streamSilentAfter: number;
  streamInitWithin: number;
  expiryGrace: number;
  retryFirst: number;
  retryAtMost: number;
}

/** What the mirror needs from outside. */
export interface MirrorOptions {
  teleport: Teleport;
  /** The links that the app holds. */
  open: (signal: AbortSignal) => Promise<AppResult<OpenLink[]>>;
  /** Where news go. */
  offer: (item: ApplyItem) => void;
  /** Whether something about the request still waits to be told. */
  isWaiting: (requestId: string) => boolean;
  /** Address of Teleport's web interface, when the configuration names one. */
  webUrl: string | undefined;
  clock: Clock;
  log: Log;
  metrics: Metrics;
  timing: MirrorTiming;
}

/** Where the mirror stands. */
export type MirrorPhase =
  /** Not connected; `problem` says why, once something was tried. */
  | { phase: 'waiting'; problem: string | undefined }
  /** The stream is being opened. */
  | { phase: 'opening' }
  /** The stream is open; the full list is being read and compared. */
  | { phase: 'comparing' }
  /** In step with Teleport, up to what the stream brings next. */
  | { phase: 'following' };

/**
 * Follows Teleport's access requests: watch, wait until nothing is missed, list all, compare with what the app holds, tell
 * the differences, and again from the start when the stream ends. The stream makes it fast, the list makes it right.
 */
export class Mirror {
  phase: MirrorPhase = { phase: 'waiting', problem: undefined };
  cluster: ClusterFacts | undefined;
  /** Unix milliseconds. */
  lastListAt: number | undefined;
  lastEventAt: number | undefined;
  streamRestarts = 0;
  /** Requests older than the pairing that were left out. */
  olderRequests = 0;
  /** Requests that Teleport shows in an earlier state than before, as after a restored backup. */
  readonly goneBack = new Set<string>();

  private readonly known = new KnownRequests();
  private readonly expiry: ExpiryWatch;
  private readonly backoff: Backoff;
  private mirrorSince: number | undefined;
  private wakeComparison = new AbortController();
  private lifetime = new AbortController();

  /** How many requests it remembers: what Teleport holds, and what the app expects it to hold. */
  get rememberedCount(): number {
    return this.known.count;
  }

  constructor(private readonly options: MirrorOptions) {
    const { timing, clock } = options;
    this.backoff = new Backoff(timing.retryFirst, timing.retryAtMost);
    this.expiry = new ExpiryWatch(clock, (requestId) => this.checkExpired(requestId));
  }

  /** Runs until the signal. */
  async run(signal: AbortSignal): Promise<void> {
    this.lifetime = new AbortController();
    const end = (): void => this.lifetime.abort();
    signal.addEventListener('abort', end, { once: true });
    await Promise.all([this.keepFollowing(signal), this.expiry.run(signal)]);
    signal.removeEventListener('abort', end);
  }

  /**
   * The app now takes requests of this cluster; those resolved before `mirrorSince` (Unix milliseconds) are left out
   * unless it has them. Compares both sides at once when that is new.
   */
  allow(mirrorSince: number): void {
    if (this.mirrorSince === mirrorSince) return;
    this.mirrorSince = mirrorSince;
    this.wakeComparison.abort();
  }

  /** The app no longer takes requests. */
  disallow(): void {
    this.mirrorSince = undefined;
  }

  /** The app has dealt with an item. */
  noteDelivered(item: ApplyItem, result: ApplyResult): void {
    this.known.noteDelivered(item.requestId, item.snapshot?.syncDigest, result.result !== 'skipped');
  }

  /** The snapshot of a request as it was just read by id: one that still waits after its end is expired. */
  snapshotOf(
    request: AccessRequest,
    state: RequestSnapshot['state'] = this.hasLapsed(request) ? 'EXPIRED' : request.state,
  ): RequestSnapshot {
    const { webUrl, clock, teleport } = this.options;
    return toSnapshot(request, {
      cluster: teleport.identity().clusterName,
      webUrl: webUrl ?? webUrlOf(this.cluster),
      observedAt: clock.now(),
      state,
    });
  }

  private async keepFollowing(signal: AbortSignal): Promise<void> {
    const { clock, log, metrics, timing } = this.options;
    let lastProblem = '';
    for (;;) {
      const problem = await this.follow(signal);
      if (signal.aborted) return;
      this.phase = { phase: 'waiting', problem: problem.message };
      this.streamRestarts += 1;
      metrics.streamRestarted();
      const isPermanent = problem.code === 'permission_denied';
      const waitMs = isPermanent ? timing.retryAtMost : this.backoff.next();
      const facts = { reason: problem.message, waitSeconds: Math.round(waitMs / 100) / 10 };
      // The same trouble again is no news.
      if (problem.message === lastProblem) log.debug('still not following Teleport', facts);
      else log.warn('the stream from Teleport ended; opening a new one', facts);
      lastProblem = problem.message;
      await clock.sleep(waitMs, signal);
    }
  }

  /** One life of the stream. @returns why it ended. */
  private async follow(signal: AbortSignal): Promise<TeleportError> {
    this.phase = { phase: 'opening' };
    const stream = new AbortController();
    let reason: TeleportError | undefined;
    const end = (why: TeleportError): void => {
      reason ??= why;
      stream.abort();
    };
    const stop = (): void => stream.abort();
    signal.addEventListener('abort', stop, { once: true });
    const tasks: Promise<void>[] = [];
    try {
      await this.greet(stream.signal);
      const heartbeat = this.guard(stream.signal, end);
      tasks.push(heartbeat.done);
      for await (const event of this.options.teleport.watch(stream.signal)) {
        this.options.metrics.eventReceived(event.type);
        this.lastEventAt = this.options.clock.now();
        heartbeat.beat();
        switch (event.type) {
          case 'init':
            this.phase = { phase: 'comparing' };
            tasks.push(
              this.keepComparing(stream.signal).catch((error: unknown) => end(asTeleportError(error))),
            );
            break;
          case 'put':
            this.backoff.reset();
            await this.see(event.request, stream.signal);
            break;
          case 'delete':
            this.backoff.reset();
            this.seeRemoval(event.id);
            break;
        }
      }
      end(new TeleportError('unavailable', 'Teleport ended the stream'));
    } catch (error) {
      end(asTeleportError(error));
    } finally {
      stream.abort();
      signal.removeEventListener('abort', stop);
      await Promise.all(tasks);
    }
    return reason ?? new TeleportError('unavailable', 'the stream ended');
  }

  /** Makes sure that this is the cluster of the identity. */
  private async greet(signal: AbortSignal): Promise<void> {
    const { teleport, log } = this.options;
    const facts = await teleport.ping(signal);
    const expected = teleport.identity().clusterName;
    if (facts.name !== expected) {
      throw new TeleportError(
        'permission_denied',
        `the identity belongs to the cluster ${expected}, but this is ${facts.name}`,
      );
    }
    if (this.cluster?.version !== facts.version) {
      log.info('connected to Teleport', {
        cluster: facts.name,
        version: facts.version,
        reviews: facts.reviews,
      });
    }
    this.cluster = facts;
  }

  /** Ends the stream when it does not confirm in time, or is silent for long. */
  private guard(
    signal: AbortSignal,
    end: (why: TeleportError) => void,
  ): { beat: () => void; done: Promise<void> } {
    const { clock, timing } = this.options;
    let lastBeat = clock.now();
    let patience = timing.streamInitWithin;
    let problem = `Teleport did not confirm the watch within ${timing.streamInitWithin / 1000} s`;
    const watchSilence = async (): Promise<void> => {
      while (!signal.aborted) {
        const silentFor = clock.now() - lastBeat;
        if (silentFor >= patience) {
          end(new TeleportError('unavailable', problem));
          return;
        }
        await clock.sleep(Math.min(patience - silentFor, timing.streamInitWithin), signal);
      }
    };
    return {
      beat: () => {
        lastBeat = clock.now();
        patience = timing.streamSilentAfter;
        problem = `the stream was silent for ${timing.streamSilentAfter / 1000} s`;
      },
      done: watchSilence(),
    };
  }

  private async keepComparing(signal: AbortSignal): Promise<void> {
    const { clock, timing } = this.options;
    const retry = new Backoff(timing.retryFirst, timing.retryAtMost);
    const wake = (): void => this.wakeComparison.abort();
    signal.addEventListener('abort', wake, { once: true });
    while (!signal.aborted) {
      this.wakeComparison = new AbortController();
      const isDone = await this.compare(signal);
      if (isDone) retry.reset();
      await clock.sleep(isDone ? timing.listEvery : retry.next(), this.wakeComparison.signal);
    }
    signal.removeEventListener('abort', wake);
  }

  /**
   * Lists all of Teleport's requests, compares them with the app's links and offers what differs. @returns whether both
   * sides could be read; while the app takes nothing yet, reading Teleport is all there is to do.
   */
  private async compare(signal: AbortSignal): Promise<boolean> {
    const { teleport, clock, log, metrics, isWaiting } = this.options;
    const startedAt = clock.now();
    const isAllowed = this.mirrorSince !== undefined;
    const links = isAllowed ? await this.options.open(signal) : undefined;
    if (links?.ok === false) {
      log.debug('the app’s links could not be read', { reason: links.text });
      return false;
    }
    const linkIds = new Set((links?.value ?? []).map((link) => link.requestId));
    links?.value.forEach((link) => this.known.seeLink(link, startedAt));
    const listed = new Set<string>();
    let older = 0;
    for await (const request of teleport.list(signal)) {
      listed.add(request.id);
      // Allowed while this list was under way: what the app holds is not known yet, so the next comparison tells the news.
      if (!isAllowed) continue;
      if (this.known.isLinked(request.id) && !linkIds.has(request.id)) this.known.noteUnlinked(request.id);
      if (this.isOlder(request)) older += 1;
      await this.see(request, signal);
    }
    // What waits to be told may have vanished meanwhile as well, and the app not have it yet.
    const expected = isAllowed ? [...linkIds, ...this.known.ids().filter(isWaiting)] : [];
    for (const id of new Set(expected)) {
      if (listed.has(id)) continue;
      if (!this.known.isGone(id)) await this.readAgain(id, signal);
      // The app still expects it, so it did not keep what it was told, or another relay told it less afterwards.
      else if (linkIds.has(id) && !isWaiting(id)) this.tellRemoval(id);
    }
    this.known.forgetUnseen(startedAt, (id) => isWaiting(id) || linkIds.has(id));
    this.olderRequests = older;
    this.lastListAt = clock.now();
    metrics.listed(this.lastListAt);
    this.backoff.reset();
    this.phase = { phase: 'following' };
    return true;
  }

  /** Resolved before the pairing, and unknown to the app. */
  private isOlder(request: AccessRequest): boolean {
    return (
      this.mirrorSince !== undefined &&
      request.state !== 'PENDING' &&
      request.createdAt.getTime() < this.mirrorSince &&
      !this.known.isLinked(request.id)
    );
  }

  private async see(request: AccessRequest, signal: AbortSignal): Promise<void> {
    if (this.mirrorSince === undefined || this.isOlder(request)) return;
    // Said already, unless the app's link shows that it was not kept.
    const { id } = request;
    if (this.hasLapsed(request) && this.known.stateOf(id) === 'EXPIRED' && this.known.isTold(id)) return;
    if (this.take(request) === 'older_than_known') await this.readAgain(request.id, signal);
  }

  /** Takes a request that was just read and offers it when it is news. */
  private take(
    request: AccessRequest,
    state: RequestSnapshot['state'] = request.state,
  ): ReturnType<KnownRequests['see']> {
    const { clock, offer, timing } = this.options;
    const snapshot = this.snapshotOf(request, state);
    const sighting = this.known.see(snapshot, clock.now());
    if (sighting === 'older_than_known') return sighting;
    if (snapshot.state === 'PENDING' && request.requestExpiresAt !== undefined) {
      this.expiry.set(request.id, request.requestExpiresAt.getTime() + timing.expiryGrace);
    } else this.expiry.clear(request.id);
    this.goneBack.delete(request.id);
    if (sighting === 'news') offer({ requestId: request.id, snapshot });
    return sighting;
  }

  private seeRemoval(id: string): void {
    const { clock } = this.options;
    this.expiry.clear(id);
    this.goneBack.delete(id);
    if (this.mirrorSince === undefined || !this.known.seeRemoval(id, clock.now())) return;
    this.tellRemoval(id);
  }

  private tellRemoval(id: string): void {
    const { clock, offer } = this.options;
    offer({ requestId: id, gone: { observedAt: toUtcSeconds(new Date(clock.now())) } });
  }

  /** Reads a request whose listed form cannot be trusted: by id, from the backend. */
  private async readAgain(id: string, signal: AbortSignal): Promise<void> {
    const request = await this.options.teleport.read(id, signal);
    if (request === undefined) this.seeRemoval(id);
    else if (this.hasLapsed(request)) this.take(request, 'EXPIRED');
    else if (this.take(request) === 'older_than_known' && !this.known.isGone(id)) this.goneBack.add(id);
  }

  /** Whether a request waits although its end and some grace are over. */
  private hasLapsed(request: AccessRequest): boolean {
    const { clock, timing } = this.options;
    return (
      request.state === 'PENDING' &&
      request.requestExpiresAt !== undefined &&
      clock.now() >= request.requestExpiresAt.getTime() + timing.expiryGrace
    );
  }

  /** A pending request is past its end: it is expired when a read by id still says that it is pending. */
  private async checkExpired(requestId: string): Promise<void> {
    const { clock, timing, log } = this.options;
    try {
      await this.readAgain(requestId, this.lifetime.signal);
    } catch (error) {
      log.debug('could not look whether a request is expired', {
        requestId,
        reason: asTeleportError(error).message,
      });
      this.expiry.set(requestId, clock.now() + timing.retryAtMost);
    }
  }
}

function webUrlOf(cluster: ClusterFacts | undefined): string | undefined {
  // Only clusters with reviews have a page for a request (Teleport, AdvancedAccessWorkflows).
  if (cluster?.proxyAddress === undefined || cluster.proxyAddress === '' || !cluster.reviews)
    return undefined;
  return `https://${cluster.proxyAddress.replace(/:443$/, '')}`;
}

function asTeleportError(error: unknown): TeleportError {
  if (error instanceof TeleportError) return error;
  return new TeleportError('unknown', 'something unexpected happened while following Teleport', {
    cause: error,
  });
}
