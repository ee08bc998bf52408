import { z } from 'zod';
import { document, refusal, startTestSite, type TestSite } from './testing';

let site: TestSite;
beforeEach(async () => {
  site = await startTestSite();
});
afterEach(() => site.jira.stop());

const fields = (more: object = {}) => ({
  project: { id: site.jira.project.id },
  issuetype: { id: site.jira.project.issueTypeId },
  summary: 'x',
  ...more,
});

test.each<[string, () => object, string]>([
  [
    'no summary',
    () => ({ project: { key: 'TAR' }, issuetype: { name: 'Task' } }),
    '"summary":"Summary is required."',
  ],
  ['a long summary', () => fields({ summary: 'x'.repeat(256) }), "Summary can't exceed 255 characters."],
  ['two lines', () => fields({ summary: 'a\nb' }), 'newline'],
  [
    'a string as description',
    () => fields({ description: 'text' }),
    'Operation value must be an Atlassian Document',
  ],
  [
    'a field off screen',
    () => fields({ duedate: '2026-11-25' }),
    "Field 'duedate' cannot be set. It is not on the appropriate screen, or unknown.",
  ],
  ['a field that is none', () => fields({ wibble: 1 }), "Field 'wibble' cannot be set"],
  ['a label with a space', () => fields({ labels: ['a b'] }), 'contains spaces'],
  ['a foreign type', () => fields({ issuetype: { id: '1' } }), '"issuetype"'],
  ['a foreign project', () => fields({ project: { id: '1' } }), '"project"'],
])('creation is refused with %s', async (_what, input, message) => {
  const answer = await site.app.call('POST', 'issue', { fields: input() });
  expect(refusal(answer)).toContain('400');
  expect(refusal(answer)).toContain(message);
  expect(site.jira.store.issues.size).toBe(0);
});

test('a required custom field is named by createmeta and asked for', async () => {
  const { store } = site.jira;
  const ops = store.findProject('OPS')!;
  const task = [...store.issueTypes.values()].find(({ name }) => name === 'Task')!;
  const meta = await site.app.call('GET', `issue/createmeta/${ops.id}/issuetypes/${task.id}`);
  expect(JSON.stringify(meta.body)).toContain('"fieldId":"customfield_10050"');
  const create = (more: object) =>
    site.app.call('POST', 'issue', {
      fields: { project: { id: ops.id }, issuetype: { id: task.id }, summary: 'x', ...more },
    });
  expect((await create({})).body).toEqual({
    errorMessages: [],
    errors: { customfield_10050: 'Cost centre is required.' },
  });
  expect((await create({ customfield_10050: '42' })).status).toBe(201);
  expect(
    (await site.app.call('GET', `issue/createmeta/${ops.id}/issuetypes/${task.id}?maxResults=201`)).status,
  ).toBe(400);
});

test('a field stands in fields or in update, not in both', async () => {
  const id = await site.createRequest('r-1');
  const answer = await site.app.call('PUT', `issue/${id}`, {
    fields: { labels: ['a'] },
    update: { labels: [{ add: 'b' }] },
  });
  expect(refusal(answer)).toContain("cannot appear in both 'fields' and 'update'");
});

test('the changelog is oldest first by pages, newest first and at most forty with the issue', async () => {
  const id = await site.createRequest('r-1');
  site.jira.faults.perIssueWriteLimits = false;
  for (let n = 1; n <= 45; n += 1) await site.app.edit(id, { summary: `summary ${n}` });
  const page = await site.app.call('GET', `issue/${id}/changelog?startAt=1&maxResults=2`);
  expect(page.body).toMatchObject({
    total: 45,
    isLast: false,
    values: [
      { items: [{ fieldId: 'summary', fromString: 'summary 1', toString: 'summary 2' }] },
      { items: [{ toString: 'summary 3' }] },
    ],
  });
  const whole = (await site.app.call('GET', `issue/${id}?expand=changelog&fields=summary`)).body;
  const { changelog } = z
    .object({ changelog: z.object({ total: z.int(), histories: z.array(z.looseObject({})) }) })
    .parse(whole);
  expect(changelog.total).toBe(45);
  expect(changelog.histories).toHaveLength(40);
  expect(changelog.histories[0]).toMatchObject({ items: [{ toString: 'summary 45' }] });
  expect(changelog.histories[39]).toMatchObject({ items: [{ toString: 'summary 6' }] });
});

