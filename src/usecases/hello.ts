import { createHash } from 'node:crypto';
import { canonicalJson } from '../../contract/canonical-json';
import type { HelloAnswer, HelloRequest } from '../../contract/relay-inbox';
import { toUtcSeconds } from '../../contract/access-request';
import { CONTRACT_VERSION } from '../../contract/version';
import {
  isPinnedCluster,
  nextSuccessors,
  presentedCluster,
  STATUS_REFRESH_MS,
  type ConnectionStatus,
  type ConnectionTrust,
} from '../domain/connection';
import { handOutDecisions, MAX_AT_ONCE } from './hand-out-decisions';
import type { Services } from './ports';

/**
 * After how many seconds at most a relay says hello again: while it is not confirmed, afterwards, and while more decisions may
 * wait. How often it does within that is its own choice (`timing.hello_at_most_every`).
 */
const HELLO_UNCONFIRMED_SECONDS = 5;
const HELLO_SECONDS = 60;
const HELLO_FOR_MORE_SECONDS = 1;

/**
 * Answers a relay's hello. The first one only proposes the cluster; after an administrator confirmed it, name and CA
 * fingerprint are pinned. Costs one read for the keys and one for the waiting decisions; the status is written when it
 * changed or has become old, which the token that travels with the relay tells without a read.
 */
export async function answerHello(
  services: Services,
  trust: ConnectionTrust,
  hello: HelloRequest,
): Promise<HelloAnswer> {
  const state = await stateOf(services, trust, hello);
  const statusToken = await keepStatus(services, trust, hello, state);
  const answer = { v: CONTRACT_VERSION, op: 'hello', connection: state, statusToken } as const;
  if (trust.state !== 'confirmed' || state !== 'confirmed') {
    return { ...answer, helloAfterSeconds: HELLO_UNCONFIRMED_SECONDS, decisions: [] };
  }
  const decisions = await handOutDecisions(services, trust.id, trust.cluster.name);
  return {
    ...answer,
    helloAfterSeconds: decisions.length < MAX_AT_ONCE ? HELLO_SECONDS : HELLO_FOR_MORE_SECONDS,
    mirrorSince: toUtcSeconds(new Date(trust.mirrorSince)),
    decisions,
  };
}

/** The CAs after the pinned one are read only where the pinned one is not presented, so that a hello costs what it does. */
async function stateOf(
  { connections }: Services,
  trust: ConnectionTrust,
  hello: HelloRequest,
): Promise<HelloAnswer['connection']> {
  if (trust.state === 'proposed') return 'proposed';
  const presented = presentedCluster(hello);
  if (isPinnedCluster(trust.cluster, [], presented)) return 'confirmed';
  const successors = await connections.readSuccessors(trust.id);
  return isPinnedCluster(trust.cluster, successors, presented) ? 'confirmed' : 'mismatch';
}

/** A relay that trusts the pinned CA and another one vouches for the latter. */
async function keepSuccessors(
  { connections }: Services,
  trust: ConnectionTrust,
  hello: HelloRequest,
): Promise<void> {
  const presented = presentedCluster(hello);
  if (trust.state !== 'confirmed' || presented.caFingerprints.length < 2) return;
  const known = await connections.readSuccessors(trust.id);
  const next = nextSuccessors(trust.cluster, known, presented);
  if (next.join() !== known.join()) await connections.writeSuccessors(trust.id, next);
}

async function keepStatus(
  services: Services,
  trust: ConnectionTrust,
  hello: HelloRequest,
  state: HelloAnswer['connection'],
): Promise<string> {
  const { relay, cluster, decisions, identity, health } = hello;
  const digest = statusDigest(hello, state);
  const [writtenAt, writtenDigest] = (hello.statusToken ?? '').split('.');
  const isFresh = services.now() - Number(writtenAt) < STATUS_REFRESH_MS;
  if (writtenDigest === digest && isFresh) return hello.statusToken ?? '';

  const known = await services.connections.readStatus(trust.id);
  const next: ConnectionStatus = {
    id: trust.id,
    name: known?.name ?? trust.id,
    createdAt: known?.createdAt ?? services.now(),
    state,
    cluster: trust.state === 'confirmed' ? trust.cluster : undefined,
    keys: trust.keys.map(({ keyId, createdAt, expiresAt }) => ({ keyId, createdAt, expiresAt })),
    lastHello: { at: services.now(), hello: { relay, cluster, decisions, identity, health } },
  };
  // Revoked since the keys of this call were read: what was ended stays ended.
  if (known?.state === 'revoked') return '';
  if (state === 'confirmed') await keepSuccessors(services, trust, hello);
  await services.connections.writeStatus(next);
  if (state !== known?.state) await noteState(services, next);
  return `${services.now()}.${digest}`;
}

async function noteState(services: Services, status: ConnectionStatus): Promise<void> {
  const cluster = status.lastHello?.hello.cluster.name ?? '';
  const texts: Record<ConnectionStatus['state'], string> = {
    proposed: `A relay presented the cluster ${cluster}. Compare its CA fingerprint and confirm it.`,
    confirmed: `The relay of ${cluster} is connected.`,
    mismatch: `The relay presented a cluster or CA that differs from the confirmed one, so nothing flows. Compare and confirm it anew.`,
    revoked: 'The connection was revoked.',
  };
  await services.activity.add({ kind: 'connection', code: status.state, text: texts[status.state], cluster });
}

/** A digest of what pages show of the relay; counters that move all the time are left out. */
function statusDigest(hello: HelloRequest, state: string): string {
  const { relay, cluster, decisions, identity, health } = hello;
  const shown = {
    state,
    relay: { ...relay },
    cluster: { ...cluster },
    decisions: { ...decisions },
    identity: { ...identity },
    health: {
      state: health.state,
      problems: health.problems,
      failed: health.failed > 0,
      olderRequests: health.olderRequests,
    },
  };
  return createHash('sha256').update(canonicalJson(shown)).digest('base64url').slice(0, 22);
}
