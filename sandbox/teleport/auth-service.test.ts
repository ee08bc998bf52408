import { mkdtempSync } from 'node:fs';
import { readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createSecureContext } from 'node:tls';
import { credentials, status, type ClientReadableStream } from '@grpc/grpc-js';
import { parseIdentity } from '../../relay/src/teleport/identity';
import {
  AccessRequestSort,
  AuthServiceClient,
  Operation,
  type Event as WatchEvent,
  type ListAccessRequestsResponse,
} from '../../relay/src/teleport/gen/auth';
import { AccessRequestScope, RequestState, WatchKind } from '../../relay/src/teleport/gen/types';
import { SandboxClock } from '../clock';
import { startTeleport, type TeleportSandbox } from './index';

const folder = mkdtempSync(join(tmpdir(), 'sandbox-teleport-'));
const clock = new SandboxClock();
let sandbox: TeleportSandbox;
const clients: AuthServiceClient[] = [];
beforeAll(async () => {
  sandbox = await startTeleport({ dataDir: folder, clock });
});
afterEach(() => {
  clients.splice(0).forEach((client) => client.close());
});
afterAll(async () => {
  await sandbox.stop();
  await rm(folder, { recursive: true });
});

/** A plain gRPC client with a user's identity file, or without any certificate. */
async function clientOf(user: string | undefined): Promise<AuthServiceClient> {
  const parsed = parseIdentity(await readFile(sandbox.identities[user ?? 'alice'] ?? '', 'utf8'));
  if (!parsed.ok) throw new Error(parsed.problem.text);
  const { ca, cert, key } = parsed.identity.tls;
  const context = createSecureContext(user === undefined ? { ca } : { ca, cert, key });
  const client = new AuthServiceClient(sandbox.authAddress, credentials.createFromSecureContext(context), {
    'grpc.ssl_target_name_override': 'teleport.cluster.local',
  });
  clients.push(client);
  return client;
}

const filter = {
  ID: '',
  User: '',
  State: RequestState.NONE,
  SearchKeywords: [],
  Scope: AccessRequestScope.DEFAULT,
  Requester: '',
};

async function page(user: string, change: { Limit?: number; StartKey?: string; User?: string }) {
  const client = await clientOf(user);
  const { User = '', Limit = 0, StartKey = '' } = change;
  return new Promise<ListAccessRequestsResponse>((resolve, reject) => {
    client.listAccessRequests(
      { Filter: { ...filter, User }, Sort: AccessRequestSort.DEFAULT, Descending: false, Limit, StartKey },
      (error, answer) => (error === null ? resolve(answer) : reject(error)),
    );
  });
}

/** Opens a watch and collects what it tells until `count` messages came, or it fails. */
async function watch(
  user: string,
  kind: Partial<WatchKind>,
  count: number,
  meanwhile = async (): Promise<void> => {},
) {
  const client = await clientOf(user);
  const kinds = [WatchKind.fromPartial({ Kind: 'access_request', ...kind })];
  const stream: ClientReadableStream<WatchEvent> = client.watchEvents({
    Kinds: kinds,
    AllowPartialSuccess: false,
  });
  const seen: WatchEvent[] = [];
  return new Promise<WatchEvent[]>((resolve, reject) => {
    stream.on('data', (event: WatchEvent) => {
      seen.push(event);
      if (seen.length === 1) void meanwhile();
      if (seen.length === count) {
        resolve(seen);
        stream.cancel();
      }
    });
    stream.on('error', reject);
  });
}

test('pages hold what was asked for and name where the next one begins', async () => {
  const alice = await sandbox.connectAs('alice');
  const ids = await Promise.all([1, 2, 3].map(() => alice.request({ roles: ['editor'] })));
  const first = await page('admin', { Limit: 2 });
  const second = await page('admin', { Limit: 2, StartKey: first.NextKey });
  expect(first.AccessRequests).toHaveLength(2);
  expect(second.NextKey).toBe('');
  const names = [...first.AccessRequests, ...second.AccessRequests].map((entry) => entry.Metadata?.Name);
  expect(names).toEqual([...ids].sort());
  await expect(page('admin', { Limit: 16_001 })).rejects.toMatchObject({ code: status.INVALID_ARGUMENT });
});

