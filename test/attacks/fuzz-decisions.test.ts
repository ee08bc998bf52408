import { connect, type Socket } from 'node:net';
import { readFile } from 'node:fs/promises';
import { randomUUID } from 'node:crypto';
import { MAX_PUSH_BODY_BYTES } from '../../contract/push';
import type { Decision } from '../../contract/decision';
import { TokenIssuer, type TokenParts } from '../support/relay/invocation-tokens';
import { push } from '../support/relay/push-client';
import { RelayRig } from '../support/relay/relay-rig';
import { until } from '../support/world';
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
  type FuzzAnswer,
  type FuzzCall,
} from './support/fuzz';

/* The relay's listener under calls of strangers: either the token or the signature of each is spoiled. */
let rig: RelayRig;
let caller: Caller;
let sender: FuzzSender;
let decision: Decision;
const issuer = new TokenIssuer();
beforeAll(async () => {
  await issuer.start();
  rig = await RelayRig.start({ push: { jwks_url: issuer.url } });
  caller = { ...rig.pairing, role: 'app-to-relay', now: () => Date.now() / 1000 };
  sender = new FuzzSender(rig.pushUrl);
  decision = rig.decisionOn(await rig.ask());
});
afterAll(async () => {
  sender.close();
  await rig.stop();
  await issuer.stop();
});

const PATHS = ['/v1/decisions', '/v1/ping'] as const;
const REFUSED = [401, 405, 413, 431];

/** Forged tokens are made once and sent many times: signing one takes longer than refusing it. */
const FORGED_TOKENS = 200;

/** What a token must have; `iat` is optional (RFC 7519). */
const CLAIMS = ['iss', 'aud', 'exp', 'nbf', 'app'] as const;
const NOISE: readonly [unknown, ...unknown[]] = [null, 0, '', [], {}, true, 'x', 1e300, [[]], { id: 1 }];

/** A token with a good signature of a published key over claims that no function of our app carries. */
function forged(chance: Chance): string {
  const changes: readonly [(parts: TokenParts) => void, ...((parts: TokenParts) => void)[]] = [
    ({ claims }) => void Reflect.deleteProperty(claims, chance.pick(CLAIMS)),
    ({ claims }) =>
      void Object.assign(claims, { [chance.pick(['iss', 'aud', 'exp', 'app'])]: chance.pick(NOISE) }),
    ({ claims }) => void Object.assign(claims, { principal: chance.headerText(20) || 'p' }),
    ({ claims }) => void Object.assign(claims, { context: { accountId: chance.headerText(20) } }),
    ({ claims }) =>
      void Object.assign(claims, { exp: Math.floor(Date.now() / 1000) - 60 - chance.below(1e6) }),
    ({ claims }) => void Object.assign(claims.app, { id: `ari:cloud:ecosystem::app/${randomUUID()}` }),
    ({ header }) => void Object.assign(header, { alg: chance.pick(['none', 'HS256', 'RS512', 'ES256', '']) }),
    ({ header }) => void Object.assign(header, { kid: chance.headerText(60) }),
  ];
  return issuer.forge(chance.pick(changes));
}

function spoiledToken(genuine: string, forgedOnes: readonly string[], chance: Chance): string | undefined {
  // The last character has bits that mean nothing.
  const at = chance.below(genuine.length - 1);
  const parts = genuine.split('.');
  return chance.pick<() => string | undefined>([
    () => undefined,
    () => chance.headerText(4000),
    () => `${genuine.slice(0, at)}${genuine[at] === 'x' ? 'y' : 'x'}${genuine.slice(at + 1)}`,
    () => genuine.slice(0, at),
    () => [parts[0], parts[1], ''].join('.'),
    () => issuer.confuse(chance.pick(['none', 'HS256', 'HS256 in disguise'])),
    () => forgedOnes[chance.below(forgedOnes.length)],
  ])();
}

const withToken = (call: FuzzCall, token: string | undefined): FuzzCall =>
  token === undefined ? call : { ...call, headers: { ...call.headers, authorization: `Bearer ${token}` } };

/** Resident memory of the relay in MB. */
async function residentMb(): Promise<number> {
  const status = await readFile(`/proc/${rig.relay.pid}/status`, 'utf8');
  return Number(/VmRSS:\s+(\d+)/.exec(status)?.[1]) / 1024;
}

const stillUntouched = () => {
  expect(rig.doneByRelay(decision.requestId)).toEqual([]);
  expect(rig.stateOf(decision.requestId)).toBe('PENDING');
};

