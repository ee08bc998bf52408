import { EVERYDAY_SCOPES, isWrite, PANEL_MODULE_ID, ProvisionWorld, settingsFor } from './provision-world';
import { setTimeout as sleep } from 'node:timers/promises';
import { settings } from '../../src/domain/settings';
import { createJiraClient } from '../../src/jira/client';
import { createJiraProjects } from '../../src/jira/projects';
import { loadJiraOpenApi } from '../support/openapi';

let world: ProvisionWorld;
afterEach(() => world.stop());

const approverGroups = () => [world.jira.groups['teleport-approvers'] ?? ''];
const states = (result: { steps: readonly { key: string; state: string }[] }) =>
  Object.fromEntries(result.steps.map(({ key, state }) => [key, state]));
const projectOf = (key: string) => world.jira.store.findProject(key)!;

/** An issue in the project that was made, by the app. */
async function newIssue(projectId = '', issueTypeId = ''): Promise<string> {
  const app = world.jira.connectAs('access requests');
  return (await app.createIssue({ projectId, issueTypeId, summary: 'alice → editor' })).id;
}
const offeredTo = async (name: string, issueId: string) =>
  (await world.jira.connectAs(name).transitions(issueId)).map((transition) => transition.name);

describe('a bare site on a paid plan', () => {
  beforeEach(async () => {
    world = await ProvisionWorld.start({ bare: true });
  });

  test('gets a project in which approvers decide, the app follows, and nobody else moves anything', async () => {
    const result = await world.setUp({ approverGroupIds: approverGroups() });
    expect(result).toMatchObject({ done: true, projectKey: 'TAR' });
    expect(new Set(Object.values(states(result)))).toEqual(new Set(['created', 'found']));
    expect(result.steps.every(({ text }) => text !== '')).toBe(true);

    const issueId = await newIssue(result.projectId, result.issueTypeId);
    expect(world.jira.store.findIssue(issueId)?.statusId).toBe(result.slots?.pending[0]);
    expect(await offeredTo('bob', issueId)).toEqual(['Approve', 'Deny']);
    expect(await offeredTo('alice', issueId)).toEqual([]);
    expect(await offeredTo('admin', issueId)).toEqual([]);
    const ofApp = ['Approved in Teleport', 'Denied in Teleport', 'Expired'];
    expect(await offeredTo('access requests', issueId)).toEqual(ofApp);

    await world.jira.connectAs('bob').moveCard(issueId, 'Approved');
    expect(world.jira.store.findIssue(issueId)?.resolutionId).not.toBeNull();
    expect(await offeredTo('bob', issueId)).toEqual([]);
    await world.jira.connectAs('access requests').moveCard(issueId, 'Pending');
    expect(world.jira.store.findIssue(issueId)?.resolutionId).toBeNull();
  });

  test('lets nobody but the app and administrators change a request', async () => {
    const { projectId, issueTypeId } = await world.setUp({ approverGroupIds: approverGroups() });
    const issueId = await newIssue(projectId, issueTypeId);
    await expect(world.jira.connectAs('alice').edit(issueId, { summary: 'harmless' })).rejects.toThrow('40');
    await expect(world.jira.connectAs('bob').setProperty(issueId, 'teleport-access', {})).rejects.toThrow(
      '40',
    );
    await world.jira.connectAs('admin').edit(issueId, { summary: 'by the administrator' });
    await world.jira.connectAs('access requests').edit(issueId, { summary: 'by the app' });
  });

  test('gets what the settings of the app accept', async () => {
    const result = await world.setUp({ approverGroupIds: approverGroups() });
    expect(settings.safeParse(settingsFor(result, approverGroups()))).toMatchObject({ success: true });
    const facts = await createJiraProjects(createJiraClient('app')).read(
      result.projectId ?? '',
      result.issueTypeId ?? '',
    );
    if (!facts.ok) throw new Error(facts.problem.detail);
    const statusIds = facts.value.statusIds.get(result.issueTypeId ?? '') ?? [];
    expect([...statusIds].sort()).toEqual(
      Object.values(result.slots ?? {})
        .flat()
        .sort(),
    );
    expect(facts.value).toMatchObject({ key: 'TAR', archived: false, typeKey: 'business' });
  });

  test('is asked only what Jira describes, and nothing is deleted', async () => {
    await world.setUp({ approverGroupIds: approverGroups() });
    const openApi = loadJiraOpenApi();
    const calls = [...world.jira.calls];
    expect(calls.length).toBeGreaterThan(30);
    expect(calls.filter(({ method }) => method === 'DELETE')).toEqual([]);
    const described = calls.filter(
      ({ method, route = '' }) => openApi.isWhole || openApi.operation(method, route) !== undefined,
    );
    expect(described.flatMap((call) => openApi.requestProblems(call))).toEqual([]);
    // Set-up acts as the administrator; the app itself only looks and proves.
    const byApp = calls.filter(({ kind }) => kind === 'app').filter(isWrite);
    expect(byApp.map(({ route }) => route)).toEqual([
      '/rest/api/3/issue',
      '/rest/api/3/issue/{issueIdOrKey}/comment',
      '/rest/api/3/issue/{issueIdOrKey}/transitions',
    ]);
  });

  test('is not written to by a second run, which finds everything', async () => {
    await world.setUp({ approverGroupIds: approverGroups() });
    const before = world.writes().length;
    const second = await world.setUp({ approverGroupIds: approverGroups() });
    expect(second.done).toBe(true);
    expect(new Set(Object.values(states(second)))).toEqual(new Set(['found']));
    expect(world.writes().length).toBe(before);
  });

  test('gets one project only from two administrators who click at once', async () => {
    // The second one is told to come back, and does while the first is at work.
    const click = async () => {
      for (;;) {
        const result = await world.call({ approverGroupIds: approverGroups() });
        if (result.done) return result;
        // Three seconds while another call is at work; one for whoever waits for Jira to pin the panel.
        const isPinning = result.steps.some(({ key, state }) => key === 'panel' && state === 'working');
        expect(isPinning ? [1, 3] : [3]).toContain(result.callAgainSeconds);
        await sleep(20);
      }
    };
    const results = await Promise.all([click(), click()]);
    expect(new Set(results.map(({ projectId }) => projectId)).size).toBe(1);
    expect(world.jira.store.projects.size).toBe(1);
    expect(world.jira.store.issues.size).toBe(1);
  });

  test('tells how far it is when time is short, and goes on where it stopped', async () => {
    let calls = 0;
    const payload = { approverGroupIds: approverGroups() };
    for (let call = 1; ; call += 1) {
      const allowed = world.jira.calls.length + 7;
      const result = await world.call(payload, { isOver: () => world.jira.calls.length >= allowed });
      expect(result.steps).toHaveLength(13);
      if (result.done) break;
      expect(result.callAgainSeconds).toBeLessThanOrEqual(3);
      expect(call).toBeLessThan(20);
      calls = call;
    }
    expect(calls).toBeGreaterThan(4);
    expect(world.jira.store.projects.size).toBe(1);
    expect(world.jira.store.issues.size).toBe(1);
  });
});