test('without the rule a list holds what one asked for or may review, and nobody is told that there is more', async () => {
  await (await sandbox.connectAs('alice')).request({ roles: ['editor'] });
  const usersOf = async (user: string): Promise<Set<string | undefined>> =>
    new Set((await page(user, {})).AccessRequests.map((entry) => entry.Spec?.User));
  expect(await usersOf('erin@example.com')).toEqual(new Set());
  expect(await usersOf('alice')).toEqual(new Set(['alice']));
  expect(await usersOf('bob')).toContain('alice');
  expect((await page('alice', { User: 'alice' })).AccessRequests.length).toBeGreaterThan(0);
});

test('a watch begins with INIT; a removal carries kind and name, and nothing else', async () => {
  const [alice, admin] = [await sandbox.connectAs('alice'), await sandbox.connectAs('admin')];
  const [init, put, deleted] = await watch('admin', {}, 3, async () => {
    await admin.delete(await alice.request({ roles: ['editor'] }));
  });
  expect(init).toMatchObject({ Type: Operation.INIT });
  expect(init?.WatchStatus).toBeUndefined();
  const name = put?.AccessRequest?.Metadata?.Name;
  expect(deleted?.AccessRequest).toBeUndefined();
  expect(deleted?.ResourceHeader).toMatchObject({
    Kind: 'access_request',
    Metadata: { Name: name, Labels: {}, Expires: undefined },
  });
});

test('a filter holds back puts, never removals', async () => {
  const [alice, admin] = [await sandbox.connectAs('alice'), await sandbox.connectAs('admin')];
  const seen = await watch('admin', { Filter: { state: 'APPROVED' } }, 3, async () => {
    const removed = await alice.request({ roles: ['editor'] });
    const approved = await alice.request({ roles: ['editor'] });
    await admin.delete(removed);
    await admin.setState(approved, 'approve');
  });
  expect(seen.map((event) => event.Type)).toEqual([Operation.INIT, Operation.DELETE, Operation.PUT]);
  expect(seen[2]?.AccessRequest?.Spec?.State).toBe(RequestState.APPROVED);
});

test.each<[string, string, Partial<WatchKind>, status]>([
  ['without the right to read', 'bob', {}, status.PERMISSION_DENIED],
  ['with an unknown filter', 'admin', { Filter: { role: 'x' } }, status.INVALID_ARGUMENT],
  ['of another kind', 'admin', { Kind: 'user' }, status.INVALID_ARGUMENT],
])('a watch is refused %s', async (_name, user, kind, code) => {
  await expect(watch(user, kind, 1)).rejects.toMatchObject({ code });
});

test('events come delayed, doubled or not at all when the switches say so', async () => {
  const alice = await sandbox.connectAs('alice');
  sandbox.faults.duplicateEvents = true;
  const doubled = await watch('admin', {}, 3, async () => {
    await alice.request({ roles: ['editor'] });
  });
  expect(doubled[1]).toEqual(doubled[2]);
  sandbox.faults.duplicateEvents = false;
  const dropped = await watch('admin', {}, 2, async () => {
    sandbox.faults.dropEvents = true;
    await alice.request({ roles: ['auditor'], reason: 'lost' });
    sandbox.faults.dropEvents = false;
    await alice.request({ roles: ['auditor'], reason: 'seen' });
  });
  expect(dropped[1]?.AccessRequest?.Spec?.RequestReason).toBe('seen');
});

test('a client without a certificate does not get in, nor does a user whom the cluster no longer has', async () => {
  const ping = async (user: string | undefined) => {
    const client = await clientOf(user);
    return new Promise((resolve, reject) => {
      client.ping({}, (error, answer) => (error === null ? resolve(answer) : reject(error)));
    });
  };
  await expect(ping(undefined)).rejects.toMatchObject({ code: status.UNAVAILABLE });
  await expect(ping('carol')).resolves.toMatchObject({ ClusterName: sandbox.clusterName });
  const { carol } = sandbox.cluster.users;
  delete sandbox.cluster.users['carol'];
  await expect(ping('carol')).rejects.toMatchObject({ code: status.PERMISSION_DENIED });
  if (carol !== undefined) sandbox.cluster.users['carol'] = carol;
});

test('the sweeper runs by itself on the clock of the cluster', async () => {
  const alice = await sandbox.connectAs('alice');
  const id = await alice.request({ roles: ['editor'] });
  clock.move(13 * 3_600_000);
  await expect(page('admin', {})).resolves.toMatchObject({ AccessRequests: [] });
  const isExpired = () =>
    sandbox.cluster.audit.some((entry) => entry.type === 'access_request.expire' && entry.id === id);
  const until = Date.now() + 5000;
  while (!isExpired() && Date.now() < until) await new Promise((resolve) => setTimeout(resolve, 20));
  expect(isExpired()).toBe(true);
});
