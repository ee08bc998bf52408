import { EventEmitter } from 'node:events';
import {
  Server,
  ServerCredentials,
  status,
  type sendUnaryData,
  type ServerUnaryCall,
  type ServerWritableStream,
} from '@grpc/grpc-js';
import {
  AuthServiceService,
  Operation,
  type AuthServiceServer,
  type Event as WatchEvent,
  type Watch,
} from '../../relay/src/teleport/gen/auth';
import type { AccessRequestFilter, AccessRequestV3, RequestState } from '../../relay/src/teleport/gen/types';
import { RequestState as State } from '../../relay/src/teleport/gen/types';
import {
  UsersServiceService,
  type UsersServiceServer,
} from '../../relay/src/teleport/gen/teleport/users/v1/users_service';
import { z } from 'zod';
import { AuthDoor } from './auth-door';
import { type Cluster, TeleportError, type ClusterEvent } from './cluster';
import { enforceKeepalive } from './keepalive-policy';
import type { KeyPair } from './pki';
import { listResources } from './resources';

/** The version that the simulated cluster says it is. */
export const SERVER_VERSION = '18.3.0';
const DEFAULT_PAGE = 1000;
const MAX_PAGE = 16_000;
const WATCH_FILTER_KEYS = ['id', 'user', 'state'];

/** Switches for what can go wrong at the Auth Service. Delays in milliseconds. */
export interface AuthFaults {
  initDelay: number;
  eventDelay: number;
  dropEvents: boolean;
  duplicateEvents: boolean;
  /** Calls still to fail, by method name. */
  failures: Map<string, { code: status; times: number; message?: string }>;
  /** Nothing is answered and no event is sent while set; connections stay open. */
  frozen: boolean;
  /** Asked before a call is carried out and after it was: `hold` leaves it without an answer there. */
  onCall: ((call: AuthCall, phase: 'before' | 'after') => 'continue' | 'hold') | undefined;
}

/** A call of one request and one answer. */
export interface AuthCall {
  method: string;
  /** Who calls, by client certificate. */
  user: string;
  request: unknown;
}

/** Faults that are all off. */
export function noAuthFaults(): AuthFaults {
  return {
    initDelay: 0,
    eventDelay: 0,
    dropEvents: false,
    duplicateEvents: false,
    failures: new Map(),
    frozen: false,
    onCall: undefined,
  };
}

/** The gRPC side of a simulated Auth Service: real mTLS, identity by client certificate. */
export class AuthService {
  readonly calls: Record<string, number> = {};
  private running: { server: Server; door: AuthDoor } | undefined;
  private readonly watchers = new Set<ServerWritableStream<Watch, WatchEvent>>();

  constructor(
    private readonly cluster: Cluster,
    private tls: { server: KeyPair; clientCaPem: string },
    private readonly faults: AuthFaults,
    private readonly proxyPublicAddress: () => string,
    /** Pings that come closer together than so many milliseconds count against a client. */
    private readonly minPingMs: number,
  ) {}

  /** Listens on loopback. @returns the port. */
  async listen(port: number): Promise<number> {
    const server = new Server({
      // Teleport's own pings to its clients.
      'grpc.keepalive_time_ms': 60_000,
      'grpc.keepalive_timeout_ms': 180_000,
    });
    server.addService(AuthServiceService, this.authService());
    server.addService(UsersServiceService, this.usersService());
    const credentials = ServerCredentials.createSsl(
      Buffer.from(this.tls.clientCaPem),
      [
        {
          cert_chain: Buffer.from(this.tls.server.certificate),
          private_key: Buffer.from(this.tls.server.privateKey),
        },
      ],
      true,
    );
    const injector = server.createConnectionInjector(credentials);
    for (const http2Server of http2ServersOf(server)) enforceKeepalive(http2Server, this.minPingMs);
    const door = new AuthDoor((connection) => injector.injectConnection(connection));
    this.running = { server, door };
    return door.listen(port);
  }

  /** Shows another certificate from the next `listen` on. */
  useCertificate(server: KeyPair): void {
    this.tls = { ...this.tls, server };
  }

  /** Closes listener and connections at once. */
  async close(): Promise<void> {
    const { running } = this;
    this.running = undefined;
    this.watchers.clear();
    running?.server.forceShutdown();
    await running?.door.close();
  }

  /** Ends all watch streams, as a cache re-initialisation does. */
  cutWatchers(): void {
    for (const watcher of this.watchers)
      watcher.emit('error', { code: status.UNAVAILABLE, details: 'watcher closed' });
    this.watchers.clear();
  }

  get watcherCount(): number {
    return this.watchers.size;
  }

