import type { Fault, JiraCall } from '../../sandbox/jira';
import { isWrite, ProvisionWorld } from './provision-world';

/** What a set-up without any failure leaves, and how many writes and stores it takes. */
interface Undisturbed {
  endState: unknown;
  writes: string[];
  stores: number;
}

const KINDS: readonly [string, Fault][] = [
  ['fails before its effect', { kind: 'error_before', status: 503 }],
  ['fails after its effect', { kind: 'error_after', status: 500 }],
  [
    'is refused for being too fast',
    { kind: 'rate_limited', reason: 'jira-burst-based', retryAfterSeconds: 2 },
  ],
];

let undisturbed: Undisturbed;
const open: ProvisionWorld[] = [];
afterEach(async () => {
  await Promise.all(open.splice(0).map((world) => world.stop()));
});

async function start(): Promise<ProvisionWorld> {
  const world = await ProvisionWorld.start({ bare: true });
  open.push(world);
  return world;
}
const payload = (world: ProvisionWorld) => ({
  projectType: 'software',
  approverGroupIds: [world.jira.groups['teleport-approvers'] ?? ''],
});

beforeAll(async () => {
  const world = await ProvisionWorld.start({ bare: true });
  let stores = 0;
  world.store.beforeWrite = () => void (stores += 1);
  await world.setUp(payload(world));
  undisturbed = {
    endState: world.endState(),
    writes: world.writes().map(({ method, route }) => `${method} ${route ?? ''}`),
    stores,
  };
  await world.stop();
});

test('an undisturbed set-up writes a known number of times', () => {
  expect(undisturbed.writes).toHaveLength(17);
  expect(undisturbed.stores).toBeGreaterThanOrEqual(13);
});

test.each(KINDS)(
  'a write that %s leads to the same end, whichever write it is',
  async (_what, fault) => {
    for (const [index, name] of undisturbed.writes.entries()) {
      const world = await start();
      let seen = 0;
      world.jira.faults.next = (call: Readonly<JiraCall>) => {
        if (!isWrite(call)) return undefined;
        seen += 1;
        return seen === index + 1 ? fault : undefined;
      };
      const result = await world.setUp(payload(world));
      expect({ name, done: result.done }).toEqual({ name, done: true });
      expect({ name, state: world.endState() }).toEqual({ name, state: undisturbed.endState });
      await world.stop();
      open.pop();
    }
  },
  60_000,
);

test('a call that is cut off before it stores what it did leads to the same end, wherever it is cut off', async () => {
  for (let cut = 1; cut <= undisturbed.stores; cut += 1) {
    const world = await start();
    let stores = 0;
    world.store.beforeWrite = () => {
      stores += 1;
      if (stores === cut) throw new Error('the function was ended');
    };
    await expect(world.setUp(payload(world))).rejects.toThrow('the function was ended');
    const result = await world.setUp(payload(world));
    expect({ cut, done: result.done }).toEqual({ cut, done: true });
    expect({ cut, state: world.endState() }).toEqual({ cut, state: undisturbed.endState });
    await world.stop();
    open.pop();
  }
}, 60_000);

test('a function that was ended in its turn holds others up for half a minute at most', async () => {
  const world = await start();
  await world.store.takeTurn('TAR', {
    id: 'ended',
    now: world.clock.now(),
    until: world.clock.now() + 30_000,
  });
  const blocked = await world.call(payload(world));
  expect(blocked).toMatchObject({ done: false, callAgainSeconds: 3 });
  expect(world.jira.calls.length).toBe(0);
  world.clock.move(30_001);
  expect((await world.setUp(payload(world))).done).toBe(true);
});

test('while another task changes workflows the set-up waits, and goes on by itself', async () => {
  const world = await start();
  let left = 9;
  world.jira.faults.next = ({ route }) => {
    const isBusy = route === '/rest/api/3/workflows/create' && left > 0;
    if (isBusy) left -= 1;
    return isBusy ? { kind: 'task_running' } : undefined;
  };
  const first = await world.call(payload(world));
  expect(first.steps.find(({ key }) => key === 'workflow')).toMatchObject({ state: 'working' });
  expect(first.callAgainSeconds).toBe(3);
  expect((await world.setUp(payload(world))).done).toBe(true);
  expect(world.endState()).toEqual(undisturbed.endState);
});

test('a test issue whose creation got lost is not made twice', async () => {
  const world = await start();
  world.jira.faults.next = ({ method, route }) =>
    method === 'POST' && route === '/rest/api/3/issue' && world.jira.store.issues.size === 0
      ? { kind: 'error_after', status: 500 }
      : undefined;
  await world.setUp(payload(world));
  expect(world.jira.store.issues.size).toBe(1);
  expect(world.endState()).toEqual(undisturbed.endState);
});
