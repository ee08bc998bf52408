import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { listenHttp } from './http';
import { RelayProcess, type ProcessEnd } from './relay-process';

/** Prints its arguments and its RELAY_ variables; ends at once, or by SIGTERM with code 0, as it is told. */
const PROGRAM = `
  const variables = Object.entries(process.env).filter(([name]) => name.startsWith('RELAY_'));
  process.on('SIGTERM', () => process.exit(0));
  console.log(JSON.stringify({ args: process.argv.slice(2), variables }));
  if (process.env.RELAY_END) process.exitCode = Number(process.env.RELAY_END);
  else setInterval(() => {}, 1000);
`;

let folder: string;
let bundleFile: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'relay-process-'));
  bundleFile = join(folder, 'relay.cjs');
  await writeFile(bundleFile, PROGRAM);
});

afterAll(() => rm(folder, { recursive: true, force: true }));

function relayOf(environment: Record<string, string>, healthUrl = 'http://127.0.0.1:9'): RelayProcess {
  return new RelayProcess({ bundleFile, configFile: '/relay.yaml', healthUrl, environment });
}

describe('RelayProcess', () => {
  it('starts the relay with its configuration and no variables but those it was given', async () => {
    process.env['RELAY_LOG_LEVEL'] = 'of this very process';
    const relay = relayOf({ RELAY_END: '0' });
    try {
      relay.start();
      await relay.end();
    } finally {
      delete process.env['RELAY_LOG_LEVEL'];
    }
    expect(JSON.parse(relay.output())).toEqual({
      args: ['start', '-c', '/relay.yaml'],
      variables: [['RELAY_END', '0']],
    });
  });

  it('tells of an end that nobody asked for, and of no other', async () => {
    const ends: ProcessEnd[] = [];
    const asked = relayOf({});
    asked.onUnexpectedEnd((end) => ends.push(end));
    asked.start();
    while (asked.output() === '') await new Promise((resolve) => setTimeout(resolve, 10));
    expect(asked.pid).toBeGreaterThan(0);
    expect(await asked.stop()).toEqual({ code: 0, signal: null });
    expect(asked.pid).toBeUndefined();
    expect(ends).toEqual([]);

    const unasked = relayOf({ RELAY_END: '3' });
    unasked.onUnexpectedEnd((end) => ends.push(end));
    unasked.start();
    await unasked.end();
    expect(ends).toEqual([{ code: 3, signal: null }]);
    expect(await unasked.stop()).toBeUndefined();
  });

  it('starts again after it was stopped, and keeps what both runs printed', async () => {
    const relay = relayOf({ RELAY_END: '0' });
    relay.start();
    await relay.end();
    relay.start();
    await relay.end();
    expect(relay.output().trim().split('\n')).toHaveLength(2);
  });

  it('is ready when its health server says so, and not when the process has ended', async () => {
    let isReady = false;
    const health = await listenHttp(async (request, response) => {
      response.writeHead(request.url === '/readyz' && isReady ? 200 : 503).end();
    });
    const relay = relayOf({}, health.url);
    try {
      relay.start();
      await expect(relay.untilReady(100)).rejects.toThrow('not ready');
      isReady = true;
      await relay.untilReady();
      await relay.stop('SIGKILL');
      await expect(relay.untilReady()).rejects.toThrow('ended before');
    } finally {
      await relay.stop();
      await health.close();
    }
  });
});
