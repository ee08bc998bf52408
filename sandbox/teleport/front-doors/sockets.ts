import type { Duplex } from 'node:stream';
import type { AddressInfo, Server } from 'node:net';

/** Servers and connections that are closed together. */
export class Listeners {
  private readonly servers = new Set<Server>();
  private readonly sockets = new Set<Duplex>();

  /** Listens on loopback. @returns the port. */
  async listen(server: Server, port = 0): Promise<number> {
    this.servers.add(server);
    server.on('connection', (socket) => this.keep(socket));
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject).listen(port, '127.0.0.1', resolve);
    });
    return (server.address() as AddressInfo).port;
  }

  keep(socket: Duplex): void {
    this.sockets.add(socket);
    socket.on('error', () => undefined).once('close', () => this.sockets.delete(socket));
  }

  /** Ends all connections; servers go on listening. */
  cut(): void {
    for (const socket of this.sockets) socket.destroy();
  }

  async close(): Promise<void> {
    const closed = [...this.servers].map(
      (server) => new Promise<void>((resolve) => server.close(() => resolve())),
    );
    this.cut();
    await Promise.all(closed);
  }
}

/** Copies both ways until either side ends, then ends the other. */
export function join(a: Duplex, b: Duplex): void {
  a.on('error', () => b.destroy()).once('close', () => b.destroy());
  b.on('error', () => a.destroy()).once('close', () => a.destroy());
  a.pipe(b);
  b.pipe(a);
}
