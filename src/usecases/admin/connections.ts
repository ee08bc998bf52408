import { randomBytes } from 'node:crypto';
import * as z from 'zod';
import type { AdminResult, ConnectionView, Delivery } from '../../../contract/admin';
import { encodePairingToken } from '../../../contract/pairing-token';
import { caFingerprint } from '../../../contract/relay-inbox';
import {
  liveKeys,
  proposalOf,
  rotateKeys,
  type ConnectionStatus,
  type ConnectionTrust,
  type StoredKey,
} from '../../domain/connection';
import type { PushChoice, Services } from '../ports';
import { badInput, failed, isoTime, succeeded, type Caller } from './results';

const createInput = z.object({ name: z.string().trim().min(1).max(80) });
const idInput = z.object({ connectionId: z.string().min(1).max(64) });
const pushInput = z.object({ connectionId: z.string().min(1).max(64).nullable() });
const confirmInput = idInput.extend({
  cluster: z.object({ name: z.string().min(1).max(253), caFingerprint }),
});

/** All connections with what their relays last said. */
export async function listConnections(
  services: Services,
): Promise<AdminResult<{ connections: ConnectionView[] }>> {
  const [statuses, push] = await Promise.all([
    services.connections.listStatus(),
    services.connections.readPush(),
  ]);
  const inOrder = statuses.sort((a, b) => a.createdAt - b.createdAt);
  const views = inOrder.map(async (status) => {
    const trust = status.state === 'confirmed' ? await services.connections.readTrust(status.id) : undefined;
    const view = viewOf(status, push, services.now());
    return { ...view, ...(trust?.state === 'confirmed' && { mirrorSince: isoTime(trust.mirrorSince) }) };
  });
  return succeeded({ connections: await Promise.all(views) });
}

/**
 * Chooses the connection that gets decisions by push, or none. There is one at most, since the manifest of the app names one
 * address; all others collect theirs.
 */
export async function choosePush(
  services: Services,
  payload: unknown,
  caller: Caller,
): Promise<AdminResult<{ connectionId: string | null }>> {
  const input = pushInput.safeParse(payload);
  if (!input.success) return badInput(input.error);
  const { connectionId } = input.data;
  const status = connectionId === null ? undefined : await services.connections.readStatus(connectionId);
  if (connectionId !== null && (status === undefined || status.state === 'revoked')) return notFound();
  await services.connections.writePush(connectionId === null ? undefined : { connectionId });
  const text =
    status === undefined
      ? 'No connection gets decisions by push.'
      : `The connection “${status.name}” was chosen to get decisions by push.`;
  await note(services, caller, 'push', text, status?.cluster?.name);
  return succeeded({ connectionId });
}

/** Makes a connection and shows its pairing token this once. */
export async function createConnection(
  services: Services,
  payload: unknown,
  caller: Caller,
): Promise<AdminResult<{ connectionId: string; pairingToken: string }>> {
  const input = createInput.safeParse(payload);
  if (!input.success) return badInput(input.error);
  const id = services.newId();
  const key = newKey(services);
  // First what may fail: a connection whose token nobody saw would be of no use.
  const token = await pairingToken(services, id, key);
  await services.connections.writeTrust({ state: 'proposed', id, keys: [key] });
  await services.connections.writeStatus({
    id,
    name: input.data.name,
    createdAt: services.now(),
    state: 'proposed',
    keys: [{ keyId: key.keyId, createdAt: key.createdAt }],
  });
  await note(services, caller, 'created', `The connection “${input.data.name}” was made.`);
  return succeeded({ connectionId: id, pairingToken: token });
}

/**
 * Pins cluster name and CA fingerprint. What the administrator sends is what they compared; it must be what the relay
 * presented, and no other connection may stand for the same cluster.
 */
export async function confirmConnection(
  services: Services,
  payload: unknown,
  caller: Caller,
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
  const former = trust.state === 'confirmed' ? trust : undefined;
  const isSameCluster = former?.cluster.name === cluster.name;
  const mirrorSince = isSameCluster ? former.mirrorSince : services.now();
  await services.connections.writeTrust({ state: 'confirmed', id, keys: trust.keys, cluster, mirrorSince });
  await services.connections.writeSuccessors(id, []);
  await services.connections.writeStatus({ ...status, state: 'confirmed', cluster });
  if (former !== undefined && !isSameCluster)
    await services.connections.releaseCluster(former.cluster.name, id);
  await note(services, caller, 'confirmed', `The cluster ${cluster.name} was confirmed.`, cluster.name);
  return succeeded({ connectionId: id });
}

