import { mkdtempSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { status } from '@grpc/grpc-js';
import { startTeleport, type TeleportSandbox } from '../../../sandbox/teleport';
import { requestOver } from '../http/over-socket';
import type { Log } from '../ports';
import { createTeleport, type TeleportClient } from './client';
import { AccessRequestV3 } from './gen/types';

const folder = mkdtempSync(join(tmpdir(), 'relay-names-'));
const silent: Log = { debug: noop, info: noop, warn: noop, error: noop };
function noop(): void {
  // Nothing is kept.
}
const HOST = '11111111-1111-4111-8111-111111111111';
const QUOTED = 'a"b\\c';

let sandbox: TeleportSandbox;
let teleport: TeleportClient;
let now = Date.parse('2026-11-24T12:00:00Z');

beforeAll(async () => {
  sandbox = await startTeleport({ dataDir: folder });
  const { cluster } = sandbox;
  cluster.resources.push(
    { kind: 'node', name: HOST, hostname: 'db-1.example.com' },
    { kind: 'node', name: QUOTED, hostname: 'odd' },
    { kind: 'app', name: 'grafana', description: 'dashboards' },
    {
      kind: 'app',
      name: 'okta-app',
      labels: { 'teleport.dev/origin': 'okta', 'teleport.internal/okta-app-name': 'Payroll' },
    },
    { kind: 'user_group', name: 'g-1', description: 'Staff', labels: { 'teleport.dev/origin': 'okta' } },
  );
  cluster.roles['names'] = {
    rules: { node: ['list'], app_server: ['list', 'read'], user_group: ['list', 'read'] },
    sees: ['node', 'app', 'user_group'],
  };
  cluster.roles['jira-relay-resource-names'] = { previewAsRoles: ['names'] };
});
beforeEach(() => {
  now += 3_600_000;
  teleport = createTeleport({
    address: sandbox.authAddress,
    identityFile: sandbox.identities['bot-jira-relay'] ?? '',
    timing: { teleport_call_within: 5, keepalive_every: 60, keepalive_within: 20 },
    requestOver,
    log: silent,
    clock: {
      now: () => now,
      // The identity file does not change here.
      sleep: (_milliseconds, signal) =>
        new Promise((resolve) => signal.addEventListener('abort', () => resolve())),
    },
  });
});
afterEach(() => {
  teleport.close();
  sandbox.faults.failures.clear();
});
afterAll(async () => {
  await sandbox.stop();
  await rm(folder, { recursive: true });
});

const soon = (): AbortSignal => AbortSignal.timeout(15_000);
const lookUps = (): number => sandbox.control.calls['ListResources'] ?? 0;

function ask(resources: { kind: string; name: string; cluster?: string }[]): string {
  const request = AccessRequestV3.fromPartial({
    Spec: {
      Roles: ['editor'],
      RequestedResourceIDs: resources.map(({ kind, name, cluster = sandbox.clusterName }) => ({
        ClusterName: cluster,
        Kind: kind,
        Name: name,
      })),
    },
  });
  return sandbox.cluster.create('alice', request).Metadata?.Name ?? '';
}

async function namesOf(id: string): Promise<Record<string, string | undefined>> {
  const request = await teleport.read(id, soon());
  return Object.fromEntries((request?.resources ?? []).map(({ name, friendlyName }) => [name, friendlyName]));
}

test('servers by host name, what came from Okta by its name there, the rest by none', async () => {
  const id = ask([
    { kind: 'node', name: HOST },
    { kind: 'node', name: QUOTED },
    { kind: 'app', name: 'grafana' },
    { kind: 'app', name: 'okta-app' },
    { kind: 'user_group', name: 'g-1' },
    { kind: 'db', name: 'orders' },
    { kind: 'node', name: 'gone' },
  ]);
  const expected = {
    [HOST]: 'db-1.example.com',
    [QUOTED]: 'odd',
    grafana: undefined,
    'okta-app': 'Payroll',
    'g-1': 'Staff',
    orders: undefined,
    gone: undefined,
  };
  expect(await namesOf(id)).toEqual(expected);
  const after = lookUps();
  expect(await namesOf(id)).toEqual(expected);
  expect(lookUps()).toBe(after);
});

test('a list and a watch bring them as well', async () => {
  const id = ask([{ kind: 'node', name: HOST }]);
  const named = { resources: [{ friendlyName: 'db-1.example.com' }] };
  for await (const request of teleport.list(soon())) {
    if (request.id === id) expect(request).toMatchObject(named);
  }
  const stop = new AbortController();
  for await (const event of teleport.watch(stop.signal)) {
    if (event.type === 'init') ask([{ kind: 'node', name: HOST }]);
    if (event.type !== 'put') continue;
    expect(event.request).toMatchObject(named);
    stop.abort();
  }
});

test('a resource of a leaf cluster is not looked up', async () => {
  const before = lookUps();
  expect(await namesOf(ask([{ kind: 'node', name: HOST, cluster: 'leaf' }]))).toEqual({ [HOST]: undefined });
  expect(lookUps()).toBe(before);
});

test('a look-up that fails stops nothing, keeps the last name, and is not repeated at once', async () => {
  const id = ask([{ kind: 'node', name: HOST }]);
  expect(await namesOf(id)).toEqual({ [HOST]: 'db-1.example.com' });
  sandbox.faults.failures.set('ListResources', { code: status.PERMISSION_DENIED, times: 100 });
  now += 11 * 60_000;
  const before = lookUps();
  expect(await namesOf(id)).toEqual({ [HOST]: 'db-1.example.com' });
  expect(await namesOf(ask([{ kind: 'node', name: QUOTED }]))).toEqual({ [QUOTED]: undefined });
  expect(lookUps()).toBe(before + 1);
  sandbox.faults.failures.clear();
  now += 61_000;
  expect(await namesOf(ask([{ kind: 'node', name: QUOTED }]))).toEqual({ [QUOTED]: 'odd' });
});

test('without the right to list, nothing is taken for gone', async () => {
  const id = ask([{ kind: 'node', name: HOST }]);
  const { cluster } = sandbox;
  const role = cluster.roles['jira-relay-set-state'];
  cluster.roles['jira-relay-set-state'] = { rules: { access_request: ['read'] } };
  await expect(teleport.read(id, soon())).rejects.toMatchObject({ code: 'permission_denied' });
  await expect(teleport.list(soon())[Symbol.asyncIterator]().next()).rejects.toMatchObject({
    code: 'permission_denied',
  });
  if (role !== undefined) cluster.roles['jira-relay-set-state'] = role;
});
