import { JiraPerson } from './client';
import { APP_SCOPES, document, PROPERTY, refusal, startTestSite, type TestSite } from './testing';

let site: TestSite;
let id: string;
beforeEach(async () => {
  site = await startTestSite();
  id = await site.createRequest('r-1');
});
afterEach(() => site.jira.stop());
const as = (name: string) => site.jira.connectAs(name);

test('nobody is let in without credentials, with wrong ones, or with those of an inactive account', async () => {
  const credentials: Record<string, string>[] = [
    {},
    { authorization: 'Bearer nonsense' },
    { authorization: `Basic ${Buffer.from('bob@example.com:guess').toString('base64')}` },
  ];
  const strangers = credentials.map((headers) => new JiraPerson(site.jira.baseUrl, headers));
  for (const stranger of [...strangers, as('inactive')])
    expect((await stranger.call('GET', 'myself')).status).toBe(401);
});

test('an app is held to its scopes, also when it acts for a person', async () => {
  site.jira.installAnotherApp('reader', ['read:jira-work']);
  expect((await as('reader').call('GET', `issue/${id}`)).status).toBe(200);
  const refused = await as('reader').call('PUT', `issue/${id}`, { fields: { summary: 'x' } });
  expect(refusal(refused)).toBe('401 {"code":401,"message":"Unauthorized; scope does not match"}');
  expect((await as('reader').call('GET', 'myself')).status).toBe(401);

  const { accountId } = site.jira.people['admin']!;
  const forAdmin = new JiraPerson(site.jira.baseUrl, site.jira.site.authorize({ kind: 'user', accountId }));
  expect((await forAdmin.call('GET', 'myself')).body).toMatchObject({ accountId });
  expect((await forAdmin.call('GET', 'group/member?groupname=jira-users')).status).toBe(401);
  site.jira.installAnotherApp('granular', ['read:group:jira', 'read:user:jira', 'read:avatar:jira']);
  expect((await as('granular').call('GET', 'group/member?groupname=jira-users')).status).toBe(200);
});

test('what is invisible is not there', async () => {
  const customer = as('customer');
  for (const path of [`issue/${id}`, `issue/${id}/transitions`, `issue/${id}/comment`, `project/TAR`])
    expect((await customer.call('GET', path)).status).toBe(404);
  expect((await customer.call('PUT', `issue/${id}/properties/x`, 1)).status).toBe(404);
  const bulk = await customer.call('POST', 'issue/bulkfetch', { issueIdsOrKeys: [id], fields: ['status'] });
  expect(bulk.body).toEqual({ issues: [], issueErrors: [] });
});

test('any editor may write a property, a viewer may only read it', async () => {
  expect((await as('viewer').call('PUT', `issue/${id}/properties/${PROPERTY}`, {})).status).toBe(403);
  expect((await as('viewer').call('GET', `issue/${id}/properties/${PROPERTY}`)).status).toBe(200);
  expect(
    (await as('erin').call('PUT', `issue/${id}/properties/${PROPERTY}`, { requestId: 'forged' })).status,
  ).toBe(200);
  expect((await as('erin').call('PUT', `issue/${id}/properties/new`, 1)).status).toBe(201);
  const { accountId } = site.jira.people['erin']!;
  expect(site.jira.store.findIssue(id)?.properties.get(PROPERTY)).toMatchObject({
    value: { requestId: 'forged' },
    writtenBy: accountId,
  });
  expect((await as('erin').call('GET', `issue/${id}/properties/none`)).status).toBe(404);
  expect((await as('erin').call('PUT', `issue/${id}/properties/long`, 'x'.repeat(32_767))).status).toBe(400);
});

