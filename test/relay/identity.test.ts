import { mkdtempSync } from 'node:fs';
import { copyFile, cp, mkdir, readFile, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { systemClock } from '../../relay/src/clock';
import type { Teleport } from '../../relay/src/ports';
import { Mirror } from '../../relay/src/sync/mirror';
import { startTeleport, type TeleportSandbox } from '../../sandbox/teleport';
import { Clients, eventually, failureOf, keepingLog, soon } from '../support/relay/real-teleport';
import { RecordingMetrics } from '../support/relay/recorders';

/** Identities as they come to a relay, and what becomes of them while it runs; over real sockets. */

const BOT = 'bot-jira-relay';
const HOUR = 3_600_000;
const folder = mkdtempSync(join(tmpdir(), 'relay-identity-'));
let sandbox: TeleportSandbox;
const clients = new Clients(() => sandbox);

beforeAll(async () => {
  sandbox = await startTeleport({ dataDir: folder });
});
afterEach(() => clients.close());
afterAll(async () => {
  await sandbox.stop();
  await rm(folder, { recursive: true });
});

function connect(identityFile: string): Teleport {
  return clients.connect(sandbox.authAddress, { identityFile, identityPollMs: 25 });
}

function endOf(teleport: Teleport): number {
  return teleport.identity().expiresAt.getTime();
}

describe('what an identity is read from', () => {
  test.each(['ecdsa', 'ed25519', 'rsa'] as const)('a file with a key of the sort %s', async (keySort) => {
    const file = await sandbox.control.issueIdentity(BOT, HOUR, keySort);
    expect((await connect(file).ping(soon())).name).toBe(sandbox.clusterName);
  });

  test('a directory that tbot writes to, in parts', async () => {
    const directory = join(folder, 'parts');
    await cp(await sandbox.control.issueIdentityDirectory(BOT), directory, { recursive: true });
    await rm(join(directory, 'identity'));
    expect((await connect(directory).ping(soon())).name).toBe(sandbox.clusterName);
  });

  test('a directory with nothing but an identity file in it', async () => {
    const directory = join(folder, 'whole');
    await mkdir(directory);
    await copyFile(await sandbox.control.issueIdentity(BOT, HOUR), join(directory, 'identity'));
    expect((await connect(directory).ping(soon())).name).toBe(sandbox.clusterName);
  });
});

describe('renewal', () => {
  test('in place, part by part: the old one is used until the new one is whole', async () => {
    const directory = join(folder, 'in-place');
    await cp(await sandbox.control.issueIdentityDirectory(BOT, HOUR), directory, { recursive: true });
    const teleport = connect(directory);
    const first = endOf(teleport);
    const newer = await sandbox.control.issueIdentityDirectory(BOT, 2 * HOUR);
    await copyFile(join(newer, 'key'), join(directory, 'key'));
    await eventually(() => {
      const told = clients.log.lines.find(({ message }) => message === 'the identity file cannot be used');
      expect(told?.facts).toMatchObject({ code: 'identity_key_mismatch', keepsOld: true });
    });
    expect(endOf(teleport)).toBe(first);
    expect((await teleport.ping(soon())).name).toBe(sandbox.clusterName);
    await copyFile(join(newer, 'tlscert'), join(directory, 'tlscert'));
    await eventually(() => expect(endOf(teleport)).toBeGreaterThan(first));
  });

  test('by swapping the directory under the file, as Kubernetes does', async () => {
    const mount = join(folder, 'mount');
    const fill = async (version: string, validForMs: number): Promise<void> => {
      await mkdir(join(mount, version), { recursive: true });
      await copyFile(await sandbox.control.issueIdentity(BOT, validForMs), join(mount, version, 'identity'));
      await symlink(version, join(mount, `${version}.link`));
      await rename(join(mount, `${version}.link`), join(mount, '..data'));
    };
    await fill('..v1', HOUR);
    await symlink(join('..data', 'identity'), join(mount, 'identity'));
    const byFile = connect(join(mount, 'identity'));
    const byDirectory = connect(mount);
    const first = endOf(byFile);
    await fill('..v2', 2 * HOUR);
    await rm(join(mount, '..v1'), { recursive: true });
    await eventually(() => expect(endOf(byFile)).toBeGreaterThan(first));
    await eventually(() => expect(endOf(byDirectory)).toBeGreaterThan(first));
  });

  test('the connection gives way before its certificate ends, and no request is missed', async () => {
    const file = join(folder, 'following');
    const renew = async (validForMs: number): Promise<void> =>
      copyFile(await sandbox.control.issueIdentity(BOT, validForMs), file);
    await renew(60_000);
    const teleport = connect(file);
    const offered = new Set<string>();
    const mirror = new Mirror({
      teleport,
      open: () => Promise.resolve({ ok: true, value: [] }),
      offer: (item) => void offered.add(item.requestId),
      isWaiting: () => false,
      webUrl: undefined,
      clock: systemClock,
      log: keepingLog(),
      metrics: new RecordingMetrics(),
      timing: {
        listEvery: 600_000,
        streamSilentAfter: 600_000,
        streamInitWithin: 5000,
        expiryGrace: 60_000,
        retryFirst: 50,
        retryAtMost: 1000,
      },
    });
    mirror.allow(0);
    const stop = new AbortController();
    const running = mirror.run(stop.signal);
    await eventually(() => expect(mirror.phase.phase).toBe('following'));
    const alice = await sandbox.connectAs('alice');
    const asked: string[] = [];
    for (let round = 0; round < 40; round += 1) {
      // Every certificate but the last is within two minutes of its end from the start, so each renewal reconnects.
      if (round % 10 === 5) await renew(60_000 + round * 1000);
      asked.push(await alice.request({ roles: ['editor'] }));
      await new Promise((resolve) => setTimeout(resolve, 15));
    }
    await eventually(() => expect(asked.filter((id) => !offered.has(id))).toEqual([]));
    expect(mirror.streamRestarts).toBeGreaterThanOrEqual(2);
    stop.abort();
    await running;
  });
});

test('an identity that is not there yet is waited for', async () => {
  const file = join(folder, 'later', 'identity');
  const teleport = connect(file);
  expect((await failureOf(teleport.ping(soon()))).message).toContain('the identity file is not there');
  await mkdir(join(folder, 'later'));
  await copyFile(await sandbox.control.issueIdentity(BOT, HOUR), file);
  expect((await eventually(() => teleport.ping(soon()))).name).toBe(sandbox.clusterName);
});

test('an identity that ends soon is warned of, well before and once', async () => {
  const file = join(folder, 'ending');
  await copyFile(await sandbox.control.issueIdentity(BOT, 14 * 60_000), file);
  connect(file);
  const soonOver = () => clients.log.lines.filter(({ message }) => message.includes('ends soon'));
  await new Promise((resolve) => setTimeout(resolve, 100));
  expect(soonOver()).toEqual([]);
  // Of one minute before and ten seconds after now, less than a quarter is left.
  await copyFile(await sandbox.control.issueIdentity(BOT, 10_000), file);
  await eventually(() => expect(soonOver()).toHaveLength(1));
  await new Promise((resolve) => setTimeout(resolve, 100));
  expect(soonOver()).toHaveLength(1);
});

test('a rotation of the host CA: both are trusted while both are there, and the fingerprint stays until its end', async () => {
  const file = join(folder, 'rotated');
  const renew = async (): Promise<void> =>
    copyFile(await sandbox.control.issueIdentity(BOT, HOUR + Math.random() * HOUR), file);
  await renew();
  const teleport = connect(file);
  await teleport.ping(soon());
  const before = teleport.identity().caFingerprint;
  await sandbox.control.beginCaRotation();
  const { message } = await failureOf(connect(file).ping(soon()));
  expect(message).toContain(
    'is not signed by a host CA of the identity file, although its cluster has the same name',
  );
  await renew();
  await eventually(() => expect(teleport.identity().caFingerprints).toHaveLength(2));
  await eventually(() => teleport.ping(soon()));
  expect(teleport.identity().caFingerprint).toBe(before);
  sandbox.control.endCaRotation();
  await renew();
  await eventually(() => expect(teleport.identity().caFingerprints).toHaveLength(1));
  expect(teleport.identity().caFingerprint).not.toBe(before);
  teleport.reconnect();
  expect((await eventually(() => teleport.ping(soon()))).name).toBe(sandbox.clusterName);
});

test('a file that is written in place is read again however it is cut off in between', async () => {
  const file = join(folder, 'cut');
  const whole = await readFile(await sandbox.control.issueIdentity(BOT, HOUR), 'utf8');
  await writeFile(file, whole);
  const teleport = connect(file);
  const first = endOf(teleport);
  const newer = await readFile(await sandbox.control.issueIdentity(BOT, 2 * HOUR), 'utf8');
  for (const share of [0, 0.2, 0.5, 0.9]) {
    await writeFile(file, newer.slice(0, newer.length * share));
    expect((await teleport.ping(soon())).name).toBe(sandbox.clusterName);
    teleport.reconnect();
    expect(endOf(teleport)).toBe(first);
  }
  await writeFile(file, newer);
  await eventually(() => expect(endOf(teleport)).toBeGreaterThan(first));
});
