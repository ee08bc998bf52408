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
  expect(world.activity().length).toBeGreaterThanOrEqual(before);
  expect(forge.logs.some(({ text }) => text.includes('"accountsErased":1'))).toBe(true);
});
