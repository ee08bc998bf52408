import { callAdmin, changeSettings, good, savedSettings, withOperationsRule } from '../support/admin-page';
import { BRISK, until, World } from '../support/world';
import { NO_APPROVERS } from '../../src/domain/settings';

/* What administrators set, through the app's own functions: saving at once, and rules that lead to two projects. */

let world: World;
beforeAll(async () => {
  world = await World.start({ relayConfig: BRISK });
}, 30_000);
afterAll(() => world.stop());

test('of two administrators who save at once one wins, and the other is told to look again', async () => {
  const { jira } = world.sandbox;
  const administrators = jira.store.accounts.get(jira.people['admin']?.accountId ?? '')?.groupIds ?? [];
  jira.store.accounts.get(jira.people['carol']?.accountId ?? '')?.groupIds.push(...administrators);
  const { settings, version } = await savedSettings(world);
  const answers = await Promise.all([
    callAdmin(world, 'saveSettings', { settings: { ...settings, denyWithinHours: 5 }, version }, 'admin'),
    callAdmin(world, 'saveSettings', { settings: { ...settings, denyWithinHours: 6 }, version }, 'carol'),
  ]);
  expect(answers).toContainEqual(good({ version: version + 1 }));
  expect(answers).toContainEqual(
    expect.objectContaining({ ok: false, error: expect.objectContaining({ code: 'conflict' }) as unknown }),
  );
  const winner = answers.findIndex((answer) => JSON.stringify(answer).includes('"ok":true'));
  expect((await savedSettings(world)).settings.denyWithinHours).toBe(winner === 0 ? 5 : 6);
  // The one who lost loads what there is now and saves again.
  await changeSettings(world, (now) => ({ ...now, denyWithinHours: 24 }));
});

test('what is refused names its place, and nothing is saved', async () => {
  const { settings, version } = await savedSettings(world);
  const [mapping] = settings.mappings;
  const answer = await callAdmin(world, 'saveSettings', {
    settings: {
      ...settings,
      mappings: [{ ...mapping, issueTypeId: '1' }],
      catchAll: { ...settings.catchAll, issueTypeId: '1' },
    },
    version,
  });
  expect(answer).toMatchObject({
    error: { code: 'bad_input', problems: [{ key: 'mappings.0.issueTypeId' }] },
  });
  expect(await savedSettings(world)).toEqual({ settings, version });
});

describe('a rule that leads to another project', () => {
  beforeAll(() => changeSettings(world, (now) => withOperationsRule(world, now)));

  test('is what the tester says', async () => {
    const request = { cluster: 'any', user: 'alice', roles: ['auditor'], resources: [] };
    expect(await callAdmin(world, 'testRule', { request })).toMatchObject({
      value: { ruleId: 'auditors', isMapped: true, hasApprovers: true },
    });
    expect(await callAdmin(world, 'testRule', { request: { ...request, roles: ['editor'] } })).toMatchObject({
      value: { ruleName: 'Everything else', passedOver: [{ ruleId: 'auditors', because: 'roles' }] },
    });
  });

  test('makes each issue where it belongs, with labels, due date and watchers', async () => {
    const [audit, edit] = await Promise.all([world.ask({ roles: ['auditor'] }), world.ask()]);
    const [auditIssue, editIssue] = [await world.issueOf(audit), await world.issueOf(edit)];
    expect([auditIssue.key.split('-')[0], editIssue.key.split('-')[0]]).toEqual(['OPS', 'TAR']);
    expect(auditIssue.labels).toEqual(['teleport', 'audit']);
    expect(editIssue.labels).toEqual(['teleport']);
    const ends = world.request(audit)?.Metadata?.Expires;
    expect(auditIssue.duedate).toBe(ends?.toISOString().slice(0, 10));
    await world.quiet();
    expect(auditIssue.watcherIds).toContain(world.sandbox.jira.people['carol']?.accountId);
  });

  test('has approvers of its own, and statuses of its own', async () => {
    const { jira } = world.sandbox;
    const id = await world.ask({ roles: ['auditor'] });
    const issue = await world.issueOf(id);
    const { settings } = await savedSettings(world);
    const slots = settings.mappings.find(({ projectId }) => projectId === issue.projectId)?.slots;
    await until('it waits', () => issue.statusId === slots?.pending[0]);
    await world.quiet();
    await jira.connectAs('bob').moveCard(issue.key, slots?.approved[0] ?? '');
    await until('its return', () => world.appComments(issue).length > 0);
    expect(world.appComments(issue)[0]).toContain('not one of the approvers');
    await until('it waits again', () => issue.statusId === slots?.pending[0]);
    await world.quiet();
    await jira.connectAs('carol').moveCard(issue.key, slots?.approved[0] ?? '');
    await world.untilState(id, 'APPROVED');
  });

  test('leaves an issue where it was made when it changes, judged by its own project', async () => {
    const id = await world.ask({ roles: ['auditor'] });
    const issue = await world.issueOf(id);
    const mapped = (await savedSettings(world)).settings.mappings;
    const slots = mapped.find(({ projectId }) => projectId === issue.projectId)?.slots;
    await until('it waits', () => issue.statusId === slots?.pending[0]);
    await world.quiet();
    await changeSettings(world, (now) => ({ ...now, rules: [] }));
    expect((await world.issueOf(await world.ask({ roles: ['auditor'] }))).key).toMatch(/^TAR-/);
    // Who decides is what the rules say now.
    await world.sandbox.jira.connectAs('bob').moveCard(issue.key, slots?.denied[0] ?? '');
    await world.untilState(id, 'DENIED');
    expect(issue.statusId).toBe(slots?.denied[0]);
  });
});

test('with nobody in the list of approvers nobody decides in Jira, and the card and Health say so', async () => {
  await changeSettings(world, (now) => ({
    ...now,
    catchAll: { ...now.catchAll, approvers: NO_APPROVERS },
  }));
  const id = await world.ask();
  const issue = await world.issueOf(id);
  await world.untilSlot(issue, 'pending');
  await world.quiet();
  await world.move(issue, 'approved');
  await until('a word about it', () => world.appComments(issue).length > 0);
  expect(world.appComments(issue)[0]).toContain('nobody is set up to decide in Jira');
  await world.quiet();
  expect([world.stateOf(id), world.slotOf(issue)]).toEqual(['PENDING', 'pending']);
  const health = await callAdmin(world, 'getHealth', {});
  expect(JSON.stringify(health)).toContain('nobody decides such requests in Jira');
});