describe('plans and scopes', () => {
  test('the Free plan: groups stand in the workflow, what cannot be changed is left out with its reason', async () => {
    world = await ProvisionWorld.start({ bare: true, plan: 'FREE' });
    const result = await world.setUp({ approverGroupIds: approverGroups() });
    expect(result.done).toBe(true);
    expect(states(result)).toMatchObject({
      role: 'skipped',
      approvers: 'skipped',
      permission_scheme: 'skipped',
    });
    expect(result.steps.find(({ key }) => key === 'permission_scheme')?.text).toContain('plan');
    const issueId = await newIssue(result.projectId, result.issueTypeId);
    expect(await offeredTo('bob', issueId)).toEqual(['Approve', 'Deny']);
    expect(await offeredTo('alice', issueId)).toEqual([]);
    const before = world.writes().length;
    await world.setUp({ approverGroupIds: approverGroups() });
    expect(world.writes().length).toBe(before);
  });

  test('a plan that says paid and refuses all the same does not stop the set-up', async () => {
    world = await ProvisionWorld.start({ bare: true });
    world.jira.faults.next = ({ route, method }) => {
      if (route === '/rest/api/3/instance/license') return undefined;
      world.jira.store.configuration.plan = method === 'GET' ? 'PAID' : 'FREE';
      return undefined;
    };
    const result = await world.setUp({ approverGroupIds: approverGroups() });
    expect(result.done).toBe(true);
    expect(states(result)).toMatchObject({ approvers: 'attention', permission_scheme: 'skipped' });
  });

  test('without the scopes nothing is begun, and the page is told of the manual steps', async () => {
    world = await ProvisionWorld.start({ bare: true }, { scopes: EVERYDAY_SCOPES });
    const result = await world.setUp();
    expect(result).toMatchObject({ done: false, needsManualSteps: true });
    expect(result.steps[0]).toMatchObject({ key: 'check', state: 'failed' });
    expect(world.writes()).toEqual([]);
  });

  test('who does not administer Jira sets up nothing', async () => {
    world = await ProvisionWorld.start({ bare: true }, { person: 'bob' });
    const result = await world.setUp();
    expect(result.steps[0]?.state).toBe('failed');
    expect(result.steps[0]?.text).toContain('administrators');
    expect(result.callAgainSeconds).toBeUndefined();
    expect(world.writes()).toEqual([]);
  });
});

