import type { Duplex } from 'node:stream';
import type { AccessReview, RequestedResource } from '../../contract/access-request';
import type { ApplyItem, ApplyResult, HelloAnswer, HelloRequest, OpenLink } from '../../contract/relay-inbox';

/** A review threshold with its filter (types.AccessReviewThreshold). */
export interface Threshold {
  name: string;
  filter: string;
  approve: number;
  deny: number;
}

/** A review with what it counts for (types.AccessReview). */
export interface Review extends AccessReview {
  /** Indexes into the request's thresholds whose filter the reviewer matched. */
  countsFor: readonly number[];
}

/**
 * An access request as Teleport holds it, free of protobuf (types.AccessRequestV3). Times that Teleport left unset are
 * `undefined`; sentinel resources are gone; enum members that this version does not know became the nearest safe one.
 */
export interface AccessRequest {
  id: string;
  user: string;
  state: 'PENDING' | 'APPROVED' | 'DENIED' | 'PROMOTED';
  roles: string[];
  resources: RequestedResource[];
  reason: string;
  resolveReason: string;
  createdAt: Date;
  /** When the request object ends; a pending request ends unanswered then. */
  requestExpiresAt: Date | undefined;
  /** When the access that it grants ends. */
  accessExpiresAt: Date | undefined;
  maxDurationUntil: Date | undefined;
  assumeStartAt: Date | undefined;
  kind: 'UNDEFINED' | 'SHORT_TERM' | 'LONG_TERM';
  reviews: Review[];
  thresholds: Threshold[];
  /** By role: sets of indexes into `thresholds`; each set must be satisfied by one of its members. */
  roleThresholds: ReadonlyMap<string, readonly (readonly number[])[]>;
  suggestedReviewers: string[];
  promotedAccessList: { name: string; title: string } | undefined;
  resolveAnnotations: ReadonlyMap<string, readonly string[]>;
}

/** What a watch stream tells. `init` comes first and says that from now on nothing is missed. */
export type WatchEvent =
  { type: 'init' } | { type: 'put'; request: AccessRequest } | { type: 'delete'; id: string };

/** What Teleport says of itself (proto.PingResponse), with the identity that the relay came with. */
export interface ClusterFacts {
  name: string;
  version: string;
  /** `host:port` of the proxy for people, when there is one. */
  proxyAddress: string | undefined;
  /** Whether reviews and thresholds exist (AdvancedAccessWorkflows). */
  reviews: boolean;
}

/** The identity that the relay uses now. */
export interface IdentityFacts {
  user: string;
  clusterName: string;
  /**
   * SHA-256, lower-case hex, over the DER of the oldest host CA certificate in it, so that it stays the same while a rotation
   * of the host CA adds a new one beside it.
   */
  caFingerprint: string;
  /** The same of every host CA certificate in it, the oldest first. */
  caFingerprints: readonly string[];
  expiresAt: Date;
  /** From this moment on it should have been renewed. */
  warnFrom: Date;
}

/** How the relay reaches the Auth Service, as found out by trying. */
export interface TeleportWay {
  /** Directly; by the ALPN route of the proxy; or by that route inside an upgraded connection behind a balancer that ends TLS. */
  way: 'direct' | 'proxy' | 'proxy-upgrade';
  /** Present when the HTTP proxy of HTTPS_PROXY lies between. */
  via?: 'http-proxy';
  /** Why this way, in words. */
  reason: string;
}

/** A change of state to write (proto.RequestStateSetter). */
export interface StateChange {
  id: string;
  state: 'APPROVED' | 'DENIED';
  delegator: string;
  reason: string;
  annotations: Readonly<Record<string, readonly string[]>>;
}

/** A review to submit (types.AccessReviewSubmission); its author is the identity that the relay came with. */
export interface ReviewSubmission {
  id: string;
  state: 'APPROVED' | 'DENIED';
  reason: string;
}

/** A Teleport user as far as the relay looks at it. */
export interface TeleportUser {
  name: string;
  traits: ReadonlyMap<string, readonly string[]>;
}

/** Teleport's Auth Service. Every call ends with the signal; failures are thrown as `TeleportError`. */
export interface Teleport {
  identity(): IdentityFacts;
  /** The way that led to the Auth Service last; `undefined` before one did. */
  describeWay(): TeleportWay | undefined;
  ping(signal: AbortSignal): Promise<ClusterFacts>;
  /** Events of access requests until the signal, the server or the network ends the stream. */
  watch(signal: AbortSignal): AsyncIterable<WatchEvent>;
  /** All access requests, page by page. Those past their end may be missing although Teleport still holds them. */
  list(signal: AbortSignal): AsyncIterable<AccessRequest>;
  /** One request, read from the backend and not from a cache; `undefined` when Teleport does not hold it. */
  read(id: string, signal: AbortSignal): Promise<AccessRequest | undefined>;
  setState(change: StateChange, signal: AbortSignal): Promise<void>;
  /** Submits a review as the relay's own user, which counts once. @returns the request as it is then. */
  review(review: ReviewSubmission, signal: AbortSignal): Promise<AccessRequest>;
  users(signal: AbortSignal): AsyncIterable<TeleportUser>;
  /** Drops the connection so that the next call makes a new one with what the identity file holds now. */
  reconnect(): void;
  close(): void;
}

