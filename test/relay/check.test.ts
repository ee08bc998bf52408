import { mkdtempSync } from 'node:fs';
import { chmod, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { formatTable, toJson } from '../../relay/src/check/report';
import { startTeleport, type TeleportSandbox } from '../../sandbox/teleport';
import { ClusterPki } from '../../sandbox/teleport/pki';
import { freePort } from '../../sandbox/ports';
import { runPreflight, type PreflightChange } from '../support/relay/preflight';
import { Clients } from '../support/relay/real-teleport';

/** What `relay check` says, of what is in place and of what is not. */

const folder = mkdtempSync(join(tmpdir(), 'relay-check-'));
const clients = new Clients(() => sandbox);
let sandbox: TeleportSandbox;
const check = (change: PreflightChange = {}) => runPreflight(sandbox, clients, change);

beforeAll(async () => {
  sandbox = await startTeleport({ dataDir: folder, frontDoors: true });
});
afterEach(() => {
  clients.close();
  sandbox.cluster.requiresAdminMfa = false;
  sandbox.cluster.hasReviews = true;
  sandbox.faults.failures.clear();
});
afterAll(async () => {
  await sandbox.stop();
  await rm(folder, { recursive: true });
});

test('everything in place, over the proxy: one line a check, and nothing is changed', async () => {
  const before = sandbox.cluster.audit.length;
  const findings = await check({ probe: { address: sandbox.frontDoors?.proxyAddress ?? '' } });
  const table = formatTable(Object.values(findings));
  expect(findings).toMatchObject({
    identity: {
      result: 'ok',
      seen: expect.stringContaining('bot-jira-relay of teleport.sandbox') as unknown,
    },
    way: { result: 'ok', seen: expect.stringMatching(/^proxy: /) as unknown },
    tls: { result: 'ok' },
    cluster: { result: 'ok', seen: `${sandbox.clusterName}, host CA ${sandbox.caFingerprint}` },
    server: { result: 'ok', seen: '18.3.0' },
    clock_teleport: { result: 'ok' },
    clock_app: { result: 'ok' },
    list: { result: 'ok' },
    watch: { result: 'ok' },
    set_state: { result: 'ok' },
    users: { result: 'ok' },
    names: { result: 'ok' },
    mode: { result: 'ok' },
    app: { result: 'ok' },
  });
  expect(table.split('\n')[0]).toMatch(/^ok {2}identity {10}bot-jira-relay of/);
  expect(table).toContain('14 ok, 0 warnings, 0 failed, 0 unknown');
  expect(sandbox.cluster.audit.length).toBe(before);
});

test('direct, no clock but the machine’s is seen', async () => {
  expect(await check()).toMatchObject({
    way: { seen: expect.stringMatching(/^direct: /) as unknown },
    clock_teleport: { result: 'unknown' },
  });
});

test.each<[string, () => Promise<PreflightChange>, string, string]>([
  [
    'an identity that is not there',
    async () => ({ probe: { identityFile: join(folder, 'none') } }),
    'identity',
    'start tbot or put the file where teleport.identity_file says',
  ],
  [
    'an expired identity',
    async () => ({ probe: { identityFile: await sandbox.control.issueIdentity('admin', -1000) } }),
    'identity',
    'is tbot still running',
  ],
  [
    'a cut-off identity',
    async () => {
      const file = join(folder, 'cut');
      const whole = await readFile(sandbox.identities['bot-jira-relay'] ?? '', 'utf8');
      await writeFile(file, whole.slice(0, whole.length / 2));
      return { probe: { identityFile: file } };
    },
    'identity',
    'write the identity anew',
  ],
  [
    'an identity of another cluster',
    async () => {
      const file = join(folder, 'foreign');
      const other = await ClusterPki.create('other.cluster');
      await writeFile(file, await other.identityFile('bot-jira-relay', []));
      return { probe: { identityFile: file } };
    },
    'way',
    'set teleport.address to the right cluster',
  ],
  [
    'a port that refuses',
    async () => ({ probe: { address: `127.0.0.1:${await freePort()}` } }),
    'way',
    'is the service running, and is the port right?',
  ],
  [
    'a name that DNS does not know',
    async () => ({ probe: { address: 'nowhere.invalid:443' } }),
    'way',
    "the cluster's proxy (port 443 or 3080)",
  ],
  [
    'an HTTP proxy that asks for credentials',
    async () => ({
      probe: {
        address: sandbox.frontDoors?.names.proxy ?? '',
        env: { HTTPS_PROXY: sandbox.frontDoors?.guardedHttpProxyUrl },
      },
    }),
    'way',
    'http://user:password@host:port',
  ],
])('%s is told with what to do', async (_name, change, where, mend) => {
  const findings = await check(await change());
  const found = Object.values(findings).find(({ check: name }) => name === where);
  expect(found).toMatchObject({ result: 'failed', seen: expect.stringContaining('; expected ') as unknown });
  expect(found?.mend).toContain(mend);
  expect(findings.list).toMatchObject({ result: 'unknown' });
});

test('a clock that is off is a warning, and from 5 minutes on a failure', async () => {
  const off = (seconds: number) => ({ askDate: async () => new Date(Date.now() + seconds * 1000) });
  expect((await check(off(90))).clock_app).toMatchObject({ result: 'warning', seen: '90 s apart' });
  expect((await check(off(-400))).clock_app).toMatchObject({ result: 'failed' });
  expect((await check({ askDate: async () => undefined })).clock_app).toMatchObject({ result: 'unknown' });
});

test('a decision mode that the cluster makes impossible', async () => {
  sandbox.cluster.hasReviews = false;
  expect((await check({ decisions: { mode: 'review-as-bot' } })).mode).toMatchObject({
    result: 'failed',
    seen: expect.stringContaining('no access reviews') as unknown,
  });
  sandbox.cluster.requiresAdminMfa = true;
  sandbox.cluster.users['person'] = { roles: ['jira-relay-set-state'] };
  const identityFile = await sandbox.control.issueIdentity('person', 3_600_000);
  expect(await check({ probe: { identityFile } })).toMatchObject({
    set_state: { result: 'failed', mend: expect.stringContaining('tbot') as unknown },
    mode: { result: 'failed' },
  });
  expect((await check()).mode).toMatchObject({ result: 'ok' });
});

test('a relay that starts tries nothing that changes a request', async () => {
  const before = sandbox.control.calls['SetAccessRequestState'];
  const findings = await check({ triesChanges: false });
  expect(findings.set_state).toBeUndefined();
  expect(findings.list).toMatchObject({ result: 'ok' });
  expect(sandbox.control.calls['SetAccessRequestState']).toBe(before);
});

test.each([
  [{ ok: false, kind: 'refused', code: 'not_confirmed', text: 'not yet' } as const, 'warning'],
  [{ ok: false, kind: 'refused', code: 'wrong_cluster', text: 'of another' } as const, 'failed'],
  [{ ok: false, kind: 'refused', code: 'unknown_version', text: 'too old' } as const, 'failed'],
  [{ ok: false, kind: 'unreachable', text: 'no answer' } as const, 'failed'],
  [{ ok: false, kind: 'uninstalled', text: 'gone' } as const, 'failed'],
])('the app answers %p: %s', async (answer, result) => {
  const { app } = await check({ open: async () => answer });
  expect(app).toMatchObject({ result, seen: expect.stringContaining(answer.text) as unknown });
  expect(app?.mend).not.toBe('');
});

test('as JSON, with the YAML that is missing', async () => {
  const identityFile = sandbox.identities['bot-jira-relay-observe'] ?? '';
  const findings = Object.values(await check({ probe: { identityFile } }));
  expect(JSON.parse(toJson(findings, '1.2.3'))).toMatchObject({
    version: '1.2.3',
    result: 'failed',
    checks: expect.arrayContaining([
      expect.objectContaining({
        check: 'set_state',
        result: 'failed',
        addToRole: 'rules:\n  - resources: [access_request]\n    verbs: [update]',
      }),
    ]) as unknown,
  });
});

test('an identity that may not be read is told apart from one that is not there', async () => {
  const file = join(folder, 'closed');
  await writeFile(file, 'x'.repeat(1_000_001));
  await chmod(file, 0o000);
  expect((await check({ probe: { identityFile: file } })).identity?.mend).toContain('the right to read');
});
