import { randomBytes, randomUUID } from 'node:crypto';
import { connect } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { RequestState } from '../../relay/src/teleport/gen/types';
import { decideAnswer } from '../../contract/push';
import type { Decision } from '../../contract/decision';
import { TokenIssuer } from '../support/relay/invocation-tokens';
import { push, type PushOptions } from '../support/relay/push-client';
import { RelayRig } from '../support/relay/relay-rig';
import { until } from '../support/world';

/* Calls with a genuine token that something else is wrong with, and calls that are right but come at a bad moment. */
let rig: RelayRig;
const issuer = new TokenIssuer();
beforeAll(async () => {
  await issuer.start();
  rig = await RelayRig.start({ push: { jwks_url: issuer.url } });
});
afterAll(async () => {
  await rig.stop();
  await issuer.stop();
});
afterEach(() => {
  rig.teleport.faults.onCall = undefined;
});

const decide = async (decision: Decision, options: Partial<PushOptions> = {}) =>
  push(rig, '/v1/decisions', { v: 1, op: 'decide', decision }, { token: await issuer.genuine(), ...options });

const outcomeOf = async (decision: Decision) => {
  const answer = decideAnswer.parse((await decide(decision)).message);
  return answer.result === 'done' ? answer.item.outcome?.outcome : answer.result;
};

/** Nobody who can only do this gets in. */
async function refuses(options: (decision: Decision) => Partial<PushOptions>): Promise<void> {
  const id = await rig.ask();
  const decision = rig.decisionOn(id);
  const answer = await decide(decision, options(decision));
  expect(answer).toMatchObject({ status: 401, isSigned: false, message: '' });
  expect(rig.doneByRelay(id)).toEqual([]);
  expect(await outcomeOf(decision)).toEqual({ kind: 'applied' });
}

/** The decision is understood, and refused with a reason. */
async function declines(code: string, change: (decision: Decision) => Partial<Decision>): Promise<void> {
  const id = await rig.ask();
  const decision = rig.decisionOn(id);
  expect(await outcomeOf({ ...decision, ...change(decision) })).toMatchObject({ kind: 'refused', code });
  expect(rig.doneByRelay(id)).toEqual([]);
  expect(rig.stateOf(id)).toBe('PENDING');
  expect(await outcomeOf(decision)).toEqual({ kind: 'applied' });
}

const now = () => Date.now() / 1000;

test('a signature with the other direction’s key', () => refuses(() => ({ role: 'relay-to-app' })));
test('a signature with another pairing’s secret', () =>
  refuses(() => ({ secret: randomBytes(32).toString('base64url') })));
test('a message id of another connection', () => refuses(() => ({ connectionId: randomUUID() })));
test('a call that is six minutes old', () => refuses(() => ({ signedAt: now() - 360 })));
test('a call from six minutes ahead', () => refuses(() => ({ signedAt: now() + 360 })));
test('a body that was changed on the way', () =>
  refuses((decision) => ({
    body: JSON.stringify({ v: 1, op: 'decide', decision: { ...decision, verdict: 'deny' } }),
  })));
test('a body with one more blank', () =>
  refuses((decision) => ({ body: JSON.stringify({ v: 1, op: 'decide', decision }, undefined, 1) })));
test('no signature at all', () => refuses(() => ({ headers: { 'webhook-signature': '' } })));

test('a decision for another connection', () =>
  declines('wrong_connection', () => ({ connectionId: randomUUID() })));
test('a decision for another cluster', () =>
  declines('wrong_connection', () => ({ cluster: 'another.cluster' })));
test('a late decision', () => declines('late', () => ({ notAfter: '2026-01-01T00:00:00Z' })));
test('a digest of something else than what is asked for', () =>
  declines('grant_changed', () => ({ grantDigest: `g1:${'A'.repeat(43)}` })));

test('a changed role list between showing and deciding', async () => {
  const id = await rig.ask();
  const decision = rig.decisionOn(id);
  rig.teleport.cluster.tamper(id, { Roles: ['editor', 'auditor'] });
  expect(await outcomeOf(decision)).toMatchObject({ kind: 'refused', code: 'grant_changed' });
  expect(rig.stateOf(id)).toBe('PENDING');
});

test('the same call sent again changes nothing and is answered alike', async () => {
  const id = await rig.ask();
  const decision = rig.decisionOn(id);
  const first = await decide(decision);
  const again = await decide(decision, { replay: first.signature });
  for (const { message } of [first, again]) {
    expect(decideAnswer.parse(message)).toMatchObject({
      item: { outcome: { outcome: { kind: 'applied' } } },
    });
  }
  expect(rig.doneByRelay(id)).toHaveLength(1);
});