test(
  `none of ${FUZZ_CALLS} spoiled calls (seed ${FUZZ_SEED}) decides, and the relay stays as it was`,
  async () => {
    const chance = new Chance(FUZZ_SEED);
    const forgedOnes = Array.from({ length: FORGED_TOKENS }, () => forged(chance));
    const { pid } = rig.relay;
    const logged = rig.relay.output().length;
    const megabytes = await residentMb();
    const surprises: unknown[] = [];
    const tried = new Set<string>();
    const body = JSON.stringify({ v: 1, op: 'decide', decision });
    let genuine = await issuer.genuine();
    await inParallel(FUZZ_CALLS, 12, async (number) => {
      // Tokens live for 25 s.
      if (number % 500 === 0) genuine = await issuer.genuine();
      const call = genuineCall(caller, body);
      const spoiled =
        chance.below(3) > 0
          ? spoil(withToken(call, genuine), caller, chance)
          : { how: 'the token', call: withToken(call, spoiledToken(genuine, forgedOnes, chance)) };
      // A spoiler that signs anew leaves the token out.
      const sent = spoiled.how === 'the token' ? spoiled.call : keepToken(spoiled.call, genuine);
      tried.add(spoiled.how);
      const answer = await sender.send(sent, chance.pick(PATHS));
      if (!isRefusal(answer, spoiled.how)) surprises.push({ number, how: spoiled.how, answer });
    });
    expect(surprises.slice(0, 5)).toEqual([]);
    expect([...tried].sort()).toEqual([...SPOILER_NAMES, 'the token'].sort());
    stillUntouched();
    expect(rig.relay.pid).toBe(pid);
    // One line in ten seconds, whoever knocks.
    expect(rig.relay.output().length - logged).toBeLessThan(20_000);
    expect(issuer.fetches).toBeLessThan(20);
    expect((await residentMb()) - megabytes).toBeLessThan(60);
  },
  120_000 + FUZZ_CALLS * 10,
);

const keepToken = (call: FuzzCall, token: string): FuzzCall =>
  'authorization' in call.headers ? call : withToken(call, token);

/** Without the key nobody is told anything; with it and a token that cannot be judged just now, to come again. */
function isRefusal(answer: FuzzAnswer, how: string): boolean {
  if (answer === undefined) return false;
  if (how === 'the token' && answer.status === 503) return true;
  return REFUSED.includes(answer.status) && !answer.isSigned && answer.body === '';
}

test('bodies around the limit are refused by their size or their signature', async () => {
  const token = await issuer.genuine();
  for (const bytes of [MAX_PUSH_BODY_BYTES - 1, MAX_PUSH_BODY_BYTES, MAX_PUSH_BODY_BYTES + 1, 8_000_000]) {
    const call = genuineCall({ ...caller, secret: 'A'.repeat(43) }, 'x'.repeat(bytes));
    const answer = await sender.send(withToken(call, token), '/v1/decisions');
    // A body far too long may be cut off before the answer is read.
    if (bytes < 1_000_000 || answer !== undefined)
      expect(answer).toMatchObject({ status: bytes > MAX_PUSH_BODY_BYTES ? 413 : 401, body: '' });
  }
  stillUntouched();
});

/** Opens a connection that says a little and then no more. */
function slowClient(says: string): Socket {
  const { hostname, port } = new URL(rig.pushUrl);
  const socket = connect(Number(port), hostname);
  socket.on('error', () => undefined);
  socket.write(says);
  return socket;
}

test('hundreds of connections that say a byte at a time are ended; a genuine call gets through after them', async () => {
  const token = await issuer.genuine();
  const { headers } = withToken(genuineCall(caller, ''), token);
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${String(value)}\r\n`);
  const head = `POST /v1/decisions HTTP/1.1\r\nhost: x\r\n`;
  const inBody = `${head}${lines.join('')}content-length: 900\r\n\r\n{`;
  const begun = Date.now();
  const slow = Array.from({ length: 300 }, (_each, number) =>
    slowClient(number % 2 === 0 ? `${head}x-slow: ` : inBody),
  );
  const isOver = (socket: Socket) => socket.destroyed || socket.readableEnded;
  const drip = setInterval(() => {
    for (const socket of slow) if (!isOver(socket) && socket.writable) socket.write('a');
  }, 100);
  try {
    await until('the slow clients cut off', () => slow.every(isOver), 15_000);
  } finally {
    clearInterval(drip);
    for (const socket of slow) socket.destroy();
  }
  // They were not cut off because of what they said, but of how long they took.
  expect(Date.now() - begun).toBeGreaterThan(4000);
  const answer = await push(rig, '/v1/ping', { v: 1, op: 'ping' }, { token: await issuer.genuine() });
  expect(answer).toMatchObject({ status: 200, isSigned: true });
  stillUntouched();
}, 30_000);

test('after all that the genuine call decides', async () => {
  const answer = await push(
    rig,
    '/v1/decisions',
    { v: 1, op: 'decide', decision },
    { token: await issuer.genuine() },
  );
  expect(answer).toMatchObject({ status: 200, isSigned: true });
  expect(rig.stateOf(decision.requestId)).toBe('APPROVED');
  expect(rig.doneByRelay(decision.requestId)).toHaveLength(1);
});
