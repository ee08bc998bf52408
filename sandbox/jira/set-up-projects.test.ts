import type { JiraPerson } from './client';
import { startJira, type JiraOptions, type JiraSandbox } from './index';
import { idIn, workflowRequest } from './set-up-testing';
import { refusal } from './testing';

let jira: JiraSandbox;
let admin: JiraPerson;
afterEach(() => jira.stop());

async function start(options: JiraOptions = {}): Promise<void> {
  jira = await startJira({ searchLagMs: 0, ...options });
  admin = jira.connectAs('admin');
}
const ask = async (who: JiraPerson, method: string, path: string, body?: unknown) =>
  refusal(await who.call(method, path, body));

describe('projects', () => {
  const project = (change: object = {}) => ({
    ...{ key: 'NEW', name: 'New one', projectTypeKey: 'business', assigneeType: 'UNASSIGNED' },
    leadAccountId: jira.people['admin']?.accountId,
    ...change,
  });

  test('are made from schemes; work items in them go by their workflow', async () => {
    await start({ bare: true });
    await admin.call('POST', 'workflows/create', workflowRequest(jira.store));
    const { body: scheme } = await admin.call('POST', 'workflowscheme', {
      name: 'S',
      defaultWorkflow: 'Mine',
    });
    const { body: type } = await admin.call('POST', 'issuetype', { name: 'Request', type: 'standard' });
    const typeId = idIn(type);
    const { body: types } = await admin.call('POST', 'issuetypescheme', {
      name: 'T',
      issueTypeIds: [typeId],
    });
    const ids = {
      workflowScheme: Number(idIn(scheme)),
      issueTypeScheme: Number(idIn(types, 'issueTypeSchemeId')),
    };
    const created = await admin.call('POST', 'project', project(ids));
    expect(created).toMatchObject({ status: 201, body: { key: 'NEW' } });
    const projectId = idIn(created.body);
    const issue = await jira
      .connectAs('alice')
      .createIssue({ projectId, issueTypeId: typeId, summary: 'one' });
    expect((await jira.connectAs('alice').transitions(issue.id)).map(({ name }) => name)).toEqual(['Finish']);
    // The app that came later, and those that were there before, are in its role of apps.
    jira.installAnotherApp('later', ['read:jira-work']);
    expect((await jira.connectAs('later').issue(issue.id)).key).toBe('NEW-1');
    const assign = { projectId, workflowSchemeId: idIn(scheme) };
    expect(await ask(admin, 'PUT', 'workflowscheme/project', assign)).toContain('400');
  });

  test.each<[string, object, string]>([
    ['a key of small letters', { key: 'new' }, 'projectKey'],
    ['a key that is too long', { key: 'ABCDEFGHIJK' }, 'projectKey'],
    ['a key that is taken', { key: 'TAR' }, 'projectKey'],
    ['a name that is taken', { name: 'operations' }, 'projectName'],
    ['nobody as lead', { leadAccountId: 'nobody' }, 'projectLead'],
    ['a template and a scheme', { projectTemplateKey: 'x', workflowScheme: 10_700 }, 'not both'],
    ['a scheme that is none', { workflowScheme: 1 }, 'workflowScheme'],
    ['a template that is none', { projectTemplateKey: 'x' }, 'template'],
  ])('with %s are refused', async (_what, change, reason) => {
    await start();
    expect(await ask(admin, 'POST', 'project', project(change))).toContain(reason);
    expect(jira.store.findProject('NEW')).toBeUndefined();
  });

  test('of the Kanban template start in Backlog and have a board', async () => {
    await start({ bare: true });
    const projectTemplateKey = 'com.pyxis.greenhopper.jira:gh-simplified-kanban-classic';
    await admin.call('POST', 'project', project({ projectTypeKey: 'software', projectTemplateKey }));
    const made = jira.store.findProject('NEW');
    const initial = made?.issueTypes[0]?.workflow.transitions.find(({ type }) => type === 'INITIAL');
    expect(jira.store.status(initial?.to ?? '').name).toBe('Backlog');
    expect(jira.store.configuration.boards.size).toBe(1);
  });

  test('in the trash are not seen, and keep key and name', async () => {
    await start();
    const deleted = await admin.call('POST', 'project/OPS/delete');
    expect(deleted.status).toBe(303);
    const task = /task\/\d+$/.exec(deleted.headers.get('location') ?? '')?.[0] ?? '';
    expect((await admin.call('GET', task)).body).toMatchObject({ status: 'RUNNING' });
    expect((await admin.call('GET', task)).body).toMatchObject({ status: 'COMPLETE', progress: 100 });
    expect(await ask(jira.connectAs('bob'), 'GET', task)).toContain('403');
    expect(await ask(admin, 'GET', 'project/OPS')).toContain('404');
    expect((await admin.call('GET', 'projectvalidate/key?key=OPS')).body).toMatchObject({
      errors: { projectKey: "Space 'Operations' uses this space key." },
    });
    expect((await admin.call('GET', 'projectvalidate/validProjectKey?key=OPS')).body).toBe('OPS0');
    expect((await admin.call('GET', 'projectvalidate/validProjectName?name=Operations')).body).toBe(
      'Operations 2',
    );
  });

  test('carry properties, by which they are found', async () => {
    await start();
    expect(await ask(jira.connectAs('alice'), 'PUT', 'project/TAR/properties/ours', { v: 1 })).toContain(
      '403',
    );
    expect((await admin.call('PUT', 'project/TAR/properties/ours', { v: 1 })).status).toBe(201);
    expect((await admin.call('PUT', 'project/TAR/properties/ours', { v: 1 })).status).toBe(200);
    expect((await admin.call('GET', 'project/search?propertyQuery=[ours].v=1')).body).toMatchObject({
      total: 1,
    });
    expect((await admin.call('GET', 'project/search?propertyQuery=[ours].v=2')).body).toMatchObject({
      total: 0,
    });
    expect(await ask(admin, 'GET', 'project/TAR/properties/other')).toContain('404');
  });
});

