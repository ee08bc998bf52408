import { request, type IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import type { RequestOverSocket } from '../ports';

const MAX_BODY_BYTES = 64_000;
const MAX_HEADER_BYTES = 16_384;

/** Node's HTTP client over a socket that is open already; bodies are cut at 64 kB. */
export const requestOver: RequestOverSocket = (socket, { method, path, host, headers = {} }, signal) => {
  return new Promise((resolve, reject) => {
    const sent = request({
      createConnection: () => socket,
      method,
      path,
      headers: { host, ...headers },
      setHost: false,
      maxHeaderSize: MAX_HEADER_BYTES,
      signal,
    });
    const onSwitch = (answer: IncomingMessage, upgraded: Duplex, head: Buffer): void => {
      const status = answer.statusCode ?? 0;
      if (method === 'CONNECT' && status !== 200) {
        upgraded.destroy();
        resolve({ kind: 'answered', status, headers: answer.headers, body: '' });
        return;
      }
      if (head.length > 0) upgraded.unshift(head);
      resolve({ kind: 'switched', status, headers: answer.headers });
    };
    sent
      .once('connect', onSwitch)
      .once('upgrade', onSwitch)
      .once('error', reject)
      .once('response', (answer) => {
        readBody(answer).then(
          (body) =>
            resolve({ kind: 'answered', status: answer.statusCode ?? 0, headers: answer.headers, body }),
          reject,
        );
      })
      .end();
  });
};

async function readBody(answer: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of answer) {
    const bytes = Buffer.isBuffer(chunk) ? chunk : Buffer.from(String(chunk));
    chunks.push(bytes.subarray(0, MAX_BODY_BYTES - size));
    size += bytes.length;
    if (size >= MAX_BODY_BYTES) break;
  }
  return Buffer.concat(chunks).toString('utf8');
}
