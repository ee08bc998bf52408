import { matchRoute, ROUTES } from '../../sandbox/jira/router';
import { OPERATION_SCOPES } from '../../sandbox/jira/scopes';
import { document, startTestSite, type TestSite } from '../../sandbox/jira/testing';
import { loadJiraOpenApi } from '../support/openapi';
import { callSetUp } from './provisioning-calls';

/** Answers of the simulated site in the shapes that Jira publishes. */
const openApi = loadJiraOpenApi();
let site: TestSite;
beforeEach(async () => {
  site = await startTestSite();
});
afterEach(() => site.jira.stop());

/** A call of every operation, as the administrator for what the app may not do. */
async function callEverything(): Promise<{ operation: string; status: number; body: unknown }[]> {
  const { jira, app } = site;
  const admin = jira.connectAs('admin');
  const { bob } = jira.people;
  const [group = ''] = Object.values(jira.groups);
  const { id: projectId, issueTypeId } = jira.project;
  const id = await site.createRequest('r1');
  const doomed = await site.createRequest('r2');
  const comment = await app.comment(id, 'first');
  const seen: { operation: string; status: number; body: unknown }[] = [];
  const call = async (who: typeof app, method: string, path: string, body?: unknown): Promise<void> => {
    const answer = await who.call(method, path, body);
    const match = matchRoute(method, `/rest/api/3/${path.split('?')[0]}`);
    const operation = match.kind === 'route' ? `${method} ${match.route.template}` : path;
    seen.push({ operation, status: answer.status, body: answer.body });
  };
  const link = { globalId: 'g', object: { url: 'https://teleport.invalid/r1', title: 'request' } };
  const jql = `project = ${projectId} ORDER BY created DESC`;
  await call(app, 'POST', 'issue', {
    fields: {
      project: { id: projectId },
      issuetype: { id: issueTypeId },
      summary: 'third',
      description: document('why'),
      labels: ['teleport'],
    },
    transition: { id: '6' },
  });
  await call(app, 'PUT', `issue/${id}`, { fields: { summary: 'changed', description: document('more') } });
  await call(app, 'PUT', `issue/${id}?returnIssue=true`, { update: { labels: [{ add: 'x' }] } });
  await call(app, 'PUT', `issue/${id}/assignee`, { accountId: bob?.accountId });
  await call(app, 'GET', `issue/${id}/transitions?expand=transitions.fields`);
  await call(app, 'POST', `issue/${id}/transitions`, {
    transition: { id: '4' },
    fields: { resolution: { id: [...jira.store.resolutions.keys()][0] } },
    historyMetadata: { type: 'teleport', description: 'approved in Teleport' },
  });
  await call(app, 'GET', `issue/${id}?expand=changelog&properties=teleport-access`);
  await call(app, 'GET', `issue/${id}/changelog?maxResults=2`);
  await call(app, 'POST', 'issue/bulkfetch', { issueIdsOrKeys: [id], fields: ['status', 'comment'] });
  await call(app, 'POST', 'changelog/bulkfetch', { issueIdsOrKeys: [id], fieldIds: ['status'] });
  await call(app, 'POST', `issue/${id}/watchers`, bob?.accountId);
  await call(app, 'GET', `issue/${id}/watchers`);
  await call(app, 'DELETE', `issue/${id}/watchers?accountId=${encodeURIComponent(bob?.accountId ?? '')}`);
  await call(app, 'POST', `issue/${id}/comment`, {
    body: document('second'),
    properties: [{ key: 'op', value: { n: 1 } }],
  });
  await call(app, 'GET', `issue/${id}/comment?orderBy=-created&expand=properties`);
  await call(app, 'GET', `issue/${id}/comment/${comment}`);
  await call(app, 'PUT', `issue/${id}/comment/${comment}`, { body: document('edited') });
  await call(app, 'GET', 'comment/300001/properties/op');
  await call(app, 'DELETE', `issue/${id}/comment/${comment}`);
  await call(app, 'PUT', `issue/${id}/properties/mark`, { a: 1 });
  await call(app, 'PUT', `issue/${id}/properties/mark`, { a: 2 });
  await call(app, 'GET', `issue/${id}/properties`);
  await call(app, 'GET', `issue/${id}/properties/mark`);
  await call(app, 'DELETE', `issue/${id}/properties/mark`);
  await call(app, 'POST', `issue/${id}/remotelink`, link);
  await call(app, 'POST', `issue/${id}/remotelink`, link);
  await call(app, 'GET', `issue/${id}/remotelink`);
  await call(app, 'GET', `issue/${id}/remotelink?globalId=g`);
  await call(app, 'DELETE', `issue/${id}/remotelink?globalId=g`);
  await call(app, 'POST', 'search/jql', { jql, fields: ['creator', 'status'], maxResults: 1 });
  await call(app, 'POST', 'search/jql', { jql });
  await call(app, 'GET', `search/jql?jql=${encodeURIComponent(jql)}&fields=summary,comment`);
  await call(app, 'GET', 'search?jql=project=TAR');
  await call(app, 'POST', 'search', { jql });
  await call(app, 'POST', 'search/approximate-count', { jql });
  await call(app, 'POST', 'jql/match', { issueIds: [Number(id)], jqls: [jql, 'nonsense'] });
  await call(app, 'GET', 'myself');
  await call(app, 'GET', `user?accountId=${encodeURIComponent(bob?.accountId ?? '')}&expand=groups`);
  await call(app, 'GET', 'user/search?query=bob');
  await call(app, 'GET', `user/bulk?accountId=${encodeURIComponent(bob?.accountId ?? '')}`);
  await call(app, 'GET', `user/groups?accountId=${encodeURIComponent(bob?.accountId ?? '')}`);
  await call(app, 'GET', `group/bulk?groupId=${group}`);
  await call(app, 'GET', 'groups/picker?query=teleport');
  await call(admin, 'GET', `group/member?groupId=${group}`);
  await call(app, 'GET', `mypermissions?projectId=${projectId}&permissions=EDIT_ISSUES,ADMINISTER`);
  await call(app, 'POST', 'permissions/check', {
    accountId: bob?.accountId,
    globalPermissions: ['ADMINISTER'],
    projectPermissions: [
      { permissions: ['EDIT_ISSUES'], projects: [Number(projectId)], issues: [Number(id)] },
    ],
  });
  await call(app, 'GET', 'serverInfo');
  await call(app, 'GET', 'project');
  await call(app, 'GET', 'project/search?maxResults=1');
  await call(app, 'GET', `project/${projectId}`);
  await call(app, 'GET', `project/${projectId}/statuses`);
  await call(app, 'GET', `issue/createmeta/${projectId}/issuetypes`);
  await call(app, 'GET', `issue/createmeta/${projectId}/issuetypes/${issueTypeId}?maxResults=200`);
  await call(app, 'GET', 'issuetype');
  await call(app, 'GET', 'status');
  await call(admin, 'GET', 'statuses/search?searchString=Pend');
  await call(app, 'GET', 'resolution');
  await call(app, 'GET', 'resolution/search');
  await call(app, 'DELETE', `issue/${doomed}`);
  await callSetUp(site, (method, path, body) => call(admin, method, path, body));
  return seen;
}

