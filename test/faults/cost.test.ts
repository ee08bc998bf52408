import { until, type World } from '../support/world';
import { startHurried } from './hurried-world';
import { hasLiveDecision, showsState } from './end-state';

const RATE = 20;
const REQUESTS = 20;
/** What the design allows for a request that is mirrored and decided in Teleport (see docs/architecture.md). */
const MOST_WRITE_UNITS = 3;

/** What requests cost when nothing fails. */
describe('without faults', () => {
  let world: World;
  beforeAll(async () => {
    world = await startHurried(RATE, {
      // A hello in an hour: what it costs to ask for decisions is not a request's cost.
      relayConfig: { timing: { hello_at_most_every: 15 } },
    });
    await world.quiet();
  }, 60_000);
  afterAll(() => world.stop());

  /** Lets requests live one after the other. @returns what each cost on average. */
  async function costOf(live: () => Promise<void>): Promise<{ jiraCalls: number; writeUnits: number }> {
    const { forge, jira } = world.sandbox;
    // What is remembered for a site while the app is warm is paid once.
    await live();
    await world.quiet();
    const callsBefore = jira.calls.filter(({ kind }) => kind === 'app').length;
    let writes = 0;
    forge.faults.onPlatformCall = ({ target, path, body }, phase) => {
      const isWrite = target === 'kvs' && /\/(?:set|delete|transaction)$/.test(path);
      // The status of a connection is the relay's, whatever becomes of requests.
      if (phase === 'before' && isWrite && !body.includes('"key":"connection:'))
        writes += Math.max(1, Math.ceil(Buffer.byteLength(body) / 10_000));
      return 'continue';
    };
    for (let count = 0; count < REQUESTS; count += 1) await live();
    await world.quiet();
    forge.faults.onPlatformCall = undefined;
    const calls =
      jira.calls.filter(({ kind, path }) => kind === 'app' && !path.endsWith('/watchers')).length -
      callsBefore;
    return { jiraCalls: calls / REQUESTS, writeUnits: writes / REQUESTS };
  }

  const report = (title: string, cost: object): void =>
    void process.stdout.write(`${title}: ${JSON.stringify(cost)}\n`);

  it(`a request that is decided in Teleport takes at most ${MOST_WRITE_UNITS} write units`, async () => {
    const reviewer = await world.sandbox.teleport.connectAs('bob');
    const cost = await costOf(async () => {
      const id = await world.ask({ reason: 'a look at what it costs' });
      await until('the issue in step', () => showsState(world, id, 'PENDING'));
      await reviewer.review(id, 'approve', 'fine');
      await until('the issue in step', () => showsState(world, id, 'APPROVED'));
    });
    report('created and decided in Teleport', cost);
    expect(cost.writeUnits).toBeGreaterThan(0);
    expect(cost.writeUnits).toBeLessThanOrEqual(MOST_WRITE_UNITS);
    expect(cost.jiraCalls).toBeLessThanOrEqual(10);
  });

  it('a request that is decided by its card takes little more', async () => {
    const cost = await costOf(async () => {
      const id = await world.ask({ reason: 'a look at what it costs' });
      await until('the issue in step', () => showsState(world, id, 'PENDING'));
      await world.move(await world.issueOf(id), 'approved');
      await until('decided', () => showsState(world, id, 'APPROVED') && !hasLiveDecision(world, id));
    });
    report('created and decided by its card', cost);
    expect(cost.jiraCalls).toBeLessThanOrEqual(16);
  });
});
