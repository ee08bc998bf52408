import { setTimeout as sleep } from 'node:timers/promises';
import { freePort } from '../../sandbox/ports';
import { random } from '../../sandbox/jira/random';
import { TcpPipe } from '../support/relay/tcp-pipe';
import { until, type World } from '../support/world';
import { BrokenNetwork, planStrokes, type Stroke } from './broken-network';
import { startHurried } from './hurried-world';
import { JiraTrouble } from './jira-trouble';
import { populate, wrongOnes, type Member } from './population';
import { StoreTrouble } from './store-trouble';

/* Everything breaks at once: network, relays, Jira, store, queue and events. Each run is told by its seed alone. */

const RUNS = Number(process.env['SOCKET_RUNS'] ?? 40);
const SEED = Number(process.env['SOCKET_SEED'] ?? 1);
/** Worlds side by side: most of a run is waiting. */
const WORLDS = 2;
/** Leases, searches and loans of minutes pass in seconds. */
const RATE = 40;
const SIZE = 4;
const BREAKS_WITHIN_MS = 1500;
const SETTLES_WITHIN_MS = 45_000;

interface Run {
  seed: number;
  strokes: Stroke[];
  members: Member[];
  ms: number;
}

class BrokenWorld {
  private constructor(
    private readonly world: World,
    private readonly network: BrokenNetwork,
  ) {}

  static async start(seed: number): Promise<BrokenWorld> {
    const port = await freePort();
    const pipe = await TcpPipe.open(port);
    const world = await startHurried(RATE, {
      ports: { teleport: port },
      teleport: { minPingMs: 500 },
      jira: { searchLagMs: 3000, seed },
      forge: { seed },
      // On this clock a busy machine takes minutes for what a decision needs.
      settings: { approveWithinMinutes: 60 },
      relayConfig: {
        teleport: { address: pipe.address },
        // Half-open connections are found by the machine's clock.
        timing: {
          hello_at_most_every: 5,
          keepalive_every: 1,
          keepalive_within: 1,
          app_call_within: 3,
          list_every: 120,
        },
      },
    });
    return new BrokenWorld(world, await BrokenNetwork.around(world, pipe));
  }

  async stop(): Promise<void> {
    await this.network.close();
    await this.world.stop();
  }

  /** One run: a few requests meet their fates while things break, then everything is mended and must come to agree. */
  async run(seed: number): Promise<Run> {
    const begun = performance.now();
    const { world, network } = this;
    const { forge, jira } = world.sandbox;
    const next = random(seed);
    const strokes = planStrokes(next, BREAKS_WITHIN_MS);
    const share = (most: number): number => (next() < 0.5 ? 0 : next() * most);
    const troubles = {
      jira: share(0.15),
      store: share(0.05),
      drop: share(0.3),
      duplicate: share(0.5),
      vanish: share(0.2),
    };
    const trouble = new JiraTrouble(world, troubles.jira, seed);
    const store = new StoreTrouble(world, troubles.store, seed);
    forge.faults.queue = { drop: troubles.drop, duplicate: troubles.duplicate, shuffleMs: 5000 };
    // An event may come three minutes late, or never.
    forge.faults.events = {
      ...forge.faults.events,
      drop: troubles.drop,
      duplicate: troubles.duplicate,
      shuffleMs: 180_000 * share(1),
    };
    jira.faults.searchVanishing = troubles.vanish;
    const [members] = await Promise.all([
      populate(world, {
        size: SIZE,
        seed,
        burst: SIZE,
        burstEveryMs: BREAKS_WITHIN_MS,
        expiresAfterMs: 90_000,
      }),
      network.suffer(strokes),
    ]);
    trouble.end();
    store.end();
    forge.faults.onPlatformCall = undefined;
    forge.faults.queue = { drop: 0, duplicate: 0, shuffleMs: 0 };
    forge.faults.events = { ...forge.faults.events, drop: 0, duplicate: 0, shuffleMs: 0 };
    jira.faults.searchVanishing = 0;
    await network.heal();
    await this.settled(seed, strokes, members);
    return { seed, strokes, members, ms: performance.now() - begun };
  }

  private async settled(seed: number, strokes: readonly Stroke[], members: readonly Member[]): Promise<void> {
    await until('in step', () => this.wrong(members).length === 0, SETTLES_WITHIN_MS).catch(() => {
      const wrong = JSON.stringify(this.wrong(members), null, 1);
      const tail = this.world.sandbox.relay.tail(30);
      throw new Error(
        `The run with seed ${seed} did not converge: ${JSON.stringify(strokes)}\n${wrong}\n${tail}`,
      );
    });
  }

  private wrong(members: readonly Member[]): unknown[] {
    return wrongOnes(this.world, members, { mayBeUnheard: true });
  }

  /** What went wrong later with requests that had come to agree. */
  stillWrong(runs: readonly Run[]): unknown[] {
    return this.wrong(runs.flatMap(({ members }) => members));
  }
}

const worlds: BrokenWorld[] = [];
beforeAll(async () => {
  for (let index = 0; index < WORLDS; index += 1) worlds.push(await BrokenWorld.start(SEED + index));
}, 120_000);
afterAll(async () => {
  await Promise.all(worlds.map((world) => world.stop()));
});

test(`${RUNS} runs in which network, relays, Jira, store and events break end in step`, async () => {
  const begun = performance.now();
  const seeds = Array.from({ length: RUNS }, (_, index) => SEED + index);
  const work = async (world: BrokenWorld): Promise<Run[]> => {
    const done: Run[] = [];
    try {
      for (let seed = seeds.shift(); seed !== undefined; seed = seeds.shift())
        done.push(await world.run(seed));
    } catch (error) {
      // The first failure is told; the other worlds come to the end of their run.
      seeds.length = 0;
      throw error;
    }
    await sleep(2000);
    expect(world.stillWrong(done)).toEqual([]);
    return done;
  };
  const working = worlds.map(work);
  await Promise.allSettled(working);
  const all = (await Promise.all(working)).flat();
  const strokes: Record<string, number> = {};
  for (const { kind, way } of all.flatMap((run) => run.strokes)) {
    const name = kind.endsWith('relay') ? kind : `${kind} (${way})`;
    strokes[name] = (strokes[name] ?? 0) + 1;
  }
  const seconds = Math.round((performance.now() - begun) / 100) / 10;
  const slowest = Math.round(Math.max(...all.map(({ ms }) => ms)) / 100) / 10;
  process.stdout.write(`${JSON.stringify({ runs: all.length, seed: SEED, seconds, slowest, strokes })}\n`);
  expect(all).toHaveLength(RUNS);
}, 7_200_000);
