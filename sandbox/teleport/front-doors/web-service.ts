import { createServer, type Server } from 'node:http';
import type { Duplex } from 'node:stream';
import { sendJson } from '../../http';
import { acceptUpgrade, type UpgradeCounts, type UpgradeOptions } from './web-socket-server';

/** The web side of a proxy. */
export interface WebOptions {
  clusterName: string;
  serverVersion: string;
  tlsRouting: boolean;
  /** How connections are upgraded; `'none'` is a proxy that is too old to know WebSockets. */
  upgrade: UpgradeOptions | 'none';
}

/** The HTTP service of a proxy: `/webapi/find`, `/webapi/ping` and the connection upgrade. It is given its connections. */
export function createWebService(
  options: WebOptions,
  counts: UpgradeCounts,
  onUpgraded: (stream: Duplex) => void,
): Server {
  const server = createServer((request, response) => {
    const path = (request.url ?? '').split('?', 1)[0];
    if (request.method === 'GET' && (path === '/webapi/find' || path === '/webapi/ping')) {
      sendJson(response, 200, {
        auth: { type: 'local' },
        proxy: {
          kube: { enabled: false },
          ssh: { listen_addr: '0.0.0.0:3080', web_listen_addr: '0.0.0.0:3080', dial_timeout: 30_000_000_000 },
          tls_routing_enabled: options.tlsRouting,
        },
        server_version: options.serverVersion,
        min_client_version: '17.0.0-aa',
        cluster_name: options.clusterName,
        edition: 'ent',
        fips: false,
      });
      return;
    }
    sendJson(response, 404, { error: { message: 'not found' } });
  });
  server.on('upgrade', (request, socket, head) => {
    socket.on('error', () => undefined);
    if (options.upgrade === 'none' || request.url !== '/webapi/connectionupgrade') {
      socket.end('HTTP/1.1 404 Not Found\r\ncontent-length: 0\r\nconnection: close\r\n\r\n');
      return;
    }
    const stream = acceptUpgrade(request, socket, head, options.upgrade, counts);
    if (stream !== undefined) onUpgraded(stream);
  });
  return server;
}
