import { createServer } from 'node:http';
import { connect } from 'node:net';
import { join, type Listeners } from './sockets';

/** An HTTP proxy that opens tunnels. */
export interface ConnectProxyOptions {
  /** Ports on loopback by the `host:port` that clients ask for: the names that this proxy resolves. */
  targets: Readonly<Record<string, () => number>>;
  /** `user:password` that clients must show. */
  credentials?: string;
  listeners: Listeners;
}

/** What was asked of an HTTP proxy. */
export interface Asked {
  target: string;
  status: number;
}

/** Starts an HTTP proxy. @returns its port and everything that it was asked for. */
export async function startConnectProxy(
  options: ConnectProxyOptions,
): Promise<{ port: number; asked: Asked[] }> {
  const asked: Asked[] = [];
  const server = createServer((_request, response) => response.writeHead(405).end());
  server.on('connect', (request, socket, head) => {
    options.listeners.keep(socket);
    const target = request.url ?? '';
    const refuse = (status: number, line: string, headers = ''): void => {
      asked.push({ target, status });
      socket.end(`HTTP/1.1 ${status} ${line}\r\n${headers}content-length: 0\r\n\r\n`);
    };
    const { credentials } = options;
    const expected = `Basic ${Buffer.from(credentials ?? '').toString('base64')}`;
    if (credentials !== undefined && request.headers['proxy-authorization'] !== expected) {
      refuse(407, 'Proxy Authentication Required', 'proxy-authenticate: Basic realm="sandbox"\r\n');
      return;
    }
    const port = options.targets[target]?.();
    if (port === undefined) {
      refuse(502, 'Bad Gateway');
      return;
    }
    const behind = connect(port, '127.0.0.1', () => {
      asked.push({ target, status: 200 });
      socket.write('HTTP/1.1 200 Connection Established\r\n\r\n');
      if (head.length > 0) behind.write(head);
      join(socket, behind);
    });
    options.listeners.keep(behind);
    behind.once('error', () => socket.destroy());
  });
  return { port: await options.listeners.listen(server), asked };
}