/** Makes a new key and shows its token this once; the keys before it run out within a day. */
export async function rotateConnection(
  services: Services,
  payload: unknown,
  caller: Caller,
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
  const token = await pairingToken(services, id, key);
  const rotated: ConnectionTrust = { ...trust, keys: rotateKeys(trust.keys, key, services.now()) };
  await services.connections.writeTrust(rotated);
  const keys = rotated.keys.map(({ keyId, createdAt, expiresAt }) => ({ keyId, createdAt, expiresAt }));
  await services.connections.writeStatus({ ...status, keys });
  const text = `The connection “${status.name}” got a new key.`;
  await note(services, caller, 'rotated', text, status.cluster?.name);
  return succeeded({ connectionId: id, pairingToken: token });
}

/**
 * Ends a connection: its keys are deleted at once, then its waiting decisions, and with the last connection also the web
 * trigger's address, which all connections share. Issues and links stay. May be repeated when it was cut off.
 */
export async function revokeConnection(
  services: Services,
  payload: unknown,
  caller: Caller,
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
  await services.connections.writeSuccessors(id, []);
  // Cut off earlier, the keys may be gone already while the rest is not; the status is written last.
  const cluster = trust?.state === 'confirmed' ? trust.cluster.name : status.cluster?.name;
  if (cluster !== undefined) await forgetCluster(services, cluster, id);
  await services.connections.writeStatus({
    ...status,
    state: 'revoked',
    keys: [],
    cluster: undefined,
  });
  await note(services, caller, 'revoked', `The connection “${status.name}” was revoked.`, cluster);
  await closeDoorAfterLast(services, id);
  return succeeded({ connectionId: id });
}

async function forgetCluster(services: Services, cluster: string, id: string): Promise<void> {
  const isOwner = (await services.connections.findByCluster(cluster)) === id;
  if (!isOwner) return;
  const waiting = await services.decisions.list(cluster);
  for (const live of waiting) await services.decisions.remove(cluster, live.decision.requestId);
  await services.connections.releaseCluster(cluster, id);
}

async function closeDoorAfterLast(services: Services, id: string): Promise<void> {
  const others = (await services.connections.listStatus()).filter((other) => other.id !== id);
  if (others.some((other) => other.state !== 'revoked')) return;
  try {
    await services.door.close();
  } catch (error) {
    // The keys are gone, so the address answers nobody; that it is still there does no harm.
    services.log.warn('the web trigger could not be deleted', {
      error: error instanceof Error ? error.name : 'unknown error',
    });
  }
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

async function note(
  services: Services,
  caller: Caller,
  code: string,
  text: string,
  cluster?: string,
): Promise<void> {
  await services.activity.add({ kind: 'connection', code, text, cluster, ...caller });
}

function notFound(): AdminResult<never> {
  return failed({ code: 'not_found', text: 'This connection does not exist.' });
}

/** How decisions reach the relay of a connection. Push counts once it was seen to work; collecting always does. */
function deliveryOf(status: ConnectionStatus, push: PushChoice | undefined): Delivery {
  const isChosenForPush = push?.connectionId === status.id;
  if (!isChosenForPush) {
    const why = 'The relay collects decisions: another connection, or none, is chosen for push.';
    return { way: 'poll', why, isChosenForPush };
  }
  if (push.provedAt !== undefined)
    return { way: 'push', why: 'The app reaches the relay at its address.', isChosenForPush };
  const why =
    'The relay collects decisions: the app has not reached it at the address that was set when the app was deployed.';
  return { way: 'poll', why, isChosenForPush };
}

function viewOf(
  status: ConnectionStatus,
  push: PushChoice | undefined,
  now: number,
): Omit<ConnectionView, 'mirrorSince'> {
  const hello = status.lastHello?.hello;
  const proposal = proposalOf(status);
  return {
    id: status.id,
    name: status.name,
    state: status.state,
    delivery: deliveryOf(status, push),
    ...(proposal && { proposal }),
    ...(status.cluster && { cluster: status.cluster }),
    keys: liveKeys(status.keys, now).map((key) => ({
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
          accepts: hello.decisions.accept,
          ...(hello.decisions.approverIdentity !== undefined && {
            approverIdentity: hello.decisions.approverIdentity,
          }),
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
