import type { AdminResult, ConnectionView } from '../../../contract/admin';
import { decodePairingToken } from '../../../contract/pairing-token';
import { sampleDecision, sampleHello } from '../../../test/support/sample-messages';
import { createFakeServices, type FakeServices } from '../../../test/support/fakes/services';
import { answerHello } from '../hello';
import {
  choosePush,
  confirmConnection,
  createConnection,
  listConnections,
  revokeConnection,
  rotateConnection,
} from './connections';

const caller = { accountId: 'admin-1' };
const hello = sampleHello();
const cluster = { name: hello.cluster.name, caFingerprint: hello.cluster.caFingerprint };

function valueOf<T>(result: AdminResult<T>): T {
  if (!result.ok) throw new Error(`refused: ${result.error.code}`);
  return result.value;
}

async function create(services: FakeServices) {
  return valueOf(await createConnection(services, { name: ' main ' }, caller));
}

async function present(services: FakeServices, id: string, message = hello): Promise<void> {
  await answerHello(services, (await services.connections.readTrust(id))!, message);
}

async function only(services: FakeServices): Promise<ConnectionView> {
  return valueOf(await listConnections(services)).connections[0]!;
}

async function confirmed(services: FakeServices): Promise<string> {
  const { connectionId } = await create(services);
  await present(services, connectionId);
  valueOf(await confirmConnection(services, { connectionId, cluster }, caller));
  return connectionId;
}

describe('making a connection', () => {
  it('shows a token once that says all a relay needs, and no page shows its secret', async () => {
    const services = createFakeServices();
    const { connectionId, pairingToken } = await create(services);
    const decoded = decodePairingToken(pairingToken);
    if (!decoded.ok) throw new Error(decoded.reason);
    expect(decoded.pairing).toMatchObject({
      connectionId,
      cloudId: 'cloud-1',
      appId: 'app-1',
      environmentId: 'environment-1',
    });
    const view = await only(services);
    expect(view).toMatchObject({
      id: connectionId,
      name: 'main',
      state: 'proposed',
      keys: [{ keyId: decoded.pairing.keyId }],
    });
    expect(JSON.stringify(view)).not.toContain(decoded.pairing.secret);
    const entries = (await services.activity.list(10)).entries;
    expect(entries).toMatchObject([{ kind: 'connection', code: 'created', accountId: 'admin-1' }]);
    expect(JSON.stringify(entries)).not.toContain(decoded.pairing.secret);
  });

  it('makes none when the platform gives no address', async () => {
    const services = createFakeServices();
    services.door.pairingTarget = () => Promise.reject(new Error('no address'));
    await expect(create(services)).rejects.toThrow('no address');
    expect(services.kvs.keys()).toEqual([]);
  });

  it.each([[{}], [{ name: '  ' }], [{ name: 'x'.repeat(81) }], [undefined]])(
    'refuses %j',
    async (payload) => {
      expect(await createConnection(createFakeServices(), payload, caller)).toMatchObject({
        ok: false,
        error: { code: 'bad_input' },
      });
    },
  );
});

