import { readFileSync } from 'node:fs';
import { systemClock } from '../clock';
import { codeOf } from '../errors';
import {
  TeleportError,
  type Clock,
  type ClusterFacts,
  type IdentityFacts,
  type Log,
  type RequestOverSocket,
  type StateChange,
  type Teleport,
  type WatchEvent,
} from '../ports';
import { Connection, type ConnectionTiming } from './connection';
import { IdentityCredentials } from './credentials';
import { pathTo } from './dial';
import { ExpiryWarning, warnFrom } from './expiry-warning';
import { Operation, type Event as EventMessage, type PingResponse } from './gen/auth';
import { RequestState } from './gen/types';
import type { LabelValues } from './gen/wrappers';
import { IdentityFile, type IdentitySource } from './identity-file';
import { watchIdentity } from './identity-watcher';
import { listRequests, listUsers, readRequest } from './lists';
import { ConnectFailure, problem } from './problems';
import { ResourceNames, tryNames, type NAMED_KINDS } from './resource-names';
import { demandListing } from './rights';
import { readStream, StreamOverflow } from './stream-reader';
import { submitReview } from './submit-review';
import { translateRequest } from './translate';
import { Ways } from './ways';

const KIND = 'access_request';
const KINDS = ['node', 'app', 'user_group'] as const satisfies readonly (keyof typeof NAMED_KINDS)[];
/** Events that may wait to be read; more mean that the relay fell behind and must list anew. */
const WATCH_BUFFER = 20_000;
const IDENTITY_POLL_MS = 30_000;

/** What a connection to the Auth Service needs. */
export interface TeleportOptions {
  /** `host:port` of the Auth Service or of the cluster's proxy. */
  address: string;
  /** An identity file, a directory that tbot writes to, or the parts of an identity. */
  identityFile: IdentitySource;
  /** In seconds. */
  timing: ConnectionTiming;
  /** Speaks HTTP with HTTP proxies and with the proxy's web address. */
  requestOver: RequestOverSocket;
  log: Log;
  /** For the identity's dates; the machine's clock, since TLS knows no other. */
  clock?: Clock;
  /** How often the identity file is looked at, in milliseconds. */
  identityPollMs?: number;
  /** PEM file of CAs that the proxy's web certificate is trusted by, beside the public ones. */
  webCaFile?: string | undefined;
  /** Where HTTPS_PROXY, NO_PROXY and TELEPORT_TLS_ROUTING_CONN_UPGRADE are looked up; the process's own by default. */
  env?: Readonly<Record<string, string | undefined>>;
}

/** The Auth Service with what only a check of rights asks for; none of it changes anything. */
export interface TeleportClient extends Teleport {
  /** Whether lists are whole. @throws TeleportError `permission_denied` when they are not. */
  demandListing(signal: AbortSignal): Promise<void>;
  /** Looks at the identity file now instead of within half a minute. */
  reloadIdentity(): void;
  /** Looks up names of all kinds of resources once. @throws TeleportError for the first kind that is refused. */
  tryNames(signal: AbortSignal): Promise<void>;
}

/**
 * Connects to Teleport's Auth Service over gRPC and mTLS with an identity file, by whichever way leads there from the
 * address. Nothing is sent before the first call. The file is looked at again at every connection attempt and every 30 s; it
 * need not be there yet.
 *
 * @throws ConnectFailure `proxy_setting` when HTTPS_PROXY is no address of a proxy.
 */
export function createTeleport(options: TeleportOptions): TeleportClient {
  const { log } = options;
  const file = new IdentityFile(options.identityFile, log);
  const clock = options.clock ?? systemClock;
  const env = options.env ?? process.env;
  const path = pathTo(options.address, env, options.requestOver);
  const ways = new Ways({ path, env, webCaPem: () => readWebCa(options.webCaFile, log), log });
  const credentials = new IdentityCredentials(() => {
    file.reload();
    if (file.newest === undefined) throw new ConnectFailure(file.problem ?? problem('identity_missing'));
    return file.newest;
  }, ways);
  const connection = new Connection(path, credentials, options.timing);
  const names = new ResourceNames({ connection, clusterName: () => file.current().clusterName, clock, log });
  const warning = new ExpiryWarning(log);
  const ended = new AbortController();
  const reconnect = (): void => {
    log.info('the connection to Teleport is made anew');
    connection.drop();
  };
  const watched = {
    reload: () => {
      file.reload();
      warning.look(file.newest, clock.now());
    },
    newest: () => file.newest,
    inUse: () => credentials.inUse,
    reconnect,
  };
  void watchIdentity(watched, options.identityPollMs ?? IDENTITY_POLL_MS, clock, ended.signal);
  return {
    identity: () => identityFacts(file),
    describeWay: () => ways.current,
    ping: (signal) => ping(connection, signal),
    watch: (signal) => watch(connection, names, log, signal),
    list: (signal) => listRequests(connection, names, log, signal),
    read: (id, signal) => readRequest(connection, names, id, signal),
    setState: (change, signal) => setState(connection, change, signal),
    review: async (review, signal) => {
      const request = await submitReview(connection, file.current().user, review, signal);
      return (await names.addTo([request], signal))[0] ?? request;
    },
    users: (signal) => listUsers(connection, signal),
    reloadIdentity: watched.reload,
    demandListing: (signal) => demandListing(connection, signal),
    tryNames: async (signal) => {
      for (const kind of KINDS) await tryNames(connection, kind, signal);
    },
    reconnect,
    close: () => {
      ended.abort();
      connection.close();
    },
  };
}

