import { manualInput, checkManualSteps } from '../../src/usecases/provision/manual';
import { EVERYDAY_SCOPES, NEVER, ProvisionWorld } from './provision-world';

let world: ProvisionWorld;
afterEach(() => world.stop());

const payload = () => ({ approverGroupIds: [world.jira.groups['teleport-approvers'] ?? ''] });
const stepOf = (result: { steps: readonly { key: string; state: string; text: string }[] }, key: string) =>
  result.steps.find((step) => step.key === key);
function expectStep(step: { state: string; text: string } | undefined, state: string, words: string): void {
  expect(step?.state).toBe(state);
  expect(step?.text).toContain(words);
}
const made = (key = 'TAR') => world.jira.store.findProject(key)!;

describe('repair', () => {
  beforeEach(async () => {
    world = await ProvisionWorld.start({ bare: true });
    await world.setUp(payload());
  });

  test('makes another project when the first one is in the trash, with all that was made before', async () => {
    const workflows = world.jira.store.configuration.workflows.size;
    expect((await world.jira.connectAs('admin').call('POST', 'project/TAR/delete')).status).toBe(303);
    const result = await world.setUp(payload());
    expect(result).toMatchObject({ done: true, projectKey: 'TAR0' });
    expect(stepOf(result, 'verify')?.state).toBe('created');
    expect(stepOf(result, 'permission_scheme')?.state).toBe('created');
    expect(world.jira.store.configuration.workflows.size).toBe(workflows);
    expect(world.jira.store.issuesOf(made('TAR0').id)).toHaveLength(1);
  });

  test('puts groups back into the role', async () => {
    const { approverRoleId = '' } = (await world.store.read('TAR'))?.known ?? {};
    made().roles[approverRoleId]!.groupIds = [];
    expect(stepOf(await world.setUp(payload()), 'approvers')?.state).toBe('created');
    expect(made().roles[approverRoleId]!.groupIds).toEqual(payload().approverGroupIds);
  });

  test('knows a status again that was renamed', async () => {
    const [pending] = (await world.setUp(payload())).slots?.pending ?? [];
    world.jira.store.status(pending ?? '').name = 'Waiting for somebody';
    const before = world.writes().length;
    const result = await world.setUp(payload());
    expect(result).toMatchObject({ done: true, slots: { pending: [pending] } });
    expect(world.writes().length).toBe(before);
  });

  test('says that the workflow was changed, and does not change it back', async () => {
    const [type] = made().issueTypes;
    type!.workflow.transitions = type!.workflow.transitions.filter(
      ({ name }) => name !== 'Put back approval',
    );
    const before = world.writes().length;
    const result = await world.setUp(payload());
    expectStep(stepOf(result, 'workflow'), 'attention', 'no transition leads from Approved to Pending');
    expect(world.writes().length).toBe(before);
  });

  test('leaves another permission scheme and other schemes that somebody chose later', async () => {
    const { configuration } = world.jira.store;
    made().permissions = configuration.permissionSchemes.get(0)!.grants;
    configuration.schemesOf.set(made().id, { workflowSchemeId: 1, issueTypeSchemeId: '1' });
    const before = world.writes().length;
    const result = await world.setUp(payload());
    expect(stepOf(result, 'permission_scheme')?.state).toBe('attention');
    expect(stepOf(result, 'project')?.state).toBe('attention');
    expect(world.writes().length).toBe(before);
  });

  test('writes the receipt anew when somebody changed it', async () => {
    made().properties.set('teleport-access-set-up', { v: 1 });
    expect(stepOf(await world.setUp(payload()), 'receipt')?.state).toBe('created');
  });

  test('finds everything again when the app was installed anew and knows nothing', async () => {
    const endState = world.endState();
    world.store.runs.clear();
    const result = await world.setUp(payload());
    expect(result).toMatchObject({ done: true, projectKey: 'TAR' });
    expect(stepOf(result, 'project')?.state).toBe('found');
    // Only the proof is made again, since nobody remembers it.
    expect(world.jira.store.issues.size).toBe(2);
    expect({ ...(world.endState() as object), projects: 0 }).toEqual({
      ...(endState as object),
      projects: 0,
    });
  });

  test('does not take over a project that only says it is ours', async () => {
    await world.stop();
    world = await ProvisionWorld.start();
    made().description = 'Mine (teleport-access-requests)';
    const before = structuredClone(made().issueTypes);
    const result = await world.setUp(payload());
    expect(result.projectKey).toBe('TAR0');
    expect(made().issueTypes).toEqual(before);
  });

  test('stops with a reason when the app lost its rights, and goes on once it has them', async () => {
    const grants = made().permissions;
    const without = Object.fromEntries(Object.entries(grants).filter(([key]) => key !== 'ADD_COMMENTS'));
    const record = world.jira.store.configuration.permissionSchemeOf(made())!;
    record.grants = without;
    made().permissions = without;
    const result = await world.setUp(payload());
    expectStep(stepOf(result, 'verify'), 'failed', 'ADD_COMMENTS');
    expect(result).toMatchObject({ done: false });
    expect(result.callAgainSeconds).toBeUndefined();
    without.ADD_COMMENTS = grants.ADD_COMMENTS!;
    expect((await world.setUp(payload())).done).toBe(true);
  });
});

