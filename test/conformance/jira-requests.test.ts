import { document, startTestSite, type TestSite } from '../../sandbox/jira/testing';
import { loadJiraOpenApi } from '../support/openapi';

/** The checker of recorded calls, by which other tests prove that the app calls Jira as Jira is described. */
const openApi = loadJiraOpenApi();
let site: TestSite;
beforeEach(async () => {
  site = await startTestSite();
});
afterEach(() => site.jira.stop());

test('a recorded log of sound calls has no problems', async () => {
  const id = await site.createRequest('r1');
  await site.app.comment(id, 'hello');
  await site.app.setProperty(id, 'teleport-access', { requestId: 'r1' });
  await site.app.call('GET', `issue/${id}?fields=summary,status&expand=changelog`);
  await site.app.call('POST', 'search/jql', { jql: 'project = TAR', fields: ['id'], maxResults: 100 });
  await site.jira.connectAs('bob').moveCard(id, 'Approved');
  expect(site.jira.calls.length).toBe(7);
  expect([...site.jira.calls].flatMap((call) => openApi.requestProblems(call))).toEqual([]);
});

const path = (rest: string) => `/rest/api/3/${rest}`;

test.each([
  ['a path that is none', { method: 'GET', path: path('issues/1') }, 'no such operation'],
  ['a method that the path lacks', { method: 'PUT', path: path('myself') }, 'no such operation'],
  ['a query parameter that is none', { method: 'GET', path: path('issue/1?with=changelog') }, 'with'],
  ['a body where none is taken', { method: 'GET', path: path('issue/1'), body: {} }, 'no body'],
  ['no body where one is needed', { method: 'POST', path: path('issue') }, 'needs a body'],
  [
    'an unknown property in a closed body',
    { method: 'POST', path: path('search/jql'), body: { jql: 'project = TAR', startAt: 0 } },
    'startAt',
  ],
  [
    'a property of the wrong type',
    { method: 'POST', path: path('issue'), body: { fields: {}, properties: { key: 'a' } } },
    'properties',
  ],
  [
    'a property without its closed shape',
    { method: 'POST', path: path('issue'), body: { properties: [{ key: 'a', val: 1 }] } },
    'val',
  ],
])('%s is a problem', (_what, call, mentioned) => {
  const problems = openApi.requestProblems(call);
  expect(problems).not.toEqual([]);
  expect(problems.join('\n')).toContain(mentioned);
});

test('a log is checked against the description wherever the call comes from', async () => {
  await site.app.call('GET', 'user?username=bob');
  await site.app.call('POST', 'issue/1/comment', { body: document('x'), jsdPublic: 'no' });
  const problems = [...site.jira.calls].map((call) => openApi.requestProblems(call));
  expect(problems[0]).toEqual(openApi.isWhole ? [] : [expect.stringContaining('username')]);
  if (openApi.isWhole) expect(problems[1]?.join()).toContain('/jsdPublic');
  expect(openApi.requestProblems({ method: 'POST', path: path('issue/1/comment'), body: 'x' })).not.toEqual(
    [],
  );
});
