import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { decodePairingToken, encodePairingToken } from '../../contract/pairing-token';
import type { RelayProcess } from '../../sandbox/relay-process';
import { TcpPipe } from '../support/relay/tcp-pipe';
import type { World } from '../support/world';
import { secondRelay } from './second-relay';

/** What can break, and how often each comes in a hundred. */
const STROKES = {
  cut: 20,
  freeze: 15,
  slow: 10,
  'half-open': 10,
  reset: 15,
  refuse: 10,
  'kill relay': 12,
  'second relay': 8,
} as const;
type Kind = keyof typeof STROKES;

/** One thing that breaks: what, on which way, when and for how long (machine milliseconds). */
export interface Stroke {
  kind: Kind;
  way: 'teleport' | 'app';
  at: number;
  lasts: number;
}

const SLOW_BYTES_PER_SECOND = 20_000;

/** What a seed lets break within so many machine milliseconds. */
export function planStrokes(next: () => number, withinMs: number): Stroke[] {
  const kinds = Object.entries(STROKES).flatMap(([kind, share]) => Array<Kind>(share).fill(kind as Kind));
  const count = 2 + Math.floor(next() * 4);
  return Array.from({ length: count }, () => ({
    kind: kinds[Math.floor(next() * kinds.length)] ?? 'cut',
    way: next() < 0.5 ? ('teleport' as const) : ('app' as const),
    at: Math.floor(next() * withinMs),
    lasts: 100 + Math.floor(next() * 600),
  }));
}

/** The network around a sandbox's relays: one way to Teleport and one to the app, both of which can break; and a second relay. */
export class BrokenNetwork {
  private constructor(
    private readonly world: World,
    private readonly ways: Readonly<Record<Stroke['way'], TcpPipe>>,
    private readonly second: RelayProcess,
  ) {}

  /**
   * Puts pipes before Teleport and the app.
   *
   * @param teleport the pipe that the relay's configuration already leads to.
   */
  static async around(world: World, teleport: TcpPipe): Promise<BrokenNetwork> {
    const { relay, dataDir } = world.sandbox;
    const tokenFile = join(dataDir, 'pairing-token');
    const token = decodePairingToken(await readFile(tokenFile, 'utf8'));
    if (!token.ok) throw new Error(token.reason);
    const url = new URL(token.pairing.webTriggerUrl);
    const app = await TcpPipe.open(Number(url.port));
    url.port = String(app.portNumber);
    await relay.stop();
    await writeFile(tokenFile, encodePairingToken({ ...token.pairing, webTriggerUrl: url.href }), {
      mode: 0o600,
    });
    const network = new BrokenNetwork(world, { teleport, app }, await secondRelay(world));
    relay.start();
    await relay.untilReady();
    return network;
  }

  /** Lets everything of a plan break, each at its time. */
  async suffer(strokes: readonly Stroke[]): Promise<void> {
    await Promise.all(
      strokes.map(async (stroke) => {
        await sleep(stroke.at);
        await this.strike(stroke);
      }),
    );
  }

  private async strike({ kind, way, lasts }: Stroke): Promise<void> {
    const pipe = this.ways[way];
    const { relay } = this.world.sandbox;
    switch (kind) {
      case 'cut': {
        pipe.cut();
        return;
      }
      case 'freeze':
        pipe.freeze();
        await sleep(lasts);
        {
          pipe.thaw();
          return;
        }
      case 'slow':
        pipe.slow(SLOW_BYTES_PER_SECOND);
        await sleep(lasts);
        {
          pipe.slow();
          return;
        }
      case 'half-open': {
        pipe.abandon();
        return;
      }
      case 'reset':
        pipe.tear();
        await sleep(lasts);
        {
          pipe.mend();
          return;
        }
      case 'refuse':
        await pipe.refuse();
        await sleep(lasts);
        return pipe.accept();
      case 'kill relay':
        await relay.stop('SIGKILL');
        await sleep(lasts);
        if (relay.pid === undefined) relay.start();
        return;
      case 'second relay':
        if (this.second.pid === undefined) this.second.start();
        return;
    }
  }

  /** Everything passes again, and exactly the first relay runs. */
  async heal(): Promise<void> {
    for (const pipe of Object.values(this.ways)) {
      pipe.thaw();
      pipe.slow();
      pipe.mend();
      await pipe.accept();
    }
    await this.second.stop('SIGKILL');
    const { relay } = this.world.sandbox;
    if (relay.pid === undefined) relay.start();
  }

  async close(): Promise<void> {
    await this.second.stop('SIGKILL');
    for (const pipe of Object.values(this.ways)) await pipe.close();
  }
}
