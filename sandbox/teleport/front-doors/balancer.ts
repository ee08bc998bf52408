import { connect as connectTls, createServer, type TLSSocket } from 'node:tls';
import type { KeyPair } from '../pki';
import { join, type Listeners } from './sockets';

/** What an L7 balancer needs. */
export interface BalancerOptions {
  certificate: KeyPair;
  /** Port of the proxy behind it, on loopback. */
  proxyPort: number;
  /** Whether a client whose protocols it does not know is refused (an alert) or gets none. */
  refusesUnknownProtocols: boolean;
  listeners: Listeners;
}

/** A balancer that ends TLS and opens its own to the proxy: Teleport's protocols and client certificates are lost at it. */
export function startBalancer(options: BalancerOptions): Promise<number> {
  const { certificate, proxyPort, refusesUnknownProtocols, listeners } = options;
  const server = createServer(
    {
      cert: certificate.certificate,
      key: certificate.privateKey,
      ...(refusesUnknownProtocols
        ? { ALPNProtocols: ['http/1.1'] }
        : { ALPNCallback: ({ protocols }) => protocols.find((name) => name === 'http/1.1') }),
    },
    (client: TLSSocket) => {
      listeners.keep(client);
      // Balancers do not verify what is behind them.
      const behind = connectTls({
        port: proxyPort,
        host: '127.0.0.1',
        ALPNProtocols: ['http/1.1'],
        rejectUnauthorized: false,
      });
      listeners.keep(behind);
      join(client, behind);
    },
  );
  server.on('tlsClientError', () => undefined);
  return listeners.listen(server);
}
