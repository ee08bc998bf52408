import { mkdtempSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { status } from '@grpc/grpc-js';
import { AccessRequestV3 } from '../../relay/src/teleport/gen/types';
import { probePermissions, type Permission } from '../../relay/src/teleport/probes';
import { startTeleport, type TeleportSandbox } from '../../sandbox/teleport';
import { follow, inStep, stopFollowing, type Followed } from '../support/relay/follow';
import { Clients, eventually, failureOf, soon } from '../support/relay/real-teleport';
import { TcpPipe } from '../support/relay/tcp-pipe';

/** A relay's connection and mirror against a cluster that falters; over real sockets. */

const MINUTE = 60_000;
const folder = mkdtempSync(join(tmpdir(), 'relay-resilience-'));
let sandbox: TeleportSandbox;
const clients = new Clients(() => sandbox);
const pipes: TcpPipe[] = [];

beforeAll(async () => {
  sandbox = await startTeleport({ dataDir: folder });
});
afterEach(async () => {
  await stopFollowing();
  clients.close();
  await Promise.all(pipes.splice(0).map((pipe) => pipe.close()));
  sandbox.faults.failures.clear();
  sandbox.faults.initDelay = 0;
});
afterAll(async () => {
  await sandbox.stop();
  await rm(folder, { recursive: true });
});

/** A new request becomes known although something happened. */
async function hearsOfNews({ offered }: Followed): Promise<void> {
  const id = await eventually(async () => (await sandbox.connectAs('alice')).request({ roles: ['editor'] }));
  await eventually(() => expect([...offered]).toContain(id));
}

async function pipeTo(address?: string): Promise<TcpPipe> {
  const pipe = await TcpPipe.open(address === undefined ? undefined : Number(address.split(':').at(-1)));
  pipes.push(pipe);
  return pipe;
}

describe('stays in step through', () => {
  test('a restart of the server', async () => {
    const followed = follow(clients.connect(sandbox.authAddress), 10);
    await inStep(followed);
    await sandbox.control.restart(300);
    await hearsOfNews(followed);
    await inStep(followed);
  });

  test('a cache reset, which closes all watchers', async () => {
    const followed = follow(clients.connect(sandbox.authAddress), 10);
    await inStep(followed);
    const restarts = followed.mirror.streamRestarts;
    sandbox.control.cutWatchers();
    await eventually(() => expect(followed.mirror.streamRestarts).toBeGreaterThan(restarts));
    await hearsOfNews(followed);
  });

  test('a half-open connection, found by keepalive within 1 s + 1 s', async () => {
    const pipe = await pipeTo(sandbox.authAddress);
    const timing = { teleport_call_within: 30, keepalive_every: 1, keepalive_within: 1 };
    const followed = follow(clients.connect(pipe.address, { timing }));
    await inStep(followed);
    pipe.hold();
    const since = performance.now();
    await eventually(() => expect(followed.mirror.phase.phase).not.toBe('following'));
    expect(performance.now() - since).toBeLessThan(3500);
    pipe.release();
    await hearsOfNews(followed);
  });

  test('an INIT that comes 20 s late', async () => {
    sandbox.faults.initDelay = 20_000 / 20;
    const followed = follow(clients.connect(sandbox.authAddress), 20);
    await eventually(() => expect(sandbox.control.watcherCount()).toBe(1));
    await inStep(followed);
    expect(followed.mirror.streamRestarts).toBe(0);
    await hearsOfNews(followed);
  });

  test.each(['Ping', 'WatchEvents', 'ListAccessRequests'])('RESOURCE_EXHAUSTED of %s', async (method) => {
    sandbox.faults.failures.set(method, { code: status.RESOURCE_EXHAUSTED, times: 2 });
    const followed = follow(clients.connect(sandbox.authAddress), 20);
    await inStep(followed);
    await hearsOfNews(followed);
    expect(JSON.stringify(followed.lines)).toContain('Teleport asks to slow down');
  });

  test('10,000 requests in pages of at most 4 MiB', async () => {
    const crowd = await startTeleport({ dataDir: join(folder, 'crowd') });
    try {
      const spec = { User: 'alice', Roles: ['editor'], RequestReason: 'x'.repeat(4000) };
      const message = AccessRequestV3.fromPartial({ Kind: 'access_request', Version: 'v3', Spec: spec });
      for (let index = 0; index < 10_000; index += 1) crowd.cluster.create('alice', message);
      const identityFile = crowd.identities['bot-jira-relay'] ?? '';
      const followed = follow(clients.connect(crowd.authAddress, { identityFile }));
      await inStep(followed, 50_000);
      expect(followed.offered.size).toBe(10_000);
      expect(crowd.control.calls['ListAccessRequests']).toBeGreaterThanOrEqual(40);
    } finally {
      await stopFollowing();
      await crowd.stop();
    }
  }, 60_000);
});

test.each([1, 2, 3, 4, 5, 6, 7, 8])(
  'finds the way again after %i connections in a row that broke off in the TLS handshake',
  async (breaks) => {
    const pipe = await pipeTo(sandbox.authAddress);
    const timing = { teleport_call_within: 5, keepalive_every: 60, keepalive_within: 20 };
    const brisk = { ...timing, retry_first: 0.001, retry_at_most: 0.001 };
    for (const isKnown of [false, true]) {
      const teleport = clients.connect(pipe.address, { timing: brisk });
      if (isKnown) {
        await teleport.ping(soon());
        pipe.cut();
      }
      pipe.tear();
      const before = pipe.accepted.length;
      await eventually(async () => {
        await teleport.ping(soon()).catch(() => undefined);
        expect(pipe.accepted.length - before).toBeGreaterThanOrEqual(breaks);
      });
      pipe.mend();
      await eventually(() => teleport.ping(soon()));
    }
  },
);

describe('never busy', () => {
  /** So many times as fast: a minute is a second and a half. */
  const RATE = 40;
  const timing = { teleport_call_within: 5, keepalive_every: 60, keepalive_within: 20 };
  const hurried = { ...timing, retry_first: 1 / RATE, retry_at_most: 45 / RATE };

  test('at most 10 connections in the first minute, at most 2 in any minute after 5', async () => {
    const pipe = await pipeTo();
    const teleport = clients.connect(pipe.address, { timing: hurried });
    const start = performance.now();
    const { lines } = follow(teleport, RATE);
    // Everybody else who calls in the meantime makes no more of it.
    const others = setInterval(() => void teleport.ping(soon()).catch(() => undefined), 5);
    await new Promise((resolve) => setTimeout(resolve, (8 * MINUTE) / RATE));
    clearInterval(others);
    const at = pipe.accepted.map((time) => (time - start) * RATE);
    const between = (from: number, to: number): number =>
      at.filter((time) => time >= from && time < to).length;
    const busiestMinute = Math.max(
      ...at.filter((time) => time >= 5 * MINUTE).map((time) => between(time, time + MINUTE)),
    );
    process.stdout.write(
      `attempts: ${between(0, MINUTE)} in the first minute, ${busiestMinute} in the busiest after 5, ${at.length} in 8\n`,
    );
    expect(between(0, MINUTE)).toBeLessThanOrEqual(10);
    expect(between(0, MINUTE)).toBeGreaterThanOrEqual(4);
    expect(busiestMinute).toBeLessThanOrEqual(2);
    // Said when it began, not each time.
    expect(lines.filter(({ level }) => level === 'warn').length).toBeLessThanOrEqual(3);
  });

  test('the first retry comes within 1.5 s', async () => {
    const pipe = await pipeTo();
    follow(clients.connect(pipe.address, { timing: { ...timing, retry_first: 1, retry_at_most: 45 } }));
    await eventually(() => expect(pipe.accepted.length).toBeGreaterThanOrEqual(2));
    const [first = 0, second = Infinity] = pipe.accepted;
    expect(second - first).toBeLessThan(1500);
    expect(second - first).toBeGreaterThan(700);
  });

  test('the same trouble is followed by recovery at the next try', async () => {
    const teleport = clients.connect(sandbox.authAddress, { timing: hurried });
    await sandbox.control.stopAuth();
    const followed = follow(teleport, RATE);
    await eventually(() => expect(followed.mirror.streamRestarts).toBeGreaterThan(4));
    await sandbox.control.startAuth();
    await inStep(followed);
  });
});

describe('probes of permissions', () => {
  const ALL: Permission[] = ['list', 'watch', 'set_state', 'users'];
  const results = async (user: string): Promise<Record<string, string>> => {
    const teleport = clients.connect(sandbox.authAddress, { identityFile: sandbox.identities[user] ?? '' });
    const probes = await probePermissions(teleport, ALL, soon());
    return Object.fromEntries(probes.map(({ permission, result }) => [permission, result]));
  };

  test('what is granted and what is missing, without changing anything', async () => {
    const before = sandbox.cluster.audit.length;
    const reads = { list: 'granted', watch: 'granted' };
    expect(await results('bot-jira-relay')).toEqual({ ...reads, users: 'granted', set_state: 'granted' });
    expect(await results('bot-jira-relay-observe')).toEqual({
      ...reads,
      ...{ users: 'missing', set_state: 'missing' },
    });
    const none = { list: 'missing', watch: 'missing', users: 'missing', set_state: 'missing' };
    expect(await results('alice')).toEqual(none);
    expect(sandbox.cluster.audit.length).toBe(before);
  });

  test('MFA for administrative actions, and trouble that says nothing of rights', async () => {
    sandbox.faults.failures.set('SetAccessRequestState', {
      code: status.PERMISSION_DENIED,
      times: 1,
      message: 'admin-level API request requires MFA verification',
    });
    sandbox.faults.failures.set('ListUsers', { code: status.UNAVAILABLE, times: 1 });
    const teleport = clients.connect(sandbox.authAddress);
    const probes = await probePermissions(teleport, ['set_state', 'users'], soon());
    expect(probes).toMatchObject([
      { result: 'mfa_required', rule: { resource: 'access_request', verbs: ['update'] } },
      { result: 'unknown', rule: { resource: 'user', verbs: ['list', 'read'] } },
    ]);
  });
});

test('without any right it says so once, and asks again slowly', async () => {
  const identityFile = sandbox.identities['alice'] ?? '';
  const { lines, mirror } = follow(clients.connect(sandbox.authAddress, { identityFile }), 100);
  await eventually(() => expect(mirror.streamRestarts).toBeGreaterThanOrEqual(3));
  const warnings = lines.filter(({ level }) => level === 'warn');
  expect(warnings).toHaveLength(1);
  expect(warnings[0]?.facts).toMatchObject({ waitSeconds: 45 });
  expect(
    (await failureOf(clients.connect(sandbox.authAddress, { identityFile }).read('x', soon()))).code,
  ).toBe('permission_denied');
});
