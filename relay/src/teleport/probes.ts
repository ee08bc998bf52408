import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import type { Log, RequestOverSocket, TeleportWay } from '../ports';
import { TeleportError } from '../ports';
import type { TeleportClient } from './client';
import { openFirstHop, pathTo, throughHttpProxy, type Path } from './dial';
import { warnFrom } from './expiry-warning';
import { validityProblem, type Identity } from './identity';
import { readIdentity, type IdentitySource } from './identity-file';
import { ConnectFailure, problem, type Problem } from './problems';
import { connectWeb, findCluster, webAuthorities, type WebFacts } from './web-address';
import { Ways } from './ways';

/** What is probed with; nothing of it is changed. */
export interface ProbeOptions {
  /** `host:port` of the Auth Service or of the cluster's proxy. */
  address: string;
  identityFile: IdentitySource;
  webCaFile?: string | undefined;
  env: Readonly<Record<string, string | undefined>>;
  requestOver: RequestOverSocket;
  /** Unix milliseconds of the machine's clock. */
  now: number;
}

/** The identity as it is on disk; `problem` when it cannot be used at the moment. */
export type IdentityProbe =
  | { ok: false; problem: Problem }
  | {
      ok: true;
      user: string;
      clusterName: string;
      caFingerprints: readonly string[];
      validFrom: Date;
      validTo: Date;
      /** From this moment on it should have been renewed. */
      warnFrom: Date;
      /** Expired or not valid yet. */
      problem: Problem | undefined;
    };

/** How the Auth Service was reached, or why it was not. */
export type WayProbe =
  | { ok: false; problem: Problem }
  | {
      ok: true;
      way: TeleportWay;
      /** The Auth Service's certificate. */
      certificate: { validFrom: Date; validTo: Date };
      /** What the proxy tells to everybody; `undefined` without a proxy, or when it could not be asked. */
      web: WebFacts | undefined;
    };

const silent: Log = { debug: ignore, info: ignore, warn: ignore, error: ignore };
function ignore(): void {
  // A probe reports by its result.
}

/** Looks at the identity on disk. */
export function probeIdentity({
  identityFile,
  now,
}: Pick<ProbeOptions, 'identityFile' | 'now'>): IdentityProbe {
  const result = readIdentity(identityFile);
  if (!result.ok) return result;
  const { user, clusterName, caFingerprints, notBefore, notAfter } = result.identity;
  return {
    ok: true,
    user,
    clusterName,
    caFingerprints,
    validFrom: notBefore,
    validTo: notAfter,
    warnFrom: new Date(warnFrom(result.identity)),
    problem: validityProblem(result.identity, now),
  };
}

/**
 * Looks for the way to the Auth Service as a relay that starts does, with the identity on disk, and hangs up after the TLS
 * handshake: no call is made.
 */
export async function probeWay(options: ProbeOptions, signal: AbortSignal): Promise<WayProbe> {
  try {
    const path = pathTo(options.address, options.env, options.requestOver);
    const identity = usableIdentity(options);
    const webCaPem = readWebCa(options.webCaFile);
    const ways = new Ways({
      path,
      env: options.env,
      webCaPem: () => webCaPem,
      log: silent,
      isThorough: true,
    });
    const socket = await ways.connect(await openFirstHop(path, signal), identity);
    const { valid_from: from, valid_to: to } = socket.getPeerCertificate();
    socket.on('error', ignore).destroy();
    const way = ways.current;
    if (way === undefined) throw new ConnectFailure(problem('closed'));
    return {
      ok: true,
      way,
      certificate: { validFrom: new Date(from), validTo: new Date(to) },
      web: way.way === 'direct' ? undefined : await askProxy(path, webCaPem, signal),
    };
  } catch (error) {
    if (error instanceof ConnectFailure) return { ok: false, problem: error.problem };
    throw error;
  }
}

function usableIdentity({ identityFile, now }: ProbeOptions): Identity {
  const result = readIdentity(identityFile);
  if (!result.ok) throw new ConnectFailure(result.problem);
  const invalid = validityProblem(result.identity, now);
  if (invalid !== undefined) throw new ConnectFailure(invalid);
  return result.identity;
}

