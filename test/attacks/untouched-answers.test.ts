import { randomBytes } from 'node:crypto';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { decision, type Decision } from '../../contract/decision';
import { encodePairingToken } from '../../contract/pairing-token';
import { signAnswer } from '../../contract/signing';
import { memberOf, until, World } from '../support/world';
import { ask, expectNoPeople, waitingDecision, type Card } from './support/cards';
import { pairingOf, type InboxReply } from './support/inbox-caller';
import { ManInTheMiddle, type PassingCall, type Tamper } from './support/man-in-the-middle';
import { decidingCalls, doneByRelay, hellos, QUICK, settled } from './support/teleport-watch';

/** A relay whose calls all go through somebody who changes what the app answers. */
let world: World;
let man: ManInTheMiddle;
beforeAll(async () => {
  const timing = { ...QUICK.timing, retry_first: 0.1, retry_at_most: 0.2 };
  world = await World.start({ relayConfig: { timing } });
  const { sandbox } = world;
  man = await ManInTheMiddle.start(sandbox.forge.url);
  await sandbox.relay.stop();
  const file = join(sandbox.dataDir, 'pairing-token');
  const pairing = pairingOf(await readFile(file, 'utf8'));
  await writeFile(
    file,
    encodePairingToken({ ...pairing, webTriggerUrl: man.addressFor(pairing.webTriggerUrl) }),
  );
  sandbox.relay.start();
  await sandbox.relay.untilReady();
});
afterAll(async () => {
  await world.stop();
  await man.stop();
});
afterEach(() => {
  man.tamper = undefined;
  man.intercept = undefined;
});

const answer = z.looseObject({ decisions: z.array(decision) });
const decisionsIn = (reply: InboxReply): Decision[] => {
  const parsed = answer.safeParse(reply.body === '' ? undefined : JSON.parse(reply.body));
  return parsed.success ? parsed.data.decisions : [];
};
const withDecisions = (reply: InboxReply, decisions: readonly Decision[]): InboxReply => ({
  ...reply,
  body: JSON.stringify({ ...JSON.parse(reply.body), decisions }),
});

/** A decision that a man in the middle would like to see carried out. */
const wished = (card: Card): Decision => {
  const { sandbox } = world;
  const now = sandbox.clock.now();
  const link = world.linkOf(card.id);
  return {
    v: 1,
    id: `c:${card.issue.id}:1`,
    connectionId: sandbox.connectionId ?? '',
    cluster: sandbox.teleport.clusterName,
    requestId: card.id,
    verdict: 'approve',
    source: 'card',
    actor: { accountId: sandbox.jira.people['bob']?.accountId ?? '' },
    reason: '',
    issue: { id: card.issue.id, key: card.issue.key, url: '' },
    grantDigest: String(memberOf(memberOf(link, 'shown'), 'grantDigest')),
    decidedAt: new Date(now).toISOString(),
    notAfter: new Date(now + 600_000).toISOString(),
  };
};

/** Does so to hellos until several were changed, and proves that Teleport was left alone and the relay says why. */
async function dropsAnswers(card: Card, tamper: Tamper): Promise<void> {
  const before = decidingCalls(world);
  const changed = man.changed.length;
  man.tamper = (reply, call) => (call.op === 'hello' && reply.status === 200 ? tamper(reply, call) : reply);
  await until('changed answers', () => man.changed.length >= changed + 2);
  await until('a relay that says so', async () =>
    (await world.sandbox.relay.status()).problems.some((text) =>
      /not signed by the app|platform answered/.test(text),
    ),
  );
  man.tamper = undefined;
  await settled(world);
  expect(decidingCalls(world)).toBe(before);
  expect(doneByRelay(world, card.id)).toEqual([]);
  expect(world.stateOf(card.id)).toBe('PENDING');
  expectNoPeople(world, world.sandbox.relay.output().split('\n'));
}

