/** Kinds of frames (RFC 6455, opcodes). */
export const OPCODE = { continuation: 0, text: 1, binary: 2, close: 8, ping: 9, pong: 10 } as const;

/** A piece of a message as it came, or a whole control frame. */
export type Frame = { kind: 'data'; bytes: Buffer } | { kind: 'close' | 'ping' | 'pong'; bytes: Buffer };

/** What comes is no WebSocket protocol, or not the part of it that a server may send. */
export class FrameError extends Error {
  override readonly name = 'FrameError';
}

const FIN = 0x80;
const MASKED = 0x80;
const MAX_CONTROL_BYTES = 125;
const MASK_BYTES = 4;

/**
 * A frame of a client with the mask of all zeros, which leaves the bytes as they are: some servers of Teleport's upgrade
 * endpoint read the stream without taking the mask off (Teleport, connection upgrade).
 */
export function encodeFrame(opcode: number, payload: Buffer): Buffer {
  const { length } = payload;
  const extended = length < 126 ? 0 : length <= 0xffff ? 2 : 8;
  const head = Buffer.alloc(2 + extended + MASK_BYTES);
  head[0] = FIN | opcode;
  if (extended === 0) head[1] = MASKED | length;
  else if (extended === 2) {
    head[1] = MASKED | 126;
    head.writeUInt16BE(length, 2);
  } else {
    head[1] = MASKED | 127;
    head.writeBigUInt64BE(BigInt(length), 2);
  }
  return Buffer.concat([head, payload]);
}

/**
 * Takes a server's byte stream apart. Data is given on as it comes, since here messages are nothing but pieces of one stream;
 * control frames, which may stand between its pieces, are given whole.
 */
export class FrameReader {
  private pending: Buffer = Buffer.alloc(0);
  /** The frame whose payload is being read. */
  private open: { opcode: number; left: number } | undefined;
  private isInMessage = false;

  /** @throws FrameError */
  *read(bytes: Buffer): Generator<Frame, void, undefined> {
    this.pending = this.pending.length === 0 ? bytes : Buffer.concat([this.pending, bytes]);
    for (;;) {
      this.open ??= this.readHead();
      const { open } = this;
      if (open === undefined) return;
      const isData = open.opcode < OPCODE.close;
      if (this.pending.length < (isData ? Math.min(1, open.left) : open.left)) return;
      const piece = this.pending.subarray(0, open.left);
      this.pending = this.pending.subarray(piece.length);
      open.left -= piece.length;
      if (open.left === 0) this.open = undefined;
      if (isData) {
        if (piece.length > 0) yield { kind: 'data', bytes: piece };
      } else yield { kind: controlKind(open.opcode), bytes: piece };
    }
  }

  private readHead(): { opcode: number; left: number } | undefined {
    const [first, second] = this.pending;
    if (first === undefined || second === undefined) return undefined;
    if ((second & MASKED) !== 0) throw new FrameError('a server must not mask');
    if ((first & 0x70) !== 0) throw new FrameError('no extension was agreed on');
    const short = second & 0x7f;
    const headLength = 2 + (short === 126 ? 2 : short === 127 ? 8 : 0);
    if (this.pending.length < headLength) return undefined;
    const left =
      short === 126
        ? this.pending.readUInt16BE(2)
        : short === 127
          ? Number(this.pending.readBigUInt64BE(2))
          : short;
    if (!Number.isSafeInteger(left)) throw new FrameError('a frame of impossible length');
    const opcode = first & 0x0f;
    this.checkOrder(opcode, (first & FIN) !== 0, left);
    this.pending = this.pending.subarray(headLength);
    return { opcode, left };
  }

  private checkOrder(opcode: number, isLast: boolean, length: number): void {
    switch (opcode) {
      case OPCODE.binary:
      case OPCODE.continuation:
        if (this.isInMessage !== (opcode === OPCODE.continuation))
          throw new FrameError('frames out of order');
        this.isInMessage = !isLast;
        return;
      case OPCODE.close:
      case OPCODE.ping:
      case OPCODE.pong:
        if (!isLast || length > MAX_CONTROL_BYTES) throw new FrameError('a control frame in pieces');
        return;
      default:
        throw new FrameError('a frame that is not binary');
    }
  }
}

function controlKind(opcode: number): 'close' | 'ping' | 'pong' {
  if (opcode === OPCODE.close) return 'close';
  return opcode === OPCODE.ping ? 'ping' : 'pong';
}