function readWebCa(file: string | undefined): string | undefined {
  if (file === undefined) return undefined;
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return undefined;
  }
}

async function askProxy(
  path: Path,
  webCaPem: string | undefined,
  signal: AbortSignal,
): Promise<WebFacts | undefined> {
  try {
    const carrier = await throughHttpProxy(path, await openFirstHop(path, signal), signal);
    const web = await connectWeb(carrier, path.target, webAuthorities(webCaPem), signal);
    return await findCluster(web, path, signal);
  } catch {
    return undefined;
  }
}

/** Something that the relay must be allowed to do. */
export type Permission = 'list' | 'watch' | 'set_state' | 'review' | 'users' | 'names';

/** What a Teleport role must hold: a rule, the right to review, or roles to look resources up with. */
export type RoleNeed =
  | { resource: 'access_request' | 'user'; verbs: readonly string[] }
  | { review_requests: 'roles' | 'preview_as_roles' };

/** Whether the cluster grants it. */
export interface PermissionProbe {
  permission: Permission;
  result: 'granted' | 'missing' | 'mfa_required' | 'unknown';
  /** What of a Teleport role grants it. */
  rule: RoleNeed;
  /** What Teleport said, when it was not granted. */
  seen: string | undefined;
}

const RULES: Readonly<Record<Permission, PermissionProbe['rule']>> = {
  list: { resource: 'access_request', verbs: ['list', 'read'] },
  watch: { resource: 'access_request', verbs: ['read'] },
  set_state: { resource: 'access_request', verbs: ['update'] },
  review: { review_requests: 'roles' },
  users: { resource: 'user', verbs: ['list', 'read'] },
  names: { review_requests: 'preview_as_roles' },
};

/**
 * Tries what the relay must be allowed to do, one after the other. Nothing is changed: requests to change are made with a
 * random id, so that being allowed shows as "not found" (Teleport, order of its checks).
 */
export async function probePermissions(
  teleport: TeleportClient,
  permissions: readonly Permission[],
  signal: AbortSignal,
): Promise<PermissionProbe[]> {
  const probes: PermissionProbe[] = [];
  for (const permission of permissions) {
    const rule = RULES[permission];
    try {
      const isGranted = await attempt(teleport, permission, signal);
      probes.push({ permission, rule, result: isGranted ? 'granted' : 'unknown', seen: undefined });
    } catch (error) {
      if (!(error instanceof TeleportError)) throw error;
      probes.push({ permission, rule, ...judge(permission, error) });
    }
  }
  return probes;
}

function judge(
  permission: Permission,
  { code, message }: TeleportError,
): Pick<PermissionProbe, 'result' | 'seen'> {
  const isChange = permission === 'set_state' || permission === 'review';
  if (isChange && code === 'not_found') return { result: 'granted', seen: undefined };
  if (code === 'permission_denied') return { result: 'missing', seen: message };
  return { result: code === 'mfa_required' ? 'mfa_required' : 'unknown', seen: message };
}

async function attempt(
  teleport: TeleportClient,
  permission: Permission,
  signal: AbortSignal,
): Promise<boolean> {
  switch (permission) {
    case 'list':
      await teleport.demandListing(signal);
      return reads(teleport.list(signal), signal);
    case 'names':
      await teleport.tryNames(signal);
      return true;
    case 'users':
      return reads(teleport.users(signal), signal);
    case 'watch': {
      for await (const event of teleport.watch(signal)) return event.type === 'init';
      return false;
    }
    case 'set_state': {
      const nobody = {
        id: randomUUID(),
        state: 'DENIED' as const,
        delegator: '',
        reason: '',
        annotations: {},
      };
      await teleport.setState(nobody, signal);
      // A request of this id cannot be there.
      return false;
    }
    case 'review':
      await teleport.review({ id: randomUUID(), state: 'DENIED', reason: '' }, signal);
      return false;
  }
}

/** One item, or the end, is enough to know. */
async function reads(items: AsyncIterable<unknown>, signal: AbortSignal): Promise<boolean> {
  for await (const item of items) {
    if (item !== undefined) break;
  }
  return !signal.aborted;
}
