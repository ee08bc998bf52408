import { sampleHello, sampleSnapshot } from '../support/sample-messages';
import { memberOf, until, World } from '../support/world';
import { ask, waitingDecision, type Card } from './support/cards';
import { pairingOfRelay } from './support/inbox-caller';
import {
  Chance,
  FUZZ_CALLS,
  FUZZ_SEED,
  FuzzSender,
  genuineCall,
  inParallel,
  spoil,
  SPOILER_NAMES,
  type Caller,
} from './support/fuzz';
import { QUICK } from './support/teleport-watch';
import { MAX_INBOX_BODY_BYTES } from '../../contract/relay-inbox';

/* The web trigger under calls of strangers while an approval waits there. The platform's rate limit is moved past by its clock. */
let world: World;
let caller: Caller;
let sender: FuzzSender;
let card: Card;
beforeAll(async () => {
  world = await World.start({ relayConfig: QUICK, forge: { scheduler: false } });
  const pairing = await pairingOfRelay(world);
  caller = { ...pairing, role: 'relay-to-app', now: () => world.sandbox.clock.now() / 1000 };
  sender = new FuzzSender(pairing.webTriggerUrl);
  card = await ask(world);
  await world.sandbox.relay.stop();
  await world.move(card.issue, 'approved', 'bob');
  await until('a decision that waits', () => waitingDecision(world, card.id) !== undefined);
  await world.sandbox.forge.idle({ dueOnly: true });
});
afterAll(async () => {
  sender.close();
  await world.stop();
});

/** Below what the platform lets through: 300 a second, 7,000 a minute (web triggers, invocation rate). */
const CALLS_AT_ONCE = 250;
const MOVE_MS = 3000;
const makeRoom = (number: number) => {
  if (number % CALLS_AT_ONCE === 0) world.sandbox.clock.move(MOVE_MS);
};

const cluster = () => world.sandbox.teleport.clusterName;

/** A message that would do something if it were believed. */
function tempting(chance: Chance): object {
  const facts = { name: cluster(), caFingerprint: world.sandbox.teleport.caFingerprint };
  const hello = sampleHello({ cluster: { ...sampleHello().cluster, ...facts } });
  return chance.pick<object>([hello, aboutRequests(chance)]);
}

function aboutRequests(chance: Chance): object {
  const snapshot = sampleSnapshot({ cluster: cluster(), id: card.id, state: 'DENIED', user: 'alice' });
  return chance.pick<object>([
    { v: 1, op: 'open', cluster: cluster() },
    { v: 1, op: 'apply', cluster: cluster(), items: [{ requestId: card.id, snapshot }] },
    {
      v: 1,
      op: 'apply',
      cluster: cluster(),
      items: [{ requestId: card.id, gone: { observedAt: snapshot.createdAt } }],
    },
  ]);
}

function expectNothingDone(): void {
  expect(memberOf(waitingDecision(world, card.id), 'lentUntil')).toBe(0);
  expect(world.stateOf(card.id)).toBe('PENDING');
  expect(world.slotOf(card.issue)).toBe('approved');
  expect(world.appComments(card.issue)).toEqual([]);
}

test(
  `none of ${FUZZ_CALLS} spoiled calls (seed ${FUZZ_SEED}) is believed, answered, or stored`,
  async () => {
    const { kvs } = world.sandbox.forge;
    const chance = new Chance(FUZZ_SEED);
    const surprises: unknown[] = [];
    const tried = new Set<string>();
    const entries = world.activity().length;
    kvs.resetCounters();
    await inParallel(FUZZ_CALLS, 8, async (number) => {
      makeRoom(number);
      const { how, call } = spoil(genuineCall(caller, JSON.stringify(tempting(chance))), caller, chance);
      tried.add(how);
      const answer = await sender.send(call);
      const isRefused = answer !== undefined && [401, 405, 413, 431].includes(answer.status);
      if (!isRefused || answer.isSigned || answer.body !== '') surprises.push({ number, how, answer });
    });
    expect(surprises.slice(0, 5)).toEqual([]);
    expect([...tried].sort()).toEqual([...SPOILER_NAMES].sort());
    const { writes, deletes } = kvs.counters();
    expect({ writes, deletes }).toEqual({ writes: 0, deletes: 0 });
    expect(world.activity()).toHaveLength(entries);
    expectNothingDone();
  },
  120_000 + FUZZ_CALLS * 10,
);

test('bodies around the limit are refused by their size or their signature', async () => {
  makeRoom(0);
  for (const bytes of [MAX_INBOX_BODY_BYTES - 1, MAX_INBOX_BODY_BYTES, MAX_INBOX_BODY_BYTES + 1]) {
    const stranger = { ...caller, secret: 'A'.repeat(43) };
    const answer = await sender.send(genuineCall(stranger, 'x'.repeat(bytes)));
    expect(answer).toMatchObject({ status: bytes > MAX_INBOX_BODY_BYTES ? 413 : 401, body: '' });
  }
  expectNothingDone();
});

test('messages of the genuine relay that are garbage are refused with a reason, and told once for each reason', async () => {
  const { kvs } = world.sandbox.forge;
  const chance = new Chance(FUZZ_SEED + 1);
  const entries = world.activity().length;
  const statuses = new Set<number>();
  kvs.resetCounters();
  await inParallel(1000, 8, async (number) => {
    makeRoom(number);
    const text = JSON.stringify(aboutRequests(chance));
    const at = chance.below(text.length);
    const broken = chance.pick([
      `${text.slice(0, at)}\u0001${text.slice(at)}`,
      text.replace('"v":1', `"v":${chance.below(1000) + 2}`),
      text.replace(cluster(), chance.headerText(40).replaceAll(/["\\]/g, '') || 'x'),
      JSON.stringify(chance.text(500)),
      'null',
      '[]',
      '{"v":1,"op":"__proto__"}',
      '{"v":1,"op":"apply","items":[],"__proto__":{"cluster":"x"}}',
    ]);
    const answer = await sender.send(genuineCall(caller, broken));
    statuses.add(answer?.status ?? 0);
    if (answer?.status === 200) throw new Error(`believed: ${broken.slice(0, 300)}`);
  });
  expect([...statuses].every((status) => status === 400 || status === 426)).toBe(true);
  expect(kvs.counters().writes).toBeLessThanOrEqual(1000);
  expect(world.activity().length - entries).toBeLessThanOrEqual(4);
  expectNothingDone();
}, 60_000);

test('after all that a genuine call is answered', async () => {
  makeRoom(0);
  const answer = await sender.send(
    genuineCall(caller, JSON.stringify({ v: 1, op: 'open', cluster: cluster() })),
  );
  expect(answer).toMatchObject({ status: 200, isSigned: true });
});
