import {
  TeleportError,
  type AccessRequest,
  type ClusterFacts,
  type IdentityFacts,
  type ReviewSubmission,
  type StateChange,
  type Teleport,
  type TeleportErrorCode,
  type TeleportUser,
  type TeleportWay,
  type WatchEvent,
} from '../../../relay/src/ports';

/** An access request with everything a test does not care about filled in. */
export function accessRequest(overrides: Partial<AccessRequest> = {}): AccessRequest {
  return {
    id: 'a6a7f0c2-5c5d-4a4e-9d4c-0a8f7c3f1f10',
    user: 'alice',
    state: 'PENDING',
    roles: ['editor'],
    resources: [],
    reason: 'to mend the index',
    resolveReason: '',
    createdAt: new Date('2026-11-24T14:00:00Z'),
    requestExpiresAt: new Date('2026-11-24T16:00:00Z'),
    accessExpiresAt: new Date('2026-11-25T02:00:00Z'),
    maxDurationUntil: undefined,
    assumeStartAt: undefined,
    kind: 'SHORT_TERM',
    reviews: [],
    thresholds: [{ name: 'default', filter: '', approve: 1, deny: 1 }],
    roleThresholds: new Map([['editor', [[0]]]]),
    suggestedReviewers: [],
    promotedAccessList: undefined,
    resolveAnnotations: new Map(),
    ...overrides,
  };
}

type Stream = { push: (event: WatchEvent) => void; end: (error?: TeleportError) => void };

/** Teleport in memory, with switches for what can go wrong. Lists may lag behind what a read by id gives. */
export class FakeTeleport implements Teleport {
  readonly requests = new Map<string, AccessRequest>();
  /** What a list shows instead of `requests`, while set: a cache that lags. */
  listed: AccessRequest[] | undefined;
  facts: ClusterFacts = {
    name: 'test.cluster',
    version: '18.3.0',
    proxyAddress: 'teleport.test:443',
    reviews: true,
  };
  identityFacts: IdentityFacts = {
    user: 'bot-jira-relay',
    clusterName: 'test.cluster',
    caFingerprint: 'ab'.repeat(32),
    caFingerprints: ['ab'.repeat(32)],
    expiresAt: new Date('2026-12-24T14:00:00Z'),
    warnFrom: new Date('2026-12-10T14:00:00Z'),
  };
  /** Whether there is an identity file that can be used. */
  hasIdentity = true;
  people: TeleportUser[] = [];
  /** Failures by method; each is thrown as long as it is set. */
  readonly failures = new Map<'ping' | 'watch' | 'list' | 'read' | 'users', TeleportError>();
  /** Decides what a change of state does; the default carries it out. */
  onSetState: (change: StateChange) => 'done' | TeleportErrorCode | 'done_but_unanswered' = () => 'done';
  /** What a request is after the relay's review, or why it is refused. */
  onReview: (
    review: ReviewSubmission,
  ) => 'PENDING' | 'APPROVED' | 'DENIED' | 'unanswered' | TeleportErrorCode = ({ state }) => state;
  /** Whether a new stream confirms by itself. */
  confirmsWatch = true;
  readonly calls: string[] = [];
  readonly changes: StateChange[] = [];
  readonly reviews: ReviewSubmission[] = [];
  private readonly streams = new Set<Stream>();

  identity(): IdentityFacts {
    if (!this.hasIdentity) throw new TeleportError('unavailable', 'the identity file cannot be used');
    return this.identityFacts;
  }

  describeWay(): TeleportWay {
    return { way: 'direct', reason: 'an Auth Service answers at this address' };
  }

  ping(): Promise<ClusterFacts> {
    return this.enter('ping', () => this.facts);
  }