/** Why a call to Teleport failed, by its gRPC code (Teleport, trace errors over gRPC). */
export type TeleportErrorCode =
  | 'unavailable'
  | 'permission_denied'
  | 'not_found'
  | 'invalid'
  | 'conflict'
  | 'exists'
  | 'rate_limited'
  | 'unimplemented'
  | 'mfa_required'
  | 'cancelled'
  | 'unknown';

/** A failed call to Teleport. The message is safe to show; the cause is for debugging only. */
export class TeleportError extends Error {
  override readonly name = 'TeleportError';

  constructor(
    readonly code: TeleportErrorCode,
    message: string,
    options?: { cause?: unknown },
  ) {
    super(message, options);
  }
}

/** A request to send over a connection that is open already. */
export interface SocketRequest {
  method: 'GET' | 'CONNECT';
  path: string;
  /** Value of the Host header. */
  host: string;
  headers?: Readonly<Record<string, string>>;
}

/** Headers of an answer, by lower-case name. */
export type AnswerHeaders = Readonly<Record<string, string | string[] | undefined>>;

/** The answer: either the connection became something else, or it is an ordinary one whose body may be cut. */
export type SocketAnswer =
  | { kind: 'switched'; status: number; headers: AnswerHeaders }
  | { kind: 'answered'; status: number; headers: AnswerHeaders; body: string };

/**
 * Sends one HTTP/1.1 request over a socket. When the server switches protocols (101, or a success to CONNECT), the socket is
 * handed back to the caller as it is, with what came behind the head put back into it; otherwise the socket is of no more use.
 * Throws the error of the socket, or when the signal ends first, or when the socket closes before the answer.
 */
export type RequestOverSocket = (
  socket: Duplex,
  request: SocketRequest,
  signal: AbortSignal,
) => Promise<SocketAnswer>;

/** Outcome of a call to the app. Only an answer whose signature holds is an answer. */
export type AppResult<T> =
  | { ok: true; value: T }
  /** Nothing came back that can be trusted: network, platform failure, or a wrong signature. Send again later. */
  | { ok: false; kind: 'unreachable'; text: string; retryAfterSeconds?: number }
  /** The app refused a verified call, for example before the cluster is confirmed. */
  | { ok: false; kind: 'refused'; code: string; text: string }
  /** The platform says that the app or this web trigger no longer exists. */
  | { ok: false; kind: 'uninstalled'; text: string };

/** The Jira app as the relay sees it. */
export interface JiraApp {
  hello(message: Omit<HelloRequest, 'v' | 'op'>, signal: AbortSignal): Promise<AppResult<HelloAnswer>>;
  /** All links that the app expects Teleport to list, or those of its first so many answers. */
  open(cluster: string, signal: AbortSignal, pages?: number): Promise<AppResult<OpenLink[]>>;
  apply(cluster: string, items: readonly ApplyItem[], signal: AbortSignal): Promise<AppResult<ApplyResult[]>>;
}

/** Where the relay takes the time from. Waits end early, without an error, when the signal does. */
export interface Clock {
  /** Unix milliseconds. */
  now(): number;
  sleep(milliseconds: number, signal: AbortSignal): Promise<void>;
}

/** A log of outcomes; never bodies or secrets. */
export interface Log {
  debug(message: string, facts?: LogFacts): void;
  info(message: string, facts?: LogFacts): void;
  warn(message: string, facts?: LogFacts): void;
  error(message: string, facts?: LogFacts): void;
}
export type LogFacts = Readonly<Record<string, string | number | boolean | undefined>>;

/** Counters and gauges of the relay. */
export interface Metrics {
  eventReceived(type: WatchEvent['type']): void;
  streamRestarted(): void;
  /** A full list was read; Unix milliseconds. */
  listed(at: number): void;
  /** One request was sent to the app. */
  delivered(result: ApplyResult['result'] | 'unreachable', seconds: number): void;
  decided(verdict: 'approve' | 'deny', outcome: string): void;
  /** What is waiting now: number of requests, and seconds since the oldest of them came. */
  queue(depth: number, oldestAgeSeconds: number): void;
}

/** A request that is not in step, with its reason. */
export interface FailedRequest {
  requestId: string;
  code: string;
  text: string;
  /** Unix milliseconds. */
  nextAttemptAt: number;
}

/** How the relay is, for people and probes. */
export interface RelayStatus {
  state: 'starting' | 'in_step' | 'catching_up' | 'degraded' | 'stopping';
  /** Whether the first list is done, the stream is open and deliveries do not fail for long. */
  ready: boolean;
  /** What is wrong, in words; empty when nothing is. */
  problems: string[];
  version: string;
  startedAt: string;
  teleport: {
    connected: boolean;
    cluster: string | undefined;
    version: string | undefined;
    identityUser: string | undefined;
    identityExpiresAt: string | undefined;
    lastEventAt: string | undefined;
    lastListAt: string | undefined;
    streamRestarts: number;
    way: TeleportWay | undefined;
  };
  jiraApp: {
    connection: 'unknown' | HelloAnswer['connection'] | 'uninstalled';
    lastContactAt: string | undefined;
  };
  decisions: { mode: string; ceiling: string[] };
  waiting: number;
  failed: FailedRequest[];
  /** Requests that it remembers: what Teleport holds, and what the app expects it to hold. */
  remembered: number;
  olderRequests: number;
}
