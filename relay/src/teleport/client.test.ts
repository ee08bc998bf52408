import { mkdtempSync } from 'node:fs';
import { copyFile, rm, writeFile } from 'node:fs/promises';
import { createServer, type AddressInfo } from 'node:net';
import { createServer as createTlsServer } from 'node:tls';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { status } from '@grpc/grpc-js';
import { startTeleport, type TeleportSandbox } from '../../../sandbox/teleport/index';
import { ClusterPki } from '../../../sandbox/teleport/pki';
import { requestOver } from '../http/over-socket';
import { TeleportError, type AccessRequest, type Log, type Teleport, type WatchEvent } from '../ports';
import { createTeleport, type TeleportOptions } from './client';
import { RequestState } from './gen/types';

const folder = mkdtempSync(join(tmpdir(), 'relay-teleport-'));
const TIMING = { teleport_call_within: 5, keepalive_every: 60, keepalive_within: 20 };
const silent: Log = { debug: noop, info: noop, warn: noop, error: noop };
function noop(): void {
  // Nothing is kept.
}

let sandbox: TeleportSandbox;
const open: Teleport[] = [];

function connect(change: Partial<TeleportOptions> & { as?: string } = {}): Teleport {
  const { as = 'bot-jira-relay', ...options } = change;
  const teleport = createTeleport({
    address: sandbox.authAddress,
    identityFile: sandbox.identities[as] ?? '',
    timing: TIMING,
    requestOver,
    log: silent,
    ...options,
  });
  open.push(teleport);
  return teleport;
}

const signal = (): AbortSignal => AbortSignal.timeout(18_000);

async function failure(work: Promise<unknown>): Promise<TeleportError> {
  const error: unknown = await work.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (error instanceof TeleportError) return error;
  throw new Error(`expected a TeleportError, got ${String(error)}`);
}

async function all<T>(items: AsyncIterable<T>): Promise<T[]> {
  const list: T[] = [];
  for await (const item of items) list.push(item);
  return list;
}

/** Reads a watch in the background; `next` waits for the event after those already taken. */
function follow(events: AsyncIterable<WatchEvent>) {
  const iterator = events[Symbol.asyncIterator]();
  return {
    next: async (): Promise<WatchEvent | undefined> => {
      const result = await iterator.next();
      return result.done === true ? undefined : result.value;
    },
  };
}