test('an approval sent again after it was revoked in Teleport does not come back', async () => {
  const id = await rig.ask();
  const decision = rig.decisionOn(id);
  const { signature } = await decide(decision);
  await (await rig.teleport.connectAs('admin')).setState(id, 'deny');
  const again = decideAnswer.parse((await decide(decision, { replay: signature })).message);
  expect(again).toMatchObject({ item: { outcome: { outcome: { kind: 'already_resolved' } } } });
  expect(rig.stateOf(id)).toBe('DENIED');
});

test('a decision pushed and lent at once has one effect', async () => {
  const id = await rig.ask();
  const decision = rig.decisionOn(id);
  const [pushed, lent] = await Promise.all([outcomeOf(decision), rig.lend(decision)]);
  expect([pushed, lent]).toEqual([{ kind: 'applied' }, { kind: 'applied' }]);
  expect(rig.doneByRelay(id)).toHaveLength(1);
});

test('of two decisions on one request at once, one waits for the other', async () => {
  const id = await rig.ask();
  const [first, second] = await Promise.all([
    decide(rig.decisionOn(id)),
    decide(rig.decisionOn(id, { verdict: 'deny' })),
  ]);
  const results = [first, second].map(({ message }) => decideAnswer.parse(message).result).sort();
  // The later one either found the request busy, or came second to it.
  expect([
    ['done', 'done'],
    ['done', 'not_delivered'],
  ]).toContainEqual(results);
  expect(rig.doneByRelay(id)).toHaveLength(1);
});

test('what is pushed is also told by the queue, so that a lost answer is harmless', async () => {
  const id = await rig.ask();
  const decision = rig.decisionOn(id);
  await outcomeOf(decision);
  await until('the outcome in an apply', () =>
    rig.applied.some(({ outcome }) => outcome?.decisionId === decision.id),
  );
});

test('a relay killed between Teleport’s write and its answer knows its own effect', async () => {
  const id = await rig.ask();
  const decision = rig.decisionOn(id);
  const written = new Promise<void>((resolve) => {
    rig.teleport.faults.onCall = ({ method }, phase) => {
      if (method !== 'SetAccessRequestState' || phase !== 'after') return 'continue';
      resolve();
      return 'hold';
    };
  });
  const lost = decide(decision).catch(() => 'no answer');
  await written;
  await rig.relay.stop('SIGKILL');
  expect(await lost).toBe('no answer');
  rig.teleport.faults.onCall = undefined;
  rig.relay.start();
  await rig.relay.untilReady();
  expect(await outcomeOf(decision)).toEqual({ kind: 'applied' });
  expect(rig.doneByRelay(id)).toHaveLength(1);
});

test('messages of another version or form are answered, signed, and do nothing', async () => {
  const id = await rig.ask();
  const decision = rig.decisionOn(id);
  const send = async (message: object, path = '/v1/decisions') =>
    push(rig, path, message, { token: await issuer.genuine() });
  expect(await send({ v: 2, op: 'decide', decision })).toMatchObject({
    ...{ status: 426, isSigned: true, message: { code: 'unknown_version' } },
  });
  for (const message of [
    { v: 1, op: 'ping' },
    { v: 1, op: 'decide' },
    {},
    { v: 1, op: 'decide', decision: { ...decision, verdict: 'APPROVE' } },
  ]) {
    expect(await send(message)).toMatchObject({
      status: 400,
      isSigned: true,
      message: { code: 'bad_message' },
    });
  }
  expect(await send({ v: 1, op: 'decide', decision }, '/v1/ping')).toMatchObject({ status: 400 });
  expect(await send({ v: 1, op: 'decide', decision }, '/v1/other')).toMatchObject({ status: 401 });
  expect(rig.doneByRelay(id)).toEqual([]);
});

test('a body over 64 kB, announced or not', async () => {
  const message = { v: 1, op: 'ping', padding: 'x'.repeat(64_000) };
  expect(await push(rig, '/v1/ping', message, { token: await issuer.genuine() })).toMatchObject({
    status: 413,
  });
  const { signature } = await push(rig, '/v1/ping', { v: 1, op: 'ping' }, { token: await issuer.genuine() });
  const head = Object.entries(signature).map(([name, value]) => `${name}: ${value}\r\n`);
  const chunk = `ffff\r\n${'x'.repeat(0xffff)}\r\n`;
  const answer = await raw(
    `POST /v1/ping HTTP/1.1\r\nHost: relay\r\nTransfer-Encoding: chunked\r\nAuthorization: Bearer ${await issuer.genuine()}\r\n${head.join('')}\r\n${chunk}`,
  );
  expect(answer).toMatch(/^HTTP\/1\.1 413 /);
});