describe('what is not known of a real site', () => {
  test('a workflow that may not set the resolution is made without it', async () => {
    world = await ProvisionWorld.start({ bare: true, unproven: { resolutionUpdates: 'refused' } });
    const result = await world.setUp({ approverGroupIds: approverGroups() });
    expect(result.done).toBe(true);
    expect(result.steps.find(({ key }) => key === 'workflow')?.text).toContain('does not set the resolution');
    const issueId = await newIssue(result.projectId, result.issueTypeId);
    expect(await offeredTo('bob', issueId)).toEqual(['Approve', 'Deny']);
  });

  test('a workflow that may not be guarded is made without the doubles, and an administrator is told', async () => {
    world = await ProvisionWorld.start({ bare: true, unproven: { transitionGuards: 'refused' } });
    const result = await world.setUp({ approverGroupIds: approverGroups() });
    expect(states(result)).toMatchObject({ workflow: 'attention', verify: 'created' });
    const issueId = await newIssue(result.projectId, result.issueTypeId);
    expect(await offeredTo('access requests', issueId)).toEqual(['Approve', 'Deny', 'Expired']);
  });

  test.each(['business', 'software'] as const)(
    'a %s project that needs a template gets its schemes afterwards',
    async (projectType) => {
      world = await ProvisionWorld.start({ bare: true, unproven: { schemesWithoutTemplate: 'refused' } });
      const result = await world.setUp({ projectType, approverGroupIds: approverGroups() });
      expect(result.done).toBe(true);
      const issueId = await newIssue(result.projectId, result.issueTypeId);
      expect(await offeredTo('bob', issueId)).toEqual(['Approve', 'Deny']);
      expect(projectOf('TAR').issueTypes).toHaveLength(1);
    },
  );

  test('a software project gets a filter and a board, which does not know the filter at once', async () => {
    world = await ProvisionWorld.start({ bare: true, searchLagMs: 2000 });
    const result = await world.setUp({ projectType: 'software', approverGroupIds: approverGroups() });
    const board = result.steps.find(({ key }) => key === 'board');
    expect(board?.state).toBe('created');
    expect(board?.link).toMatch(/\/projects\/TAR\/boards\/\d+$/);
    expect(board?.text).toContain('share a column');
    const refused = world.jira.calls.filter(
      ({ route, status }) => route === '/rest/agile/1.0/board' && status === 400,
    );
    expect(refused.length).toBeGreaterThan(1);
    const before = world.writes().length;
    expect(states(await world.setUp({ projectType: 'software' })).board).toBe('found');
    expect(world.writes().length).toBe(before);
  });
});

describe('the panel', () => {
  const panelOf = (result: { steps: readonly { key: string; state: string; text: string }[] }) =>
    result.steps.find(({ key }) => key === 'panel');
  const pinned = () => world.jira.store.configuration.pinnedPanels.get(PANEL_MODULE_ID) ?? new Map();

  beforeEach(async () => {
    world = await ProvisionWorld.start({ bare: true });
  });

  test('is pinned to the project, and found there afterwards', async () => {
    const result = await world.setUp();
    expect(panelOf(result)).toMatchObject({ state: 'created', text: 'The panel was pinned to the project.' });
    expect([...pinned().keys()]).toEqual([result.projectId]);
    expect(panelOf(await world.setUp())?.state).toBe('found');
  });

  test('that somebody unpinned stays so, and the page says it', async () => {
    await world.setUp();
    pinned().clear();
    const again = await world.setUp();
    expect(again.done).toBe(true);
    expect(panelOf(again)).toMatchObject({ state: 'attention' });
    expect(panelOf(again)?.text).toContain('was unpinned since');
    expect(pinned().size).toBe(0);
  });

  test.each([403, 404, 400])('that Jira does not pin (%d) holds nothing up', async (status) => {
    world.jira.faults.next = ({ route }) =>
      route === '/rest/api/3/forge/panel/action/bulk/async' ? { kind: 'error_before', status } : undefined;
    const result = await world.setUp();
    expect(result.done).toBe(true);
    expect(panelOf(result)).toMatchObject({ state: 'skipped' });
    expect(panelOf(result)?.text).toContain('right column');
  });

  test('whose task fails is told, and repaired by the next pass', async () => {
    world.jira.faults.next = ({ route }) => {
      if (route === '/rest/api/3/task/{taskId}')
        for (const task of world.jira.store.configuration.tasks.values()) task.isFailing = true;
      return undefined;
    };
    const result = await world.setUp();
    expect(result.done).toBe(true);
    expect(panelOf(result)).toMatchObject({ state: 'attention' });
    expect(panelOf(result)?.text).toContain('could not pin');
    pinned().clear();
    world.jira.faults.next = undefined;
    expect(panelOf(await world.setUp())?.state).toBe('created');
  });
});

