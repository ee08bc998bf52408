import { createServer, type Server, type Socket } from 'node:net';
import { peekClientHello } from './front-doors/client-hello';
import { Listeners } from './front-doors/sockets';

/** A fatal alert `internal_error`, in a record of TLS 1.2: what a Go server sends when it finds no configuration for a name. */
const REFUSAL = Buffer.from([21, 3, 3, 0, 2, 2, 80]);
const HEX_FORM = /^(?:[0-9a-f]{2})+\.teleport\.cluster\.local$/;

/** Whether Auth knows a TLS server name: its own, none, or the hex form of a cluster (Teleport, Auth's TLS configuration). */
export function isAuthName(serverName: string | undefined): boolean {
  return (
    serverName === undefined ||
    serverName === '' ||
    serverName === 'teleport.cluster.local' ||
    HEX_FORM.test(serverName)
  );
}

/** The port of an Auth Service: looks at the name in each ClientHello and passes on, unopened, what asks for Auth. */
export class AuthDoor {
  private readonly listeners = new Listeners();

  constructor(private readonly pass: (connection: Socket) => void) {}

  /** Listens on loopback. @returns the port. */
  listen(port: number): Promise<number> {
    const server: Server = createServer((socket) => this.admit(socket));
    return this.listeners.listen(server, port);
  }

  /** Ends the listener and all connections. */
  close(): Promise<void> {
    return this.listeners.close();
  }

  private admit(socket: Socket): void {
    peekClientHello(socket, ({ serverName }) => {
      if (isAuthName(serverName)) this.pass(socket);
      else socket.end(REFUSAL);
    });
  }
}
