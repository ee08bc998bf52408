import { randomUUID } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fetch } from 'undici';
import { decodePairingToken } from '../../contract/pairing-token';
import { signRequest } from '../../contract/signing';
import { AdminRefusal, AdminSession } from '../../sandbox/admin';
import { pair } from '../../sandbox/set-up';
import { startTeleport } from '../../sandbox/teleport';
import { BRISK, until, World } from '../support/world';

/* Pairing and its end: who may confirm what, keys that change, connections that are revoked, clusters that are not the pinned one. */

let world: World;
beforeEach(async () => {
  world = await World.start({
    setUp: 'complete',
    relayConfig: { timing: { ...BRISK['timing'], retry_first: 0.1, retry_at_most: 0.4 } },
  });
}, 30_000);
afterEach(() => world.stop());

const HOUR_MS = 3_600_000;
const connectionId = () => world.sandbox.connectionId ?? '';

async function connection(id = connectionId()) {
  const { connections } = await world.sandbox.admin.call('listConnections', {});
  return connections.find((each) => each.id === id);
}

const refusalOf = (call: Promise<unknown>): Promise<unknown> =>
  call.then(
    () => 'not refused',
    (error: unknown) => (error instanceof AdminRefusal ? error.reason : error),
  );

/** What the app answers to a relay with this pairing token, by the app's own clock. */
async function statusFor(token: string): Promise<number> {
  const decoded = decodePairingToken(token);
  if (!decoded.ok) throw new Error(decoded.reason);
  const { pairing } = decoded;
  const body = JSON.stringify({ v: 1, op: 'open', cluster: world.sandbox.teleport.clusterName });
  const headers = signRequest({
    role: 'relay-to-app',
    id: { connectionId: pairing.connectionId, keyId: pairing.keyId, uuid: randomUUID() },
    keys: [pairing],
    body,
    now: world.sandbox.clock.now() / 1000,
  });
  return (await fetch(pairing.webTriggerUrl, { method: 'POST', headers, body })).status;
}

async function restartRelayWith(token: string): Promise<void> {
  const { relay, dataDir } = world.sandbox;
  await relay.stop();
  await writeFile(join(dataDir, 'pairing-token'), token);
  relay.start();
}

/** Nothing of the request arrives at the app, although the relay has had the time. */
async function staysUnknown(id: string): Promise<void> {
  const hellos = () => world.sandbox.forge.invocations.filter(({ cause }) => cause === 'web_trigger').length;
  const before = hellos();
  await until('two more calls of the relay', () => hellos() >= before + 2);
  expect([world.linkOf(id), world.issuesOf(id)]).toEqual([undefined, []]);
}

test('only an administrator confirms, only what the relay presents, and one connection for a cluster', async () => {
  const { admin, forge, jira, teleport } = world.sandbox;
  const cluster = { name: teleport.clusterName, caFingerprint: teleport.caFingerprint };
  const confirm = (as: AdminSession, given = cluster) =>
    as.call('confirmConnection', { connectionId: connectionId(), cluster: given });
  const bob = new AdminSession(forge, jira.people['bob']!.accountId);
  expect(await refusalOf(confirm(bob))).toEqual({ code: 'not_administrator' });
  expect(await refusalOf(bob.call('createConnection', { name: 'Mine' }))).toEqual({
    code: 'not_administrator',
  });
  const other = { ...cluster, caFingerprint: '0'.repeat(64) };
  expect(await refusalOf(confirm(admin, other))).toMatchObject({ code: 'conflict' });

  // Two administrators who compare and confirm the same thing do not get into each other's way.
  const [first, second] = await Promise.all([confirm(admin), confirm(admin)]);
  expect([first, second]).toEqual([{ connectionId: connectionId() }, { connectionId: connectionId() }]);
  expect(await connection()).toMatchObject({ state: 'confirmed', cluster });
  await world.issueOf(await world.ask());

  // A second connection may say hello for the cluster, but stands for nothing until the first is revoked.
  const late = await pair(admin, 'Late');
  await restartRelayWith(late.pairingToken);
  await until('its hello', async () => (await connection(late.connectionId))?.proposal !== undefined);
  const confirmLate = admin.call('confirmConnection', { connectionId: late.connectionId, cluster });
  expect(await refusalOf(confirmLate)).toMatchObject({ code: 'conflict' });
  await staysUnknown(await world.ask());
});