describe('confirming', () => {
  it('pins what the administrator compared, and mirrors from then on', async () => {
    const services = createFakeServices();
    const { connectionId } = await create(services);
    expect(await confirmConnection(services, { connectionId, cluster }, caller)).toMatchObject({ ok: false });
    await present(services, connectionId);
    expect((await only(services)).proposal).toEqual(cluster);
    services.clock.pass(60);
    valueOf(await confirmConnection(services, { connectionId, cluster }, caller));
    expect(await services.connections.readTrust(connectionId)).toMatchObject({
      state: 'confirmed',
      cluster,
      mirrorSince: services.now(),
    });
    expect(await only(services)).toMatchObject({ state: 'confirmed', cluster });
    expect(await services.connections.findByCluster(cluster.name)).toBe(connectionId);
  });

  it('refuses what the relay does not present, and a cluster that another connection stands for', async () => {
    const services = createFakeServices();
    const { connectionId } = await create(services);
    await present(services, connectionId);
    for (const other of [
      { ...cluster, name: 'other' },
      { ...cluster, caFingerprint: 'f'.repeat(64) },
    ])
      expect(await confirmConnection(services, { connectionId, cluster: other }, caller)).toMatchObject({
        error: { code: 'conflict' },
      });
    await confirmed(services);
    expect(await confirmConnection(services, { connectionId, cluster }, caller)).toMatchObject({
      error: { code: 'conflict' },
    });
    expect(await confirmConnection(services, { connectionId: 'none', cluster }, caller)).toMatchObject({
      error: { code: 'not_found' },
    });
  });

  it('anew after a new CA keeps what was mirrored; another cluster begins anew and frees the former', async () => {
    const services = createFakeServices();
    const id = await confirmed(services);
    const since = services.now();
    services.clock.pass(600);
    const newCa = { ...hello, cluster: { ...hello.cluster, caFingerprint: 'e'.repeat(64) } };
    await present(services, id, newCa);
    expect((await only(services)).state).toBe('mismatch');
    valueOf(
      await confirmConnection(
        services,
        { connectionId: id, cluster: { ...cluster, caFingerprint: 'e'.repeat(64) } },
        caller,
      ),
    );
    expect(await services.connections.readTrust(id)).toMatchObject({ mirrorSince: since });
    await present(services, id, { ...newCa, cluster: { ...newCa.cluster, name: 'other.example.com' } });
    valueOf(
      await confirmConnection(
        services,
        { connectionId: id, cluster: { name: 'other.example.com', caFingerprint: 'e'.repeat(64) } },
        caller,
      ),
    );
    expect(await services.connections.readTrust(id)).toMatchObject({ mirrorSince: services.now() });
    expect(await services.connections.findByCluster(cluster.name)).toBeUndefined();
  });

  it('may be repeated when it was cut off after any effect', async () => {
    for (let effect = 0; effect < 5; effect += 1) {
      const services = createFakeServices();
      const { connectionId } = await create(services);
      await present(services, connectionId);
      services.effects.killAfter(effect);
      await confirmConnection(services, { connectionId, cluster }, caller).catch(() => undefined);
      services.effects.revive();
      valueOf(await confirmConnection(services, { connectionId, cluster }, caller));
      expect(await only(services)).toMatchObject({ state: 'confirmed', cluster });
    }
  });
});

describe('rotating', () => {
  it('makes a new key; the former one runs out within a day', async () => {
    const services = createFakeServices();
    const id = await confirmed(services);
    const { pairingToken } = valueOf(await rotateConnection(services, { connectionId: id }, caller));
    const decoded = decodePairingToken(pairingToken);
    const keys = (await only(services)).keys;
    expect(keys).toHaveLength(2);
    expect(keys[0]?.keyId).toBe(decoded.ok ? decoded.pairing.keyId : '');
    expect(keys[1]?.expiresAt).toBe(new Date(services.now() + 86_400_000).toISOString());
    expect(await services.connections.readTrust(id)).toMatchObject({ state: 'confirmed', cluster });
    services.clock.pass(86_400);
    expect((await only(services)).keys).toHaveLength(1);
    expect(await rotateConnection(services, { connectionId: 'none' }, caller)).toMatchObject({
      error: { code: 'not_found' },
    });
  });
});