  private authService(): AuthServiceServer {
    return {
      ping: this.unary('Ping', () => ({
        ClusterName: this.cluster.name,
        ServerVersion: SERVER_VERSION,
        ServerFeatures: {
          AccessControls: true,
          AdvancedAccessWorkflows: this.cluster.hasReviews,
          Cloud: false,
        },
        ProxyPublicAddr: this.proxyPublicAddress(),
        IsBoring: false,
        RemoteAddr: '127.0.0.1',
      })),
      watchEvents: (call) => this.watch(call),
      listAccessRequests: this.unary('ListAccessRequests', (request, user) => {
        const all = this.visibleRequests(user, request.Filter);
        if (request.Limit > MAX_PAGE)
          throw new TeleportError(status.INVALID_ARGUMENT, `limit must be at most ${MAX_PAGE}`);
        const limit = request.Limit > 0 ? request.Limit : DEFAULT_PAGE;
        const start =
          request.StartKey === ''
            ? 0
            : all.findIndex((entry) => (entry.Metadata?.Name ?? '') >= request.StartKey);
        const from = start < 0 ? all.length : start;
        return {
          AccessRequests: all.slice(from, from + limit),
          NextKey: all[from + limit]?.Metadata?.Name ?? '',
        };
      }),
      getAccessRequestsV2: (call) => this.streamRequests(call),
      createAccessRequestV2: this.unary('CreateAccessRequestV2', (request, user) =>
        this.cluster.create(user, request),
      ),
      deleteAccessRequest: this.unary('DeleteAccessRequest', (request, user) => {
        this.cluster.authorize(user, 'access_request', 'delete');
        this.cluster.delete(user, request.ID);
        return {};
      }),
      setAccessRequestState: this.unary('SetAccessRequestState', (request, user) => {
        this.cluster.setState(user, request);
        return {};
      }),
      submitAccessReview: this.unary('SubmitAccessReview', (request, user) => {
        if (request.Review === undefined) throw new TeleportError(status.INVALID_ARGUMENT, 'missing review');
        return this.cluster.review(user, request.RequestID, request.Review);
      }),
      listResources: this.unary('ListResources', (request, user) =>
        listResources(this.cluster, user, request),
      ),
      getPluginData: this.unary('GetPluginData', (_request, user) => {
        for (const verb of ['list', 'read']) this.authorizeEither(user, verb);
        return { PluginData: [] };
      }),
    };
  }

  private usersService(): UsersServiceServer {
    return {
      listUsers: this.unary('ListUsers', (request, user) => {
        this.cluster.authorize(user, 'user', 'list');
        this.cluster.authorize(user, 'user', 'read');
        if (request.with_secrets)
          throw new TeleportError(status.PERMISSION_DENIED, 'this request can be only executed by an admin');
        const names = Object.keys(this.cluster.users).sort();
        const size = request.page_size > 0 ? request.page_size : 500;
        const start = request.page_token === '' ? 0 : names.findIndex((name) => name >= request.page_token);
        const page = names.slice(start, start + size);
        return {
          users: page.map((name) => this.userMessage(name)),
          next_page_token: names[start + size] ?? '',
        };
      }),
    };
  }

  private userMessage(name: string) {
    const { roles = [], traits = {} } = this.cluster.users[name] ?? {};
    const values = Object.fromEntries(Object.entries(traits).map(([key, list]) => [key, { Values: list }]));
    return {
      Kind: 'user',
      SubKind: '',
      Version: 'v2',
      Metadata: {
        Name: name,
        Namespace: 'default',
        Description: '',
        Labels: {},
        Expires: undefined,
        Revision: '',
      },
      Spec: { Roles: [...roles], Traits: { Values: values } },
    };
  }

  /**
   * What a list shows to whom: all with the rule, else without a word of refusal only one's own requests and those that one
   * may review (Teleport, ListAccessRequests).
   */
  private visibleRequests(user: string, filter: AccessRequestFilter | undefined): AccessRequestV3[] {
    const all = this.cluster.list(filter);
    if (filter?.User === user) return all;
    try {
      for (const verb of ['list', 'read']) this.cluster.authorize(user, 'access_request', verb);
      return all;
    } catch {
      return all.filter(
        ({ Spec: spec }) =>
          spec !== undefined && (spec.User === user || this.cluster.mayReview(user, spec.Roles)),
      );
    }
  }

  private authorizeEither(user: string, verb: string): void {
    try {
      this.cluster.authorize(user, 'access_request', verb);
    } catch {
      this.cluster.authorize(user, 'access_plugin_data', verb);
    }
  }

  private unary<Request, Response>(method: string, handle: (request: Request, user: string) => Response) {
    return (call: ServerUnaryCall<Request, Response>, callback: sendUnaryData<Response>): void => {
      if (this.faults.frozen) return;
      try {
        const user = this.enter(method, call);
        const shown = { method, user, request: call.request };
        if (this.faults.onCall?.(shown, 'before') === 'hold') return;
        const answer = handle(call.request, user);
        if (this.faults.onCall?.(shown, 'after') === 'hold') return;
        callback(null, answer);
      } catch (error) {
        callback(asServiceError(error));
      }
    };
  }