function identityFacts(file: IdentityFile): IdentityFacts {
  const identity = file.current();
  const { user, clusterName, caFingerprints, notAfter } = identity;
  const [oldest = ''] = caFingerprints;
  return {
    ...{ user, clusterName, caFingerprint: oldest, caFingerprints },
    expiresAt: notAfter,
    warnFrom: new Date(warnFrom(identity)),
  };
}

/** Without the file, web certificates are judged by public CAs alone, which says what is wrong soon enough. */
function readWebCa(path: string | undefined, log: Log): string | undefined {
  if (path === undefined) return undefined;
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    log.warn('the file of web CAs cannot be read', { reason: codeOf(error) ?? 'unknown error' });
    return undefined;
  }
}

async function ping(connection: Connection, signal: AbortSignal): Promise<ClusterFacts> {
  let answer: PingResponse;
  try {
    answer = await connection.unary(
      ({ auth }, metadata, options, done) => auth.ping({}, metadata, options, done),
      signal,
    );
  } catch (error) {
    throw connection.failure('Ping', error, signal);
  }
  return {
    name: answer.ClusterName,
    version: answer.ServerVersion,
    proxyAddress: answer.ProxyPublicAddr === '' ? undefined : answer.ProxyPublicAddr,
    reviews: answer.ServerFeatures?.AdvancedAccessWorkflows ?? false,
  };
}

async function setState(connection: Connection, change: StateChange, signal: AbortSignal): Promise<void> {
  const annotations: LabelValues['Values'] = {};
  for (const [key, values] of Object.entries(change.annotations)) annotations[key] = { Values: [...values] };
  const request = {
    ID: change.id,
    State: change.state === 'APPROVED' ? RequestState.APPROVED : RequestState.DENIED,
    Delegator: change.delegator,
    Reason: change.reason,
    Annotations: { Values: annotations },
    Roles: [],
  };
  try {
    await connection.unary(
      ({ auth }, metadata, options, done) => auth.setAccessRequestState(request, metadata, options, done),
      signal,
    );
  } catch (error) {
    throw connection.failure('SetAccessRequestState', error, signal);
  }
}

/** Watches without a state filter: with one, a request that leaves the state would do so unseen (Teleport, watch). */
async function* watch(
  connection: Connection,
  names: ResourceNames,
  log: Log,
  signal: AbortSignal,
): AsyncGenerator<WatchEvent, void, undefined> {
  const kind = { Kind: KIND, LoadSecrets: false, Name: '', Filter: {}, SubKind: '', Version: '' };
  try {
    const stream = connection.stream(
      ({ auth }, metadata, options) =>
        auth.watchEvents({ Kinds: [kind], AllowPartialSuccess: false }, metadata, options),
      false,
    );
    let isInitialised = false;
    for await (const message of readStream(stream, WATCH_BUFFER, signal)) {
      if (!isInitialised && message.Type !== Operation.INIT) {
        throw new TeleportError('unknown', 'WatchEvents: the stream does not begin with INIT');
      }
      isInitialised = true;
      const event = toWatchEvent(message, log);
      if (event?.type === 'put') {
        const [request = event.request] = await names.addTo([event.request], signal);
        yield { type: 'put', request };
      } else if (event !== undefined) yield event;
    }
  } catch (error) {
    if (signal.aborted) return;
    if (error instanceof StreamOverflow) {
      throw new TeleportError('unavailable', 'WatchEvents: the relay fell behind and gave the stream up', {
        cause: error,
      });
    }
    throw connection.failure('WatchEvents', error, signal);
  }
}

/** Events of kinds and types that this version does not know are passed over. */
function toWatchEvent(message: EventMessage, log: Log): WatchEvent | undefined {
  switch (message.Type) {
    case Operation.INIT:
      return { type: 'init' };
    case Operation.PUT: {
      if (message.AccessRequest === undefined) return undefined;
      const result = translateRequest(message.AccessRequest);
      if (result.ok) return { type: 'put', request: result.request };
      log.warn('left out an access request', { requestId: result.id, reason: result.reason });
      return undefined;
    }
    case Operation.DELETE: {
      const header = message.ResourceHeader;
      const id = header?.Kind === KIND ? (header.Metadata?.Name ?? '') : '';
      return id === '' ? undefined : { type: 'delete', id };
    }
    default:
      return undefined;
  }
}
