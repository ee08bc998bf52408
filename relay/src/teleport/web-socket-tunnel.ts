import { Duplex } from 'node:stream';
import { encodeFrame, FrameReader, OPCODE } from './web-socket-frames';
import { failure } from './problems';

type Done = (error?: Error | null) => void;

/** Longest payload of one frame; longer writes become several. */
const MAX_FRAME_BYTES = 65_536;
/** How long the other side may take to close after it was asked to, in milliseconds. */
const CLOSE_WITHIN_MS = 2000;

/**
 * A byte stream inside a WebSocket, as Teleport's proxies offer it behind balancers that end TLS: what is written goes out as
 * binary frames, what comes in binary frames can be read, pings are answered. Neither side is read faster than it is used.
 */
export class WebSocketTunnel extends Duplex {
  private readonly reader = new FrameReader();
  private hasEnded = false;

  constructor(private readonly carrier: Duplex) {
    super();
    carrier
      .on('data', (bytes: Buffer) => this.receive(bytes))
      .once('end', () => this.finishReading())
      .once('close', () => this.destroy())
      .on('error', (error) => this.destroy(error));
    carrier.pause();
  }

  override _read(): void {
    this.carrier.resume();
  }

  override _write(chunk: Buffer, _encoding: BufferEncoding, done: Done): void {
    let isFull = false;
    for (let at = 0; at < chunk.length; at += MAX_FRAME_BYTES) {
      const frame = encodeFrame(OPCODE.binary, chunk.subarray(at, at + MAX_FRAME_BYTES));
      isFull = !this.carrier.write(frame);
    }
    if (isFull) this.carrier.once('drain', done);
    else done();
  }

  override _final(done: Done): void {
    if (this.carrier.writable) this.carrier.write(encodeFrame(OPCODE.close, normalClosure()));
    setTimeout(() => this.carrier.destroy(), CLOSE_WITHIN_MS).unref();
    done();
  }

  override _destroy(error: Error | null, done: Done): void {
    this.carrier.destroy();
    done(error);
  }

  private receive(bytes: Buffer): void {
    try {
      for (const frame of this.reader.read(bytes)) {
        switch (frame.kind) {
          case 'data':
            if (!this.hasEnded && !this.push(frame.bytes)) this.carrier.pause();
            break;
          case 'ping':
            this.carrier.write(encodeFrame(OPCODE.pong, frame.bytes));
            break;
          case 'close':
            this.carrier.end(encodeFrame(OPCODE.close, frame.bytes.subarray(0, 2)));
            this.finishReading();
            break;
          case 'pong':
            break;
        }
      }
    } catch (error) {
      this.destroy(failure('upgrade_broken', undefined, error));
    }
  }

  private finishReading(): void {
    if (this.hasEnded) return;
    this.hasEnded = true;
    this.push(null);
  }
}

/** Status 1000 (RFC 6455, closing). */
function normalClosure(): Buffer {
  const code = Buffer.alloc(2);
  code.writeUInt16BE(1000);
  return code;
}
