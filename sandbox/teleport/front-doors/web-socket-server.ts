import { createHash } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import { Duplex } from 'node:stream';

/** How the upgrade endpoint behaves. */
export interface UpgradeOptions {
  /** Whether masks are taken off: some servers of the field do not (RFC 6455 demands it). On by default. */
  unmasks?: boolean;
  /** Distance of pings in milliseconds; Teleport's own are further apart. */
  pingEveryMs?: number;
  /** Sends pings, data and closing in the ways that the protocol allows and few servers use: tiny and cut-up frames. */
  cutsUp?: boolean;
}

const ACCEPT_SUFFIX = '258EAFA5-E914-47DA-95CA-C5AB0DC85B11';
const PROTOCOLS = ['alpn-ping', 'alpn'];
const PING_EVERY_MS = 20_000;
const BINARY = 2;
const CLOSE = 8;
const PING = 9;
const PONG = 10;

type Done = (error?: Error | null) => void;

/** What was counted at an upgraded connection. */
export interface UpgradeCounts {
  pings: number;
  pongs: number;
}

/**
 * Answers a request for an upgrade as Teleport's proxies do.
 * @returns the byte stream inside, or `undefined` when the request was refused.
 */
export function acceptUpgrade(
  request: IncomingMessage,
  socket: Duplex,
  head: Buffer,
  options: UpgradeOptions,
  counts: UpgradeCounts,
): Duplex | undefined {
  const { headers } = request;
  const key = headers['sec-websocket-key'];
  const protocol = PROTOCOLS.find((name) => headers['sec-websocket-protocol'] === name);
  if (
    headers.upgrade?.toLowerCase() !== 'websocket' ||
    headers['sec-websocket-version'] !== '13' ||
    key === undefined ||
    Buffer.from(key, 'base64').length !== 16 ||
    protocol === undefined
  ) {
    socket.end('HTTP/1.1 400 Bad Request\r\ncontent-length: 0\r\nconnection: close\r\n\r\n');
    return undefined;
  }
  const accept = createHash('sha1')
    .update(key + ACCEPT_SUFFIX)
    .digest('base64');
  socket.write(
    [
      'HTTP/1.1 101 Switching Protocols',
      'Upgrade: websocket',
      'Connection: Upgrade',
      `Sec-WebSocket-Accept: ${accept}`,
      `Sec-WebSocket-Protocol: ${protocol}`,
      '\r\n',
    ].join('\r\n'),
  );
  if (head.length > 0) socket.unshift(head);
  return new UpgradedConnection(socket, options, counts, protocol === 'alpn-ping');
}

/** The server's side of a byte stream in a WebSocket. */
class UpgradedConnection extends Duplex {
  private pending: Buffer = Buffer.alloc(0);
  private readonly timer: NodeJS.Timeout | undefined;

  constructor(
    private readonly carrier: Duplex,
    private readonly options: UpgradeOptions,
    private readonly counts: UpgradeCounts,
    sendsPings: boolean,
  ) {
    super();
    carrier
      .on('data', (bytes: Buffer) => this.receive(bytes))
      .on('error', () => this.destroy())
      .once('end', () => this.push(null))
      .once('close', () => this.destroy());
    if (!sendsPings) return;
    const everyMs = options.pingEveryMs ?? PING_EVERY_MS;
    this.timer = setInterval(() => this.ping(), everyMs);
    this.timer.unref();
  }

  override _read(): void {
    this.carrier.resume();
  }

  override _write(chunk: Buffer, _encoding: BufferEncoding, done: Done): void {
    if (this.options.cutsUp !== true) {
      this.carrier.write(frame(BINARY, chunk), done);
      return;
    }
    const third = Math.ceil(chunk.length / 3);
    this.carrier.write(frame(BINARY, chunk.subarray(0, third), false));
    this.ping();
    this.carrier.write(frame(0, Buffer.alloc(0), false));
    // The head of this frame arrives in two pieces.
    const last = frame(0, chunk.subarray(third));
    this.carrier.write(last.subarray(0, 1));
    setImmediate(() => this.carrier.write(last.subarray(1), done));
  }

  override _final(done: Done): void {
    this.carrier.write(frame(CLOSE, Buffer.from([3, 232])));
    done();
  }

  override _destroy(error: Error | null, done: Done): void {
    clearInterval(this.timer);
    this.carrier.destroy();
    done(error);
  }

  private ping(): void {
    this.counts.pings += 1;
    this.carrier.write(frame(PING, Buffer.from('teleport')));
  }

  private receive(bytes: Buffer): void {
    this.pending = Buffer.concat([this.pending, bytes]);
    for (;;) {
      const [first, second] = this.pending;
      if (first === undefined || second === undefined) return;
      // A client must mask (RFC 6455).
      if ((second & 0x80) === 0) {
        this.destroy();
        return;
      }
      const short = second & 0x7f;
      const extended = short === 126 ? 2 : short === 127 ? 8 : 0;
      const at = 2 + extended + 4;
      if (this.pending.length < at) return;
      const length =
        extended === 0
          ? short
          : extended === 2
            ? this.pending.readUInt16BE(2)
            : Number(this.pending.readBigUInt64BE(2));
      if (this.pending.length < at + length) return;
      const mask = this.pending.subarray(at - 4, at);
      const payload = Buffer.from(this.pending.subarray(at, at + length));
      if (this.options.unmasks !== false) {
        for (let i = 0; i < payload.length; i += 1) payload[i] = (payload[i] ?? 0) ^ (mask[i % 4] ?? 0);
      }
      this.pending = this.pending.subarray(at + length);
      this.handle(first & 0x0f, payload);
    }
  }

  private handle(opcode: number, payload: Buffer): void {
    if (opcode === BINARY) {
      if (!this.push(payload)) this.carrier.pause();
    } else if (opcode === PONG) {
      if (payload.toString() === 'teleport') this.counts.pongs += 1;
    } else if (opcode === CLOSE) {
      this.carrier.end(frame(CLOSE, payload));
      this.push(null);
    } else this.destroy();
  }
}

function frame(opcode: number, payload: Buffer, isLast = true): Buffer {
  const { length } = payload;
  const extended = length < 126 ? 0 : length <= 0xffff ? 2 : 8;
  const head = Buffer.alloc(2 + extended);
  head[0] = (isLast ? 0x80 : 0) | opcode;
  head[1] = extended === 0 ? length : extended === 2 ? 126 : 127;
  if (extended === 2) head.writeUInt16BE(length, 2);
  if (extended === 8) head.writeBigUInt64BE(BigInt(length), 2);
  return Buffer.concat([head, payload]);
}
