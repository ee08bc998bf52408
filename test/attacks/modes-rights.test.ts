import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import { z } from 'zod';
import { RelayRig, RELAY_USER } from '../support/relay/relay-rig';
import { loadConfig } from '../../relay/src/config/load';
import { formatProblem } from '../../relay/src/config/problems';
import type { SimulatedRole } from '../../sandbox/teleport/cast';
import { until } from '../support/world';

/* What the relay can do at most: the roles that ship with it, each verb of which is needed, and how it is all switched off. */
const role = z.object({
  kind: z.literal('role'),
  spec: z.strictObject({
    allow: z.strictObject({
      rules: z.array(z.strictObject({ resources: z.array(z.string()), verbs: z.array(z.string()) })),
      review_requests: z.strictObject({ roles: z.array(z.string()) }).optional(),
    }),
  }),
});

/** A role that ships with the relay, as the simulated cluster has roles. */
function shipped(name: string): SimulatedRole {
  const file = join(__dirname, '..', '..', 'relay', 'roles', `${name}.yaml`);
  const { rules, review_requests: reviews } = role.parse(parse(readFileSync(file, 'utf8'))).spec.allow;
  const byResource = rules.flatMap(({ resources, verbs }) =>
    resources.map((resource) => [resource, verbs] as const),
  );
  return { rules: Object.fromEntries(byResource), ...(reviews && { reviewRoles: reviews.roles }) };
}

let rig: RelayRig;
beforeAll(async () => {
  rig = await RelayRig.start();
});
afterAll(() => rig.stop());

/** Gives the relay these roles and the mode, from a start of its own, and counts which rights it made use of. */
async function runWith(names: readonly string[], decisions: Record<string, unknown>): Promise<Set<string>> {
  const { cluster } = rig.teleport;
  await rig.relay.stop();
  names.forEach((name) => (cluster.roles[name] = shipped(name)));
  cluster.users[RELAY_USER] = { roles: names, isBot: true };
  const used = new Set<string>();
  const plain = cluster.authorize.bind(cluster);
  cluster.authorize = (user, resource, verb) => {
    plain(user, resource, verb);
    if (user === RELAY_USER) used.add(`${resource}:${verb}`);
  };
  rig.relay.start();
  await rig.relay.untilReady();
  await rig.reconfigure({ decisions });
  return used;
}

const granted = (names: readonly string[]) =>
  names.flatMap((name) =>
    Object.entries(shipped(name).rules ?? {}).flatMap(([resource, verbs]) =>
      verbs.map((verb) => `${resource}:${verb}`),
    ),
  );

test.each<[readonly string[], Record<string, unknown>, object]>([
  [['observe'], { mode: 'observe' }, { kind: 'refused', code: 'observe_only' }],
  [['set-state'], { mode: 'set-state', approver_identity: 'any' }, { kind: 'applied' }],
  [
    ['set-state', 'approver-identity'],
    { mode: 'set-state', approver_identity: 'trait' },
    { kind: 'applied' },
  ],
  [['review-as-bot'], { mode: 'review-as-bot', approver_identity: 'any' }, { kind: 'applied' }],
  [
    ['review-as-bot', 'approver-identity'],
    { mode: 'review-as-bot', approver_identity: 'email' },
    { kind: 'applied' },
  ],
])('%j is exactly what %j needs', async (names, decisions, expected) => {
  const { users } = rig.teleport.cluster;
  users['bob'] = { roles: ['reviewer'], traits: { jira_account_id: ['account-bob'] } };
  users['bob@example.com'] = { roles: ['reviewer'] };
  const used = await runWith(names, decisions);
  const actor = { accountId: 'account-bob', email: 'bob@example.com' };
  expect(await rig.lend(rig.decisionOn(await rig.ask(), { actor }))).toMatchObject(expected);
  expect([...used].sort()).toEqual(granted(names).sort());
});

test('with the role for observing, nothing can be changed however the relay is configured', async () => {
  await runWith(['observe'], { mode: 'set-state', approver_identity: 'any' });
  const id = await rig.ask();
  expect(await rig.lend(rig.decisionOn(id))).toMatchObject({ kind: 'refused', code: 'no_right' });
  await rig.reconfigure({ decisions: { mode: 'review-as-bot' } });
  expect(await rig.lend(rig.decisionOn(id))).toMatchObject({ kind: 'refused', code: 'no_right' });
  expect(rig.stateOf(id)).toBe('PENDING');
  expect(rig.doneByRelay(id)).toEqual([]);
});

test('observe by SIGHUP stops decisions at once, and the app is told', async () => {
  await runWith(['set-state'], { mode: 'set-state', approver_identity: 'any' });
  const id = await rig.ask();
  expect((await rig.nextHello()).decisions.mode).toBe('set-state');
  await rig.reconfigure({ decisions: { mode: 'observe' } });
  await until('a hello that says so', async () => (await rig.nextHello()).decisions.mode === 'observe');
  expect(await rig.lend(rig.decisionOn(id))).toMatchObject({ kind: 'refused', code: 'observe_only' });
  expect(rig.stateOf(id)).toBe('PENDING');
});

test('a Teleport lock on the relay’s user stops decisions within 60 s, and the app is told; without it they go on', async () => {
  const { locks } = rig.teleport.cluster;
  await runWith(['set-state'], { mode: 'set-state', approver_identity: 'any' });
  const id = await rig.ask();
  const decision = rig.decisionOn(id);
  locks.add(RELAY_USER);
  rig.lent.push(decision);
  const told = await until(
    'a hello that says so',
    async () => {
      const hello = await rig.nextHello();
      return hello.decisions.mode === 'observe' ? hello : undefined;
    },
    30_000,
  );
  expect(told.health.problems.join()).toContain('no decision is made');
  expect(rig.doneByRelay(id)).toEqual([]);
  expect(rig.stateOf(id)).toBe('PENDING');
  locks.delete(RELAY_USER);
  await until(
    'a hello that decisions go on',
    async () => (await rig.nextHello()).decisions.mode === 'set-state',
    30_000,
  );
  expect(await rig.lend(decision)).toEqual({ kind: 'applied' });
}, 70_000);

test('a second factor that the identity of a person cannot give', async () => {
  const { cluster } = rig.teleport;
  await runWith(['set-state'], { mode: 'set-state', approver_identity: 'any' });
  cluster.requiresAdminMfa = true;
  cluster.users[RELAY_USER] = { roles: ['set-state'], isBot: false };
  const id = await rig.ask();
  expect(await rig.lend(rig.decisionOn(id))).toMatchObject({ kind: 'refused', code: 'mfa_required' });
  expect(rig.stateOf(id)).toBe('PENDING');
});

test('review-as-user is not offered, and the configuration says why', async () => {
  const env = {
    RELAY_DECISIONS_MODE: 'review-as-user',
    RELAY_DECISIONS_APPROVER_IDENTITY: 'trait',
  };
  const loaded = await loadConfig({ file: rig.relay.configFile, env });
  expect(loaded.ok ? [] : loaded.problems.map(formatProblem)).toEqual([
    'RELAY_DECISIONS_MODE: found "review-as-user"; expected observe, set-state or review-as-bot; review-as-user is not offered, since the number of the field IsSubmittedByPlugin could not be confirmed from a published API of Teleport',
  ]);
});
