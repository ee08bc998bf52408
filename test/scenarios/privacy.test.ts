import { randomUUID } from 'node:crypto';
import { savedSettings } from '../support/admin-page';
import { BRISK, World } from '../support/world';

/* Accounts of people who left Atlassian, as the platform's privacy API tells of them. */
let world: World;
beforeAll(async () => {
  world = await World.start({ relayConfig: BRISK, forge: { scheduler: false } });
}, 30_000);
afterAll(() => world.stop());

test('a closed account is erased by the sweep of the day, and the record of its decision stays', async () => {
  const { forge, jira, clock } = world.sandbox;
  const bob = jira.people['bob']?.accountId ?? '';
  const id = await world.ask();
  const issue = await world.issueOf(id);
  await world.quiet();
  // Put back once, refused once, and approved: all that leaves a trace of who did it.
  const { groupIds } = jira.store.account(bob);
  jira.store.account(bob).groupIds = groupIds.filter((id) => id !== jira.groups['teleport-approvers']);
  const pressed = { verdict: 'approve', reason: '', uuid: randomUUID(), grantDigest: '' };
  await forge.invokeResolver('issue-context', bob, 'decide', pressed, { id: issue.id });
  await world.move(issue, 'approved', 'bob');
  await world.untilSlot(issue, 'pending');
  await world.quiet();
  jira.store.account(bob).groupIds = groupIds;
  await world.move(issue, 'approved', 'bob');
  await world.untilState(id, 'APPROVED');
  await world.quiet();
  // The list of entries lags.
  clock.move(60_000);
  const before = world.activity().length;
  expect(world.activity().map(({ accountId }) => accountId)).toContain(bob);
  forge.faults.closedAccounts.add(bob);
  await forge.runScheduledTrigger('sweep-all');
  expect(JSON.stringify((await savedSettings(world)).settings)).not.toContain(bob);
  expect(world.activity().map(({ accountId }) => accountId)).not.toContain(bob);
  // Nowhere else either: not in the keys, put-backs or the outcome that the page tells for some days.
  const naming = forge.kvs.dump().filter((row) => JSON.stringify(row).includes(bob));
  expect(naming.map(({ key }) => key)).toEqual([]);
  expect(world.activity().length).toBeGreaterThanOrEqual(before);
  expect(forge.logs.some(({ text }) => text.includes('"accountsErased":1'))).toBe(true);
});
