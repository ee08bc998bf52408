import type { InvocationRecord } from '../../sandbox/forge/types';
import { until, type World } from '../support/world';
import { startHurried } from './hurried-world';
import { JiraTrouble } from './jira-trouble';
import { populate, wrongOnes, type Member } from './population';

/** Searches, leases and loans of minutes pass in seconds; a Jira call may still take a quarter of a second of the machine. */
const RATE = 20;
const SHARE = 0.1;
const RUNS = Number(process.env['RUNS'] ?? 1000);
const SEED = Number(process.env['SEED'] ?? 20_260_101);
const WITHIN_MS = 240_000;

/** Keeps the invocations that were ended by their time limit, however many there are. */
class TimeLimits {
  private readonly seen = new Set<InvocationRecord>();
  readonly outran: InvocationRecord[] = [];
  total = 0;
  private readonly timer: NodeJS.Timeout;
  private newest: InvocationRecord | undefined;

  constructor(private readonly world: World) {
    this.timer = setInterval(() => this.look(), 100);
  }

  look(): void {
    const { invocations } = this.world.sandbox.forge;
    const from = this.newest === undefined ? 0 : invocations.indexOf(this.newest) + 1;
    for (const record of invocations.slice(from)) this.seen.add(record);
    this.newest = invocations.at(-1);
    for (const record of this.seen) {
      if (record.outcome === 'running') continue;
      this.seen.delete(record);
      this.total += 1;
      if (record.outcome === 'timed_out') this.outran.push(record);
    }
  }

  stop(): void {
    clearInterval(this.timer);
    this.look();
  }
}

/** Waits until the board shows every request as Teleport has it, and nothing is left to do. */
async function settle(world: World, members: readonly Member[]): Promise<void> {
  await until(
    'all requests settled',
    async () => {
      // A search for an issue of uncertain creation takes longer than a look at whether all is quiet.
      await world.quiet().catch(() => undefined);
      return wrongOnes(world, members).length === 0;
    },
    90_000,
  ).catch(() => undefined);
}

function report(title: string, facts: Readonly<Record<string, unknown>>): void {
  process.stdout.write(`${title}\n${JSON.stringify(facts)}\n`);
}

async function measure(world: World, trouble: JiraTrouble, run: () => Promise<Member[]>): Promise<Member[]> {
  const limits = new TimeLimits(world);
  const { forge, jira } = world.sandbox;
  forge.kvs.resetCounters();
  const begunAt = Date.now();
  let members: Member[];
  try {
    members = await run();
    trouble.end();
    await settle(world, members);
  } finally {
    limits.stop();
  }
  const fates: Record<string, number> = {};
  for (const { fate } of members) fates[fate.name] = (fates[fate.name] ?? 0) + 1;
  const appCalls = jira.calls.filter(({ kind }) => kind === 'app').length;
  report(`${members.length} requests while ${SHARE * 100} % of the app's calls to Jira fail`, {
    seed: SEED,
    seconds: Math.round((Date.now() - begunAt) / 100) / 10,
    fates,
    failedCalls: trouble.struck.length,
    byKind: trouble.countsByKind(),
    jiraCallsByTheApp: appCalls,
    invocations: limits.total,
    writeUnitsPerRequest: Math.round((forge.kvs.counters().writeUnits / members.length) * 100) / 100,
    doubles: jira.store.issues.size - members.length,
  });
  expect(trouble.struck.length).toBeGreaterThan(appCalls * SHARE * 0.7);
  expect(limits.outran.map(({ functionKey, ms }) => ({ functionKey, ms }))).toEqual([]);
  expect(wrongOnes(world, members)).toEqual([]);
  expect(trouble.undercut()).toEqual([]);
  return members;
}

describe('while a tenth of the calls to Jira fails', () => {
  let world: World;
  beforeEach(async () => {
    world = await startHurried(RATE, {
      jira: { searchLagMs: 3000, seed: SEED },
      forge: { seed: SEED },
      relayConfig: { timing: { hello_at_most_every: 5 } },
    });
    world.sandbox.jira.faults.searchVanishing = 0.05;
  }, 60_000);
  afterEach(() => world.stop());

  it(
    `${RUNS} requests each have one open issue in the right status, and each comment once`,
    async () => {
      const trouble = new JiraTrouble(world, SHARE, SEED);
      const members = await measure(world, trouble, () =>
        populate(world, { size: RUNS, seed: SEED, burst: 50, burstEveryMs: 1500 }),
      );
      expect(members).toHaveLength(RUNS);
    },
    WITHIN_MS,
  );
});
