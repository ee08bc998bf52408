import type { JiraPerson } from './client';
import { startJira, type JiraOptions, type JiraSandbox } from './index';
import { directed as directedIn, workflowRequest } from './set-up-testing';
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
const status = (name: string, statusCategory = 'DONE') => ({ name, statusCategory });
const global = { type: 'GLOBAL' };

const workflow = (change: Parameters<typeof workflowRequest>[1] = {}) => workflowRequest(jira.store, change);
const directed = (id: string, name: string, more: object = {}) => directedIn(jira.store, id, name, more);
const condition = (ruleKey: string, parameters: object) => ({
  conditions: { operation: 'ALL', conditions: [{ ruleKey, parameters }], conditionGroups: [] },
});

describe('statuses', () => {
  beforeEach(() => start({ bare: true }));

  test('have names that nobody else has, and are of the whole site', async () => {
    const body = { scope: global, statuses: [status('Pending', 'IN_PROGRESS')] };
    expect((await admin.call('POST', 'statuses', body)).body).toMatchObject([
      { name: 'Pending', scope: global },
    ]);
    expect(await ask(admin, 'POST', 'statuses', { scope: global, statuses: [status('pending')] })).toContain(
      '400 {"errorMessages":[],"errors":{"name":"Status name \\"pending\\" already in use',
    );
    const scope = { type: 'PROJECT', project: { id: '7' } };
    expect(await ask(admin, 'POST', 'statuses', { scope, statuses: [status('X')] })).toContain(
      '400 {"errorMessages":["We couldn\'t find project 7 in this scope.',
    );
  });

  test('are found by exact names, by parts of names, and by ids', async () => {
    expect((await admin.call('GET', 'statuses/byNames?name=Done&name=to%20do')).body).toMatchObject([
      { name: 'Done' },
    ]);
    expect((await admin.call('GET', 'statuses/search?searchString=do')).body).toMatchObject({ total: 2 });
    const [id] = jira.store.statuses.keys();
    expect((await admin.call('GET', `statuses?id=${id ?? ''}`)).body).toMatchObject([{ id }]);
    expect(await ask(admin, 'GET', 'statuses')).toContain('400');
  });
});

describe('only administrators of Jira, and apps for them with the scope', () => {
  beforeEach(() => start({ bare: true }));

  test.each([
    ['POST', 'statuses'],
    ['GET', 'statuses/byNames?name=Done'],
    ['POST', 'workflows/create'],
    ['GET', 'workflows/search'],
    ['GET', 'workflowscheme'],
    ['POST', 'issuetype'],
    ['GET', 'issuetypescheme'],
    ['GET', 'role'],
    ['POST', 'permissionscheme'],
    ['POST', 'project'],
    ['GET', 'instance/license'],
    ['GET', 'auditing/record'],
  ])('%s %s', async (method, path) => {
    expect(await ask(jira.connectAs('bob'), method, path, method === 'GET' ? undefined : {})).toContain(
      '403',
    );
    jira.installAnotherApp('everyday', ['read:jira-work', 'write:jira-work', 'read:jira-user']);
    expect(await ask(jira.connectAs('everyday'), method, path, method === 'GET' ? undefined : {})).toContain(
      '401 {"code":401,"message":"Unauthorized; scope does not match"}',
    );
  });
});

