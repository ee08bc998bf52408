import fc from 'fast-check';
import { encodeFrame, FrameError, FrameReader, OPCODE, type Frame } from './web-socket-frames';

/** A frame as a server sends it: not masked. */
function serverFrame(opcode: number, payload: Buffer, isLast = true): Buffer {
  const { length } = payload;
  const head = Buffer.alloc(length < 126 ? 2 : length <= 0xffff ? 4 : 10);
  head[0] = (isLast ? 0x80 : 0) | opcode;
  head[1] = length < 126 ? length : length <= 0xffff ? 126 : 127;
  if (head.length === 4) head.writeUInt16BE(length, 2);
  if (head.length === 10) head.writeBigUInt64BE(BigInt(length), 2);
  return Buffer.concat([head, payload]);
}

function readIn(pieces: readonly Buffer[]): Frame[] {
  const reader = new FrameReader();
  return pieces.flatMap((piece) => [...reader.read(piece)]);
}

function dataOf(frames: readonly Frame[]): Buffer {
  return Buffer.concat(frames.flatMap((frame) => (frame.kind === 'data' ? [frame.bytes] : [])));
}

test('however the bytes are cut, the same stream and the same control frames come out', () => {
  const message = fc.oneof(
    fc.uint8Array({ maxLength: 300 }).map((bytes) => [serverFrame(OPCODE.binary, Buffer.from(bytes))]),
    fc.constant([serverFrame(OPCODE.binary, Buffer.alloc(70_000, 7))]),
    fc.uint8Array({ maxLength: 125 }).map((bytes) => [serverFrame(OPCODE.ping, Buffer.from(bytes))]),
    fc
      .uint8Array({ minLength: 2, maxLength: 200 })
      .map((bytes) => [
        serverFrame(OPCODE.binary, Buffer.from(bytes.subarray(0, 1)), false),
        serverFrame(OPCODE.ping, Buffer.from('teleport')),
        serverFrame(OPCODE.continuation, Buffer.from(bytes.subarray(1))),
      ]),
  );
  fc.assert(
    fc.property(
      fc.array(message, { maxLength: 6 }),
      fc.array(fc.nat(400), { maxLength: 20 }),
      (sent, cuts) => {
        const bytes = Buffer.concat(sent.flat());
        const places = [...new Set(cuts.map((cut) => Math.min(cut, bytes.length)))].sort((a, b) => a - b);
        const pieces = [...places, bytes.length].map((end, index) =>
          bytes.subarray(places[index - 1] ?? 0, end),
        );
        const whole = readIn([bytes]);
        const cut = readIn(pieces);
        expect(dataOf(cut).equals(dataOf(whole))).toBe(true);
        const controls = (frames: Frame[]) => frames.filter((frame) => frame.kind !== 'data');
        expect(controls(cut)).toEqual(controls(whole));
      },
    ),
    { numRuns: 60 },
  );
});

test.each([0, 1, 125, 126, 65_535, 65_536])('a payload of %d bytes is masked with zeros', (length) => {
  const payload = Buffer.alloc(length, 0xab);
  const bytes = encodeFrame(OPCODE.binary, payload);
  expect(bytes[0]).toBe(0x82);
  expect((bytes[1] ?? 0) & 0x80).toBe(0x80);
  const headLength = bytes.length - length;
  expect(headLength).toBe(length < 126 ? 6 : length <= 0xffff ? 8 : 14);
  expect(bytes.readUInt32BE(headLength - 4)).toBe(0);
  expect(bytes.subarray(headLength).equals(payload)).toBe(true);
});

test.each<[string, Buffer]>([
  ['a masked frame', encodeFrame(OPCODE.binary, Buffer.from('x'))],
  ['a text frame', serverFrame(OPCODE.text, Buffer.from('x'))],
  ['an unknown opcode', serverFrame(3, Buffer.from('x'))],
  ['an extension', Buffer.from([0xc2, 0])],
  ['a continuation of nothing', serverFrame(OPCODE.continuation, Buffer.from('x'))],
  [
    'a message inside another',
    Buffer.concat([
      serverFrame(OPCODE.binary, Buffer.from('x'), false),
      serverFrame(OPCODE.binary, Buffer.from('x')),
    ]),
  ],
  ['a ping in pieces', serverFrame(OPCODE.ping, Buffer.from('x'), false)],
  ['a long ping', serverFrame(OPCODE.ping, Buffer.alloc(126))],
  ['an impossible length', Buffer.from([0x82, 127, 255, 255, 255, 255, 255, 255, 255, 255])],
])('%s is refused', (_name, bytes) => {
  expect(() => readIn([bytes])).toThrow(FrameError);
});