test('answers that nobody changes carry a decision to Teleport', async () => {
  const card = await ask(world);
  await world.move(card.issue, 'approved', 'bob');
  await world.untilState(card.id, 'APPROVED');
  await settled(world);
});

test('a decision that was added to an answer', async () => {
  const card = await ask(world);
  await dropsAnswers(card, (reply) => withDecisions(reply, [wished(card)]));
});

test('a decision that was added, signed with a key of the attacker’s', async () => {
  const card = await ask(world);
  await dropsAnswers(card, (reply, call) => {
    const changed = withDecisions(reply, [wished(card)]);
    const key = { keyId: 'attacker', secret: randomBytes(32).toString('base64url') };
    return { ...changed, headers: { ...changed.headers, ...signedBy(key, changed, call) } };
  });
});

test('the same decision, signed with the key that only the app has, would be carried out', async () => {
  const card = await ask(world);
  const { secret, keyId } = pairingOf(await readFile(join(world.sandbox.dataDir, 'pairing-token'), 'utf8'));
  man.tamper = (reply, call) => {
    if (call.op !== 'hello') return reply;
    const changed = withDecisions(reply, [wished(card)]);
    return { ...changed, headers: { ...changed.headers, ...signedBy({ keyId, secret }, changed, call) } };
  };
  await world.untilState(card.id, 'APPROVED');
  man.tamper = undefined;
  await settled(world);
});

test('a decision that was added, without any signature', async () => {
  const card = await ask(world);
  await dropsAnswers(card, (reply) => stripped(withDecisions(reply, [wished(card)])));
});

test('a genuine answer under another status', async () => {
  const card = await ask(world);
  await dropsAnswers(card, (reply) => ({ ...reply, status: 201 }));
});

test('a genuine answer with a later timestamp', async () => {
  const card = await ask(world);
  await dropsAnswers(card, (reply) => ({
    ...reply,
    headers: {
      ...reply.headers,
      'webhook-timestamp': String(Number(reply.headers['webhook-timestamp']) + 1),
    },
  }));
});

/** Moves a card so that its genuine decision meets the tampering, and lets the decision through afterwards. */
async function decisionMeets(verdict: 'approved' | 'denied', tamper: Tamper): Promise<void> {
  const card = await ask(world);
  let met = 0;
  man.tamper = (reply, call) => {
    if (call.op !== 'hello' || decisionsIn(reply).length === 0) return reply;
    met += 1;
    return tamper(reply, call);
  };
  const before = decidingCalls(world);
  await world.move(card.issue, verdict, 'bob');
  await until('a decision on its way', () => met > 0);
  await hellos(world, 2);
  expect(decidingCalls(world)).toBe(before);
  expect(world.stateOf(card.id)).toBe('PENDING');
  expect(waitingDecision(world, card.id)).toBeDefined();
  man.tamper = undefined;
  // The loan runs out and the decision is handed out again.
  world.sandbox.clock.move(31_000);
  await world.untilState(card.id, verdict === 'approved' ? 'APPROVED' : 'DENIED');
  await settled(world);
}

test('a genuine decision whose signature was taken off', () => decisionMeets('approved', stripped));

test('a genuine denial that was turned into an approval', () =>
  decisionMeets('denied', (reply) =>
    withDecisions(
      reply,
      decisionsIn(reply).map((each) => ({ ...each, verdict: 'approve' })),
    ),
  ));

test('a genuine approval that was turned to another request', async () => {
  const other = await ask(world);
  await decisionMeets('approved', (reply) =>
    withDecisions(
      reply,
      decisionsIn(reply).map((each) => ({ ...each, requestId: other.id })),
    ),
  );
  expect(world.stateOf(other.id)).toBe('PENDING');
});