test('writing needs the permission for it', async () => {
  const viewer = as('viewer');
  expect((await viewer.call('PUT', `issue/${id}`, { fields: { summary: 'x' } })).status).toBe(403);
  expect((await viewer.call('POST', `issue/${id}/comment`, { body: document('x') })).status).toBe(400);
  expect(
    (
      await viewer.call('POST', `issue/${id}/remotelink`, {
        object: { url: 'https://a.invalid', title: 'a' },
      })
    ).status,
  ).toBe(403);
  expect((await as('bob').call('DELETE', `issue/${id}`)).status).toBe(403);
  const fields = { project: { key: 'TAR' }, issuetype: { name: 'Task' }, summary: 'x' };
  expect((await viewer.call('POST', 'issue', { fields })).body).toEqual({
    errorMessages: [],
    errors: { project: 'You cannot create issues in this project.' },
  });
  // Only those who may modify reporters see the field at all.
  const reporter = { accountId: site.jira.people['alice']!.accountId };
  const forAlice = { fields: { ...fields, reporter } };
  expect(refusal(await as('bob').call('POST', 'issue', forAlice))).toContain(
    "Field 'reporter' cannot be set",
  );
  expect((await site.app.call('POST', 'issue', forAlice)).status).toBe(201);
});

test('a comment is edited by its author or by those who may edit all', async () => {
  const comment = await as('bob').comment(id, 'mine');
  const edit = (name: string) =>
    as(name).call('PUT', `issue/${id}/comment/${comment}`, { body: document('new') });
  expect((await edit('carol')).status).toBe(400);
  expect((await edit('bob')).status).toBe(200);
  expect((await edit('admin')).status).toBe(200);
  expect(site.jira.store.findIssue(id)?.comments[0]).toMatchObject({
    authorId: site.jira.people['bob']!.accountId,
    updateAuthorId: site.jira.people['admin']!.accountId,
  });
});

test('an archived issue can be read, nothing more', async () => {
  await as('admin').archiveIssue(id);
  expect((await site.app.call('GET', `issue/${id}`)).status).toBe(200);
  expect(await site.app.transitions(id)).toEqual([]);
  expect((await site.app.call('PUT', `issue/${id}`, { fields: { summary: 'x' } })).status).toBe(403);
});

test('says what one may do, and what somebody else may do only to administrators and apps', async () => {
  const mine = (name: string) => as(name).call('GET', 'mypermissions?permissions=ADMINISTER');
  expect((await mine('admin')).body).toMatchObject({ permissions: { ADMINISTER: { havePermission: true } } });
  expect((await mine('bob')).body).toMatchObject({ permissions: { ADMINISTER: { havePermission: false } } });
  expect((await as('bob').call('GET', 'mypermissions?permissions=NOPE')).body).toEqual({
    errorMessages: [],
    errors: { NOPE: 'Unrecognized permission' },
  });
  const check = {
    accountId: site.jira.people['viewer']!.accountId,
    projectPermissions: [{ permissions: ['BROWSE_PROJECTS', 'EDIT_ISSUES'], issues: [Number(id)] }],
  };
  expect((await as('bob').call('POST', 'permissions/check', check)).status).toBe(403);
  expect((await site.app.call('POST', 'permissions/check', check)).body).toEqual({
    globalPermissions: [],
    projectPermissions: [
      { permission: 'BROWSE_PROJECTS', projects: [], issues: [Number(id)] },
      { permission: 'EDIT_ISSUES', projects: [], issues: [] },
    ],
  });
  expect(APP_SCOPES).toContain('read:permission:jira');
});

test('shows addresses only as their owners want, and finds people only by what is shown', async () => {
  const { bob, carol } = site.jira.people;
  const read = async (accountId: string) =>
    (await site.app.call('GET', `user?accountId=${accountId}&expand=groups`)).body;
  expect(await read(bob!.accountId)).toMatchObject({
    emailAddress: 'bob@example.com',
    accountType: 'atlassian',
    guest: false,
    groups: { size: 2, items: [{ name: 'jira-users' }, { groupId: site.jira.groups['teleport-approvers'] }] },
  });
  expect(await read(carol!.accountId)).not.toHaveProperty('emailAddress');
  expect((await as('carol').call('GET', 'myself')).body).toMatchObject({ emailAddress: 'carol@example.com' });
  const found = async (query: string, who = site.app) =>
    (await who.call('GET', `user/search?query=${query}`)).body;
  expect(await found('bob@example')).toMatchObject([{ accountId: bob!.accountId }]);
  expect(await found('carol@')).toEqual([]);
  expect(await found('inactive')).toEqual([]);
  expect(await found('bob', as('guest'))).toEqual([]);
});
