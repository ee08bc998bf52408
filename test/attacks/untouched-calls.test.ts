import { randomBytes } from 'node:crypto';
import { applyAnswer, MAX_INBOX_BODY_BYTES } from '../../contract/relay-inbox';
import { signAnswer } from '../../contract/signing';
import { sampleHello, sampleSnapshot } from '../support/sample-messages';
import { memberOf, until, World } from '../support/world';
import { ask, expectNoPeople, waitingDecision, type Card } from './support/cards';
import { InboxCaller, pairingOf, pairingOfRelay, send, type CallForm } from './support/inbox-caller';
import { QUICK, settled } from './support/teleport-watch';

/** Calls of the web trigger while an approval waits there: whoever got it handed out could carry it off. */
let world: World;
let relay: InboxCaller;
/** A second connection, that nobody confirmed. */
let other: InboxCaller;
let card: Card;
beforeAll(async () => {
  world = await World.start({ relayConfig: QUICK, forge: { scheduler: false } });
  relay = new InboxCaller(world, await pairingOfRelay(world));
  const { pairingToken } = await world.sandbox.admin.call('createConnection', { name: 'Another' });
  other = new InboxCaller(world, pairingOf(pairingToken));
  card = await ask(world);
  await world.sandbox.relay.stop();
  await world.move(card.issue, 'approved', 'bob');
  await until('a decision that waits', () => waitingDecision(world, card.id) !== undefined);
  await world.sandbox.forge.idle({ dueOnly: true });
});
afterAll(() => world.stop());

const cluster = () => world.sandbox.teleport.clusterName;
const hello = () =>
  sampleHello({
    cluster: {
      ...sampleHello().cluster,
      name: cluster(),
      caFingerprint: world.sandbox.teleport.caFingerprint,
    },
  });
const snapshot = (changes: Parameters<typeof sampleSnapshot>[0] = {}) =>
  sampleSnapshot({ cluster: cluster(), ...changes });
const apply = (...snapshots: ReturnType<typeof sampleSnapshot>[]) => ({
  v: 1,
  op: 'apply',
  cluster: cluster(),
  items: snapshots.map((each) => ({ requestId: each.id, snapshot: each })),
});
/** Says that the waiting request was denied, as the relay would. */
const lie = () => apply(snapshot({ id: card.id, state: 'DENIED', user: 'alice' }));

/** Nothing was handed out, carried over, or shown. */
function expectNothingDone(): void {
  expect(memberOf(waitingDecision(world, card.id), 'lentUntil')).toBe(0);
  expect(world.stateOf(card.id)).toBe('PENDING');
  expect(world.slotOf(card.issue)).toBe('approved');
  expect(world.appComments(card.issue)).toEqual([]);
  expect(world.sandbox.teleport.control.calls['SetAccessRequestState']).toBeUndefined();
}

/** A call by a stranger: an empty answer, nothing stored, no entry. */
async function refusesStranger(
  form: CallForm,
  expected: { status?: number; reads?: boolean; body?: unknown } = {},
): Promise<void> {
  const { kvs } = world.sandbox.forge;
  const entries = world.activity().length;
  for (const body of expected.body === undefined ? [hello(), lie()] : [expected.body]) {
    kvs.resetCounters();
    const reply = await relay.call(body, form);
    expect({ status: reply.status, body: reply.body, isSigned: reply.isSigned }).toEqual({
      status: expected.status ?? 401,
      body: '',
      isSigned: false,
    });
    const { writes, deletes, requests } = kvs.counters();
    expect({ writes, deletes }).toEqual({ writes: 0, deletes: 0 });
    // What costs nothing is checked before the keys are looked up.
    if (expected.reads !== true) expect(requests).toBe(0);
  }
  expect(world.activity()).toHaveLength(entries);
  expectNothingDone();
}

