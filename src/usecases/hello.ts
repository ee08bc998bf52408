import { createHash } from 'node:crypto';
import { canonicalJson } from '../../contract/canonical-json';
import type { HelloAnswer, HelloRequest } from '../../contract/relay-inbox';
import { toUtcSeconds } from '../../contract/access-request';
import { CONTRACT_VERSION } from '../../contract/version';
import { STATUS_REFRESH_MS, type ConnectionStatus, type ConnectionTrust } from '../domain/connection';
import { handOutDecisions, MAX_AT_ONCE } from './hand-out-decisions';
import type { Services } from './ports';

/** How often a relay says hello, in seconds: while it is not confirmed, afterwards, and while more decisions may wait. */
const HELLO_UNCONFIRMED_SECONDS = 5;
const HELLO_SECONDS = 15;
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
  const presented = { name: hello.cluster.name, caFingerprint: hello.cluster.caFingerprint };
  const state = stateOf(trust, presented);
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

function stateOf(
  trust: ConnectionTrust,
  presented: { name: string; caFingerprint: string },
): HelloAnswer['connection'] {
  if (trust.state === 'proposed') return 'proposed';
  const isPinned =
    trust.cluster.name === presented.name && trust.cluster.caFingerprint === presented.caFingerprint;
  return isPinned ? 'confirmed' : 'mismatch';
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
    proposal:
      trust.state === 'proposed' ? { name: cluster.name, caFingerprint: cluster.caFingerprint } : undefined,
    cluster: trust.state === 'confirmed' ? trust.cluster : undefined,
    keys: trust.keys.map(({ keyId, createdAt, expiresAt }) => ({ keyId, createdAt, expiresAt })),
    lastHello: { at: services.now(), hello: { relay, cluster, decisions, identity, health } },
  };
  // Revoked since the keys of this call were read: what was ended stays ended.
  if (known?.state === 'revoked') return '';
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