  /** Counts the call, raises an injected failure, and tells who calls. */
  private enter(method: string, call: Pick<ServerUnaryCall<unknown, unknown>, 'getAuthContext'>): string {
    this.calls[method] = (this.calls[method] ?? 0) + 1;
    const failure = this.faults.failures.get(method);
    if (failure !== undefined && failure.times > 0) {
      failure.times -= 1;
      throw new TeleportError(failure.code, failure.message ?? 'injected failure');
    }
    const user = call.getAuthContext().sslPeerCertificate?.subject.CN;
    if (typeof user !== 'string' || this.cluster.users[user] === undefined) {
      throw new TeleportError(status.PERMISSION_DENIED, 'access denied: unknown user');
    }
    if (this.cluster.locks.has(user)) {
      throw new TeleportError(status.PERMISSION_DENIED, `lock targeting User:"${user}" is in force`);
    }
    return user;
  }

  private streamRequests(call: ServerWritableStream<AccessRequestFilter, AccessRequestV3>): void {
    if (this.faults.frozen) return;
    try {
      const user = this.enter('GetAccessRequestsV2', call);
      for (const request of this.visibleRequests(user, call.request)) call.write(request);
      call.end();
    } catch (error) {
      call.emit('error', asServiceError(error));
    }
  }

  private watch(call: ServerWritableStream<Watch, WatchEvent>): void {
    let filter: Readonly<Record<string, string>>;
    try {
      const user = this.enter('WatchEvents', call);
      filter = this.acceptWatch(user, call.request);
    } catch (error) {
      call.emit('error', asServiceError(error));
      return;
    }
    const onEvent = (event: ClusterEvent): void => this.deliver(call, event, filter);
    const init = setTimeout(() => {
      // What happens before INIT is never replayed.
      this.cluster.events.on('event', onEvent);
      const kinds = call.request.Kinds;
      const confirmed = {
        Kind: 'watch_status',
        SubKind: '',
        Version: 'v1',
        Metadata: undefined,
        Spec: { Kinds: kinds },
      };
      call.write({
        Type: Operation.INIT,
        ...(call.request.AllowPartialSuccess ? { WatchStatus: confirmed } : {}),
      });
    }, this.faults.initDelay);
    this.watchers.add(call);
    const forget = (): void => {
      clearTimeout(init);
      this.watchers.delete(call);
      this.cluster.events.off('event', onEvent);
    };
    call.on('cancelled', forget).on('close', forget).on('error', forget);
  }

  private acceptWatch(user: string, watch: Watch): Readonly<Record<string, string>> {
    const requests = watch.Kinds.filter((kind) => kind.Kind === 'access_request');
    if (requests.length !== watch.Kinds.length || requests.length !== 1) {
      throw new TeleportError(
        status.INVALID_ARGUMENT,
        'the simulator watches access_request and nothing else',
      );
    }
    const filter = requests[0]?.Filter ?? {};
    const unknown = Object.keys(filter).find((key) => !WATCH_FILTER_KEYS.includes(key));
    if (unknown !== undefined)
      throw new TeleportError(status.INVALID_ARGUMENT, `unknown filter key "${unknown}"`);
    this.cluster.authorize(user, 'access_request', 'read');
    return filter;
  }

  private deliver(
    call: ServerWritableStream<Watch, WatchEvent>,
    event: ClusterEvent,
    filter: Readonly<Record<string, string>>,
  ): void {
    if (this.faults.dropEvents || this.faults.frozen) return;
    if (event.type === 'put' && !passes(event.request, filter)) return;
    const message = toMessage(event);
    for (let copy = 0; copy < (this.faults.duplicateEvents ? 2 : 1); copy += 1) {
      if (this.faults.eventDelay === 0) call.write(message);
      else setTimeout(() => call.write(message), this.faults.eventDelay).unref();
    }
  }
}

function passes(request: AccessRequestV3, filter: Readonly<Record<string, string>>): boolean {
  const { id, user, state } = filter;
  const current: RequestState = request.Spec?.State ?? State.NONE;
  return (
    (id === undefined || request.Metadata?.Name === id) &&
    (user === undefined || request.Spec?.User === user) &&
    (state === undefined || State[current] === state)
  );
}

/** A removal carries kind and name, and nothing else. */
function toMessage(event: ClusterEvent): WatchEvent {
  if (event.type === 'put') return { Type: Operation.PUT, AccessRequest: event.request };
  const metadata = {
    Name: event.id,
    Namespace: 'default',
    Description: '',
    Labels: {},
    Expires: undefined,
    Revision: '',
  };
  return {
    Type: Operation.DELETE,
    ResourceHeader: { Kind: 'access_request', SubKind: '', Version: 'v3', Metadata: metadata },
  };
}

/** gRPC's package has no public way to the HTTP/2 servers below a server, which alone see the clients' pings. */
function http2ServersOf(server: Server): EventEmitter[] {
  const servers = z.map(z.instanceof(EventEmitter), z.unknown()).parse(Reflect.get(server, 'http2Servers'));
  return [...servers.keys()];
}

function asServiceError(error: unknown): { code: status; details: string } {
  if (error instanceof TeleportError) return { code: error.code, details: error.message };
  return { code: status.UNKNOWN, details: error instanceof Error ? error.message : 'unknown error' };
}