describe('workflows', () => {
  beforeEach(() => start({ bare: true }));

  test('that are sound are created, read back, and found', async () => {
    const [role = ''] = jira.store.roles.keys();
    const guarded = directed(
      '11',
      'Finish',
      condition('system:restrict-issue-transition', { roleIds: role }),
    );
    const document = workflow({ transitions: [guarded] });
    const validated = await admin.call('POST', 'workflows/create/validation', { payload: document });
    expect(validated.body).toEqual({ errors: [] });
    const created = await admin.call('POST', 'workflows/create', document);
    expect(created.status).toBe(200);
    const read = await admin.call('POST', 'workflows', { workflowNames: ['Mine'] });
    expect(read.body).toMatchObject({
      workflows: [{ name: 'Mine', transitions: [{ type: 'INITIAL' }, { conditions: { operation: 'ALL' } }] }],
    });
    const found = await admin.call('GET', 'workflows/search?queryString=min&isActive=false');
    expect(found.body).toMatchObject({ total: 1, values: [{ name: 'Mine', transitions: [] }] });
    expect(await ask(admin, 'POST', 'workflows/create', document)).toContain('already in use');
  });

  test.each<[string, () => object, string]>([
    ['no initial transition', () => ({ ...workflow(), workflows: [noInitial()] }), 'INITIAL_TRANSITION'],
    [
      'two transitions of one id',
      () => workflow({ transitions: [directed('1', 'Finish')] }),
      'TRANSITION_ID',
    ],
    [
      'two transitions of one name from a status',
      () => workflow({ transitions: [directed('11', 'Finish'), directed('12', 'Finish')] }),
      'NON_UNIQUE_TRANSITION_NAME',
    ],
    [
      'a directed transition from nowhere',
      () => workflow({ transitions: [directed('11', 'A', { links: [] })] }),
      'TRANSITION_LINKS',
    ],
    [
      'a status that it does not have',
      () => workflow({ transitions: [directed('11', 'A', { toStatusReference: '77' })] }),
      'Transition references an unknown status.',
    ],
    [
      'a status by a name that is taken',
      () => workflow({ statuses: [{ name: 'Done', statusCategory: 'DONE', statusReference: 'x' }] }),
      'NON_UNIQUE_STATUS_NAME',
    ],
    [
      'a role that does not exist',
      () =>
        workflow({
          transitions: [directed('11', 'A', condition('system:restrict-issue-transition', { roleIds: '7' }))],
        }),
      'names 7, which does not exist',
    ],
    [
      'a rule that is none',
      () => workflow({ transitions: [directed('11', 'A', condition('system:made-up', {}))] }),
      'INVALID_RULE',
    ],
    [
      'a resolution that does not exist',
      () => workflow({ transitions: [directed('11', 'A', { actions: [updateResolution('7')] })] }),
      'The resolution 7 does not exist.',
    ],
    [
      'the name of the workflow that every site has',
      () => workflow({ name: 'JIRA' }),
      'NON_UNIQUE_WORKFLOW_NAME',
    ],
  ])('with %s are refused, and the validation says why', async (_what, make, reason) => {
    const payload = make();
    const { body } = await admin.call('POST', 'workflows/create/validation', { payload });
    expect(JSON.stringify(body)).toContain(reason);
    expect(await ask(admin, 'POST', 'workflows/create', payload)).toContain('400');
    expect(jira.store.configuration.workflows.has('Mine')).toBe(false);
  });

  test('take only text as values of parameters', async () => {
    const transitions = [
      directed('11', 'A', condition('system:restrict-issue-transition', { roleIds: [1] })),
    ];
    expect(await ask(admin, 'POST', 'workflows/create', workflow({ transitions }))).toContain('400');
  });

  test('wait while another task changes workflows', async () => {
    jira.faults.next = () => ({ kind: 'task_running' });
    expect(await ask(admin, 'POST', 'workflows/create', workflow())).toContain('409');
  });

  test('that set the resolution are refused where that is switched off', async () => {
    const [resolution = ''] = jira.store.resolutions.keys();
    const payload = workflow({
      transitions: [directed('11', 'A', { actions: [updateResolution(resolution)] })],
    });
    const validate = () => admin.call('POST', 'workflows/create/validation', { payload });
    expect((await validate()).body).toEqual({ errors: [] });
    jira.store.configuration.unproven.resolutionUpdates = 'refused';
    expect((await validate()).body).toMatchObject({ errors: [{ type: 'RULE' }] });
  });

  function noInitial(): object {
    const [toDo] = [...jira.store.statuses.keys()];
    return {
      name: 'Mine',
      statuses: [...jira.store.statuses.keys()].map((statusReference) => ({
        statusReference,
        properties: {},
      })),
      transitions: [{ id: '1', name: 'Back', type: 'GLOBAL', toStatusReference: toDo, links: [] }],
    };
  }
});

function updateResolution(value: string): object {
  return { ruleKey: 'system:update-field', parameters: { field: 'resolution', value, mode: 'replace' } };
}
