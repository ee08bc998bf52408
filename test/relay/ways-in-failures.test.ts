import { mkdtempSync } from 'node:fs';
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { createServer as createTlsServer } from 'node:tls';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { requestOver } from '../../relay/src/http/over-socket';
import type { ProblemCode } from '../../relay/src/teleport/problems';
import { probeIdentity, probeWay, type ProbeOptions } from '../../relay/src/teleport/probes';
import { startTeleport, type TeleportSandbox } from '../../sandbox/teleport';
import type { FrontDoors } from '../../sandbox/teleport/front-doors';
import { ClusterPki, WebPki } from '../../sandbox/teleport/pki';
import { Clients, failureOf, soon } from '../support/relay/real-teleport';

/** Each thing that can be wrong between the relay and Teleport has its own words, in a probe as in a call. */

const folder = mkdtempSync(join(tmpdir(), 'relay-failures-'));
let sandbox: TeleportSandbox;
let doors: FrontDoors;
/** A cluster of another name, and one of the same name that was set up anew. */
let other: ClusterPki;
let rebuilt: ClusterPki;
let parts: { key: string; certificate: string; authority: string };
let foreignKey: string;
const servers: Server[] = [];
const sockets = new Set<Socket>();
const clients = new Clients(() => sandbox);

beforeAll(async () => {
  sandbox = await startTeleport({ dataDir: folder, frontDoors: true });
  if (sandbox.frontDoors === undefined) throw new Error('no front doors');
  doors = sandbox.frontDoors;
  other = await ClusterPki.create('other.example.com');
  rebuilt = await ClusterPki.create(sandbox.clusterName);
  const pair = await other.issueIdentity('bot-jira-relay', []);
  parts = { key: pair.privateKey, certificate: pair.certificate, authority: other.hostCaPem };
  foreignKey = (await other.issueIdentity('bot-jira-relay', [])).privateKey;
});
afterEach(() => {
  clients.close();
  doors.switches.upgrade = {};
  doors.switches.tlsRouting = true;
});
afterAll(async () => {
  sockets.forEach((socket) => socket.destroy());
  servers.forEach((server) => server.close());
  await sandbox.stop();
  await rm(folder, { recursive: true });
});

let count = 0;
async function file(text: string): Promise<string> {
  count += 1;
  const path = join(folder, `identity-${count}`);
  await writeFile(path, text, { mode: 0o600 });
  return path;
}