test('an old answer with a genuine decision that is played again', async () => {
  const { teleport } = world.sandbox;
  const card = await ask(world);
  let recorded: InboxReply | undefined;
  man.tamper = (reply, call) => {
    if (call.op === 'hello' && decisionsIn(reply).length > 0) recorded = reply;
    return reply;
  };
  await world.move(card.issue, 'approved', 'bob');
  await world.untilState(card.id, 'APPROVED');
  await settled(world);
  expect(recorded).toBeDefined();
  // Back to where the decision would work once more, as only a test can bring it.
  const pending = await ask(world);
  const before = decidingCalls(world);
  for (const headers of [(id: string) => ({ 'webhook-id': id }), () => ({})]) {
    const changed = man.changed.length;
    man.tamper = (reply, call) =>
      call.op !== 'hello' || recorded === undefined
        ? reply
        : { ...recorded, headers: { ...recorded.headers, ...headers(call.id) } };
    await until('played again', () => man.changed.length >= changed + 2);
  }
  man.tamper = undefined;
  await settled(world);
  expect(decidingCalls(world)).toBe(before);
  expect(world.stateOf(pending.id)).toBe('PENDING');
  expect(
    teleport.cluster.audit.filter(({ id, type }) => id === card.id && type.endsWith('update')),
  ).toHaveLength(1);
});

test('an apply answer without a signature marks nothing as done', async () => {
  man.tamper = (reply, call) => (call.op === 'apply' ? stripped(reply) : reply);
  const id = await world.ask({ reason: 'not told of' });
  await until('changed', () => man.changed.at(-1) === 'apply');
  await until('still waiting', async () => (await world.sandbox.relay.status()).waiting > 0);
  man.tamper = undefined;
  await world.issueOf(id);
  await world.quiet();
  expect(world.issuesOf(id)).toHaveLength(1);
});

test('a decision whose outcome does not get back is handed out twice and carried out once', async () => {
  const { clock, teleport } = world.sandbox;
  const card = await ask(world);
  let isBlocked = true;
  man.intercept = ({ op, body }) =>
    op === 'apply' && isBlocked && body.includes('decisionId')
      ? { status: 503, headers: {}, body: '' }
      : undefined;
  let handedOut = 0;
  man.tamper = (reply, call) => {
    if (call.op === 'hello') handedOut += decisionsIn(reply).length;
    return reply;
  };
  const before = decidingCalls(world);
  await world.move(card.issue, 'approved', 'bob');
  await world.untilState(card.id, 'APPROVED');
  clock.move(31_000);
  await until('handed out again', () => handedOut >= 2);
  isBlocked = false;
  await until('told', () => waitingDecision(world, card.id) === undefined);
  await settled(world);
  expect(decidingCalls(world)).toBe(before + 1);
  expect(
    teleport.cluster.audit.filter(({ id, type }) => id === card.id && type.endsWith('update')),
  ).toHaveLength(1);
  expect(world.slotOf(card.issue)).toBe('approved');
  expect(world.appComments(card.issue)).toHaveLength(1);
  expect(
    world.activity().filter(({ requestId, kind }) => requestId === card.id && kind === 'decision'),
  ).toHaveLength(1);
});

test('a platform that says by itself that the app is gone stops the relay, unsigned as that is', async () => {
  const card = await ask(world);
  const before = decidingCalls(world);
  await world.move(card.issue, 'approved', 'erin');
  man.intercept = () => ({ status: 404, headers: {}, body: '' });
  await until('stopped', async () =>
    (await world.sandbox.relay.status()).problems.some((text) => text.includes('no longer exists')),
  );
  expect((await world.sandbox.relay.status()).ready).toBe(false);
  expect(decidingCalls(world)).toBe(before);
  expect(world.stateOf(card.id)).toBe('PENDING');
});

function stripped(reply: InboxReply): InboxReply {
  const names = Object.entries(reply.headers).filter(([name]) => !name.startsWith('webhook-'));
  return { ...reply, headers: Object.fromEntries(names) };
}

function signedBy(key: { keyId: string; secret: string }, reply: InboxReply, call: PassingCall) {
  const now = world.sandbox.clock.now() / 1000;
  const { status, body } = reply;
  return signAnswer({ role: 'relay-to-app-answer', requestId: call.id, key, status, body, now });
}
