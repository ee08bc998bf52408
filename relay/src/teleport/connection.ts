import {
  Channel,
  Metadata,
  type CallOptions,
  type ChannelOptions,
  type ClientReadableStream,
  type ClientUnaryCall,
  type ServiceError,
} from '@grpc/grpc-js';
import type { RelayConfig } from '../config/schema';
import { TeleportError } from '../ports';
import type { IdentityCredentials } from './credentials';
import { isCancelled, toTeleportError } from './errors-grpc';
import { AuthServiceClient } from './gen/auth';
import { UsersServiceClient } from './gen/teleport/users/v1/users_service';

/** Deadlines and pings of a connection, in seconds. */
export type ConnectionTiming = Pick<
  RelayConfig['timing'],
  'teleport_call_within' | 'keepalive_every' | 'keepalive_within'
>;

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

/** Longest wait of gRPC between two attempts to connect, in milliseconds; as that of Teleport's own plugins. */
const MAX_RECONNECT_BACKOFF_MS = 2000;
/** Share by which pings come later than asked: pings that the network brings closer together than a minute count as abuse. */
const PING_SLACK = 1.02;

/**
 * Options of the channel. No `version` metadata is ever sent: a made-up one is refused, none is accepted (Teleport, version
 * header).
 */
export function channelOptions(address: string, timing: ConnectionTiming): ChannelOptions {
  return {
    'grpc.default_authority': 'teleport.cluster.local',
    'grpc.keepalive_time_ms': Math.ceil(timing.keepalive_every * 1000 * PING_SLACK),
    'grpc.keepalive_timeout_ms': Math.ceil(timing.keepalive_within * 1000),
    'grpc.keepalive_permit_without_calls': 1,
    'grpc.initial_reconnect_backoff_ms': 100,
    'grpc.max_reconnect_backoff_ms': MAX_RECONNECT_BACKOFF_MS,
    // A connection of one's own, so that dropping it is up to this channel alone.
    'grpc.use_local_subchannel_pool': 1,
    'grpc.service_config_disable_resolution': 1,
    'grpc.enable_retries': 0,
    'grpc.enable_http_proxy': isLoopback(address) ? 0 : 1,
  };
}

function isLoopback(address: string): boolean {
  return /^(?:127\.|localhost:|\[::1\]:)/.test(address);
}

/** One generation: a channel, its clients and the streams that run over it. */
interface Generation {
  channel: Channel;
  services: Services;
  streams: Set<ClientReadableStream<unknown>>;
}

/** A connection to the Auth Service that can be dropped and made anew; calls are started on the newest one. */
export class Connection {
  private generation: Generation | undefined;
  private isClosed = false;

  constructor(
    private readonly address: string,
    private readonly credentials: IdentityCredentials,
    private readonly timing: ConnectionTiming,
  ) {}

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
        if (error === null) resolve(answer);
        else reject(error);
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
    return toTeleportError(method, error, this.credentials.problem);
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
    this.generation ??= this.create();
    return this.generation;
  }

  private create(): Generation {
    const channel = new Channel(this.address, this.credentials, channelOptions(this.address, this.timing));
    const options = { channelOverride: channel };
    return {
      channel,
      services: {
        auth: new AuthServiceClient(this.address, this.credentials, options),
        users: new UsersServiceClient(this.address, this.credentials, options),
      },
      streams: new Set(),
    };
  }

  private deadline(): Partial<CallOptions> {
    return { deadline: Date.now() + this.timing.teleport_call_within * 1000 };
  }
}