test('headers that come twice', async () => {
  const { signature } = await push(rig, '/v1/ping', { v: 1, op: 'ping' }, { token: await issuer.genuine() });
  const body = JSON.stringify({ v: 1, op: 'ping' });
  const token = await issuer.genuine();
  const call = (extra: string) =>
    raw(
      [
        'POST /v1/ping HTTP/1.1',
        'Host: relay',
        `Content-Length: ${body.length}`,
        `Authorization: Bearer ${token}`,
        ...Object.entries(signature).map(([name, value]) => `${name}: ${value}`),
        ...(extra === '' ? [] : [extra]),
        'Connection: close',
        '',
        body,
      ].join('\r\n'),
    );
  expect(await call('')).toMatch(/^HTTP\/1\.1 200 /);
  expect(await call(`Authorization: Bearer ${token}`)).toMatch(/^HTTP\/1\.1 401 /);
  expect(await call(`webhook-id: ${signature['webhook-id']}`)).toMatch(/^HTTP\/1\.1 401 /);
});

test('other methods, and strangers whose body is not even read', async () => {
  expect(await raw('GET /v1/ping HTTP/1.1\r\nHost: relay\r\n\r\n')).toMatch(/^HTTP\/1\.1 405 /);
  // The body never comes: the head is enough to turn the caller away.
  expect(await raw('POST /v1/decisions HTTP/1.1\r\nHost: relay\r\nContent-Length: 50000\r\n\r\n')).toMatch(
    /^HTTP\/1\.1 401 /,
  );
});

test('slow bodies and slow heads are cut off, and a crowd of them keeps nobody out for long', async () => {
  const { signature } = await push(rig, '/v1/ping', { v: 1, op: 'ping' }, { token: await issuer.genuine() });
  const head = Object.entries(signature).map(([name, value]) => `${name}: ${value}\r\n`);
  const slowBody = `POST /v1/ping HTTP/1.1\r\nHost: relay\r\nContent-Length: 9000\r\nAuthorization: Bearer ${await issuer.genuine()}\r\n${head.join('')}\r\n{`;
  const startedAt = Date.now();
  const answers = Promise.all([
    raw('POST /v1/ping HTTP/1.1\r\nHost: relay\r\nX-Slow: '),
    raw(slowBody),
    ...Array.from({ length: 70 }, () => raw('POST /v1/ping HTTP/1.1\r\nHost: ').catch(() => 'reset')),
  ]);
  await sleep(100);
  await answers;
  expect(Date.now() - startedAt).toBeLessThan(13_000);
  expect(await push(rig, '/v1/ping', { v: 1, op: 'ping' }, { token: await issuer.genuine() })).toMatchObject({
    status: 200,
  });
});

test('without the platform’s keys nobody gets in; the app is told to come again, and polling goes on', async () => {
  const down = new TokenIssuer();
  await down.start();
  down.isDown = true;
  const other = await RelayRig.start({ push: { jwks_url: down.url } });
  try {
    const id = await other.ask();
    const decision = other.decisionOn(id);
    const message = { v: 1, op: 'decide', decision };
    const answers = [
      await push(other, '/v1/decisions', message, { token: await down.genuine() }),
      await push(other, '/v1/decisions', message, { token: await down.genuine() }),
    ];
    for (const answer of answers)
      expect(answer).toMatchObject({ status: 503, isSigned: true, retryAfter: '30' });
    expect(down.fetches).toBe(1);
    expect(other.doneByRelay(id)).toEqual([]);
    expect(await other.lend(decision)).toEqual({ kind: 'applied' });
  } finally {
    await other.stop();
    await down.stop();
  }
});

test('the relay says in its hello whether it takes pushed decisions', async () => {
  expect((await rig.nextHello()).push).toEqual({ available: true });
  const other = await RelayRig.start({ http: { decisions_address: undefined } });
  try {
    expect((await other.nextHello()).push).toEqual({ available: false });
  } finally {
    await other.stop();
  }
});

test('a pushed decision is in Teleport within 60 ms at the median', async () => {
  const token = await issuer.genuine();
  const times: number[] = [];
  for (let index = 0; index < 15; index += 1) {
    const id = await rig.ask();
    const decision = rig.decisionOn(id);
    const startedAt = performance.now();
    await decide(decision, { token });
    times.push(performance.now() - startedAt);
    expect(rig.teleport.cluster.get(id).Spec?.State).toBe(RequestState.APPROVED);
  }
  const [median = Infinity] = times.sort((a, b) => a - b).slice(7);
  process.stdout.write(`pushed decision, call to answer: median ${median.toFixed(1)} ms\n`);
  expect(median).toBeLessThan(60);
});

/** Sends bytes and reads until the relay closes the connection. */
function raw(text: string): Promise<string> {
  const { hostname, port } = new URL(rig.pushUrl);
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    const socket = connect(Number(port), hostname, () => socket.write(text));
    socket.on('data', (chunk: Buffer) => chunks.push(chunk));
    socket.once('error', (error) =>
      chunks.length > 0 ? resolve(Buffer.concat(chunks).toString()) : reject(error),
    );
    socket.once('close', () => resolve(Buffer.concat(chunks).toString()));
  });
}
