import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import type { AdminFunctions } from '../../contract/admin';
import { settingsFor } from '../../sandbox/set-up';
import { World } from '../support/world';
import { accountOf } from './support/cards';

type Payloads = {
  [Name in keyof AdminFunctions]?: (world: World) => AdminFunctions[Name]['payload'];
};

/** Payloads by which these functions would do something if they let the caller. */
const payloads: Payloads = {
  createConnection: () => ({ name: 'of an intruder' }),
  confirmConnection: ({ sandbox }) => ({
    connectionId: sandbox.connectionId ?? '',
    cluster: { name: sandbox.teleport.clusterName, caFingerprint: sandbox.teleport.caFingerprint },
  }),
  rotateConnection: ({ sandbox }) => ({ connectionId: sandbox.connectionId ?? '' }),
  revokeConnection: ({ sandbox }) => ({ connectionId: sandbox.connectionId ?? '' }),
  saveSettings: ({ sandbox }) => ({ settings: settingsFor(sandbox.jira), version: 1 }),
  retryRequest: ({ sandbox }) => ({ cluster: sandbox.teleport.clusterName, requestId: 'any' }),
};
/** Functions that take nothing, or nothing that must be there. */
const TAKE_LITTLE = ['listConnections', 'getSettings', 'getHealth', 'listFailures', 'listActivity'];

/** The functions that the contract describes. That the resolver has all of them and no other is for the type checker. */
const described = [
  ...(/interface AdminFunctions \{([\s\S]*?)\n\}/
    .exec(readFileSync(join(__dirname, '../../contract/admin/functions.ts'), 'utf8'))?.[1]
    ?.matchAll(/^ {2}(\w+): \{/gm) ?? []),
].flatMap(([, name]) => name ?? []);

let world: World;
beforeAll(async () => {
  world = await World.start({ forge: { scheduler: false } });
  await world.issueOf(await world.ask());
  await world.quiet();
  await world.sandbox.relay.stop();
});
afterAll(() => world.stop());
// The platform lets a site make 1,200 calls a minute; each test begins in a minute of its own.
beforeEach(() => world.sandbox.clock.move(61_000));

const stored = () => {
  const { kvs } = world.sandbox.forge;
  return JSON.stringify([kvs.dump(), kvs.dumpSecrets()]);
};
const call = (accountId: string, name: string, payload: unknown) =>
  world.sandbox.forge.invokeResolver('admin', accountId, name, payload);
const payloadOf = (name: string): unknown =>
  Object.entries(payloads).find(([each]) => each === name)?.[1](world);

/** Calls a function. @returns `undefined` when the resolver has none of that name. */
async function callIfThere(accountId: string, name: string, payload: unknown): Promise<unknown> {
  try {
    return await call(accountId, name, payload);
  } catch (error) {
    if (error instanceof Error && error.message.includes('no definition')) return undefined;
    throw error;
  }
}

test('the functions are known', async () => {
  expect(described).toEqual(expect.arrayContaining([...Object.keys(payloads), ...TAKE_LITTLE]));
  expect(await callIfThere(accountOf(world, 'admin'), 'removeEverything', {})).toBeUndefined();
});

const outsiders = {
  'an approver': () => accountOf(world, 'bob'),
  'a person without rights': () => accountOf(world, 'viewer'),
  'a guest': () => accountOf(world, 'guest'),
  'a customer': () => accountOf(world, 'customer'),
  'a deactivated account': () => accountOf(world, 'inactive'),
  'another app': () => accountOf(world, 'another-app'),
  'the app itself': () => world.sandbox.forge.appAccountId,
  'an account that does not exist': () => '712020:00000000-0000-4000-8000-000000000000',
  'nobody who signed in': () => '',
};

const NOT_ADMINISTRATOR = { ok: false, error: { code: 'not_administrator' } };

test.each(Object.entries(outsiders))('%s may call nothing', async (_who, account) => {
  const before = stored();
  const answers: [string, unknown][] = [];
  for (const name of described)
    answers.push([name, await callIfThere(account(), name, payloadOf(name) ?? {})]);
  const there = answers.filter(([, answer]) => answer !== undefined);
  expect(there).toEqual(there.map(([name]) => [name, NOT_ADMINISTRATOR]));
  expect(there.map(([name]) => name)).toEqual(
    expect.arrayContaining([...Object.keys(payloads), ...TAKE_LITTLE]),
  );
  expect(stored()).toBe(before);
});

test('an account in the payload counts for nothing', async () => {
  const administrator = accountOf(world, 'admin');
  const forged = { name: 'x', accountId: administrator, context: { accountId: administrator } };
  const before = stored();
  expect(await call(accountOf(world, 'bob'), 'createConnection', forged)).toEqual(NOT_ADMINISTRATOR);
  expect(stored()).toBe(before);
});

const GARBAGE: readonly unknown[] = [
  null,
  'text',
  7,
  [],
  [null, {}],
  { name: 5, connectionId: {}, settings: 'x', version: -1, cluster: [], requestId: null, pageToken: 1 },
  { name: '', connectionId: '', version: 1.5, cluster: '', requestId: '', pageToken: {} },
  { name: 'x'.repeat(10_000), connectionId: 'x'.repeat(10_000), pageToken: 'x'.repeat(10_000) },
  { __proto__: null, constructor: 'x', toString: 1, pageToken: [] },
];
const answered = z.union([
  z.object({ ok: z.literal(true) }),
  z.object({
    ok: z.literal(false),
    error: z.object({
      code: z.literal('bad_input'),
      problems: z.array(z.object({ key: z.string(), expected: z.string() })).min(1),
    }),
  }),
]);

test.each(Object.keys(payloads))('an administrator who sends garbage to %s is told so', async (name) => {
  const before = stored();
  for (const garbage of GARBAGE)
    expect(answered.parse(await call(accountOf(world, 'admin'), name, garbage)).ok).toBe(false);
  expect(stored()).toBe(before);
});

test.each(TAKE_LITTLE)('an administrator who sends garbage to %s gets an answer', async (name) => {
  const before = stored();
  for (const garbage of GARBAGE) answered.parse(await call(accountOf(world, 'admin'), name, garbage));
  expect(await call(accountOf(world, 'admin'), name, {})).toHaveProperty('ok', true);
  if (name !== 'getHealth') expect(stored()).toBe(before);
});

test.each<[string, unknown, string]>([
  [
    'confirmConnection',
    { connectionId: 'none', cluster: { name: 'x', caFingerprint: 'a'.repeat(64) } },
    'not_found',
  ],
  ['rotateConnection', { connectionId: 'none' }, 'not_found'],
  ['revokeConnection', { connectionId: '../../settings' }, 'not_found'],
  ['saveSettings', { settings: { projectId: "1' OR 1=1" }, version: 1 }, 'bad_input'],
])('%s of what is not there answers with its reason', async (name, payload, code) => {
  const before = stored();
  expect(await call(accountOf(world, 'admin'), name, payload)).toMatchObject({ ok: false, error: { code } });
  expect(stored()).toBe(before);
});

test('a retry of a request that is not there does nothing', async () => {
  const before = stored();
  const payload = { cluster: 'elsewhere', requestId: 'none' };
  expect(await call(accountOf(world, 'admin'), 'retryRequest', payload)).toEqual({
    ok: true,
    value: { result: 'skipped' },
  });
  expect(stored()).toBe(before);
});

test('a page token that is none gives a page or a reason, and no throw', async () => {
  const answer = await call(accountOf(world, 'admin'), 'listActivity', { pageToken: 'not a cursor' });
  expect(answered.safeParse(answer).success).toBe(true);
});
