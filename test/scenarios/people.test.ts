import { AccessRequestV3 } from '../../relay/src/teleport/gen/types';
import { changeSettings, failedChecks } from '../support/admin-page';
import { BRISK, until, World } from '../support/world';

/* Teleport users who are linked to Jira accounts: shown on their issues, and nothing more. */
let world: World;
beforeAll(async () => {
  world = await World.start({ relayConfig: BRISK });
}, 30_000);
afterAll(() => world.stop());

const account = (name: string) => world.sandbox.jira.people[name]?.accountId ?? '';
const link = (people: Record<string, string>, more: object = {}) =>
  changeSettings(world, (now) => ({
    ...now,
    ...more,
    people: Object.entries(people).map(([teleportUser, name]) => ({
      teleportUser,
      accountId: account(name),
    })),
  }));

test('with nobody linked the app reports its issues itself', async () => {
  await link({});
  const issue = await world.issueOf(await world.ask());
  expect(issue.reporterId).toBe(world.sandbox.forge.appAccountId);
});

test('a linked requester becomes reporter and watcher, linked suggested reviewers watchers', async () => {
  await link({ alice: 'alice', bob: 'bob' });
  const issue = await world.issueOf(await world.ask());
  expect(issue.reporterId).toBe(account('alice'));
  await until('the watchers', () =>
    [account('alice'), account('bob')].every((id) => issue.watcherIds.includes(id)),
  );
  expect(issue.watcherIds).not.toContain(account('carol'));
});

test('the first linked suggested reviewer becomes the assignee where the settings say so', async () => {
  await link({ alice: 'alice', bob: 'bob' }, { suggestedReviewers: 'assignee' });
  const issue = await world.issueOf(await world.ask());
  expect(issue.assigneeId).toBe(account('bob'));
  await link({ alice: 'alice' }, { suggestedReviewers: 'watchers' });
});

test('where the app may not name the reporter issues are made without, Jira is asked once, and Health finds it mended', async () => {
  const project = world.sandbox.jira.store.findProject('TAR');
  const holders = project?.permissions['MODIFY_REPORTER'] ?? [];
  const kept = holders.splice(0);
  const creations = () =>
    world.sandbox.jira.calls.filter(({ method, path }) => method === 'POST' && path === '/rest/api/3/issue')
      .length;
  const before = creations();
  const first = await world.issueOf(await world.ask());
  expect(first.reporterId).toBe(world.sandbox.forge.appAccountId);
  expect(creations() - before).toBe(2);
  await world.issueOf(await world.ask());
  expect(creations() - before).toBe(3);
  expect(world.activity()).toContainEqual(
    expect.objectContaining({ kind: 'field_dropped', code: 'reporter' }),
  );
  const told = await failedChecks(world);
  expect(told).toContainEqual(expect.objectContaining({ code: 'optional_field' }));
  holders.push(...kept);
  expect(await failedChecks(world)).toEqual([]);
  expect((await world.issueOf(await world.ask())).reporterId).toBe(account('alice'));
});

test('a link by e-mail takes the account that shows exactly this address, and only where the settings say so', async () => {
  const { people } = world.sandbox.jira;
  const erin = people['erin']?.email ?? '';
  const askAs = async (user: string) => world.issueOf(makeRequest(user));
  await link({}, { linkByEmail: false });
  expect((await askAs(erin)).reporterId).toBe(world.sandbox.forge.appAccountId);
  await link({}, { linkByEmail: true });
  expect((await askAs(erin)).reporterId).toBe(account('erin'));
  // An address that its owner hides, and one that only begins like another.
  expect((await askAs(people['carol']?.email ?? '')).reporterId).toBe(world.sandbox.forge.appAccountId);
  expect((await askAs(erin.slice(0, -1))).reporterId).toBe(world.sandbox.forge.appAccountId);
});

/** A request of a Teleport user of any name. */
function makeRequest(user: string): string {
  const { cluster } = world.sandbox.teleport;
  const alice = cluster.users['alice'];
  if (alice !== undefined) cluster.users[user] ??= alice;
  const asked = AccessRequestV3.fromPartial({
    ...{ Kind: 'access_request', Version: 'v3', Spec: { User: user, Roles: ['editor'] } },
  });
  return cluster.create(user, asked).Metadata?.Name ?? '';
}
