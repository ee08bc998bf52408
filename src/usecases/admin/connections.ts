import { randomBytes } from 'node:crypto';
import { z } from 'zod';
import type { AdminResult, ConnectionView } from '../../../contract/admin';
import { encodePairingToken } from '../../../contract/pairing-token';
import { caFingerprint } from '../../../contract/relay-inbox';
import {
  liveKeys,
  rotateKeys,
  type ConnectionStatus,
  type ConnectionTrust,
  type StoredKey,
} from '../../domain/connection';
import type { Services } from '../ports';
import { badInput, failed, isoTime, succeeded } from './results';

const createInput = z.object({ name: z.string().trim().min(1).max(80) });
const idInput = z.object({ connectionId: z.string().min(1).max(64) });
const confirmInput = idInput.extend({
  cluster: z.object({ name: z.string().min(1).max(253), caFingerprint }),
});

/** All connections with what their relays last said. */
export async function listConnections(
  services: Services,
): Promise<AdminResult<{ connections: ConnectionView[] }>> {
  const statuses = await services.connections.listStatus();
  const views = statuses
    .sort((a, b) => a.createdAt - b.createdAt)
    .map((status) => viewOf(status, services.now()));
  return succeeded({ connections: views });
}

/** Makes a connection and shows its pairing token this once. */
export async function createConnection(
  services: Services,
  payload: unknown,
): Promise<AdminResult<{ connectionId: string; pairingToken: string }>> {
  const input = createInput.safeParse(payload);
  if (!input.success) return badInput(input.error);
  const id = services.newId();
  const key = newKey(services);
  await services.connections.writeTrust({ state: 'proposed', id, keys: [key] });
  await services.connections.writeStatus({
    id,
    name: input.data.name,
    createdAt: services.now(),
    state: 'proposed',
    keys: [{ keyId: key.keyId, createdAt: key.createdAt }],
  });
  await note(services, 'created', `The connection “${input.data.name}” was made.`);
  return succeeded({ connectionId: id, pairingToken: await pairingToken(services, id, key) });
}

/**
 * Pins cluster name and CA fingerprint. What the administrator sends is what they compared; it must be what the relay
 * presented, and no other connection may stand for the same cluster.
 */
export async function confirmConnection(
  services: Services,
  payload: unknown,
): Promise<AdminResult<{ connectionId: string }>> {
  const input = confirmInput.safeParse(payload);
  if (!input.success) return badInput(input.error);
  const { connectionId: id, cluster } = input.data;
  const [trust, status] = await Promise.all([
    services.connections.readTrust(id),
    services.connections.readStatus(id),
  ]);
  if (trust === undefined || status === undefined) return notFound();
  const hello = status.lastHello?.hello;
  const presented = hello && { name: hello.cluster.name, caFingerprint: hello.cluster.caFingerprint };
  if (presented?.name !== cluster.name || presented.caFingerprint !== cluster.caFingerprint) {
    return failed({
      code: 'conflict',
      text: 'The relay presents another cluster than the one you compared. Look again.',
    });
  }
  if (!(await services.connections.claimCluster(cluster.name, id))) {
    return failed({
      code: 'conflict',
      text: `Another connection already stands for ${cluster.name}. Revoke it first.`,
    });
  }
  if (trust.state === 'confirmed' && trust.cluster.name !== cluster.name) {
    await services.connections.releaseCluster(trust.cluster.name);
  }
  const accepts = hello?.decisions.mode === 'observe' ? [] : (hello?.decisions.accept ?? []);
  const mirrorSince = trust.state === 'confirmed' ? trust.mirrorSince : services.now();
  await services.connections.writeTrust({
    state: 'confirmed',
    id,
    keys: trust.keys,
    cluster,
    mirrorSince,
    acceptsDecisions: accepts,
  });
  await services.connections.writeStatus({ ...status, state: 'confirmed', proposal: undefined, cluster });
  await note(services, 'confirmed', `The cluster ${cluster.name} was confirmed.`, cluster.name);
  return succeeded({ connectionId: id });
}