describe('strangers', () => {
  const without = (name: string) => (signed: Record<string, string>) => {
    const left = { ...signed };
    Reflect.deleteProperty(left, name);
    return left;
  };

  test('an unsigned call', () => refusesStranger({ headers: () => ({}) }));

  test.each(['webhook-id', 'webhook-timestamp', 'webhook-signature'])('a call without %s', (name) =>
    refusesStranger({ headers: without(name) }),
  );

  test.each(['webhook-id', 'webhook-timestamp', 'webhook-signature'])('a call with %s twice', (name) =>
    refusesStranger({
      headers: (signed) => ({ ...signed, [name]: [signed[name] ?? '', signed[name] ?? ''] }),
    }),
  );

  test('a call with a signature of nobody’s', () =>
    refusesStranger({ secret: randomBytes(32).toString('base64url') }, { reads: true }));

  test('a call whose body is not what was signed', () =>
    refusesStranger(
      {
        headers: (signed) => ({ ...signed, 'webhook-signature': `v1,${randomBytes(32).toString('base64')}` }),
      },
      { reads: true },
    ));

  test('a call signed in the app’s role', () => refusesStranger({ role: 'app-to-relay' }, { reads: true }));

  test('a call signed with the key of answers', () =>
    refusesStranger(
      {
        headers: (signed) => ({
          ...signed,
          ...signAnswer({
            role: 'relay-to-app-answer',
            requestId: signed['webhook-id'] ?? '',
            key: relay.pairing,
            status: 200,
            body: JSON.stringify(hello()),
            now: world.sandbox.clock.now() / 1000,
          }),
        }),
      },
      { reads: true },
    ));

  test('a call signed with another connection’s key', () =>
    refusesStranger({ secret: other.pairing.secret, keyId: other.pairing.keyId }, { reads: true }));

  test('a call of a connection that does not exist', () =>
    refusesStranger({ connectionId: '00000000-0000-4000-8000-000000000000' }, { reads: true }));

  test('a call of a connection whose id the app cannot have made', () =>
    refusesStranger({ connectionId: 'connection-1' }));

  test('a call from more than five minutes ago', () => refusesStranger({ aheadSeconds: -301 }));

  test('a call from more than five minutes ahead', () => refusesStranger({ aheadSeconds: 302 }));

  test('a timestamp that is none', () =>
    refusesStranger({ headers: (signed) => ({ ...signed, 'webhook-timestamp': '1e9' }) }));

  test('a call of more than a megabyte, though signed', () =>
    refusesStranger({}, { status: 413, body: ' '.repeat(MAX_INBOX_BODY_BYTES + 1) }));

  test('a call by GET', async () => {
    const reply = await send(relay.pairing.webTriggerUrl, '', {}, 'GET');
    expect(reply).toMatchObject({ status: 405, body: '' });
    expectNothingDone();
  });

  test('many of them leave a line now and then', async () => {
    const { forge } = world.sandbox;
    const before = forge.logs.length;
    const calls = 300;
    for (let round = 0; round < calls; round += 1) {
      if (round % 100 === 99) world.sandbox.clock.move(1000);
      const reply = await relay.call(hello(), { secret: randomBytes(32).toString('base64url') });
      expect(reply.status).toBe(401);
    }
    const lines = forge.logs.slice(before).map(({ text }) => text);
    expect(lines.length).toBeGreaterThan(0);
    expect(lines.length).toBeLessThan(calls / 4);
    expectNoPeople(world, lines);
    const textual: unknown = expect.any(String);
    for (const line of lines) expect(JSON.parse(line)).toEqual({ message: textual, problem: 'signature' });
  });
});