describe('roles and permission schemes', () => {
  const grants = (permission: string, holder: object) => ({
    name: 'P',
    permissions: [{ permission, holder }],
  });

  test('can be changed on a paid plan, by names and holders that exist', async () => {
    await start();
    const { body: role } = await admin.call('POST', 'role', { name: 'Approvers' });
    expect(await ask(admin, 'POST', 'role', { name: 'approvers' })).toContain('409');
    const group = jira.groups['teleport-approvers'];
    const path = `project/TAR/role/${idIn(role)}`;
    expect((await admin.call('POST', path, { groupId: [group] })).body).toMatchObject({
      actors: [{ type: 'atlassian-group-role-actor', actorGroup: { groupId: group } }],
    });
    expect(await ask(admin, 'POST', path, { groupId: [group] })).toContain('already a member');
    expect(await ask(admin, 'POST', path, { groupId: [group], user: [] })).toContain('not both');
    expect(await ask(admin, 'POST', 'permissionscheme', grants('MADE_UP', { type: 'anyone' }))).toContain(
      'not recognized',
    );
    const nobody = { type: 'projectRole', value: '7' };
    expect(await ask(admin, 'POST', 'permissionscheme', grants('EDIT_ISSUES', nobody))).toContain(
      'does not exist',
    );
    const { body: scheme } = await admin.call(
      'POST',
      'permissionscheme',
      grants('BROWSE_PROJECTS', { type: 'projectRole', value: idIn(role) }),
    );
    await admin.call('PUT', 'project/OPS/permissionscheme', { id: Number(idIn(scheme)) });
    expect(await ask(jira.connectAs('alice'), 'GET', 'project/OPS')).toContain('404');
    expect(await ask(admin, 'POST', 'permissionscheme', { name: 'p' })).toContain('400');
  });

  test('cannot on the Free plan', async () => {
    await start({ plan: 'FREE' });
    expect(await ask(admin, 'POST', 'permissionscheme', { name: 'P' })).toContain('403');
    expect(await ask(admin, 'PUT', 'project/TAR/permissionscheme', { id: 0 })).toContain('403');
    const [role = ''] = jira.store.roles.keys();
    expect(await ask(admin, 'POST', `project/TAR/role/${role}`, { groupId: [] })).toContain(
      '400 {"errorMessages":["The role actors cannot be changed on the Jira Software Free plan.',
    );
    expect(await ask(admin, 'GET', 'auditing/record')).toContain('403');
    expect((await admin.call('GET', 'instance/license')).body).toMatchObject({
      applications: [{ plan: 'FREE' }, {}],
    });
    expect((await admin.call('GET', 'permissionscheme?expand=permissions')).status).toBe(200);
  });
});

describe('filters and boards', () => {
  const board = (filterId: number, projectKeyOrId: string) => ({
    ...{ name: 'B', type: 'kanban', filterId, location: { type: 'project', projectKeyOrId } },
  });
  const agile = (method: string, path: string, body?: unknown) =>
    fetch(`${jira.baseUrl}/rest/agile/1.0/${path}`, {
      method,
      headers: { authorization: authorization(), 'content-type': 'application/json' },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
  const authorization = () => {
    const { email = '', token = '' } = jira.people['admin'] ?? {};
    return `Basic ${Buffer.from(`${email}:${token}`).toString('base64')}`;
  };

  test('a board knows a filter only after a while, and stands in a software project', async () => {
    await start({ searchLagMs: 60_000 });
    const filter = { name: 'F', jql: 'project = OPS ORDER BY Rank ASC' };
    const filterId = Number(idIn((await admin.call('POST', 'filter', filter)).body));
    expect(await ask(admin, 'POST', 'filter', filter)).toContain('400');
    expect(await ask(admin, 'POST', 'filter', { name: 'G', jql: 'project = = OPS' })).toContain('400');
    expect((await agile('POST', 'board', board(filterId, 'OPS'))).status).toBe(400);
    jira.store.configuration.filterLagMs = 0;
    expect((await agile('POST', 'board', board(filterId, 'TAR'))).status).toBe(400);
    const created = await agile('POST', 'board', board(filterId, 'OPS'));
    expect(created.status).toBe(201);
    const path = `board/${idIn(await created.json())}/configuration`;
    expect(await (await agile('GET', path)).json()).toMatchObject({
      columnConfig: { columns: [{ name: 'Backlog', statuses: [] }, {}, {}, { name: 'Done' }] },
    });
    expect((await agile('PUT', path, {})).status).toBe(405);
  });
});

describe('sites of other kinds', () => {
  test('a bare one has what a new site has, and no project', async () => {
    await start({ bare: true });
    expect((await admin.call('GET', 'project/search')).body).toMatchObject({ total: 0 });
    expect(() => jira.project).toThrow('without TAR');
    expect((await fetch(`${jira.baseUrl}/_sandbox/board`)).status).toBe(404);
  });

  test('a German one has statuses in German', async () => {
    await start({ language: 'de' });
    const answer = await admin.call('GET', 'project/ZUGRIFF/statuses');
    expect(answer.body).toMatchObject([
      {
        name: 'Zugriffsantrag',
        statuses: [
          { name: 'Ausstehend' },
          { name: 'Genehmigt' },
          { name: 'Abgelehnt' },
          { name: 'Abgelaufen' },
        ],
      },
    ]);
  });
});