describe('other sites', () => {
  test('a key that somebody else has is left alone, and another one is used', async () => {
    world = await ProvisionWorld.start();
    const taken = structuredClone(projectOf('TAR').issueTypes);
    const result = await world.setUp({ approverGroupIds: approverGroups() });
    expect(result).toMatchObject({ done: true, projectKey: 'TAR0' });
    expect(result.steps.find(({ key }) => key === 'project')?.text).toContain('TAR is taken');
    expect(projectOf('TAR').issueTypes).toEqual(taken);
    expect(projectOf('TAR').properties.size).toBe(0);
    // The site has these statuses and this type already.
    expect(states(result)).toMatchObject({ statuses: 'found', issue_type: 'found', workflow: 'created' });
  });

  test('on a German site names are found or made, and its own project stays as it is', async () => {
    world = await ProvisionWorld.start({ language: 'de' });
    const before = structuredClone(projectOf('ZUGRIFF').issueTypes);
    const result = await world.setUp({ approverGroupIds: approverGroups() });
    expect(result).toMatchObject({ done: true, projectKey: 'TAR' });
    expect(projectOf('ZUGRIFF').issueTypes).toEqual(before);
    const issueId = await newIssue(result.projectId, result.issueTypeId);
    expect(await offeredTo('bob', issueId)).toEqual(['Approve', 'Deny']);
    await world.jira.connectAs('bob').moveCard(issueId, 'Approved');
    const resolution = world.jira.store.findIssue(issueId)?.resolutionId ?? '';
    expect(world.jira.store.resolution(resolution).name).toBe('Fertig');
  });

  test('statuses of another case are used as they are', async () => {
    world = await ProvisionWorld.start({ bare: true });
    const id = world.jira.store.nextId('status');
    world.jira.store.statuses.set(id, { id, name: 'PENDING', description: '', category: 'TODO' });
    const result = await world.setUp({ projectType: 'software' });
    expect(result.slots?.pending).toEqual([id]);
    expect(states(result).statuses).toBe('attention');
    expect(world.jira.store.status(id)).toMatchObject({ name: 'PENDING', category: 'TODO' });
  });

  test('a large site takes a call no longer than 5 seconds, and is never read whole', async () => {
    world = await ProvisionWorld.start({ bare: true, size: 'large' });
    const result = await world.setUp({ approverGroupIds: approverGroups() });
    expect(result.done).toBe(true);
    expect(Math.max(...world.callMillis)).toBeLessThan(5000);
    const lists = world.jira.calls.filter(({ route = '' }) =>
      /project\/search|\/api\/3\/(project|status)$|group/.test(route),
    );
    expect(lists.filter(({ method }) => method === 'GET')).toEqual([]);
  });

  test('on a large and slow site a call that is given 4 seconds ends within 5', async () => {
    world = await ProvisionWorld.start({ bare: true, size: 'large' });
    world.jira.faults.latency = 'realistic';
    let result;
    do {
      const endsAt = Date.now() + 4000;
      result = await world.call(
        { approverGroupIds: approverGroups() },
        { isOver: () => Date.now() > endsAt },
      );
    } while (!result.done);
    expect(world.callMillis.length).toBeGreaterThan(1);
    expect(Math.max(...world.callMillis)).toBeLessThan(5000);
  }, 40_000);

  test('a large site gives pages of projects, statuses and groups', async () => {
    world = await ProvisionWorld.start({ bare: true, size: 'large' });
    const admin = world.jira.connectAs('admin');
    const startedAt = performance.now();
    const projects = await admin.call('GET', 'project/search?query=Project&startAt=950&maxResults=100');
    expect(projects.body).toMatchObject({ total: 1000, isLast: true });
    const statuses = await admin.call('GET', 'statuses/search?searchString=step&startAt=400&maxResults=200');
    expect(statuses.body).toMatchObject({ total: 500, isLast: true, maxResults: 200 });
    const groups = await admin.call('GET', 'groups/picker?query=team-01&maxResults=20');
    expect(groups.body).toMatchObject({ total: 100 });
    expect(performance.now() - startedAt).toBeLessThan(5000);
  });
});
