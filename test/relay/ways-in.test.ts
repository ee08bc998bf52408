import { mkdtempSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Teleport, WatchEvent } from '../../relay/src/ports';
import { startTeleport, type TeleportSandbox } from '../../sandbox/teleport';
import type { FrontDoors } from '../../sandbox/teleport/front-doors';
import { Clients, eventually, failureOf, soon } from '../support/relay/real-teleport';

/** Every way from one address to the Auth Service, over real sockets. */

const folder = mkdtempSync(join(tmpdir(), 'relay-ways-'));
let sandbox: TeleportSandbox;
let doors: FrontDoors;
const clients = new Clients(() => sandbox);

beforeAll(async () => {
  sandbox = await startTeleport({ dataDir: folder, frontDoors: true });
  if (sandbox.frontDoors === undefined) throw new Error('no front doors');
  doors = sandbox.frontDoors;
});
afterEach(() => {
  clients.close();
  doors.switches.upgrade = {};
});
afterAll(async () => {
  await sandbox.stop();
  await rm(folder, { recursive: true });
});

/** A call, a stream with an event in it, and a long list: what the relay does over a connection. */
async function useFully(teleport: Teleport): Promise<void> {
  expect((await teleport.ping(soon())).name).toBe(sandbox.clusterName);
  const stop = new AbortController();
  const events = teleport.watch(stop.signal)[Symbol.asyncIterator]();
  const next = async (): Promise<WatchEvent | undefined> => {
    const result = await events.next();
    return result.done === true ? undefined : result.value;
  };
  expect(await next()).toEqual({ type: 'init' });
  const reason = 'x'.repeat(4096);
  const id = await (await sandbox.connectAs('alice')).request({ roles: ['editor'], reason });
  expect(await next()).toMatchObject({ type: 'put', request: { id, reason } });
  stop.abort();
  const ids: string[] = [];
  for await (const request of teleport.list(soon())) ids.push(request.id);
  expect(ids).toContain(id);
}

describe('one address, each way', () => {
  test('the Auth Service itself', async () => {
    const teleport = clients.connect(sandbox.authAddress);
    expect(teleport.describeWay()).toBeUndefined();
    await useFully(teleport);
    const way = { way: 'direct', reason: 'an Auth Service answers at this address' };
    expect(teleport.describeWay()).toEqual(way);
    expect(clients.log.lines).toContainEqual({
      level: 'info',
      message: 'found the way to the Auth Service',
      facts: { ...way, via: undefined },
    });
  });

  test('a proxy, by its ALPN route', async () => {
    const before = doors.seen.hellos.length;
    const teleport = clients.connect(doors.proxyAddress);
    await useFully(teleport);
    expect(teleport.describeWay()).toMatchObject({ way: 'proxy' });
    const route = `teleport-auth@${Buffer.from(sandbox.clusterName).toString('hex')}.teleport.cluster.local`;
    expect(doors.seen.hellos.slice(before).at(-1)).toEqual({
      serverName: 'teleport.cluster.local',
      protocols: [route, 'h2'],
    });
  });

  test.each([
    ['that picks no protocol', () => doors.balancerAddress],
    ['that refuses unknown protocols', () => doors.strictBalancerAddress],
  ])('a balancer %s: inside an upgraded connection', async (_name, address) => {
    const teleport = clients.connect(address());
    await useFully(teleport);
    expect(teleport.describeWay()).toEqual({
      way: 'proxy-upgrade',
      reason: "a balancer in front of the proxy ends TLS: Teleport's ALPN is lost there",
    });
  });

  test('the upgraded connection stands frames in pieces, pings, and a server that takes no masks off', async () => {
    doors.switches.upgrade = { unmasks: false, pingEveryMs: 20, cutsUp: true };
    const teleport = clients.connect(doors.balancerAddress);
    await useFully(teleport);
    const { upgrades } = doors.seen;
    await eventually(() => expect(upgrades.pongs).toBeGreaterThan(3));
  });

  test('the environment can ask for the upgrade, or forbid it', async () => {
    const name = 'TELEPORT_TLS_ROUTING_CONN_UPGRADE';
    const asked = clients.connect(doors.proxyAddress, { env: { [name]: 'yes' } });
    await useFully(asked);
    expect(asked.describeWay()).toEqual({ way: 'proxy-upgrade', reason: `${name} asks for it` });
    const forbidden = clients.connect(doors.balancerAddress, {
      env: { [name]: `other.example.com=yes,${doors.balancerAddress}=no` },
    });
    expect((await failureOf(forbidden.ping(soon()))).message).toContain('a web certificate was seen');
  });
});

describe('through an HTTP proxy', () => {
  test.each([
    ['the Auth Service', 'auth', 'direct'],
    ['a proxy', 'proxy', 'proxy'],
    ['a balancer', 'balancer', 'proxy-upgrade'],
  ] as const)('%s, by a name that only the HTTP proxy resolves', async (_name, to, way) => {
    const address = doors.names[to];
    const teleport = clients.connect(address, { env: { HTTPS_PROXY: doors.httpProxyUrl } });
    await useFully(teleport);
    expect(teleport.describeWay()).toMatchObject({ way, via: 'http-proxy' });
    expect(doors.seen.tunnels).toContainEqual({ target: address, status: 200 });
  });

  test('with credentials of the URL, which nothing repeats', async () => {
    const url = new URL(doors.guardedHttpProxyUrl);
    const [user = '', password = ''] = doors.httpProxyCredentials.split(':');
    url.username = user;
    url.password = password;
    const teleport = clients.connect(doors.names.proxy, { env: { https_proxy: url.href } });
    await useFully(teleport);
    expect(JSON.stringify([clients.log.lines, teleport.describeWay()])).not.toContain(password);
  });

  test('asking for credentials that are not there is told apart', async () => {
    const teleport = clients.connect(doors.names.proxy, { env: { HTTPS_PROXY: doors.guardedHttpProxyUrl } });
    const { message, code } = await failureOf(teleport.ping(soon()));
    expect(code).toBe('unavailable');
    expect(message).toContain('the HTTP proxy asks for credentials (407)');
    expect(message).toContain('http://user:password@host:port');
  });

  test('that does not know the target', async () => {
    const teleport = clients.connect('other.teleport.test:443', { env: { HTTPS_PROXY: doors.httpProxyUrl } });
    expect((await failureOf(teleport.ping(soon()))).message).toContain(
      'the HTTP proxy does not open a tunnel (HTTP 502)',
    );
  });

  test('that is not there', async () => {
    const teleport = clients.connect(doors.names.proxy, { env: { HTTPS_PROXY: 'http://127.0.0.1:1' } });
    const { message } = await failureOf(teleport.ping(soon()));
    expect(message).toContain('the HTTP proxy of HTTPS_PROXY cannot be reached');
    expect(message).toContain('nothing listens');
  });

  test('is left out for what NO_PROXY names', async () => {
    const env = { HTTPS_PROXY: doors.httpProxyUrl, NO_PROXY: '.teleport.test' };
    const { message } = await failureOf(clients.connect(doors.names.proxy, { env }).ping(soon()));
    expect(message).toContain('its host name cannot be resolved');
  });
});

test('a proxy that restarts is found again, and a new front is noticed', async () => {
  const teleport = clients.connect(doors.balancerAddress);
  await teleport.ping(soon());
  doors.cut();
  await eventually(() => teleport.ping(soon()));
  expect(teleport.describeWay()).toMatchObject({ way: 'proxy-upgrade' });
});