async function eventually<T>(attempt: () => Promise<T>): Promise<T> {
  const until = Date.now() + 15_000;
  for (;;) {
    try {
      return await attempt();
    } catch (error) {
      if (Date.now() > until) throw error;
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }
}

beforeAll(async () => {
  sandbox = await startTeleport({ dataDir: folder });
});
afterEach(() => {
  open.splice(0).forEach((teleport) => teleport.close());
  sandbox.faults.failures.clear();
  sandbox.faults.initDelay = 0;
  sandbox.faults.frozen = false;
});
afterAll(async () => {
  await sandbox.stop();
  await rm(folder, { recursive: true });
});

test('identity and ping tell who the relay is and what the cluster is', async () => {
  const teleport = connect();
  expect(teleport.identity()).toMatchObject({
    user: 'bot-jira-relay',
    clusterName: sandbox.clusterName,
    caFingerprint: sandbox.caFingerprint,
  });
  expect(await teleport.ping(signal())).toEqual({
    name: sandbox.clusterName,
    version: '18.3.0',
    proxyAddress: new URL(sandbox.webUrl).host,
    reviews: true,
  });
});

describe('watch', () => {
  test('gives INIT, then what is put and removed', async () => {
    const alice = await sandbox.connectAs('alice');
    const stop = new AbortController();
    const events = follow(connect().watch(stop.signal));
    expect(await events.next()).toEqual({ type: 'init' });
    const id = await alice.request({ roles: ['editor'], reason: 'a release' });
    const put = await events.next();
    expect(put).toMatchObject({ type: 'put', request: { id, state: 'PENDING', reason: 'a release' } });
    await (await sandbox.connectAs('admin')).delete(id);
    expect(await events.next()).toEqual({ type: 'delete', id });
    const last = events.next();
    stop.abort();
    expect(await last).toBeUndefined();
    await eventually(async () => expect(sandbox.control.watcherCount()).toBe(0));
  });

  test('waits for a late INIT, and what happened before it is not told', async () => {
    sandbox.faults.initDelay = 300;
    const events = follow(connect().watch(signal()));
    const first = events.next();
    await eventually(async () => expect(sandbox.control.watcherCount()).toBe(1));
    const alice = await sandbox.connectAs('alice');
    await alice.request({ roles: ['editor'] });
    expect(await first).toEqual({ type: 'init' });
    const later = await alice.request({ roles: ['auditor'] });
    expect(await events.next()).toMatchObject({ type: 'put', request: { id: later } });
  });

  test('leaving the loop ends the stream at the server', async () => {
    for await (const event of connect().watch(signal())) {
      expect(event.type).toBe('init');
      break;
    }
    await eventually(async () => expect(sandbox.control.watcherCount()).toBe(0));
  });

  test('throws when the server cuts the stream', async () => {
    const events = follow(connect().watch(signal()));
    await events.next();
    sandbox.control.cutWatchers();
    expect(await failure(events.next())).toMatchObject({ code: 'unavailable' });
  });

  test('reconnect ends it as unavailable, and the next call works', async () => {
    const teleport = connect();
    const events = follow(teleport.watch(signal()));
    await events.next();
    const ended = failure(events.next());
    teleport.reconnect();
    expect(await ended).toMatchObject({
      code: 'unavailable',
      message: 'WatchEvents: the connection is made anew',
    });
    expect((await teleport.ping(signal())).name).toBe(sandbox.clusterName);
  });

  test('is given up when nobody reads it for 20,000 events, since a gap would go unseen', async () => {
    const events = follow(connect().watch(signal()));
    await events.next();
    const id = await (await sandbox.connectAs('alice')).request({ roles: ['editor'] });
    const request = sandbox.cluster.get(id);
    for (let i = 0; i < 20_100; i += 1) sandbox.cluster.events.emit('event', { type: 'put', request });
    await eventually(async () => expect(sandbox.control.watcherCount()).toBe(0));
    const rest = async () => {
      while ((await events.next()) !== undefined);
    };
    expect((await failure(rest())).message).toContain('fell behind');
  });

  test('is refused without the right to read', async () => {
    const events = follow(connect({ as: 'alice' }).watch(signal()));
    const error = await failure(events.next());
    expect(error.code).toBe('permission_denied');
    expect(error.message).toContain('"read" on "access_request"');
  });
});

describe('list and read', () => {
  test('2,500 requests come in pages of 250, each once', async () => {
    const crowd = await startTeleport({ dataDir: join(folder, 'crowd') });
    try {
      const spec = await createMany(crowd, 2500);
      const teleport = connect({
        address: crowd.authAddress,
        identityFile: crowd.identities['bot-jira-relay'] ?? '',
      });
      const ids = (await all(teleport.list(signal()))).map((request) => request.id);
      expect(new Set(ids)).toEqual(new Set(spec));
      expect(ids).toHaveLength(2500);
      expect(crowd.control.calls['ListAccessRequests']).toBe(10);
    } finally {
      await crowd.stop();
    }
  });

  test('pages that are too large for the client are asked for in halves', async () => {
    const heavy = await startTeleport({ dataDir: join(folder, 'heavy') });
    try {
      const ids = await createMany(heavy, 300);
      // Together with its roles and reason, each is above the 16 kB of which 250 make 4 MiB.
      const roles = Array.from({ length: 400 }, (_, index) => `role-${index}-${'x'.repeat(40)}`);
      for (const id of ids) heavy.cluster.tamper(id, { Roles: roles });
      const teleport = connect({
        address: heavy.authAddress,
        identityFile: heavy.identities['bot-jira-relay'] ?? '',
      });
      expect(await all(teleport.list(signal()))).toHaveLength(ids.length);
      // 250 are over 4 MiB, 125 are not.
      expect(heavy.control.calls['ListAccessRequests']).toBe(4);
    } finally {
      await heavy.stop();
    }
  });

  test('falls back to GetAccessRequestsV2 on a server without ListAccessRequests', async () => {
    const id = await (await sandbox.connectAs('alice')).request({ roles: ['editor'] });
    sandbox.faults.failures.set('ListAccessRequests', { code: status.UNIMPLEMENTED, times: 3 });
    const teleport = connect();
    const listed = await all(teleport.list(signal()));
    expect(listed.map((request) => request.id)).toContain(id);
    expect((await teleport.read(id, signal()))?.id).toBe(id);
    expect(await teleport.read('00000000-0000-0000-0000-000000000000', signal())).toBeUndefined();
  });

  test('one by its id, with what set-state needs to know', async () => {
    const id = await (
      await sandbox.connectAs('alice')
    ).request({
      roles: ['dba'],
      reason: 'an index',
      maxDuration: new Date(Date.now() + 3_600_000),
    });
    const request: AccessRequest | undefined = await connect().read(id, signal());
    expect(request).toMatchObject({
      id,
      user: 'alice',
      roles: ['dba'],
      state: 'PENDING',
      kind: 'SHORT_TERM',
      thresholds: [{ name: 'two reviewers', filter: '', approve: 2, deny: 1 }],
    });
    expect(request?.roleThresholds.get('dba')).toEqual([[0]]);
    expect(request?.requestExpiresAt).toEqual(request?.accessExpiresAt);
  });

  test('an unknown id is undefined, and an empty one is no wildcard', async () => {
    const teleport = connect();
    await (await sandbox.connectAs('alice')).request({ roles: ['editor'] });
    expect(await teleport.read('no-such-request', signal())).toBeUndefined();
    expect(await teleport.read('', signal())).toBeUndefined();
  });

  test('a request in a state of the future is left out of the list, and not called gone', async () => {
    const warnings: string[] = [];
    const log: Log = { ...silent, warn: (message) => void warnings.push(message) };
    const id = await (await sandbox.connectAs('alice')).request({ roles: ['editor'] });
    sandbox.cluster.tamper(id, { State: RequestState.NONE });
    const teleport = connect({ log });
    const ids = (await all(teleport.list(signal()))).map((request) => request.id);
    expect(ids).not.toContain(id);
    expect(warnings).toContain('left out an access request');
    expect(await failure(teleport.read(id, signal()))).toMatchObject({ code: 'unknown' });
    sandbox.cluster.tamper(id, { State: RequestState.PENDING });
  });

  test('is refused without the right to list', async () => {
    const teleport = connect({ as: 'bob' });
    expect(await failure(all(teleport.list(signal())))).toMatchObject({ code: 'permission_denied' });
  });

  test('users come with their traits; without the right they do not', async () => {
    sandbox.cluster.users['erin@example.com'] = {
      roles: ['requester'],
      traits: { jira_account_id: ['557058:e'] },
    };
    const users = await all(connect({ as: 'bot-jira-relay' }).users(signal()));
    expect(users.find((user) => user.name === 'erin@example.com')?.traits.get('jira_account_id')).toEqual([
      '557058:e',
    ]);
    expect(await failure(all(connect({ as: 'alice' }).users(signal())))).toMatchObject({
      code: 'permission_denied',
    });
  });
});

describe('set state', () => {
  const change = { delegator: 'jira:557058:b', reason: 'fine', annotations: { 'jira/decision': ['c:1:2'] } };

  test('approves with delegator, reason and annotations', async () => {
    const id = await (await sandbox.connectAs('alice')).request({ roles: ['editor'] });
    const teleport = connect();
    await teleport.setState({ id, state: 'APPROVED', ...change }, signal());
    const request = await teleport.read(id, signal());
    expect(request).toMatchObject({ state: 'APPROVED', resolveReason: 'fine' });
    expect(request?.resolveAnnotations.get('jira/decision')).toEqual(['c:1:2']);
    expect(sandbox.cluster.audit.at(-1)).toMatchObject({
      type: 'access_request.update',
      user: 'bot-jira-relay',
      delegator: 'jira:557058:b',
    });
  });

  test('tells what is refused apart', async () => {
    const id = await (await sandbox.connectAs('alice')).request({ roles: ['editor'] });
    const denied = { id, state: 'DENIED' as const, ...change };
    const observer = connect({ as: 'bot-jira-relay-observe' });
    expect(await failure(observer.setState(denied, signal()))).toMatchObject({ code: 'permission_denied' });
    const teleport = connect();
    expect(await failure(teleport.setState({ ...denied, id: 'gone' }, signal()))).toMatchObject({
      code: 'not_found',
    });
    await teleport.setState(denied, signal());
    const approve = { ...denied, state: 'APPROVED' as const };
    expect(await failure(teleport.setState(approve, signal()))).toMatchObject({ code: 'invalid' });
  });

  test('a cluster that asks for MFA is recognised', async () => {
    sandbox.faults.failures.set('SetAccessRequestState', {
      code: status.PERMISSION_DENIED,
      times: 1,
      message: 'admin-level API request requires MFA verification',
    });
    const error = await failure(connect().setState({ id: 'x', state: 'DENIED', ...change }, signal()));
    expect(error.code).toBe('mfa_required');
    expect(error.message).toContain('Machine ID');
  });
});

describe('connection', () => {
  test('survives a restart of the server', async () => {
    const teleport = connect();
    const events = follow(teleport.watch(signal()));
    await events.next();
    const lost = failure(events.next());
    await sandbox.control.stopAuth();
    expect(await lost).toMatchObject({ code: 'unavailable' });
    const refused = await eventually(async () => {
      const error = await failure(teleport.ping(signal()));
      expect(error.message).toContain('nothing listens');
      return error;
    });
    expect(refused.code).toBe('unavailable');
    await sandbox.control.startAuth();
    await eventually(() => teleport.ping(signal()));
    expect(await follow(teleport.watch(signal())).next()).toEqual({ type: 'init' });
  });

  test('a frozen server is given up after the deadline', async () => {
    sandbox.faults.frozen = true;
    const teleport = connect({ timing: { ...TIMING, teleport_call_within: 0.3 } });
    const error = await failure(teleport.ping(signal()));
    expect(error).toMatchObject({ code: 'unavailable', message: 'Ping: no answer in time' });
  });

  test('a call ends with its signal', async () => {
    sandbox.faults.frozen = true;
    const stop = new AbortController();
    const call = failure(connect().ping(stop.signal));
    setTimeout(() => stop.abort(), 100);
    expect(await call).toMatchObject({ code: 'cancelled' });
    expect(await failure(connect().ping(stop.signal))).toMatchObject({ code: 'cancelled' });
  });

  test('closed is closed', async () => {
    const teleport = connect();
    teleport.close();
    expect(await failure(teleport.ping(signal()))).toMatchObject({ code: 'unavailable' });
  });

  test('an expired identity is said to be expired, and a renewed one is used at once', async () => {
    const file = join(folder, 'expiring');
    await copyFile(await sandbox.control.issueIdentity('bot-jira-relay-observe', -1000), file);
    const teleport = connect({ identityFile: file });
    const error = await failure(teleport.ping(signal()));
    expect(error.code).toBe('unavailable');
    expect(error.message).toContain('the certificate in the identity file expired at');
    await copyFile(await sandbox.control.issueIdentity('bot-jira-relay-observe', 3_600_000), file);
    expect((await eventually(() => teleport.ping(signal()))).name).toBe(sandbox.clusterName);
  });

  test('a bad write of the file leaves the old identity in use', async () => {
    const file = join(folder, 'half-written');
    await copyFile(sandbox.identities['bot-jira-relay'] ?? '', file);
    const teleport = connect({ identityFile: file });
    await writeFile(file, '-----BEGIN PRIVATE KEY-----\nMIG');
    expect((await teleport.ping(signal())).name).toBe(sandbox.clusterName);
    expect(teleport.identity().user).toBe('bot-jira-relay');
  });

  test('a file that never held an identity says why', async () => {
    const error = await failure(connect({ identityFile: join(folder, 'none') }).ping(signal()));
    expect(error.message).toContain('the identity file is not there (ENOENT)');
  });

  test('the connection is renewed before its certificate ends, when the file holds a newer one', async () => {
    const file = join(folder, 'renewed');
    // Within two minutes of its end from the start.
    await copyFile(await sandbox.control.issueIdentity('bot-jira-relay-observe', 60_000), file);
    const teleport = connect({ identityFile: file, identityPollMs: 50 });
    const events = follow(teleport.watch(signal()));
    await events.next();
    const ended = failure(events.next());
    const newer = await sandbox.control.issueIdentity('bot-jira-relay-observe', 3_600_000);
    await copyFile(newer, file);
    expect(await ended).toMatchObject({ message: 'WatchEvents: the connection is made anew' });
    expect(teleport.identity().expiresAt.getTime()).toBeGreaterThan(Date.now() + 3_000_000);
  });

  test("another cluster's identity is refused before anything is sent", async () => {
    const other = await ClusterPki.create(sandbox.clusterName);
    const file = join(folder, 'other-cluster');
    await writeFile(file, await other.identityFile('bot-jira-relay', []));
    const before = sandbox.control.calls['Ping'] ?? 0;
    const error = await failure(connect({ identityFile: file }).ping(signal()));
    expect(error.code).toBe('unavailable');
    expect(error.message).toContain('not signed by a host CA of the identity file');
    expect(sandbox.control.calls['Ping'] ?? 0).toBe(before);
  });

  test.each([
    ['a closed port', closedPort, 'nothing listens at this address and port'],
    ['a name that does not exist', async () => 'teleport.invalid:3025', 'its host name cannot be resolved'],
    ['a server without TLS', plainServer, 'does not speak TLS'],
    ['a certificate of the cluster for another name', webServer, 'is not for teleport.cluster.local'],
    ['a server that speaks no HTTP/2', oldServer, 'does not speak HTTP/2'],
  ])('%s is told', async (_name, start, words) => {
    const error = await failure(connect({ address: await start() }).ping(signal()));
    expect(error.code).toBe('unavailable');
    expect(error.message).toContain(words);
  });
});

const servers: { close(): unknown }[] = [];
afterAll(() => servers.forEach((server) => server.close()));

async function closedPort(): Promise<string> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return `127.0.0.1:${port}`;
}

