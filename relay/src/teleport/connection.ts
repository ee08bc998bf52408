import {
  Channel,
  connectivityState,
  Metadata,
  type CallOptions,
  type ChannelOptions,
  type ClientReadableStream,
  type ClientUnaryCall,
  type ServiceError,
} from '@grpc/grpc-js';
import { Backoff } from '../backoff';
import type { RelayConfig } from '../config/schema';
import { TeleportError } from '../ports';
import type { IdentityCredentials } from './credentials';
import { firstHop, type Path } from './dial';
import { isCancelled, toTeleportError } from './errors-grpc';
import { AuthServiceClient } from './gen/auth';
import { UsersServiceClient } from './gen/teleport/users/v1/users_service';

/** Deadlines, pings and waits between attempts of a connection, in seconds. */
export type ConnectionTiming = Pick<
  RelayConfig['timing'],
  'teleport_call_within' | 'keepalive_every' | 'keepalive_within'
> &
  Partial<Pick<RelayConfig['timing'], 'retry_first' | 'retry_at_most'>>;

/** The services that share one connection. */
export interface Services {
  auth: AuthServiceClient;
  users: UsersServiceClient;
}

type Done<T> = (error: ServiceError | null, answer: T) => void;
/** Starts a unary call with what goes along with each. */
export type StartUnary<T> = (
  services: Services,
  metadata: Metadata,
  options: Partial<CallOptions>,
  done: Done<T>,
) => ClientUnaryCall;

/** gRPC must not connect again by itself: attempts are made when the relay asks and no sooner than it may. */
const NO_RECONNECT_MS = 3_600_000;
/** First and longest wait between two attempts, in seconds, where the configuration says nothing. */
const RETRY_FIRST = 1;
const RETRY_AT_MOST = 45;
/**
 * Share of the configured waits after which another attempt is let through. The relay itself waits at least 80 % of them
 * between two tries, so that each of its tries is an attempt, and nothing else can make more of them.
 */
const GATE_SHARE = 0.7;
/** An attempt that takes longer hangs, for example in a firewall that drops silently, in milliseconds. */
const ATTEMPT_WITHIN_MS = 30_000;
/** Share by which pings come later than asked: pings that the network brings closer together than a minute count as abuse. */
const PING_SLACK = 1.02;

/**
 * Options of the channel. No `version` metadata is ever sent: a made-up one is refused, none is accepted (Teleport, version
 * header).
 */
export function channelOptions(timing: ConnectionTiming): ChannelOptions {
  return {
    'grpc.default_authority': 'teleport.cluster.local',
    'grpc.keepalive_time_ms': Math.ceil(timing.keepalive_every * 1000 * PING_SLACK),
    'grpc.keepalive_timeout_ms': Math.ceil(timing.keepalive_within * 1000),
    'grpc.keepalive_permit_without_calls': 1,
    'grpc.initial_reconnect_backoff_ms': NO_RECONNECT_MS,
    'grpc.max_reconnect_backoff_ms': NO_RECONNECT_MS,
    // A connection of one's own, so that dropping it is up to this channel alone.
    'grpc.use_local_subchannel_pool': 1,
    'grpc.service_config_disable_resolution': 1,
    'grpc.enable_retries': 0,
    // The way through an HTTP proxy is the relay's own: gRPC would not know the rules for it.
    'grpc.enable_http_proxy': 0,
  };
}

/** One generation: a channel, its clients and the streams that run over it. */
interface Generation {
  channel: Channel;
  services: Services;
  streams: Set<ClientReadableStream<unknown>>;
  /** When its first attempt began and from when on another one may follow if it fails; both by the monotonic clock. */
  startedAt: number;
  mayRetryAt: number;
}

/**
 * A connection to the Auth Service that can be dropped and made anew; calls are started on the newest one. After a failed
 * attempt, calls fail at once for the same reason until the next attempt is due; waits grow with each failure in a row.
 */
export class Connection {
  private generation: Generation | undefined;
  private isClosed = false;
  private readonly address: string;
  private readonly backoff: Backoff;

