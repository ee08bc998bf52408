import { connect, createServer, type Server } from 'node:net';
import { Server as TlsServer } from 'node:tls';
import type { Duplex } from 'node:stream';
import type { KeyPair } from '../pki';
import { peekClientHello, type ClientHello } from './client-hello';
import { join, type Listeners } from './sockets';

/** What a routing proxy needs. */
export interface RoutingOptions {
  clusterName: string;
  /** Port of the Auth Service on loopback. */
  authPort: () => number;
  /** Whether the route to the Auth Service is known. */
  routesAuth: () => boolean;
  web: { certificate: KeyPair; service: Server };
  listeners: Listeners;
}

const ROUTE = /^teleport-auth@([0-9a-f]+)\.teleport\.cluster\.local$/;
/** Protocols that the proxy's own TLS server answers to, of those that matter here. */
const WEB_PROTOCOLS = ['teleport-reversetunnel', 'h2', 'http/1.1'];

/**
 * A proxy with TLS routing: it looks at the ClientHello and no further. A connection whose list of protocols begins with the
 * route to an Auth Service of this cluster is copied there unopened; every other one gets the web certificate.
 */
export class RoutingProxy {
  readonly hellos: ClientHello[] = [];
  /** Connections that were led to the Auth Service. */
  routed = 0;
  private readonly web: TlsServer;

  constructor(private readonly options: RoutingOptions) {
    const { certificate, service } = options.web;
    this.web = new TlsServer(
      { cert: certificate.certificate, key: certificate.privateKey, ALPNProtocols: WEB_PROTOCOLS },
      (socket) => {
        options.listeners.keep(socket);
        // HTTP/2 and reverse tunnels are offered to be seen, not to be used.
        if (socket.alpnProtocol === 'http/1.1' || socket.alpnProtocol === false) {
          service.emit('connection', socket);
        } else socket.on('data', () => undefined);
      },
    );
    this.web.on('tlsClientError', () => undefined);
  }

  /** Listens on loopback. @returns the port. */
  listen(port = 0): Promise<number> {
    return this.options.listeners.listen(
      createServer((socket) => this.route(socket)),
      port,
    );
  }

  /** Takes a connection as it comes from a client, be it TCP or the inside of an upgraded one. */
  route(socket: Duplex): void {
    this.options.listeners.keep(socket);
    peekClientHello(socket, (hello) => {
      this.hellos.push(hello);
      this.pass(socket, hello);
    });
  }

  private pass(socket: Duplex, { protocols }: ClientHello): void {
    if (this.options.routesAuth() && protocols.some((name) => ROUTE.test(name))) {
      // The handler is found anywhere in the list, but reads the cluster from the first element only.
      const [, hex = ''] = ROUTE.exec(protocols[0] ?? '') ?? [];
      if (Buffer.from(hex, 'hex').toString() !== this.options.clusterName) {
        socket.destroy();
        return;
      }
      this.routed += 1;
      const auth = connect(this.options.authPort(), '127.0.0.1');
      this.options.listeners.keep(auth);
      join(socket, auth);
      return;
    }
    this.web.emit('connection', socket);
  }
}
