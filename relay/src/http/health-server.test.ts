import { connect } from 'node:net';
import type { RelayStatus } from '../ports';
import { startHealthServer, type HealthServer, type HealthServerOptions } from './health-server';

const STATUS: RelayStatus = {
  state: 'in_step',
  ready: true,
  problems: [],
  version: '0.1.0',
  startedAt: '2026-11-24T14:00:00Z',
  teleport: {
    connected: true,
    cluster: 'root.example.com',
    version: '18.3.0',
    identityUser: 'bot-jira',
    identityExpiresAt: undefined,
    lastEventAt: undefined,
    lastListAt: undefined,
    streamRestarts: 0,
    way: { way: 'direct', reason: 'the Auth Service answers at its own port' },
  },
  jiraApp: { connection: 'confirmed', lastContactAt: undefined },
  decisions: { mode: 'observe', ceiling: [] },
  waiting: 0,
  failed: [],
  remembered: 0,
  olderRequests: 0,
};

let server: HealthServer;
let now: { status: RelayStatus; isAlive: boolean; metrics: () => Promise<string> };
beforeEach(async () => {
  now = { status: STATUS, isAlive: true, metrics: async () => 'up 1\n' };
  server = await start('127.0.0.1:0');
});
afterEach(() => server.close());

function start(address: string, change: Partial<HealthServerOptions> = {}): Promise<HealthServer> {
  return startHealthServer({
    address,
    status: () => now.status,
    metricsText: () => now.metrics(),
    isAlive: () => now.isAlive,
    ...change,
  });
}

const get = (path: string, init?: RequestInit) => fetch(`http://${server.address}${path}`, init);

test('/healthz tells whether the process works, whatever is ready', async () => {
  now.status = { ...STATUS, ready: false };
  const ok = await get('/healthz');
  expect([ok.status, await ok.text()]).toEqual([200, 'ok\n']);
  now.isAlive = false;
  expect((await get('/healthz')).status).toBe(503);
});

test('/readyz tells why not', async () => {
  expect((await get('/readyz?verbose')).status).toBe(200);
  now.status = { ...STATUS, ready: false, state: 'degraded', problems: ['Teleport cannot be reached'] };
  const answer = await get('/readyz');
  expect([answer.status, await answer.text()]).toEqual([
    503,
    'not ready\ndegraded\nTeleport cannot be reached\n',
  ]);
});

test('/status is JSON that people can read', async () => {
  const answer = await get('/status');
  const text = await answer.text();
  expect(answer.headers.get('content-type')).toContain('application/json');
  expect(JSON.parse(text)).toMatchObject({ state: 'in_step', teleport: { cluster: 'root.example.com' } });
  expect(text).toContain('\n  "teleport": {\n');
});

test("/metrics is Prometheus' text; a failure shows nothing of itself", async () => {
  const answer = await get('/metrics');
  expect(answer.headers.get('content-type')).toContain('version=0.0.4');
  expect(await answer.text()).toBe('up 1\n');
  now.metrics = () => Promise.reject(new Error('hidden text'));
  const failed = await get('/metrics');
  expect([failed.status, await failed.text()]).toEqual([500, 'failed\n']);
});

test('a status that throws is a failed page and no failed process', async () => {
  const broken = await start('127.0.0.1:0', {
    status: () => {
      throw new Error('hidden text');
    },
  });
  const answer = await fetch(`http://${broken.address}/status`);
  expect([answer.status, await answer.text()]).toEqual([500, 'failed\n']);
  expect((await fetch(`http://${broken.address}/healthz`)).status).toBe(200);
  await broken.close();
});

test('HEAD gives the head only, other methods and paths are refused', async () => {
  const head = await get('/healthz', { method: 'HEAD' });
  expect([head.status, await head.text(), head.headers.get('content-length')]).toEqual([200, '', '3']);
  const post = await get('/healthz', { method: 'POST', body: 'x' });
  expect([post.status, post.headers.get('allow')]).toEqual([405, 'GET, HEAD']);
  expect((await get('/')).status).toBe(404);
  expect((await get('/healthz/')).status).toBe(404);
});

test('a client that never ends its headers is cut off', async () => {
  const strict = await start('127.0.0.1:0', { headersWithinMs: 200 });
  const [host = '', port = ''] = strict.address.split(':');
  const socket = connect(Number(port), host);
  socket.on('error', () => undefined);
  const began = Date.now();
  const answer = await new Promise<string>((resolve) => {
    let text = '';
    socket.on('data', (bytes: Buffer) => (text += bytes.toString()));
    socket.on('close', () => resolve(text));
    socket.write('GET /healthz HTTP/1.1\r\nHost: x\r\n');
  });
  expect(answer).toContain('408');
  expect(Date.now() - began).toBeLessThan(4000);
  await strict.close();
});

test('a huge header is refused', async () => {
  expect((await get('/healthz', { headers: { 'x-large': 'x'.repeat(9000) } })).status).toBe(431);
});

test('a taken port is told, and closing frees it although a connection is open', async () => {
  await expect(start(server.address)).rejects.toMatchObject({ code: 'EADDRINUSE' });
  const [host = '', port = ''] = server.address.split(':');
  const socket = connect(Number(port), host);
  socket.on('error', () => undefined);
  await new Promise((resolve) => socket.once('connect', resolve));
  await server.close();
  server = await start(server.address);
  expect((await get('/healthz')).status).toBe(200);
});

test('listens on IPv6', async () => {
  const six = await start('[::1]:0');
  expect(six.address).toMatch(/^\[::1\]:\d+$/);
  expect((await fetch(`http://${six.address}/healthz`)).status).toBe(200);
  await six.close();
});
