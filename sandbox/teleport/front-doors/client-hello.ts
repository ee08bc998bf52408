import type { Duplex } from 'node:stream';

/** What a ClientHello tells without being decrypted (RFC 8446, RFC 6066, RFC 7301). */
export interface ClientHello {
  serverName: string | undefined;
  protocols: string[];
}

const MAX_HELLO_BYTES = 32_768;
const HANDSHAKE_RECORD = 22;
const CLIENT_HELLO = 1;
const SERVER_NAME = 0;
const ALPN = 16;

/**
 * Reads a ClientHello from the first bytes of a TLS connection, over as many records as it takes.
 * @returns `undefined` while more bytes are needed; `'not_tls'` for bytes that begin nothing of the sort.
 */
function readClientHello(bytes: Buffer): ClientHello | undefined | 'not_tls' {
  const parts: Buffer[] = [];
  for (let at = 0; at < bytes.length;) {
    if (bytes[at] !== HANDSHAKE_RECORD) return 'not_tls';
    if (bytes.length < at + 5) return undefined;
    const length = bytes.readUInt16BE(at + 3);
    parts.push(bytes.subarray(at + 5, at + 5 + length));
    const message = Buffer.concat(parts);
    if (message.length >= 4) {
      if (message[0] !== CLIENT_HELLO) return 'not_tls';
      const whole = 4 + message.readUIntBE(1, 3);
      if (message.length >= whole) return readExtensions(message.subarray(4, whole));
    }
    at += 5 + length;
  }
  return undefined;
}

/**
 * Reads the ClientHello of a connection and puts its bytes back, so that whoever takes the connection next sees all of it. What begins
 * nothing of the sort is hung up on.
 */
export function peekClientHello(socket: Duplex, take: (hello: ClientHello) => void): void {
  let seen = Buffer.alloc(0);
  const onData = (bytes: Buffer): void => {
    seen = Buffer.concat([seen, bytes]);
    const hello = readClientHello(seen);
    if (hello === undefined && seen.length < MAX_HELLO_BYTES) return;
    socket.off('data', onData).pause();
    if (hello === undefined || hello === 'not_tls') {
      socket.destroy();
      return;
    }
    socket.unshift(seen);
    take(hello);
  };
  socket.on('data', onData);
}

function readExtensions(hello: Buffer): ClientHello {
  const result: ClientHello = { serverName: undefined, protocols: [] };
  let at = 2 + 32;
  at += 1 + hello.readUInt8(at);
  at += 2 + hello.readUInt16BE(at);
  at += 1 + hello.readUInt8(at);
  if (at >= hello.length) return result;
  const end = at + 2 + hello.readUInt16BE(at);
  at += 2;
  while (at + 4 <= end) {
    const type = hello.readUInt16BE(at);
    const content = hello.subarray(at + 4, at + 4 + hello.readUInt16BE(at + 2));
    if (type === SERVER_NAME && content.length > 5)
      result.serverName = content.subarray(5).toString('latin1');
    if (type === ALPN) result.protocols = readList(content.subarray(2));
    at += 4 + content.length;
  }
  return result;
}

function readList(content: Buffer): string[] {
  const names: string[] = [];
  for (let at = 0; at < content.length;) {
    const length = content.readUInt8(at);
    names.push(content.subarray(at + 1, at + 1 + length).toString('latin1'));
    at += 1 + length;
  }
  return names;
}
