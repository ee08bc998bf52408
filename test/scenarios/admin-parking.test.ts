import type { Issue } from '../../sandbox/jira';
import {
  callAdmin,
  changeSettings,
  failedChecks,
  good,
  savedSettings,
  withOperationsRule,
} from '../support/admin-page';
import { BRISK, memberOf, until, World } from '../support/world';

/* Settings that point to what is no longer there: requests wait with their reason, nothing is lost and nothing is approved. */

const worlds: World[] = [];
afterAll(() => Promise.all(worlds.map((world) => world.stop())));

async function start(): Promise<World> {
  const world = await World.start({ relayConfig: BRISK });
  worlds.push(world);
  return world;
}

const retry = (world: World, requestId: string) =>
  callAdmin(world, 'retryRequest', { cluster: world.sandbox.teleport.clusterName, requestId });
const codes = async (world: World) => (await failedChecks(world)).map(({ code }) => code);

test('a deleted project: parked, mended, created; what stood there goes on', async () => {
  const world = await start();
  await changeSettings(world, (now) => withOperationsRule(world, now));
  const known = await world.ask({ roles: ['auditor'] });
  const issue = await world.issueOf(known);
  await world.quiet();
  const project = world.sandbox.jira.store.findProject('OPS');
  if (project === undefined) throw new Error('no project');
  project.deleted = true;

  const id = await world.ask({ roles: ['auditor'] });
  await until('it parked', () => memberOf(world.linkOf(id), 'phase') === 'parked');
  await (await world.sandbox.teleport.connectAs('admin')).setState(known, 'approve');
  await until(
    'the reason',
    () => memberOf(memberOf(world.linkOf(known), 'failure'), 'code') === 'project_unusable',
  );
  expect(memberOf(world.linkOf(known), 'phase')).toBe('linked');
  // The other project goes on.
  expect((await world.issueOf(await world.ask())).key).toMatch(/^TAR-/);

  expect(await failedChecks(world)).toEqual(
    expect.arrayContaining([
      expect.objectContaining({
        code: 'project',
        text: expect.stringContaining('was deleted') as unknown,
        fix: expect.any(String) as unknown,
      }),
      expect.objectContaining({ code: 'failures' }),
    ]),
  );
  expect(await callAdmin(world, 'listFailures', {})).toMatchObject({
    value: { failures: { length: 2 } },
  });
  expect(world.stateOf(id)).toBe('PENDING');

  project.deleted = false;
  expect(await retry(world, id)).toEqual(good({ result: 'created' }));
  expect(await retry(world, known)).toEqual(good({ result: 'updated' }));
  expect((await world.issueOf(id)).key).toMatch(/^OPS-/);
  expect(world.issuesOf(known)).toEqual([issue]);
  expect(world.appComments(issue).filter((text) => text.startsWith('Approved'))).toHaveLength(1);
  // The list comes from an index that lags.
  await until('no failure listed', async () => {
    const listed = await callAdmin(world, 'listFailures', {});
    return JSON.stringify(listed) === JSON.stringify(good({ failures: [] }));
  });
}, 60_000);

test('a mapping that was removed: its issues are left, decide nothing, and go on when it is there again', async () => {
  const world = await start();
  await changeSettings(world, (now) => withOperationsRule(world, now));
  const id = await world.ask({ roles: ['auditor'] });
  const issue = await world.issueOf(id);
  await world.quiet();
  const before = (await savedSettings(world)).settings;
  const slots = before.mappings.find(({ projectId }) => projectId === issue.projectId)?.slots;
  await changeSettings(world, (now) => ({
    ...now,
    rules: [],
    mappings: now.mappings.filter(({ projectId }) => projectId !== issue.projectId),
  }));
  await world.sandbox.jira.connectAs('carol').moveCard(issue.key, slots?.approved[0] ?? '');
  await world.quiet();
  expect([world.stateOf(id), world.waitingDecision(id)]).toEqual(['PENDING', undefined]);
  await (await world.sandbox.teleport.connectAs('admin')).setState(id, 'deny');
  await until(
    'the reason',
    () => memberOf(memberOf(world.linkOf(id), 'failure'), 'code') === 'project_unusable',
  );
  expect(world.appComments(issue)).toEqual([]);

  await changeSettings(world, () => before);
  expect(await retry(world, id)).toEqual(good({ result: 'updated' }));
  expect(issue.statusId).toBe(slots?.denied[0]);
});

test('a deleted status, a deleted group and removed permissions', async () => {
  const world = await start();
  const { jira } = world.sandbox;
  const { store, project } = jira;
  const id = await world.ask();
  const issue = await world.issueOf(id);
  await world.quiet();

  const group = jira.groups['teleport-approvers'] ?? '';
  store.groups.delete(group);
  for (const account of store.accounts.values())
    account.groupIds.splice(0, account.groupIds.length, ...account.groupIds.filter((each) => each !== group));
  expect(await codes(world)).toContain('groups');
  // Whoever was in the group may move the card by Jira's rules, or not; the app does not take it for a decision.
  await moveAnyway(world, issue, 'approved');
  await until('its return', () => world.slotOf(issue) === 'pending' && world.appComments(issue).length > 0);
  expect(world.appComments(issue)[0]).toContain('not one of the approvers');
  expect(world.stateOf(id)).toBe('PENDING');

  const types = store.projectOf(issue).issueTypes;
  for (const { workflow } of types) {
    workflow.statusIds = workflow.statusIds.filter((each) => each !== project.statuses.denied);
    workflow.transitions = workflow.transitions.filter(({ to }) => to !== project.statuses.denied);
  }
  await (await world.sandbox.teleport.connectAs('admin')).setState(id, 'deny');
  await until(
    'the reason',
    () => memberOf(memberOf(world.linkOf(id), 'failure'), 'code') === 'transition_missing',
  );
  const [broken] = (await failedChecks(world)).filter(({ code }) => code === 'project');
  expect(broken?.text).toContain('slots.denied');

  const { permissions } = store.projectOf(issue);
  const { CREATE_ISSUES: before = [] } = permissions;
  permissions.CREATE_ISSUES = [];
  const late = await world.ask();
  await until('it parked', () => memberOf(world.linkOf(late), 'phase') === 'parked');
  const [lacking] = (await failedChecks(world)).filter(({ code }) => code === 'permissions');
  expect(lacking?.text).toContain('CREATE_ISSUES');
  permissions.CREATE_ISSUES = before;
  expect(await retry(world, late)).toEqual(good({ result: 'created' }));
}, 60_000);

/** Moves a card past Jira's own rules, as an administrator of the workflow could let anybody. */
async function moveAnyway(world: World, issue: Issue, slot: 'approved'): Promise<void> {
  const { store, project } = world.sandbox.jira;
  for (const { workflow } of store.projectOf(issue).issueTypes)
    workflow.transitions.push({
      ...{ id: '900', name: 'Anybody', type: 'DIRECTED', from: [project.statuses.pending], conditions: [] },
      to: project.statuses[slot],
    });
  await world.sandbox.jira.connectAs('bob').moveCard(issue.key, project.statuses[slot]);
}