/** Makes a new key and shows its token this once; the keys before it run out within a day. */
export async function rotateConnection(
  services: Services,
  payload: unknown,
): Promise<AdminResult<{ connectionId: string; pairingToken: string }>> {
  const input = idInput.safeParse(payload);
  if (!input.success) return badInput(input.error);
  const { connectionId: id } = input.data;
  const [trust, status] = await Promise.all([
    services.connections.readTrust(id),
    services.connections.readStatus(id),
  ]);
  if (trust === undefined || status === undefined) return notFound();
  const key = newKey(services);
  const rotated: ConnectionTrust = { ...trust, keys: rotateKeys(trust.keys, key, services.now()) };
  await services.connections.writeTrust(rotated);
  const keys = rotated.keys.map(({ keyId, createdAt, expiresAt }) => ({ keyId, createdAt, expiresAt }));
  await services.connections.writeStatus({ ...status, keys });
  await note(services, 'rotated', `The connection “${status.name}” got a new key.`, status.cluster?.name);
  return succeeded({ connectionId: id, pairingToken: await pairingToken(services, id, key) });
}

/** Ends a connection: its keys are deleted at once, its waiting decisions with them. Issues and links stay. */
export async function revokeConnection(
  services: Services,
  payload: unknown,
): Promise<AdminResult<{ connectionId: string }>> {
  const input = idInput.safeParse(payload);
  if (!input.success) return badInput(input.error);
  const { connectionId: id } = input.data;
  const [trust, status] = await Promise.all([
    services.connections.readTrust(id),
    services.connections.readStatus(id),
  ]);
  if (status === undefined) return notFound();
  await services.connections.removeTrust(id);
  if (trust?.state === 'confirmed') {
    await services.connections.releaseCluster(trust.cluster.name);
    const waiting = await services.decisions.list(trust.cluster.name);
    await Promise.all(
      waiting.map((live) => services.decisions.remove(live.decision.cluster, live.decision.requestId)),
    );
  }
  await services.connections.writeStatus({
    ...status,
    state: 'revoked',
    keys: [],
    cluster: undefined,
    proposal: undefined,
  });
  await note(services, 'revoked', `The connection “${status.name}” was revoked.`, status.cluster?.name);
  return succeeded({ connectionId: id });
}

function newKey(services: Services): StoredKey {
  return {
    keyId: randomBytes(6).toString('hex'),
    secret: randomBytes(32).toString('base64url'),
    createdAt: services.now(),
  };
}

async function pairingToken(services: Services, connectionId: string, key: StoredKey): Promise<string> {
  const target = await services.door.pairingTarget();
  return encodePairingToken({ ...target, connectionId, keyId: key.keyId, secret: key.secret });
}

async function note(services: Services, code: string, text: string, cluster?: string): Promise<void> {
  await services.activity.add({ kind: 'connection', code, text, cluster });
}

function notFound(): AdminResult<never> {
  return failed({ code: 'not_found', text: 'This connection does not exist.' });
}

function viewOf(status: ConnectionStatus, now: number): ConnectionView {
  const hello = status.lastHello?.hello;
  const liveIds = new Set(
    liveKeys(
      status.keys.map((key) => ({ ...key, secret: '' })),
      now,
    ).map((key) => key.keyId),
  );
  return {
    id: status.id,
    name: status.name,
    state: status.state,
    ...(status.proposal && { proposal: status.proposal }),
    ...(status.cluster && { cluster: status.cluster }),
    keys: status.keys
      .filter((key) => liveIds.has(key.keyId))
      .map((key) => ({
        keyId: key.keyId,
        createdAt: isoTime(key.createdAt),
        ...(key.expiresAt !== undefined && { expiresAt: isoTime(key.expiresAt) }),
      })),
    ...(status.lastHello &&
      hello && {
        relay: {
          version: hello.relay.version,
          teleportVersion: hello.cluster.version,
          decisionMode: hello.decisions.mode,
          ceiling: hello.decisions.ceiling,
          identityUser: hello.identity.user,
          ...(hello.identity.expiresAt !== undefined && { identityExpiresAt: hello.identity.expiresAt }),
          health: hello.health.state,
          waiting: hello.health.waiting,
          failed: hello.health.failed,
          olderRequests: hello.health.olderRequests,
          problems: hello.health.problems,
          lastContact: isoTime(status.lastHello.at),
        },
      }),
  };
}
