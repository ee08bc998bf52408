import { copyFile } from 'node:fs/promises';
import { until, BRISK, World } from '../support/world';

/* A rotation of Teleport's host CA, from both sides: the relay's trust in its cluster, and the app's pin. */

let world: World;
beforeAll(async () => {
  world = await World.start({
    relayConfig: { ...BRISK, timing: { ...BRISK.timing, hello_at_most_every: 0.2 } },
  });
}, 30_000);
afterAll(() => world.stop());

const HOUR_MS = 3_600_000;
const only = async () => (await world.sandbox.admin.call('listConnections', {})).connections[0];
const presented = async () => (await only())?.proposal?.caFingerprint;

async function renew(): Promise<void> {
  const { teleport } = world.sandbox;
  const path = teleport.identities['bot-jira-relay'] ?? '';
  const issued = await teleport.control.issueIdentity('bot-jira-relay', HOUR_MS + Math.random() * HOUR_MS);
  await copyFile(issued, path);
  // Looks at its files now instead of within half a minute.
  world.sandbox.relay.signal('SIGHUP');
}

async function isMirrored(): Promise<void> {
  await world.issueOf(await world.ask());
}

test('requests and decisions go on through it, and the administrator pins the new CA afterwards', async () => {
  const { admin, teleport } = world.sandbox;
  const before = teleport.caFingerprint;
  await isMirrored();

  // Both are valid: Auth shows the new one, the identity that was renewed holds both.
  await teleport.control.beginCaRotation();
  await renew();
  await isMirrored();
  await until('the app told of both', () => world.sandbox.forge.kvs.dump('ca-successors:').length > 0);
  expect((await only())?.state).toBe('confirmed');

  teleport.control.endCaRotation();
  await renew();
  await until('the relay presents the new one', async () => (await presented()) !== undefined);
  const after = (await presented()) ?? '';
  expect(after).not.toBe(before);
  expect((await only())?.state).toBe('confirmed');
  const id = await world.ask();
  await world.move(await world.issueOf(id), 'approved');
  await world.untilState(id, 'APPROVED');

  const cluster = { name: teleport.clusterName, caFingerprint: after };
  const connectionId = (await only())?.id ?? '';
  await admin.call('confirmConnection', { connectionId, cluster });
  // Lists lag behind writes.
  await until('nothing left to confirm', async () => (await presented()) === undefined);
  expect(await only()).toMatchObject({ state: 'confirmed', cluster });
  expect(world.sandbox.forge.kvs.dump('ca-successors:')).toEqual([]);
  await isMirrored();
});
