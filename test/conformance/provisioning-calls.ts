import type { TestSite } from '../../sandbox/jira/testing';

/** Makes one call, as the administrator, and gives what was answered. */
export type Ask = (method: string, path: string, body?: unknown) => Promise<unknown>;

/** Calls every operation by which a site is set up, each so that it succeeds. */
export async function callSetUp({ jira }: TestSite, ask: Ask): Promise<void> {
  const scope = { type: 'GLOBAL' };
  await ask('POST', 'statuses', {
    scope,
    statuses: [{ name: 'Held', statusCategory: 'IN_PROGRESS', description: '' }],
  });
  const id = [...jira.store.statuses.keys()].at(-1) ?? '';
  await ask('GET', `statuses?id=${id}`);
  await ask('GET', 'statuses/byNames?name=Held');
  const payload = workflowOf(id);
  await ask('POST', 'workflows/create/validation', { payload, validationOptions: { levels: ['ERROR'] } });
  await ask('POST', 'workflows/create', payload);
  await ask('POST', 'workflows', { workflowNames: ['Held only', 'Teleport access requests workflow'] });
  await ask('GET', 'workflows/search?queryString=held&expand=values.transitions');
  const workflow = jira.store.configuration.workflows.get('Held only')?.id ?? '';
  await ask('GET', `workflows/capabilities?workflowId=${workflow}`);
  await ask('POST', 'workflowscheme', { name: 'Held', defaultWorkflow: 'Held only', issueTypeMappings: {} });
  const workflowScheme = [...jira.store.configuration.workflowSchemes.keys()].at(-1) ?? 0;
  await ask('GET', 'workflowscheme');
  await ask('GET', `workflowscheme/${workflowScheme}`);
  await ask('POST', 'issuetype', { name: 'Held request', type: 'standard' });
  const issueTypeId = [...jira.store.issueTypes.keys()].at(-1) ?? '';
  await ask('POST', 'issuetypescheme', {
    name: 'Held',
    defaultIssueTypeId: issueTypeId,
    issueTypeIds: [issueTypeId],
  });
  const issueTypeScheme = [...jira.store.configuration.issueTypeSchemes.keys()].at(-1) ?? '';
  await ask('GET', 'issuetypescheme?queryString=held');
  await ask('GET', `issuetypescheme/mapping?issueTypeSchemeId=${issueTypeScheme}`);
  await callProject({ jira }, ask, { workflowScheme, issueTypeScheme });
  await callFilters(ask);
}

async function callProject(
  { jira }: Pick<TestSite, 'jira'>,
  ask: Ask,
  schemes: { workflowScheme: number; issueTypeScheme: string },
): Promise<void> {
  const leadAccountId = jira.people['admin']?.accountId;
  await ask('GET', 'projectvalidate/key?key=HELD');
  await ask('GET', 'projectvalidate/validProjectKey?key=TAR');
  await ask('GET', 'projectvalidate/validProjectName?name=Operations');
  await ask('POST', 'project', {
    ...{ key: 'HELD', name: 'Held', projectTypeKey: 'business', leadAccountId, assigneeType: 'UNASSIGNED' },
    workflowScheme: schemes.workflowScheme,
    issueTypeScheme: Number(schemes.issueTypeScheme),
  });
  const projectId = jira.store.findProject('HELD')?.id ?? '';
  await ask('GET', `workflowscheme/project?projectId=${projectId}`);
  await ask('PUT', 'workflowscheme/project', { projectId, workflowSchemeId: String(schemes.workflowScheme) });
  await ask('GET', `issuetypescheme/project?projectId=${projectId}`);
  await ask('PUT', 'issuetypescheme/project', { projectId, issueTypeSchemeId: schemes.issueTypeScheme });
  await ask('PUT', `project/${projectId}/properties/ours`, { v: 1 });
  await ask('GET', `project/${projectId}/properties`);
  await ask('GET', `project/${projectId}/properties/ours`);
  await ask('POST', 'role', { name: 'Deciders', description: '' });
  const role = [...jira.store.roles.keys()].at(-1) ?? '';
  await ask('GET', 'role');
  await ask('GET', `project/${projectId}/role`);
  await ask('POST', `project/${projectId}/role/${role}`, { groupId: [jira.groups['teleport-approvers']] });
  await ask('GET', `project/${projectId}/role/${role}`);
  await ask('GET', 'permissionscheme');
  await ask('GET', 'permissionscheme/0?expand=permissions');
  const holder = { type: 'projectRole', value: role };
  await ask('POST', 'permissionscheme', {
    name: 'Held',
    permissions: [{ permission: 'BROWSE_PROJECTS', holder }],
  });
  await ask('PUT', `project/${projectId}/permissionscheme`, { id: 0 });
  await ask('GET', `project/${projectId}/permissionscheme`);
  const moduleId = 'ari:cloud:ecosystem::extension/app-1/environment-1/static/issue-panel';
  const projectList = [{ projectIdOrKey: 'HELD', action: 'PIN' }];
  await ask('POST', 'forge/panel/action/bulk/async', { moduleId, projectList });
  await ask('POST', 'forge/panel/action/bulk/status', { moduleId, projectList: ['HELD'] });
  await ask('GET', 'instance/license');
  await ask('GET', 'auditing/record');
  await ask('POST', `project/${projectId}/delete`);
  await ask('GET', `task/${[...jira.store.configuration.tasks.keys()].at(-1) ?? ''}`);
}

async function callFilters(ask: Ask): Promise<void> {
  await ask('POST', 'filter', { name: 'Held', jql: 'project = TAR ORDER BY Rank ASC' });
  await ask('GET', 'filter/search?filterName=held');
}

/** A workflow of one status. */
function workflowOf(statusReference: string): object {
  const transition = {
    id: '1',
    name: 'Create',
    type: 'INITIAL',
    toStatusReference: statusReference,
    links: [],
  };
  const status = { id: statusReference, name: 'Held', statusCategory: 'IN_PROGRESS', statusReference };
  return {
    scope: { type: 'GLOBAL' },
    statuses: [status],
    workflows: [
      {
        ...{ name: 'Held only', description: '', statuses: [{ statusReference, properties: {} }] },
        transitions: [{ ...transition, actions: [], validators: [], triggers: [], properties: {} }],
      },
    ],
  };
}