async function listening(server: Server): Promise<string> {
  servers.push(server);
  server.on('connection', (socket) => {
    sockets.add(socket);
    socket.on('error', () => undefined).once('close', () => sockets.delete(socket));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return `localhost:${(server.address() as AddressInfo).port}`;
}

type Setting = Partial<Omit<ProbeOptions, 'now'>>;

/** The problem by a probe, checked to be the one that a call tells of as well. */
async function problemOf(setting: Setting): Promise<{ code: ProblemCode; text: string }> {
  const options = {
    address: sandbox.authAddress,
    identityFile: sandbox.identities['bot-jira-relay'] ?? '',
    webCaFile: doors.webCaFile,
    env: {},
    requestOver,
    ...setting,
  };
  const probe = await probeWay({ ...options, now: Date.now() }, soon());
  if (probe.ok) throw new Error(`reached by ${probe.way.way}`);
  const { address, ...rest } = options;
  const { code, message } = await failureOf(clients.connect(address, rest).ping(soon()));
  expect(code).toBe('unavailable');
  expect(message).toContain(probe.problem.text);
  expect(message).toContain(`; expected ${probe.problem.expected}; ${probe.problem.mend}`);
  return probe.problem;
}

describe('the identity', () => {
  test.each<[ProblemCode, () => string]>([
    ['identity_empty', () => 'nothing of the sort\n'],
    ['identity_cut_off', () => parts.key + parts.certificate.slice(0, 200)],
    ['identity_no_key', () => parts.certificate + parts.authority],
    ['identity_no_certificate', () => parts.key],
    ['identity_no_authority', () => parts.key + parts.certificate],
    ['identity_mixed_up', () => parts.key + parts.authority + parts.certificate],
    ['identity_key_mismatch', () => foreignKey + parts.certificate + parts.authority],
  ])('%s', async (code, text) => {
    expect(await problemOf({ identityFile: await file(text()) })).toMatchObject({ code });
  });

  test('is missing, incomplete, or of a size that no identity has', async () => {
    expect(await problemOf({ identityFile: join(folder, 'none') })).toMatchObject({
      code: 'identity_missing',
    });
    await mkdir(join(folder, 'empty'));
    expect(await problemOf({ identityFile: join(folder, 'empty') })).toMatchObject({
      code: 'identity_incomplete',
    });
    const huge = await file('x'.repeat(1_000_001));
    expect(await problemOf({ identityFile: huge })).toMatchObject({ code: 'identity_unreadable' });
  });

  test('has expired, or holds only later', async () => {
    const expired = await file(await other.identityFile('bot-jira-relay', [], -1000));
    expect(await problemOf({ identityFile: expired })).toMatchObject({ code: 'identity_expired' });
    const good = { identityFile: sandbox.identities['bot-jira-relay'] ?? '' };
    const early = probeIdentity({ ...good, now: Date.now() - 3_600_000 });
    expect(early.ok && early.problem?.code).toBe('identity_not_yet_valid');
    const now = probeIdentity({ ...good, now: Date.now() });
    expect(now).toMatchObject({
      ok: true,
      user: 'bot-jira-relay',
      clusterName: sandbox.clusterName,
      caFingerprints: [sandbox.caFingerprint],
      problem: undefined,
    });
  });

  test.each([
    ['directly', () => sandbox.authAddress],
    ['over the proxy', () => doors.proxyAddress],
    ['behind a balancer', () => doors.balancerAddress],
  ])('is of another cluster: %s', async (_name, address) => {
    const identityFile = await file(await other.identityFile('bot-jira-relay', []));
    const problem = await problemOf({ address: address(), identityFile });
    expect(problem.code).toBe('other_cluster');
    expect(problem.text).toContain(
      `here is "${sandbox.clusterName}", the identity is of "other.example.com"`,
    );
  });

  test('is of a cluster of the same name that was set up anew', async () => {
    const identityFile = await file(await rebuilt.identityFile('bot-jira-relay', []));
    for (const address of [sandbox.authAddress, doors.proxyAddress, doors.balancerAddress]) {
      expect(await problemOf({ address, identityFile })).toMatchObject({ code: 'other_ca' });
    }
  });

  test('is not one that Auth accepts: it hangs up after the handshake', async () => {
    // Signed by a user CA that this cluster does not know, while the host CAs are right.
    const pair = await rebuilt.issueIdentity('bot-jira-relay', []);
    const own = (await sandbox.control.issueIdentity('bot-jira-relay', 60_000)) + '.pem';
    const authority = await hostCaOf(sandbox);
    await writeFile(own, pair.privateKey + pair.certificate + authority);
    const { message } = await failureOf(
      clients.connect(sandbox.authAddress, { identityFile: own }).ping(soon()),
    );
    expect(message).toContain(
      'hung up right after the TLS handshake, as it does when it refuses a certificate',
    );
  });
});

/** The host CA as an identity file of the cluster holds it. */
async function hostCaOf(cluster: TeleportSandbox): Promise<string> {
  const directory = await cluster.control.issueIdentityDirectory('bot-jira-relay');
  return readFile(join(directory, 'teleport-host-ca.crt'), 'utf8');
}

describe('the address', () => {
  test('has a name that nobody knows', async () => {
    expect(await problemOf({ address: 'teleport.invalid:443' })).toMatchObject({ code: 'dns_failed' });
  });

  test('has a port where nothing listens', async () => {
    const server = createServer();
    const address = await listening(server);
    await new Promise((resolve) => server.close(resolve));
    expect(await problemOf({ address })).toMatchObject({ code: 'refused' });
  });

  test('is of a server without TLS', async () => {
    const address = await listening(createServer((socket) => socket.end('HTTP/1.1 400 Bad Request\r\n\r\n')));
    expect(await problemOf({ address })).toMatchObject({ code: 'not_tls' });
  });

  test('is of something that hangs up on Teleport’s TLS name', async () => {
    const address = await listening(createServer((socket) => socket.once('data', () => socket.destroy())));
    expect(await problemOf({ address })).toMatchObject({ code: 'hung_up' });
  });

  test('is of a web server: its certificate was seen instead of Auth’s', async () => {
    const pki = await WebPki.create('a public CA');
    const pair = await pki.issue(['localhost']);
    const webCaFile = await file(pki.caPem);
    const options = { cert: pair.certificate, key: pair.privateKey, ALPNProtocols: ['http/1.1'] };
    const address = await listening(
      createTlsServer(options, (socket) =>
        socket
          .on('error', () => undefined)
          .once('data', () => socket.end('HTTP/1.1 404 Not Found\r\ncontent-length: 0\r\n\r\n')),
      ).on('tlsClientError', () => undefined),
    );
    const problem = await problemOf({ address, webCaFile });
    expect(problem.code).toBe('wrong_host');
    expect(problem.text).toContain('issued by "a public CA" for "localhost"');
  });

  test('is of another service of the cluster', async () => {
    const pair = await sandbox.control.issueServer(['node.example.com']);
    const options = { cert: pair.certificate, key: pair.privateKey, ALPNProtocols: ['h2'] };
    const address = await listening(
      createTlsServer(options, (socket) => socket.on('error', () => undefined)).on(
        'tlsClientError',
        () => undefined,
      ),
    );
    expect(await problemOf({ address })).toMatchObject({ code: 'wrong_name' });
  });
});

describe('what lies between', () => {
  test('a proxy whose cluster does without TLS routing and does not know the route', async () => {
    doors.switches.tlsRouting = false;
    doors.switches.routesAuth = false;
    const problem = await problemOf({ address: doors.proxyAddress });
    doors.switches.routesAuth = true;
    expect(problem.code).toBe('routing_off');
  });

  test('a balancer that ends TLS in front of a proxy without connection upgrade', async () => {
    doors.switches.upgrade = 'none';
    const problem = await problemOf({ address: doors.balancerAddress });
    expect(problem.code).toBe('upgrade_missing');
    expect(problem.text).toContain('a balancer ends TLS at this address');
  });

  test('something that inspects TLS', async () => {
    const problem = await problemOf({ address: doors.inspectorAddress });
    expect(problem.code).toBe('tls_inspected');
    expect(problem.text).toContain('issued by "Inspection CA"');
  });

  test('a private web certificate whose CA was not named', async () => {
    expect(await problemOf({ address: doors.balancerAddress, webCaFile: undefined })).toMatchObject({
      code: 'tls_inspected',
    });
  });

  test('an HTTP proxy that asks for credentials', async () => {
    const env = { HTTPS_PROXY: doors.guardedHttpProxyUrl };
    expect(await problemOf({ address: doors.names.auth, env })).toMatchObject({
      code: 'proxy_auth_required',
    });
  });

  test('an HTTP proxy that was set wrongly', async () => {
    const secret = 'socks5://user:hunter2@egress:1080';
    const options = {
      address: doors.names.auth,
      identityFile: '',
      env: { HTTPS_PROXY: secret },
      requestOver,
      now: 0,
    };
    const probe = await probeWay(options, soon());
    expect(probe).toMatchObject({ ok: false, problem: { code: 'proxy_setting' } });
    expect(JSON.stringify(probe)).not.toContain('hunter2');
  });
});

test('a probe of what works tells way, certificate and what the proxy says, and makes no call', async () => {
  const before = { ...sandbox.control.calls };
  const options = {
    identityFile: sandbox.identities['bot-jira-relay'] ?? '',
    env: {},
    requestOver,
    now: Date.now(),
  };
  const webCaFile = doors.webCaFile;
  const direct = await probeWay({ ...options, address: sandbox.authAddress }, soon());
  expect(direct).toMatchObject({ ok: true, way: { way: 'direct' }, web: undefined });
  const proxied = await probeWay({ ...options, address: doors.balancerAddress, webCaFile }, soon());
  if (!proxied.ok) throw new Error(proxied.problem.text);
  expect(proxied.way.way).toBe('proxy-upgrade');
  expect(proxied.web).toMatchObject({
    clusterName: sandbox.clusterName,
    serverVersion: '18.3.0',
    tlsRouting: true,
  });
  expect(Math.abs((proxied.web?.date?.getTime() ?? 0) - Date.now())).toBeLessThan(5000);
  expect(proxied.certificate.validTo.getTime()).toBeGreaterThan(Date.now());
  expect(sandbox.control.calls).toEqual(before);
});
