import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';

const LOOPBACK = '127.0.0.1';
/** A slow pipe takes this much at once. */
const SLOW_PIECE_BYTES = 512;

/** A connection through the pipe: who connected, and the other end. A dead one takes bytes and passes nothing on. */
interface Passage {
  near: Socket;
  far: Socket | undefined;
  isDead: boolean;
}

/**
 * A stretch of network on loopback that can be watched and made to fail as networks do. What it does to connections it does
 * without looking into them, so that either end sees what it would see of a broken network.
 */
export class TcpPipe {
  /** Connections that were accepted, by when (milliseconds of the monotonic clock). */
  readonly accepted: number[] = [];
  private readonly passages = new Set<Passage>();
  private isHeld = false;
  private isTorn = false;
  private bytesPerSecond = Infinity;
  private thawed: Promise<void> | undefined;
  private endFrost: () => void = () => undefined;
  private server: Server;

  private constructor(
    private readonly target: number | undefined,
    /** Where the pipe begins; it stays the same for its whole life. */
    private port = 0,
  ) {
    this.server = this.createServer();
  }

  /** Leads to a port on loopback; to nowhere, hanging up at once, without one. */
  static async open(target?: number): Promise<TcpPipe> {
    const pipe = new TcpPipe(target);
    await pipe.accept();
    return pipe;
  }

  get address(): string {
    return `${LOOPBACK}:${this.portNumber}`;
  }

  get portNumber(): number {
    return this.port;
  }

  /** Connections that are open now. */
  get openCount(): number {
    return this.passages.size;
  }

  /** Nothing passes any more, in neither direction, and nobody is told: a half-open connection. New ones are dead too. */
  hold(): void {
    this.isHeld = true;
    for (const passage of this.passages) passage.isDead = true;
  }

  /** New connections pass again; the held ones stay dead. */
  release(): void {
    this.isHeld = false;
  }

  /** Ends every connection for both sides. New ones pass. */
  cut(): void {
    for (const { near, far } of this.passages) [near, far].forEach((socket) => socket?.destroy());
  }

  /** The far side goes away without a word: whoever connected keeps a connection that nothing answers any more. New ones pass. */
  abandon(): void {
    for (const passage of this.passages) {
      passage.isDead = true;
      passage.far?.destroy();
    }
  }

  /** No byte passes until `thaw`; then all of them come. Connections stay, new ones are taken and wait as well. */
  freeze(): void {
    this.thawed ??= new Promise((resolve) => (this.endFrost = resolve));
  }

  thaw(): void {
    this.endFrost();
    this.thawed = undefined;
  }

  /** Lets so many bytes a second pass in each direction; all that come when left out. */
  slow(bytesPerSecond = Infinity): void {
    this.bytesPerSecond = bytesPerSecond;
  }

  /** Until `mend`, half of what is sent at once passes and then both sides are reset: in the middle of a frame. */
  tear(): void {
    this.isTorn = true;
  }

  mend(): void {
    this.isTorn = false;
  }

  /** Nobody listens any more, and what was open is cut. */
  async refuse(): Promise<void> {
    const closed = new Promise((resolve) => this.server.close(resolve));
    this.cut();
    await closed;
  }

  /** Listens, again on the same port after `refuse`. */
  async accept(): Promise<void> {
    if (this.server.listening) return;
    this.server = this.createServer();
    await new Promise<void>((resolve, reject) => {
      this.server.once('error', reject).listen(this.port, LOOPBACK, resolve);
    });
    this.port = (this.server.address() as AddressInfo).port;
  }

  async close(): Promise<void> {
    this.thaw();
    await this.refuse();
  }

  private createServer(): Server {
    return createServer((socket) => this.take(socket));
  }

  private take(near: Socket): void {
    this.accepted.push(performance.now());
    const far = this.target === undefined ? undefined : connect(this.target, LOOPBACK);
    const passage: Passage = { near, far, isDead: this.isHeld };
    this.passages.add(passage);
    for (const socket of [near, far]) socket?.on('error', () => undefined).setNoDelay();
    near.once('close', () => {
      this.passages.delete(passage);
      if (passage.isDead) far?.destroy();
    });
    if (far === undefined) {
      near.resetAndDestroy();
      return;
    }
    this.lead(passage, near, far);
    this.lead(passage, far, near);
  }

  /** Carries one direction; an end is news as well, and passes no sooner than bytes would. */
  private lead(passage: Passage, from: Socket, to: Socket): void {
    from.on('data', (chunk: Buffer) => {
      if (passage.isDead) return;
      from.pause();
      void this.carry(passage, chunk, from, to);
    });
    const pass = async (end: () => void): Promise<void> => {
      await this.whenFlowing();
      if (!passage.isDead) end();
    };
    from.once('end', () => void pass(() => to.end()));
    from.once('close', () => void pass(() => to.destroy()));
  }

  private async carry(passage: Passage, chunk: Buffer, from: Socket, to: Socket): Promise<void> {
    await this.whenFlowing();
    if (this.isTorn) {
      to.write(chunk.subarray(0, Math.ceil(chunk.length / 2)), () => {
        from.resetAndDestroy();
        to.resetAndDestroy();
      });
      return;
    }
    const isSlow = this.bytesPerSecond !== Infinity;
    const size = isSlow ? SLOW_PIECE_BYTES : chunk.length;
    for (let at = 0; at < chunk.length && !passage.isDead; at += size) {
      const piece = chunk.subarray(at, at + size);
      to.write(piece);
      if (isSlow) await sleep((piece.length / this.bytesPerSecond) * 1000);
      await this.whenFlowing();
    }
    if (to.writableNeedDrain && !passage.isDead) to.once('drain', () => from.resume());
    else from.resume();
  }

  private async whenFlowing(): Promise<void> {
    while (this.thawed !== undefined) await this.thawed;
  }
}