  async *watch(signal: AbortSignal): AsyncIterable<WatchEvent> {
    await this.enter('watch', () => undefined);
    const events: WatchEvent[] = this.confirmsWatch ? [{ type: 'init' }] : [];
    let stir = (): void => undefined;
    let ended: { error: TeleportError | undefined } | undefined;
    const stream: Stream = {
      push: (event) => {
        events.push(event);
        stir();
      },
      end: (error) => {
        ended = { error };
        stir();
      },
    };
    const abort = (): void => stream.end(new TeleportError('cancelled', 'cancelled'));
    signal.addEventListener('abort', abort, { once: true });
    this.streams.add(stream);
    try {
      for (;;) {
        for (let event = events.shift(); event !== undefined; event = events.shift()) yield event;
        const end = isEnded();
        if (end !== undefined) {
          if (end.error !== undefined) throw end.error;
          return;
        }
        await new Promise<void>((resolve) => (stir = resolve));
      }
    } finally {
      this.streams.delete(stream);
      signal.removeEventListener('abort', abort);
    }

    function isEnded(): { error: TeleportError | undefined } | undefined {
      return ended;
    }
  }

  async *list(): AsyncIterable<AccessRequest> {
    yield* await this.enter('list', () => this.listed ?? [...this.requests.values()]);
  }

  read(id: string): Promise<AccessRequest | undefined> {
    return this.enter('read', () => this.requests.get(id));
  }

  setState(change: StateChange): Promise<void> {
    this.calls.push('setState');
    const result = this.onSetState(change);
    if (result !== 'done' && result !== 'done_but_unanswered') {
      return Promise.reject(new TeleportError(result, `refused: ${result}`));
    }
    const request = this.requests.get(change.id);
    if (request === undefined) return Promise.reject(new TeleportError('not_found', 'not found'));
    this.changes.push(change);
    this.put({
      ...request,
      state: change.state,
      resolveReason: change.reason,
      resolveAnnotations: new Map(Object.entries(change.annotations)),
    });
    return result === 'done'
      ? Promise.resolve()
      : Promise.reject(new TeleportError('unavailable', 'connection dropped'));
  }

  /** Adds the relay's review; `onReview` decides what the request becomes, or that it is refused. */
  review(review: ReviewSubmission): Promise<AccessRequest> {
    this.calls.push('review');
    const request = this.requests.get(review.id);
    if (request === undefined) return Promise.reject(new TeleportError('not_found', 'not found'));
    const result = this.onReview(review);
    if (result !== 'PENDING' && result !== 'APPROVED' && result !== 'DENIED' && result !== 'unanswered') {
      return Promise.reject(new TeleportError(result, `refused: ${result}`));
    }
    const { user } = this.identityFacts;
    const { state: verdict, reason } = review;
    const createdAt = '2026-11-24T14:05:00Z';
    const reviewed: AccessRequest = {
      ...request,
      state: result === 'unanswered' ? request.state : result,
      reviews: [...request.reviews, { author: user, verdict, reason, createdAt, countsFor: [0] }],
    };
    this.reviews.push(review);
    this.put(reviewed);
    return result === 'unanswered'
      ? Promise.reject(new TeleportError('unavailable', 'connection dropped'))
      : Promise.resolve(reviewed);
  }

  async *users(): AsyncIterable<TeleportUser> {
    yield* await this.enter('users', () => this.people);
  }

  reconnect(): void {
    this.endStreams(new TeleportError('unavailable', 'reconnecting'));
  }

  close(): void {
    this.endStreams();
  }

  /** Stores a request and tells the streams. */
  put(request: AccessRequest): void {
    this.requests.set(request.id, request);
    this.send({ type: 'put', request });
  }

  /** Removes a request and tells the streams its id. */
  delete(id: string): void {
    this.requests.delete(id);
    this.send({ type: 'delete', id });
  }

  send(event: WatchEvent): void {
    for (const stream of this.streams) stream.push(event);
  }

  endStreams(error?: TeleportError): void {
    for (const stream of this.streams) stream.end(error);
  }

  get streamCount(): number {
    return this.streams.size;
  }

  private enter<T>(method: 'ping' | 'watch' | 'list' | 'read' | 'users', give: () => T): Promise<T> {
    this.calls.push(method);
    const failure = this.failures.get(method);
    return failure === undefined ? Promise.resolve(give()) : Promise.reject(failure);
  }
}
