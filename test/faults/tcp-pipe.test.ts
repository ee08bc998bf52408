import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { until } from '../support/world';
import { TcpPipe } from '../support/relay/tcp-pipe';

/* The network that breaks on purpose: each way of breaking is seen from both ends. */

let server: Server;
let pipe: TcpPipe;
/** Connections at the far end, and what came there. */
let far: { socket: Socket; text: string; ended: string | undefined }[];
const clients: Socket[] = [];

beforeEach(async () => {
  far = [];
  server = createServer((socket) => {
    const seen = { socket, text: '', ended: undefined as string | undefined };
    far.push(seen);
    socket.on('data', (chunk: Buffer) => (seen.text += chunk.toString()));
    socket.on('error', (error: NodeJS.ErrnoException) => (seen.ended = error.code));
    socket.on('close', () => (seen.ended ??= 'closed'));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  pipe = await TcpPipe.open((server.address() as AddressInfo).port);
});
afterEach(async () => {
  for (const client of clients.splice(0)) client.destroy();
  await pipe.close();
  for (const { socket } of far) socket.destroy();
  await new Promise((resolve) => server.close(resolve));
});

interface Near {
  socket: Socket;
  text: string;
  ended: string | undefined;
}

function dial(): Near {
  const socket = connect(pipe.portNumber, '127.0.0.1');
  clients.push(socket);
  const near: Near = { socket, text: '', ended: undefined };
  socket.on('data', (chunk: Buffer) => (near.text += chunk.toString()));
  socket.on('error', (error: NodeJS.ErrnoException) => (near.ended = error.code));
  socket.on('close', () => (near.ended ??= 'closed'));
  return near;
}

/** A connection that has carried something in both directions. */
async function connected(): Promise<Near> {
  const known = far.length;
  const near = dial();
  near.socket.write('there');
  const there = await until('there', () => far.slice(known).find(({ text }) => text === 'there'));
  there.socket.write('back');
  await until('back', () => near.text === 'back');
  return near;
}

test('cut: both ends are told, and a new connection passes', async () => {
  const near = await connected();
  pipe.cut();
  await until('both ends', () => near.ended !== undefined && far[0]?.ended !== undefined);
  await connected();
});

test('frozen: nothing passes, then all of it does', async () => {
  const near = await connected();
  pipe.freeze();
  near.socket.write(' late');
  const fresh = dial();
  fresh.socket.write('new');
  await until('the new connection', () => pipe.accepted.length === 2);
  // What is written after it on another stretch arrives first, so what is held back is not merely slow.
  const other = await TcpPipe.open((server.address() as AddressInfo).port);
  const direct = connect(other.portNumber, '127.0.0.1');
  direct.write('direct');
  await until('what goes another way', () => far.some(({ text }) => text === 'direct'));
  expect(far.map(({ text }) => text)).not.toContain('there late');
  expect(far.map(({ text }) => text)).not.toContain('new');
  pipe.thaw();
  await until('all of it', () => far[0]?.text === 'there late' && far.some(({ text }) => text === 'new'));
  expect([near.ended, far[0]?.ended]).toEqual([undefined, undefined]);
  direct.destroy();
  await other.close();
});

test('slow: so many bytes a second', async () => {
  const near = await connected();
  pipe.slow(20_000);
  const since = performance.now();
  near.socket.write('x'.repeat(6000));
  await until('all bytes', () => far[0]?.text.length === 6005);
  expect(performance.now() - since).toBeGreaterThan(250);
});

test('half-open: the far end is gone, the near one hears nothing of it; a new connection passes', async () => {
  const near = await connected();
  pipe.abandon();
  await until('the far end', () => far[0]?.ended !== undefined);
  near.socket.write('hello?');
  await connected();
  expect([near.ended, near.text]).toEqual([undefined, 'back']);
});

test('dead: neither end hears anything, a new connection neither, until it is released', async () => {
  const near = await connected();
  pipe.hold();
  near.socket.write('hello?');
  const fresh = dial();
  fresh.socket.write('and I?');
  await until('the new connection', () => pipe.accepted.length === 2);
  pipe.release();
  await connected();
  expect(far.map(({ text }) => text).sort()).toEqual(['', 'there', 'there']);
  expect([near.ended, fresh.ended]).toEqual([undefined, undefined]);
});

test('torn: half of a message passes, then both ends are reset', async () => {
  const near = await connected();
  pipe.tear();
  near.socket.write('0123456789');
  await until('the reset', () => near.ended !== undefined && far[0]?.ended !== undefined);
  expect([near.ended, far[0]?.text]).toEqual(['ECONNRESET', 'there01234']);
  pipe.mend();
  await connected();
});

test('refused: nobody listens, and later somebody does on the same port', async () => {
  const near = await connected();
  const { address } = pipe;
  await pipe.refuse();
  await until('the end', () => near.ended !== undefined);
  const refused = dial();
  await until('the refusal', () => refused.ended !== undefined);
  expect(refused.ended).toBe('ECONNREFUSED');
  await pipe.accept();
  expect(pipe.address).toBe(address);
  await connected();
});
