import { live, startMeter, type Life } from '../support/cost/measure';
import { BRISK, World } from '../support/world';

/* What a request costs in calls of Jira, counted at the site. What a function remembers between two runs is not asked for again. */

const worlds: World[] = [];
afterAll(() => Promise.all(worlds.map((world) => world.stop())));

async function start(options: Parameters<typeof World.start>[0] = {}): Promise<World> {
  const world = await World.start({ relayConfig: BRISK, ...options });
  worlds.push(world);
  await live(world, 'decided in Jira');
  return world;
}

async function callsOf(world: World, life: Life): Promise<string[]> {
  const read = startMeter(world.sandbox);
  await live(world, life);
  // One for each watcher comes on top.
  return read().jiraCalls.flatMap(({ name }) => (name.endsWith('/watchers') ? [] : [name]));
}

test('at most 7 calls when it is decided in Teleport, 9 when it is decided in Jira', async () => {
  const world = await start();
  const inTeleport = await callsOf(world, 'decided in Teleport');
  expect(inTeleport.length <= 7 ? [] : inTeleport).toEqual([]);
  const inJira = await callsOf(world, 'decided in Jira');
  expect(inJira.length <= 9 ? [] : inJira).toEqual([]);
  const removed = await callsOf(world, 'removed unanswered');
  expect(removed.length <= 7 ? [] : removed).toEqual([]);
}, 60_000);

test('two more where new issues do not start in Pending', async () => {
  const world = await start({ jira: { initialStatus: 'backlog' } });
  const inTeleport = await callsOf(world, 'decided in Teleport');
  expect(inTeleport.length <= 9 ? [] : inTeleport).toEqual([]);
  const inJira = await callsOf(world, 'decided in Jira');
  expect(inJira.length <= 11 ? [] : inJira).toEqual([]);
}, 60_000);
