import { PROPERTY, startTestSite, type TestSite } from './testing';
import type { JiraEvent } from './site';

let site: TestSite;
let id: string;
let events: JiraEvent[];
beforeEach(async () => {
  site = await startTestSite();
  id = await site.createRequest('r-1');
  events = [];
  site.jira.site.onEvent((event) => events.push(event));
});
afterEach(() => site.jira.stop());

test('a clone is another issue with the same properties, and says what it was cloned from', async () => {
  const copy = await site.jira.connectAs('bob').cloneIssue(id);
  expect(copy.id).not.toBe(id);
  const { store, people } = site.jira;
  expect(store.findIssue(copy.id)).toMatchObject({
    summary: 'CLONE - request r-1',
    creatorId: people['bob']!.accountId,
  });
  expect(store.findIssue(copy.id)?.properties.get(PROPERTY)?.value).toEqual({
    requestId: 'r-1',
    state: 'PENDING',
  });
  expect(events).toMatchObject([
    {
      eventType: 'avi:jira:created:issue',
      isCausedByApp: false,
      body: { issue: { id: copy.id }, clonedFrom: { id, key: 'TAR-1' } },
    },
  ]);
});

test('a moved issue keeps its id, gets a new key and a status of the new workflow, in one entry', async () => {
  const { store, project } = site.jira;
  const ops = store.findProject('OPS')!;
  const task = ops.issueTypes[1]!.issueTypeId;
  const moved = await site.jira.connectAs('bob').moveIssue(id, { project: ops.id, issueType: task });
  expect(moved).toEqual({ id, key: 'OPS-1' });
  const backlog = [...store.statuses.values()].find(({ name }) => name === 'Backlog')!;
  expect((await site.app.issue('TAR-1')).key).toBe('OPS-1');
  const changelog = await site.app.call('GET', `issue/${id}/changelog`);
  expect(changelog.body).toMatchObject({ total: 1 });
  expect(changelog.body).toMatchObject({
    values: [
      {
        items: items(
          { field: 'project', from: project.id, to: ops.id },
          { field: 'Key', fromString: 'TAR-1', toString: 'OPS-1' },
          { field: 'issuetype', to: task },
          { field: 'Workflow', toString: 'Operations workflow' },
          { field: 'status', from: project.statuses.pending, to: backlog.id },
        ),
      },
    ],
  });
  expect(events).toMatchObject([
    { eventType: 'avi:jira:updated:issue', body: { jiraEventTypeName: 'issue_moved' } },
  ]);
});

test('a move may put an issue into any status of the target, without a transition', async () => {
  const help = site.jira.store.findProject('HELP')!;
  const { approved } = site.jira.project.statuses;
  await site.jira
    .connectAs('alice')
    .moveIssue(id, { project: 'HELP', issueType: help.issueTypes[0]!.issueTypeId, statusId: approved });
  expect((await site.app.issue(id)).fields.status.id).toBe(approved);
  await expect(
    site.jira.connectAs('viewer').moveIssue(id, { project: 'TAR', issueType: site.jira.project.issueTypeId }),
  ).rejects.toThrow('403');
});

test('a deleted issue is gone, and the event still describes it', async () => {
  await site.jira.connectAs('admin').deleteIssue(id);
  expect((await site.app.call('GET', `issue/${id}`)).status).toBe(404);
  expect(events).toMatchObject([
    { eventType: 'avi:jira:deleted:issue', body: { issue: { id, key: 'TAR-1' } } },
  ]);
});

test('events tell who caused them, what changed, and carry the trace of the app only', async () => {
  const call = (headers: Record<string, string>, summary: string) =>
    fetch(`${site.jira.baseUrl}/rest/api/3/issue/${id}`, {
      method: 'PUT',
      headers: { ...headers, 'content-type': 'application/json', 'x-atlassian-webhook-trace': 'ours' },
      body: JSON.stringify({ fields: { summary } }),
    });
  await call(site.jira.site.authorize({ kind: 'app' }), 'one');
  const bob = site.jira.people['bob']!;
  await call(
    { authorization: `Basic ${Buffer.from(`${bob.email}:${bob.token}`).toString('base64')}` },
    'two',
  );
  await site.jira.connectAs('bob').comment(id, 'hello');
  const { approved, pending } = site.jira.project.statuses;
  await site.jira.connectAs('bob').moveCard(id, approved);
  expect(events).toMatchObject([
    { actorAccountId: site.appAccountId, isCausedByApp: true, trace: 'ours' },
    { actorAccountId: bob.accountId, isCausedByApp: false, trace: undefined },
    { eventType: 'avi:jira:commented:issue', body: { comment: { jsdPublic: true } } },
    {
      eventType: 'avi:jira:updated:issue',
      body: {
        issue: { id, key: 'TAR-1', fields: { status: { id: approved } } },
        changelog: {
          items: items(
            { fieldId: 'resolution' },
            { field: 'status', from: pending, to: approved, toString: 'Approved' },
          ),
        },
        associatedStatuses: { statuses: [{ id: pending }, { id: approved }] },
      },
    },
  ]);
  for (const { body } of events) expect(body).not.toHaveProperty('issue.fields.description');
});

/** What is expected of items of a changelog; `toString` is a key of theirs. */
function items(...expected: Record<string, string>[]): Record<string, string>[] {
  return expected;
}