test('every operation answers in the published shape, and every operation of the simulator is tried', async () => {
  const seen = await callEverything();
  const tried = new Set(seen.map(({ operation }) => operation));
  expect(
    ROUTES.map(({ method, template }) => `${method} ${template}`).filter((name) => !tried.has(name)),
  ).toEqual([]);
  const failed = seen.filter(({ operation, status }) =>
    operation.endsWith(' search') ? status !== 410 : status >= 400,
  );
  expect(failed).toEqual([]);
  const problems = seen
    .filter(({ operation }) => !operation.endsWith(' search') && isDescribed(operation))
    .flatMap(({ operation, status, body }) => {
      const [method = '', template = ''] = operation.split(' ');
      // The description says text here, real sites send the number of milliseconds.
      const shown = operation === 'POST changelog/bulkfetch' ? timesAsText(body) : body;
      return openApi.responseProblems(method, `/rest/api/3/${template}`, status, shown);
    });
  expect(problems).toEqual([]);
});

test('an answer in another shape is noticed', () => {
  expect(
    openApi.responseProblems('POST', '/rest/api/3/issue', 201, { id: 10_000, key: 'TAR-1' }),
  ).not.toEqual([]);
  expect(
    openApi.responseProblems('GET', '/rest/api/3/issue/{issueIdOrKey}/changelog', 200, { values: [7] }),
  ).not.toEqual([]);
});

test('every operation asks an app for the scopes that are published for it', () => {
  expect(Object.keys(OPERATION_SCOPES).sort()).toEqual(
    ROUTES.map(({ method, template }) => `${method} ${template}`).sort(),
  );
  expect(OPERATION_SCOPES['POST issue']?.classic).toEqual(['write:jira-work']);
  expect(OPERATION_SCOPES['POST permissions/check']?.classic).toEqual([]);
  const differing = Object.entries(OPERATION_SCOPES).filter(([name, scopes]) => {
    const [method = '', template = ''] = name.split(' ');
    const published = openApi.operation(method, `/rest/api/3/${template}`)?.['x-atlassian-oauth2-scopes'];
    if (published === undefined) return openApi.isWhole;
    const of = (state: string) => published.find((each) => each.state === state)?.scopes ?? [];
    return JSON.stringify([scopes.classic, scopes.granular]) !== JSON.stringify([of('Current'), of('Beta')]);
  });
  expect(differing).toEqual([]);
});

/** Without the whole description only what the excerpt has can be checked. */
function isDescribed(name: string): boolean {
  const [method = '', template = ''] = name.split(' ');
  return openApi.isWhole || openApi.operation(method, `/rest/api/3/${template}`) !== undefined;
}

function timesAsText(body: unknown): unknown {
  return JSON.parse(JSON.stringify(body), (key, value: unknown) =>
    key === 'created' && typeof value === 'number' ? new Date(value).toISOString() : value,
  );
}
