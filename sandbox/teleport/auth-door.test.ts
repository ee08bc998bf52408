import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { connect as connectHttp2, type ClientHttp2Session } from 'node:http2';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connect } from 'node:tls';
import { isAuthName } from './auth-door';
import { startTeleport, type TeleportSandbox } from './index';

/* What a client of the Auth Service must keep to below gRPC: names and pings. */

let folder: string;
let teleport: TeleportSandbox;
let identity: { key: string; cert: string; ca: string[] };
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'auth-door-'));
  teleport = await startTeleport({ dataDir: folder, minPingMs: 200 });
  const text = await readFile(teleport.identities['alice'] ?? '', 'utf8');
  const blocks = text.match(/-----BEGIN [A-Z ]+-----[^-]+-----END [A-Z ]+-----/g) ?? [];
  const [key = '', cert = '', ...ca] = blocks;
  identity = { key, cert, ca };
});
afterAll(async () => {
  await teleport.stop();
  await rm(folder, { recursive: true });
});

const port = () => Number(teleport.authAddress.split(':')[1]);
const pause = (millis: number) => new Promise<void>((resolve) => setTimeout(resolve, millis));

/** How a handshake with a server name ends. */
function handshake(servername: string): Promise<string> {
  return new Promise((resolve) => {
    const socket = connect({
      ...{ ...identity, host: '127.0.0.1', port: port(), servername, ALPNProtocols: ['h2'] },
      checkServerIdentity: () => undefined,
    });
    socket.once('secureConnect', () => {
      resolve('open');
      socket.destroy();
    });
    socket.once('error', (error: Error) => resolve(error.message));
  });
}

describe('server names', () => {
  it.each(['', 'teleport.cluster.local', '74656c65706f72742e73616e64626f78.teleport.cluster.local'])(
    'opens to “%s”',
    async (name) => {
      expect(await handshake(name)).toBe('open');
    },
  );

  it.each(['localhost', 'auth.example.com', 'cluster.local', 'xyz.teleport.cluster.local'])(
    'is refused to “%s” by an alert',
    async (name) => {
      expect(await handshake(name)).toMatch(/alert internal error/i);
      expect(isAuthName(name)).toBe(false);
    },
  );
});

describe('pings', () => {
  interface Seen {
    session: ClientHttp2Session;
    goaway: string[];
    closed: boolean;
  }
  const open = async (): Promise<Seen> => {
    const session = connectHttp2(`https://127.0.0.1:${port()}`, {
      ...{ ...identity, servername: 'teleport.cluster.local' },
    });
    const seen: Seen = { session, goaway: [], closed: false };
    session.on('error', () => undefined);
    session.on('goaway', (code: number, _last: number, data: Buffer | undefined) => {
      seen.goaway.push(`${code} ${data?.toString() ?? ''}`);
    });
    session.on('close', () => {
      seen.closed = true;
    });
    await new Promise((resolve) => session.once('connect', resolve));
    return seen;
  };
  const ping = ({ session }: Seen) =>
    new Promise<void>((resolve) => {
      if (session.destroyed || !session.ping(() => resolve())) resolve();
    });

  it('that come too often end the connection with GOAWAY too_many_pings', async () => {
    const seen = await open();
    for (let count = 0; count < 4; count += 1) await ping(seen);
    await pause(100);
    expect(seen.goaway).toEqual(['11 too_many_pings']);
    expect(seen.closed).toBe(true);
  });

  it('that come seldom enough do not, nor do two that come too early', async () => {
    const seen = await open();
    for (let count = 0; count < 3; count += 1) await ping(seen);
    for (let count = 0; count < 3; count += 1) {
      await pause(220);
      await ping(seen);
    }
    expect(seen.goaway).toEqual([]);
    expect(seen.closed).toBe(false);
    seen.session.destroy();
  });
});