async function plainServer(): Promise<string> {
  const server = createServer((socket) => socket.on('error', noop).end('HTTP/1.1 400 Bad Request\r\n\r\n'));
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return `127.0.0.1:${(server.address() as AddressInfo).port}`;
}

/** Signed by the cluster's host CA, as an agent's certificate is, but not for the Auth Service. */
async function webServer(): Promise<string> {
  return tlsServer(await sandbox.control.issueServer(['web.example.com']), ['h2']);
}

async function oldServer(): Promise<string> {
  return tlsServer(await sandbox.control.issueServer(['teleport.cluster.local']), undefined);
}

async function tlsServer(
  pair: { certificate: string; privateKey: string },
  alpn: string[] | undefined,
): Promise<string> {
  const server = createTlsServer(
    { cert: pair.certificate, key: pair.privateKey, ...(alpn === undefined ? {} : { ALPNProtocols: alpn }) },
    (socket) => socket.on('error', noop),
  );
  server.on('tlsClientError', noop);
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return `127.0.0.1:${(server.address() as AddressInfo).port}`;
}

async function createMany(at: TeleportSandbox, count: number, reason = ''): Promise<string[]> {
  const alice = await at.connectAs('alice');
  const ids: string[] = [];
  while (ids.length < count) {
    const batch = Math.min(100, count - ids.length);
    ids.push(
      ...(await Promise.all(
        Array.from({ length: batch }, () => alice.request({ roles: ['editor'], reason })),
      )),
    );
  }
  return ids;
}