describe('manual steps, without the scopes for set-up', () => {
  const check = (key: string, prove = false) =>
    checkManualSteps(world.services(), manualInput.parse({ key, prove }), NEVER);

  test('follow what a person does, and are proved by an issue at the end', async () => {
    world = await ProvisionWorld.start({ bare: true }, { scopes: EVERYDAY_SCOPES });
    const first = await check('TAR');
    expect(first.done).toBe(false);
    expect(stepOf(first, 'project')?.state).toBe('to_do');
    expect(stepOf(first, 'statuses')?.state).toBe('unknown');
    expect(first.steps.every(({ instructions }) => instructions.length > 0)).toBe(true);

    const admin = world.jira.connectAs('admin');
    const lead = world.jira.people['admin']?.accountId;
    const project = {
      ...{ key: 'TAR', name: 'Requests', projectTypeKey: 'business', leadAccountId: lead },
      projectTemplateKey: 'com.atlassian.jira-core-project-templates:jira-core-simplified-process-control',
    };
    expect((await admin.call('POST', 'project', project)).status).toBe(201);
    const second = await check('TAR');
    expect(stepOf(second, 'project')?.state).toBe('done');
    expectStep(stepOf(second, 'issue_type'), 'done', 'Task');
    expectStep(stepOf(second, 'statuses'), 'to_do', 'Pending');
  });

  test('end with what the settings need', async () => {
    world = await ProvisionWorld.start({}, { scopes: EVERYDAY_SCOPES });
    const before = await check('TAR');
    expect(before).toMatchObject({ done: false, projectId: world.jira.project.id });
    expect(stepOf(before, 'workflow')?.state).toBe('to_do');
    expect(world.jira.store.issues.size).toBe(0);
    const proved = await check('TAR', true);
    const { pending, approved, denied, expired } = world.jira.project.statuses;
    expect(proved).toMatchObject({
      done: true,
      issueTypeId: world.jira.project.issueTypeId,
      slots: { pending: [pending], approved: [approved], denied: [denied], expired: [expired] },
    });
    expect([...world.jira.store.issues.values()].map(({ statusId }) => statusId)).toEqual([expired]);
    expect((await check('TAR', true)).done).toBe(true);
    expect(world.jira.store.issues.size).toBe(1);
  });

  test('name what is wrong: a first status that is not Pending, required fields, an archived project', async () => {
    world = await ProvisionWorld.start({ initialStatus: 'backlog' }, { scopes: EVERYDAY_SCOPES });
    expectStep(stepOf(await check('TAR', true), 'workflow'), 'to_do', 'do not start in Pending');
    made().issueTypes[0]!.createScreen = made('OPS').issueTypes[1]!.createScreen;
    expectStep(stepOf(await check('TAR'), 'fields'), 'to_do', 'Cost centre');
    made().archived = true;
    expect(stepOf(await check('TAR'), 'project')).toMatchObject({ state: 'to_do' });
  });

  test('say so when Jira cannot be asked', async () => {
    world = await ProvisionWorld.start({}, { scopes: EVERYDAY_SCOPES });
    world.jira.faults.next = () => ({ kind: 'error_before', status: 503 });
    const answered = await check('TAR');
    expect(answered.done).toBe(false);
    expect(answered.problem).toContain('503');
  });
});
