import { changeSettings } from '../support/admin-page';
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

test('where the app may not name the reporter issues are made without, and Jira is asked once', async () => {
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
  holders.push(...kept);
});
