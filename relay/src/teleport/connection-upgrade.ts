import { createHash, randomBytes } from 'node:crypto';
import type { Duplex } from 'node:stream';
import type { SocketAnswer } from '../ports';
import type { Path } from './dial';
import { joinHostPort, type HostPort } from './http-proxy';
import { failure, networkProblem } from './problems';
import { WebSocketTunnel } from './web-socket-tunnel';

const PATH = '/webapi/connectionupgrade';
/** With pings, so that a balancer does not take a quiet watch for an idle connection. */
const PROTOCOL = 'alpn-ping';
/** RFC 6455, opening handshake. */
const ACCEPT_SUFFIX = '258EAFA5-E914-47DA-95CA-C5AB0DC85B11';

/**
 * Asks a proxy for a byte stream inside a WebSocket (Teleport, connection upgrade) over a TLS connection to its web address.
 *
 * @throws ConnectFailure
 */
export async function upgradeConnection(
  web: Duplex,
  { target, requestOver }: Path,
  signal: AbortSignal,
): Promise<Duplex> {
  const key = randomBytes(16).toString('base64');
  let answer: SocketAnswer;
  try {
    answer = await requestOver(
      web,
      {
        method: 'GET',
        path: PATH,
        host: target.port === 443 ? joinHostPort(target).replace(/:443$/, '') : joinHostPort(target),
        headers: {
          connection: 'Upgrade',
          upgrade: 'websocket',
          'sec-websocket-version': '13',
          'sec-websocket-key': key,
          'sec-websocket-protocol': PROTOCOL,
        },
      },
      signal,
    );
  } catch (error) {
    throw failure('upgrade_refused', networkProblem(error).text, error);
  }
  if (answer.kind === 'answered') {
    web.destroy();
    throw answer.status === 404
      ? failure('upgrade_missing', 'HTTP 404')
      : failure('upgrade_refused', `HTTP ${answer.status}`);
  }
  const accept = createHash('sha1')
    .update(key + ACCEPT_SUFFIX)
    .digest('base64');
  const { headers } = answer;
  if (headers['sec-websocket-accept'] !== accept || headers['sec-websocket-protocol'] !== PROTOCOL) {
    web.destroy();
    throw failure('upgrade_refused', 'the answer is no WebSocket of this protocol');
  }
  return new WebSocketTunnel(web);
}

/**
 * Whether TELEPORT_TLS_ROUTING_CONN_UPGRADE settles the question for an address: one word for all (`yes`), or a list such as
 * `proxy.example.com:443=yes,other.example.com=no`. `undefined` when it says nothing of it.
 */
export function upgradeOverride(
  target: HostPort,
  env: Readonly<Record<string, string | undefined>>,
): boolean | undefined {
  const setting = (env['TELEPORT_TLS_ROUTING_CONN_UPGRADE'] ?? '').trim();
  const forAll = readBoolean(setting);
  if (forAll !== undefined) return forAll;
  for (const entry of setting.split(/[,;]/)) {
    const [address, value] = entry.split('=').map((part) => part.trim().toLowerCase());
    if (value === undefined) continue;
    if (address === joinHostPort(target).toLowerCase() || address === target.host.toLowerCase())
      return readBoolean(value);
  }
  return undefined;
}

function readBoolean(text: string): boolean | undefined {
  const word = text.toLowerCase();
  if (['1', 't', 'true', 'y', 'yes', 'on'].includes(word)) return true;
  return ['0', 'f', 'false', 'n', 'no', 'off'].includes(word) ? false : undefined;
}
