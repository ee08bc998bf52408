import { randomUUID } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { decideRequest } from '../../contract/push';
import { listenHttp, readBody, sendJson, type HttpListener } from '../../sandbox/http';
import { until, World } from '../support/world';
import type { Card } from './support/cards';
import { outcomeAt, press, resultOf, untilSettled, viewOf } from './support/panel';
import { doneByRelay } from './support/teleport-watch';

/* The decision page with push: the app calls the relay, which asks by itself every three seconds only, so what is done at once was pushed. */

const SELDOM = { timing: { hello_at_most_every: 3 } };
const PRESSES = 11;
const MEDIAN_WITHIN_MS = 1000;

let world: World;
let relayAddress: string;
const strangers: HttpListener[] = [];
beforeAll(async () => {
  world = await World.start({ relayConfig: SELDOM, push: true });
  relayAddress = `http://${String(/decisions_address: (\S+)/.exec(await readFile(world.sandbox.relay.configFile, 'utf8'))?.[1])}`;
});
afterAll(async () => {
  await Promise.all(strangers.map((stranger) => stranger.close()));
  await world.stop();
});

const pushChoice = () => world.sandbox.forge.kvs.peek('push');

/** A request with its card, without waiting until the relay has repeated what it answered before. */
async function askNow(): Promise<Card> {
  const id = await world.ask({ reason: 'look at a slow query' });
  return { id, issue: await world.issueOf(id) };
}

/** Lets the app take somebody else for the relay. */
async function withStranger(
  answer: (body: string) => { status: number; body: object } | undefined,
  act: () => Promise<void>,
): Promise<void> {
  const stranger = await listenHttp(async (request, response) => {
    const body = (await readBody(request)) ?? '';
    const told = answer(body);
    if (told === undefined) request.socket.destroy();
    else sendJson(response, told.status, told.body);
  });
  strangers.push(stranger);
  world.sandbox.forge.setRemote('relay', stranger.url);
  try {
    await act();
  } finally {
    world.sandbox.forge.setRemote('relay', relayAddress);
    // As after the minute in which nothing is pushed since it failed.
    world.sandbox.forge.kvs.poke('push', { connectionId: world.sandbox.connectionId });
  }
}

test('the choice of a connection for push is proved by a signed ping', () => {
  expect(pushChoice()).toEqual({
    connectionId: world.sandbox.connectionId,
    provedAt: expect.any(Number) as number,
  });
});

test('a decision by button has its outcome in the answer, and the issue shows it', async () => {
  const card = await askNow();
  const answer = await press(world, card);
  expect(answer).toMatchObject({
    ok: true,
    value: {
      result: 'taken',
      progress: { state: 'APPROVED', last: { isMine: true, outcome: { kind: 'applied' } } },
    },
  });
  expect(world.stateOf(card.id)).toBe('APPROVED');
  expect(world.waitingDecision(card.id)).toBeUndefined();
  expect(world.slotOf(card.issue)).toBe('approved');
  await world.quiet();
  const said = world.appComments(card.issue);
  expect(said.filter((text) => text.startsWith('Approval by button'))).toHaveLength(1);
  expect(said.filter((text) => text.startsWith('Approved in Teleport'))).toHaveLength(1);
});

test(`from button to Teleport in less than ${MEDIAN_WITHIN_MS / 1000} s at the median`, async () => {
  const times: number[] = [];
  const answers: number[] = [];
  for (let index = 0; index < PRESSES; index += 1) {
    const card = await askNow();
    const { grantDigest } = await viewOf(world, card);
    const startedAt = performance.now();
    const answered = press(world, card, { grantDigest });
    await until('Teleport has it', () => world.stateOf(card.id) === 'APPROVED');
    times.push(performance.now() - startedAt);
    await answered;
    answers.push(performance.now() - startedAt);
  }
  const median = (all: number[]) => [...all].sort((a, b) => a - b)[(PRESSES - 1) / 2] ?? Infinity;
  process.stdout.write(
    `button with push: in Teleport after ${median(times).toFixed(0)} ms, answered after ${median(answers).toFixed(0)} ms (medians)\n`,
  );
  expect(median(times)).toBeLessThan(MEDIAN_WITHIN_MS);
});

test('a moved card is pushed as well', async () => {
  const card = await askNow();
  await world.move(card.issue, 'approved');
  await world.untilState(card.id, 'APPROVED', 5000);
});

const done = (card: Card, body: string) => {
  const { decision } = decideRequest.parse(JSON.parse(body));
  return {
    ...{ v: 1, op: 'decide', result: 'done' },
    item: {
      requestId: card.id,
      gone: { observedAt: '2026-11-24T15:30:00Z' },
      outcome: { decisionId: decision.id, outcome: { kind: 'applied' }, at: '2026-11-24T15:30:00Z' },
    },
  };
};

test.each<[string, (card: Card) => Parameters<typeof withStranger>[0]]>([
  ['an unsigned outcome', (card) => (body) => ({ status: 200, body: done(card, body) })],
  ['the call itself sent back', () => (body) => ({ status: 200, body: JSON.parse(body) as object })],
  ['a failure', () => () => ({ status: 500, body: {} })],
  ['no answer', () => () => undefined],
])(
  '%s by somebody in the relay’s place is believed by nobody, and the relay collects the decision',
  async (_name, make) => {
    const card = await askNow();
    await withStranger(make(card), async () => {
      const answer = await press(world, card);
      expect(answer).toMatchObject({
        ok: true,
        value: { result: 'taken', progress: { state: 'PENDING', waiting: { isMine: true } } },
      });
      expect(await outcomeAt(world, card)).toBe('none');
      expect(doneByRelay(world, card.id)).toEqual([]);
      expect(pushChoice()).toMatchObject({ failedAt: expect.any(Number) as number });
    });
    await world.untilState(card.id, 'APPROVED', 20_000);
    await untilSettled(world, card);
    expect(doneByRelay(world, card.id)).toEqual(['APPROVED']);
  },
);

test('a relay that is away: the page says that the decision waits, and the relay takes it when it comes back', async () => {
  const card = await askNow();
  await world.sandbox.relay.stop();
  const uuid = randomUUID();
  const { grantDigest } = await viewOf(world, card);
  const pressed = await press(world, card, { uuid, grantDigest });
  expect(pressed).toMatchObject({
    ok: true,
    value: { progress: { waiting: { isMine: true, verdict: 'approve' } } },
  });
  expect(resultOf(await press(world, card, { uuid, grantDigest }))).toBe('taken');
  world.sandbox.relay.start();
  await world.untilState(card.id, 'APPROVED', 20_000);
  await untilSettled(world, card);
  expect(await outcomeAt(world, card)).toBe('applied');
  expect(doneByRelay(world, card.id)).toEqual(['APPROVED']);
});