describe('relays', () => {
  /** A verified call that is refused: a signed code, a line, and one entry in the list however often it comes. */
  async function refusesRelay(
    body: unknown,
    expected: { status?: number; code: string; by?: InboxCaller },
  ): Promise<void> {
    const { forge } = world.sandbox;
    for (const { key } of forge.kvs.dump('activity:')) forge.kvs.remove(key);
    const before = forge.logs.length;
    for (let time = 0; time < 3; time += 1) {
      const reply = await (expected.by ?? relay).call(body);
      expect(reply).toMatchObject({ status: expected.status ?? 400, isSigned: true });
      expect(JSON.parse(reply.body)).toEqual({ v: 1, code: expected.code });
    }
    expect(world.activity()).toEqual([
      expect.objectContaining({ kind: 'message_refused', code: expected.code, accountId: undefined }),
    ]);
    const lines = forge.logs.slice(before).map(({ text }) => text);
    expect(lines).not.toEqual([]);
    expect(lines.every((line) => line.includes(`"${expected.code}"`))).toBe(true);
    expectNoPeople(world, lines);
    expectNothingDone();
  }

  test('a well-made call is answered and changes nothing', async () => {
    const reply = await relay.call({ v: 1, op: 'open', cluster: cluster() });
    expect(reply).toMatchObject({ status: 200, isSigned: true });
    expect(JSON.parse(reply.body)).toMatchObject({ links: [{ requestId: card.id, state: 'PENDING' }] });
    expectNothingDone();
  });

  test('malformed JSON', () => refusesRelay('{"v":1,', { code: 'bad_message' }));
  test('an unknown version', () =>
    refusesRelay({ ...hello(), v: 2 }, { status: 426, code: 'unknown_version' }));
  test('an unknown operation', () => refusesRelay({ v: 1, op: 'decide' }, { code: 'bad_message' }));
  test('another cluster', () =>
    refusesRelay({ v: 1, op: 'open', cluster: 'elsewhere' }, { code: 'wrong_cluster' }));
  test('a connection that nobody confirmed', () => refusesRelay(lie(), { code: 'not_confirmed', by: other }));
  test('a snapshot of another cluster', () => {
    const foreign = snapshot({ cluster: 'elsewhere', id: card.id });
    return refusesRelay(
      { ...lie(), items: [{ requestId: card.id, snapshot: foreign }] },
      { code: 'bad_message' },
    );
  });
  test('a snapshot of another request', () =>
    refusesRelay(
      { ...lie(), items: [{ requestId: card.id, snapshot: snapshot() }] },
      { code: 'bad_message' },
    ));
  test('too many items', () =>
    refusesRelay(
      apply(...Array.from({ length: 11 }, (_each, index) => snapshot({ id: `request-${index}` }))),
      { code: 'bad_message' },
    ));
  test('a request twice', () =>
    refusesRelay(apply(snapshot({ id: 'one' }), snapshot({ id: 'one' })), { code: 'bad_message' }));
  test('an outcome that was never asked for', () =>
    refusesRelay(
      { ...lie(), items: [{ requestId: card.id, gone: { observedAt: 'yesterday' } }] },
      { code: 'bad_message' },
    ));

  test('a page token that is none', async () => {
    const reply = await relay.call({ v: 1, op: 'open', cluster: cluster(), pageToken: 'not a cursor' });
    expect([200, 400]).toContain(reply.status);
    expect(reply.isSigned).toBe(true);
    expectNothingDone();
  });

  test('one item that Jira chokes on keeps no other from its answer', async () => {
    const { faults } = world.sandbox.jira;
    faults.next = ({ method, body }) =>
      method === 'POST' && JSON.stringify(body ?? '').includes('mallory')
        ? { kind: 'error_before', status: 400 }
        : undefined;
    const poison = snapshot({
      id: 'poison',
      user: 'mallory',
      reason: '\ud800',
      createdAt: '0001-01-01T00:00:00Z',
    });
    const reply = await relay.call(apply(poison, snapshot({ id: 'sound', user: 'alice' })));
    faults.next = undefined;
    expect(reply).toMatchObject({ status: 200, isSigned: true });
    const { results } = applyAnswer.parse(JSON.parse(reply.body));
    expect(results.map(({ requestId, result }) => `${requestId} ${result}`).sort()).toEqual([
      'poison failed',
      'sound created',
    ]);
    expectNothingDone();
  });

  test('a hello that presents another CA gets nothing, and requests of that relay nothing either', async () => {
    const impostor = { ...hello(), cluster: { ...hello().cluster, caFingerprint: 'a'.repeat(64) } };
    const reply = await relay.call(impostor);
    expect(JSON.parse(reply.body)).toMatchObject({ connection: 'mismatch', decisions: [] });
    await refusesRelay(lie(), { code: 'not_confirmed' });
    expect(JSON.parse((await relay.call(hello())).body)).toMatchObject({ connection: 'confirmed' });
  });

  test('the rightful relay gets the decision, and Teleport follows', async () => {
    const { sandbox } = world;
    expect(memberOf(waitingDecision(world, card.id), 'lentUntil')).not.toBe(0);
    sandbox.clock.move(31_000);
    sandbox.relay.start();
    await world.untilState(card.id, 'APPROVED');
    await settled(world);
    expect(world.slotOf(card.issue)).toBe('approved');
  });
});