test('a new key works at once, and the one before it for a day', async () => {
  const { admin, clock } = world.sandbox;
  const first = await admin.call('rotateConnection', { connectionId: connectionId() });
  // The running relay still has the key from before.
  await world.issueOf(await world.ask());
  expect((await connection())?.state).toBe('confirmed');
  await restartRelayWith(first.pairingToken);
  await world.sandbox.relay.untilReady();
  const id = await world.ask();
  await world.move(await world.issueOf(id), 'approved');
  await world.untilState(id, 'APPROVED');

  const second = await admin.call('rotateConnection', { connectionId: connectionId() });
  expect([await statusFor(first.pairingToken), await statusFor(second.pairingToken)]).toEqual([200, 200]);
  clock.move(24 * HOUR_MS - 60_000);
  expect([await statusFor(first.pairingToken), await statusFor(second.pairingToken)]).toEqual([200, 200]);
  clock.move(2 * 60_000);
  expect([await statusFor(first.pairingToken), await statusFor(second.pairingToken)]).toEqual([401, 200]);
});

test('a revoked connection is told nothing, and a new one takes over', async () => {
  const { admin, relay, teleport } = world.sandbox;
  const known = await world.ask();
  const issue = await world.issueOf(known);
  await world.quiet();
  // Another connection keeps the web trigger's address alive.
  const next = await pair(admin, 'Next');
  await until('it listed', async () => (await connection(next.connectionId)) !== undefined);
  await admin.call('revokeConnection', { connectionId: connectionId() });
  await until(
    'the relay aware of it',
    async () => !(await relay.status()).ready || (await relay.status()).problems.length > 0,
  );
  expect((await relay.status()).problems.join()).toContain('does not accept this relay’s key');
  const missed = await world.ask();
  await staysUnknown(missed);
  // Whoever moves a card meanwhile is told why that decides nothing.
  await world.move(issue, 'approved');
  await world.untilSlot(issue, 'pending');
  expect(world.appComments(issue)).toEqual([
    'Put back: no confirmed connection to this Teleport cluster exists.',
  ]);
  expect([world.stateOf(known), world.updatesOf(known)]).toEqual(['PENDING', []]);

  await restartRelayWith(next.pairingToken);
  await until('its hello', async () => (await connection(next.connectionId))?.proposal !== undefined);
  const cluster = { name: teleport.clusterName, caFingerprint: teleport.caFingerprint };
  await admin.call('confirmConnection', { connectionId: next.connectionId, cluster });
  await world.untilSlot(await world.issueOf(missed), 'pending');
  expect(world.issuesOf(known)).toEqual([issue]);
});

test('the last connection revoked closes the web trigger', async () => {
  const { admin, relay } = world.sandbox;
  await admin.call('revokeConnection', { connectionId: connectionId() });
  await until('the relay aware of it', async () => !(await relay.status()).ready);
  expect((await relay.status()).problems).toEqual([
    'Jira app: the app or its web trigger no longer exists on the Jira site',
  ]);
});

test('a relay that presents another CA than the pinned one gets nothing until an administrator looked', async () => {
  const { admin, dataDir, clock, relay, teleport } = world.sandbox;
  const known = await world.issueOf(await world.ask());
  await world.quiet();
  // Same name, other keys: a cluster that was set up anew, or somebody else's.
  const imposter = await startTeleport({ dataDir: join(dataDir, 'imposter'), clock });
  try {
    expect([imposter.clusterName, imposter.caFingerprint === teleport.caFingerprint]).toEqual([
      teleport.clusterName,
      false,
    ]);
    await relay.stop();
    await world.move(known, 'approved');
    await world.configureRelay({
      teleport: { address: imposter.authAddress, identity_file: imposter.identities['bot-jira-relay'] },
    });
    relay.start();
    await until('the mismatch', async () => (await connection())?.state === 'mismatch');
    const foreign = await (await imposter.connectAs('alice')).request({ roles: ['editor'] });
    await staysUnknown(foreign);
    expect((await relay.status()).ready).toBe(false);
    expect((await relay.status()).problems.join()).toContain('confirmed another cluster or another CA');
    expect(imposter.control.calls['SetAccessRequestState']).toBeUndefined();
    const { checks } = await admin.call('getHealth', {});
    expect(checks.find(({ code }) => code === 'mismatch')).toMatchObject({ ok: false });
    expect(world.activity()).toContainEqual(
      expect.objectContaining({ kind: 'connection', code: 'mismatch' }),
    );

    const cluster = { name: imposter.clusterName, caFingerprint: imposter.caFingerprint };
    await admin.call('confirmConnection', { connectionId: connectionId(), cluster });
    await world.issueOf(foreign);
  } finally {
    await relay.stop();
    await imposter.stop();
  }
});