describe('revoking', () => {
  it('deletes keys and waiting decisions at once, frees the cluster, and closes the door behind the last', async () => {
    const services = createFakeServices();
    const id = await confirmed(services);
    const other = await create(services);
    await services.decisions.write({ decision: sampleDecision({ connectionId: id }), lentUntil: 0 });
    valueOf(await revokeConnection(services, { connectionId: id }, caller));
    expect(await services.connections.readTrust(id)).toBeUndefined();
    expect(services.kvs.keys('decision:')).toEqual([]);
    expect(services.doorsClosed).toBe(0);
    valueOf(await revokeConnection(services, { connectionId: other.connectionId }, caller));
    expect(services.doorsClosed).toBe(1);
    expect((await only(services)).keys).toEqual([]);
    expect(await confirmed(services)).not.toBe(id);
  });

  it('leaves decisions of another connection that stands for the cluster alone', async () => {
    const services = createFakeServices();
    const first = await confirmed(services);
    valueOf(await revokeConnection(services, { connectionId: first }, caller));
    const second = await confirmed(services);
    await services.decisions.write({ decision: sampleDecision({ connectionId: second }), lentUntil: 0 });
    valueOf(await revokeConnection(services, { connectionId: first }, caller));
    expect(services.kvs.keys('decision:')).toHaveLength(1);
    expect(await services.connections.findByCluster(cluster.name)).toBe(second);
  });

  it('may be repeated when it was cut off after any effect', async () => {
    for (let effect = 0; effect < 6; effect += 1) {
      const services = createFakeServices();
      const id = await confirmed(services);
      await services.decisions.write({ decision: sampleDecision({ connectionId: id }), lentUntil: 0 });
      services.effects.killAfter(effect);
      await revokeConnection(services, { connectionId: id }, caller).catch(() => undefined);
      services.effects.revive();
      valueOf(await revokeConnection(services, { connectionId: id }, caller));
      expect(await services.connections.readTrust(id)).toBeUndefined();
      expect(services.kvs.keys('decision:')).toEqual([]);
      expect(await services.connections.findByCluster(cluster.name)).toBeUndefined();
    }
  });

  it('succeeds although the address cannot be deleted', async () => {
    const services = createFakeServices();
    const { connectionId } = await create(services);
    services.door.close = () => Promise.reject(new TypeError('https://secret-address'));
    valueOf(await revokeConnection(services, { connectionId }, caller));
    expect(services.logged).toEqual([
      { message: 'the web trigger could not be deleted', facts: { error: 'TypeError' } },
    ]);
    expect(await revokeConnection(services, { connectionId: 'none' }, caller)).toMatchObject({
      error: { code: 'not_found' },
    });
  });
});

describe('push', () => {
  const deliveries = async (services: FakeServices) =>
    valueOf(await listConnections(services)).connections.map(({ delivery }) => delivery);

  it('is for one connection at most, and counts once it was seen to work', async () => {
    const services = createFakeServices();
    const first = await create(services);
    services.clock.pass(1);
    const second = await create(services);
    expect(valueOf(await choosePush(services, { connectionId: first.connectionId }, caller))).toEqual({
      connectionId: first.connectionId,
    });
    valueOf(await choosePush(services, { connectionId: second.connectionId }, caller));
    expect(await deliveries(services)).toMatchObject([
      { way: 'poll', isChosenForPush: false },
      { way: 'poll', isChosenForPush: true, why: expect.stringContaining('has not reached') as string },
    ]);
    await services.connections.writePush({ connectionId: second.connectionId, provedAt: services.now() });
    expect((await deliveries(services))[1]).toMatchObject({ way: 'push', isChosenForPush: true });
    valueOf(await choosePush(services, { connectionId: null }, caller));
    expect((await deliveries(services)).some(({ isChosenForPush }) => isChosenForPush)).toBe(false);
  });

  it('is not for a connection that is not there, or was revoked', async () => {
    const services = createFakeServices();
    expect(await choosePush(services, { connectionId: 'x' }, caller)).toMatchObject({
      error: { code: 'not_found' },
    });
    const { connectionId } = await create(services);
    valueOf(await revokeConnection(services, { connectionId }, caller));
    expect(await choosePush(services, { connectionId }, caller)).toMatchObject({
      error: { code: 'not_found' },
    });
    expect(await choosePush(services, {}, caller)).toMatchObject({ error: { code: 'bad_input' } });
  });
});
