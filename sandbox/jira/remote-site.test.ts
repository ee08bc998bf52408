import { z } from 'zod';
import { JiraPerson } from './client';
import { connectJiraSite, indexRemoteProperty } from './remote-site';
import { startTestSite, type TestSite } from './testing';
import type { JiraEvent } from './site';

const chunk = z.custom<Uint8Array>((value) => ArrayBuffer.isView(value));
let site: TestSite;
beforeEach(async () => {
  site = await startTestSite();
});
afterEach(() => site.jira.stop());

test('a platform in another process installs its app, calls as app and as person, and hears events', async () => {
  const remote = await connectJiraSite(site.jira.baseUrl);
  expect(remote.cloudId).toBe(site.jira.cloudId);
  expect(() => remote.authorize({ kind: 'app' })).toThrow('not installed');
  const accountId = await remote.installApp({
    name: 'remote app',
    scopes: ['read:jira-user', 'read:jira-work'],
  });
  const myself = async (headers: Readonly<Record<string, string>>) =>
    (await new JiraPerson(remote.baseUrl, headers).call('GET', 'myself')).body;
  expect(await myself(remote.authorize({ kind: 'app' }))).toMatchObject({ accountId, accountType: 'app' });
  const bob = site.jira.people['bob']!;
  expect(await myself(remote.authorize({ kind: 'user', accountId: bob.accountId }))).toMatchObject({
    accountId: bob.accountId,
  });

  const heard = new Promise<JiraEvent>((resolve) => {
    const stop = remote.onEvent((event) => {
      stop();
      resolve(event);
    });
  });
  // The stream is open once an event comes through; until then others are made.
  const made = setInterval(() => void site.createRequest('r').catch(() => undefined), 20);
  const event = await heard;
  clearInterval(made);
  expect(event).toMatchObject({ eventType: 'avi:jira:created:issue', isCausedByApp: false });
  await indexRemoteProperty(site.jira.baseUrl, {
    propertyKey: 'p',
    values: [{ path: 'x', type: 'string', searchAlias: 'remoteAlias' }],
  });
  expect((await site.app.call('POST', 'search/jql', { jql: 'remoteAlias = 1' })).status).toBe(200);
});

test('the board shows what truly stands in each column, and changes are streamed', async () => {
  const stream = await fetch(`${site.jira.baseUrl}/_sandbox/changes`);
  const reader = stream.body!.getReader();
  const id = await site.createRequest('r-1');
  let text = '';
  while (!text.includes('data:')) text += new TextDecoder().decode(chunk.parse((await reader.read()).value));
  expect(JSON.parse(text.slice(text.indexOf('data:') + 5))).toMatchObject({ kind: 'created', issueId: id });
  await reader.cancel();
  const board = await (await fetch(`${site.jira.baseUrl}/_sandbox/board`)).json();
  expect(board).toMatchObject({
    columns: [
      {
        name: 'Pending',
        cards: [{ id, key: 'TAR-1', properties: { 'teleport-access': { requestId: 'r-1' } } }],
      },
      { name: 'Approved', cards: [] },
      { name: 'Denied', cards: [] },
      { name: 'Expired', cards: [] },
    ],
  });
  const people = await (await fetch(`${site.jira.baseUrl}/_sandbox/people`)).json();
  expect(people).toContainEqual({
    ...site.jira.people['bob'],
    name: 'bob',
    groups: ['jira-users', 'teleport-approvers'],
    note: 'approver',
  });
});