test('an edit that changes nothing leaves no trace', async () => {
  const id = await site.createRequest('r-1');
  await site.app.edit(id, { summary: 'request r-1' });
  expect(site.jira.store.findIssue(id)?.histories).toEqual([]);
});

test('bulk reads are sorted, leave out what is not there, and take a thousand only when light', async () => {
  const ids = [await site.createRequest('a'), await site.createRequest('b')];
  const bulk = (issueIdsOrKeys: string[], wanted?: string[]) =>
    site.app.call('POST', 'issue/bulkfetch', { issueIdsOrKeys, ...(wanted && { fields: wanted }) });
  const answer = await bulk([...ids.toReversed(), 'TAR-99'], ['status']);
  expect(answer.body).toMatchObject({ issues: [{ id: ids[0] }, { id: ids[1] }], issueErrors: [] });
  const many = Array.from({ length: 1000 }, (_each, index) => String(index));
  expect((await bulk(many, ['status'])).status).toBe(200);
  expect((await bulk([...many, 'x'], ['status'])).status).toBe(400);
  expect((await bulk(many, ['comment'])).status).toBe(400);
});

test('comments carry properties, and may be internal', async () => {
  const id = await site.createRequest('r-1', { project: 'HELP' });
  const internal = { key: 'sd.public.comment', value: { internal: true } };
  const body = { body: document('hidden'), properties: [{ key: 'op', value: 1 }, internal] };
  expect((await site.app.call('POST', `issue/${id}/comment`, body)).body).toMatchObject({ jsdPublic: false });
  expect(
    (await site.app.call('POST', `issue/${id}/comment`, { body: document('shown') })).body,
  ).toMatchObject({
    jsdPublic: true,
  });
  const listed = await site.app.call(
    'GET',
    `issue/${id}/comment?expand=properties&maxResults=1&orderBy=created`,
  );
  expect(listed.body).toMatchObject({
    total: 2,
    comments: [{ properties: [{ key: 'op', value: 1 }, internal] }],
  });
  expect((await site.app.call('POST', `issue/${id}/comment`, { body: document('') })).status).toBe(400);
});

test('a remote link is found by its global id, and what a write leaves out becomes null', async () => {
  const id = await site.createRequest('r-1');
  const object = { url: 'https://teleport.example.com', title: 'one' };
  const write = (more: object) =>
    site.app.call('POST', `issue/${id}/remotelink`, { globalId: 'g', object, ...more });
  expect((await write({ relationship: 'access request' })).status).toBe(201);
  expect((await write({ object: { ...object, title: 'two' } })).status).toBe(200);
  expect((await site.app.call('GET', `issue/${id}/remotelink?globalId=g`)).body).toMatchObject({
    relationship: null,
    object: { title: 'two', status: null },
  });
  const headers = site.jira.site.authorize({ kind: 'app' });
  const url = `${site.jira.baseUrl}/rest/api/3/issue/${id}/remotelink?globalId=g`;
  expect((await fetch(url, { method: 'DELETE', headers })).status).toBe(415);
  expect((await site.app.call('DELETE', `issue/${id}/remotelink?globalId=g`)).status).toBe(204);
});

test('links to itself lead to the gateway for apps and to the site for people', async () => {
  const id = await site.createRequest('r-1');
  const self = async (who: typeof site.app) =>
    z.object({ self: z.string() }).parse((await who.call('GET', `issue/${id}`)).body).self;
  expect(await self(site.app)).toBe(
    `https://api.atlassian.com/ex/jira/${site.jira.cloudId}/rest/api/3/issue/${id}`,
  );
  expect(await self(site.jira.connectAs('bob'))).toBe(`${site.jira.baseUrl}/rest/api/3/issue/${id}`);
});
