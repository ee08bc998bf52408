import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net';

/** A stretch of network on loopback that can be watched, held and cut. */
export class TcpPipe {
  /** Connections that were accepted, by when (milliseconds of the monotonic clock). */
  readonly accepted: number[] = [];
  private readonly sockets = new Set<Socket>();
  private isHeld = false;

  private constructor(private readonly server: Server) {}

  /** Leads to a port on loopback; to nowhere, hanging up at once, without one. */
  static async open(port?: number): Promise<TcpPipe> {
    const server = createServer();
    const pipe = new TcpPipe(server);
    server.on('connection', (socket) => pipe.take(socket, port));
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return pipe;
  }

  get address(): string {
    return `127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  /** Nothing passes any more, in neither direction, and nobody is told: a half-open connection. New ones are dead too. */
  hold(): void {
    this.isHeld = true;
    for (const socket of this.sockets) socket.unpipe().pause();
  }

  /** New connections pass again; the held ones stay dead. */
  release(): void {
    this.isHeld = false;
  }

  async close(): Promise<void> {
    for (const socket of this.sockets) socket.destroy();
    await new Promise((resolve) => this.server.close(resolve));
  }

  private take(socket: Socket, port: number | undefined): void {
    this.accepted.push(performance.now());
    this.keep(socket);
    if (port === undefined) {
      socket.resetAndDestroy();
      return;
    }
    const behind = connect(port, '127.0.0.1');
    this.keep(behind);
    if (this.isHeld) return;
    socket.pipe(behind).pipe(socket);
    socket.once('close', () => behind.destroy());
    behind.once('close', () => socket.destroy());
  }

  private keep(socket: Socket): void {
    this.sockets.add(socket);
    socket.on('error', () => undefined).once('close', () => this.sockets.delete(socket));
  }
}