  constructor(
    private readonly path: Path,
    private readonly credentials: IdentityCredentials,
    private readonly timing: ConnectionTiming,
  ) {
    this.address = firstHop(path);
    const { retry_first: first = RETRY_FIRST, retry_at_most: atMost = RETRY_AT_MOST } = timing;
    // Without chance: it is the relay's own waits that are spread.
    this.backoff = new Backoff(first * 1000 * GATE_SHARE, atMost * 1000 * GATE_SHARE, () => 0.5);
  }

  /**
   * Makes a unary call with the deadline of the configuration; the signal cancels it.
   * @throws what gRPC gives, so that callers can tell cases apart; `failure` makes it the relay's own error.
   */
  unary<T>(start: StartUnary<T>, signal: AbortSignal): Promise<T> {
    return new Promise((resolve, reject) => {
      signal.throwIfAborted();
      const { services } = this.open();
      const onAbort = (): void => call.cancel();
      const call = start(services, new Metadata(), this.deadline(), (error, answer) => {
        signal.removeEventListener('abort', onAbort);
        if (error === null) {
          this.backoff.reset();
          resolve(answer);
        } else reject(error);
      });
      signal.addEventListener('abort', onAbort, { once: true });
    });
  }

  /** Starts a stream that ends with the connection; without a deadline unless `isBounded`. */
  stream<T>(
    start: (services: Services, metadata: Metadata, options: Partial<CallOptions>) => ClientReadableStream<T>,
    isBounded: boolean,
  ): ClientReadableStream<T> {
    const { services, streams } = this.open();
    const stream = start(services, new Metadata(), isBounded ? this.deadline() : {});
    const forget = (): void => void streams.delete(stream);
    streams.add(stream);
    return stream.once('end', forget).once('error', forget).once('close', forget);
  }

  /** A failed call as the relay's own error. */
  failure(method: string, error: unknown, signal: AbortSignal): TeleportError {
    if (signal.aborted) return new TeleportError('cancelled', `${method}: cancelled`, { cause: error });
    if (isCancelled(error)) {
      return new TeleportError('unavailable', `${method}: the connection is made anew`, { cause: error });
    }
    return toTeleportError(method, error, this.credentials.problem, this.path.httpProxy !== undefined);
  }

  /** Ends the connection and its streams; unary calls under way may finish. The next call makes a new connection. */
  drop(): void {
    const { generation } = this;
    this.generation = undefined;
    if (generation === undefined) return;
    for (const stream of generation.streams) stream.cancel();
    generation.channel.close();
  }

  /** Ends the connection for good. */
  close(): void {
    this.isClosed = true;
    this.drop();
  }

  private open(): Generation {
    if (this.isClosed) throw new TeleportError('unavailable', 'the connection to Teleport was closed');
    if (this.generation !== undefined && this.isRetryDue(this.generation)) this.drop();
    this.generation ??= this.create();
    return this.generation;
  }

  private isRetryDue({ channel, startedAt, mayRetryAt }: Generation): boolean {
    const now = performance.now();
    switch (channel.getConnectivityState(false)) {
      case connectivityState.TRANSIENT_FAILURE:
        return now >= mayRetryAt;
      case connectivityState.CONNECTING:
        return now >= Math.max(mayRetryAt, startedAt + ATTEMPT_WITHIN_MS);
      default:
        return false;
    }
  }

  private create(): Generation {
    this.credentials.forgetProblem();
    const startedAt = performance.now();
    const channel = new Channel(this.address, this.credentials, channelOptions(this.timing));
    const options = { channelOverride: channel };
    return {
      channel,
      services: {
        auth: new AuthServiceClient(this.address, this.credentials, options),
        users: new UsersServiceClient(this.address, this.credentials, options),
      },
      streams: new Set(),
      startedAt,
      mayRetryAt: startedAt + this.backoff.next(),
    };
  }

  private deadline(): Partial<CallOptions> {
    return { deadline: Date.now() + this.timing.teleport_call_within * 1000 };
  }
}
