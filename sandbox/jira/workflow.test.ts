import { refusal, startTestSite, type TestSite } from './testing';

let site: TestSite;
afterEach(() => site.jira.stop());
const names = async (who: string, id: string) =>
  (await site.jira.connectAs(who).transitions(id)).map(({ name }) => name);
const appNames = async (id: string) => (await site.app.transitions(id)).map(({ name }) => name);

describe('the access request workflow', () => {
  let id: string;
  beforeEach(async () => {
    site = await startTestSite();
    id = await site.createRequest('r-1');
  });

  test('gives people and apps transitions of their own', async () => {
    expect(await names('bob', id)).toEqual(['Approve', 'Deny']);
    expect(await names('guest', id)).toEqual(['Approve', 'Deny']);
    const ours = ['Approved in Teleport', 'Denied in Teleport', 'Expired'];
    expect(await appNames(id)).toEqual(ours);
    // The role of apps holds every app: the workflow cannot tell them apart.
    expect(await names('another-app', id)).toEqual(ours);
    expect(await names('automation', id)).toEqual(ours);
  });

  test('offers nothing without the permission, though the issue is seen', async () => {
    expect(await names('viewer', id)).toEqual([]);
    const viewer = site.jira.connectAs('viewer');
    expect((await viewer.call('GET', `issue/${id}`)).status).toBe(200);
    const all = await viewer.call('GET', `issue/${id}/transitions?includeUnavailableTransitions=true`);
    expect(all.body).toMatchObject({
      transitions: [{ name: 'Approve', isAvailable: false }, {}, {}, {}, {}],
    });
    expect(
      refusal(await viewer.call('POST', `issue/${id}/transitions`, { transition: { id: '2' } })),
    ).toContain('400');
  });

  test('refuses a person the transition of apps, and an app that of people', async () => {
    const take = (who: typeof site.app, transition: string) =>
      who.call('POST', `issue/${id}/transitions`, { transition: { id: transition } });
    expect(refusal(await take(site.jira.connectAs('bob'), '6'))).toContain("Can't move (TAR-1)");
    expect(refusal(await take(site.app, '2'))).toContain("Can't move (TAR-1)");
    expect(refusal(await take(site.app, '7'))).toContain("Transition id '7' is not valid for this issue.");
    expect(site.jira.store.findIssue(id)?.statusId).toBe(site.jira.project.statuses.pending);
  });

  test('wants the resolution on the screen of app transitions, and clears it when a card is put back', async () => {
    const transitions = await site.app.call('GET', `issue/${id}/transitions?expand=transitions.fields`);
    expect(transitions.body).toMatchObject({
      transitions: [
        { hasScreen: true, fields: { resolution: { required: true, allowedValues: [{}, {}, {}] } } },
        {},
        { hasScreen: false, fields: {} },
      ],
    });
    const take = (body: object) => site.app.call('POST', `issue/${id}/transitions`, body);
    expect((await take({ transition: { id: '4' } })).body).toEqual({
      errorMessages: [],
      errors: { resolution: 'Resolution is required.' },
    });
    const [resolution = ''] = [...site.jira.store.resolutions.keys()];
    const offScreen = { resolution: { id: resolution }, summary: 'x' };
    expect(refusal(await take({ transition: { id: '4' }, fields: offScreen }))).toContain(
      "Field 'summary' cannot be set",
    );
    expect(
      refusal(await take({ transition: { id: '6' }, fields: { resolution: { id: resolution } } })),
    ).toContain("Field 'resolution' cannot be set");
    expect((await take({ transition: { id: '4' }, fields: { resolution: { id: resolution } } })).status).toBe(
      204,
    );
    expect(site.jira.store.findIssue(id)).toMatchObject({ resolutionId: resolution });
    await site.app.moveCard(id, 'Pending');
    expect(site.jira.store.findIssue(id)).toMatchObject({
      resolutionId: null,
      statusId: site.jira.project.statuses.pending,
    });
  });

  test('writes comments of a transition only through a screen', async () => {
    const update = {
      comment: [
        {
          add: {
            body: {
              type: 'doc',
              version: 1,
              content: [{ type: 'paragraph', content: [{ type: 'text', text: 'x' }] }],
            },
          },
        },
      ],
    };
    const [resolution = ''] = [...site.jira.store.resolutions.keys()];
    const bob = site.jira.connectAs('bob');
    expect(
      refusal(await bob.call('POST', `issue/${id}/transitions`, { transition: { id: '2' }, update })),
    ).toContain("Field 'comment' cannot be set");
    await site.app.takeTransition(id, '4', { update, fields: { resolution: { id: resolution } } });
    expect(await site.app.comments(id)).toHaveLength(1);
  });

  test('binds what pages do by more rules than what the API does', async () => {
    const answer = await fetch(`${site.jira.baseUrl}/rest/api/3/issue/${id}/transitions`, {
      headers: { ...site.jira.site.authorize({ kind: 'app' }), 'x-sandbox-origin': 'ui' },
    });
    expect(await answer.json()).toMatchObject({ transitions: [] });
  });

  test('can keep duties apart', async () => {
    const { pending, approved } = site.jira.project.statuses;
    const workflow = site.jira.store.typeOf(site.jira.store.findIssue(id)!).workflow;
    const back = workflow.transitions.find(({ name }) => name === 'Put back approval')!;
    back.conditions = [
      { ruleKey: 'system:separation-of-duties', fromStatusId: pending, toStatusId: approved },
    ];
    await site.jira.connectAs('bob').moveCard(id, 'Approved');
    expect(await names('bob', id)).toEqual([]);
    expect(await names('carol', id)).toEqual(['Put back approval']);
  });
});

test('new issues may start in a backlog that one transition leads out of', async () => {
  site = await startTestSite({ initialStatus: 'backlog' });
  const id = await site.createRequest('r-1');
  expect((await site.app.issue(id)).fields.status.name).toBe('Backlog');
  expect(await appNames(id)).toEqual(['Start']);
  await site.app.moveCard(id, 'Pending');
  expect((await site.app.issue(id)).fields.status.name).toBe('Pending');
});

test('in a project with a workflow of its own everybody moves everything', async () => {
  site = await startTestSite();
  const id = await site.createRequest('r-1', { project: 'OPS' });
  const everywhere = ['Backlog', 'Waiting', 'Granted', 'Refused', 'Lapsed'];
  expect(await names('erin', id)).toEqual(everywhere);
  expect(await appNames(id)).toEqual(everywhere);
});

test('a transition asked for at creation that cannot be is told beside the issue', async () => {
  site = await startTestSite();
  const { id: project, issueTypeId } = site.jira.project;
  const answer = await site.app.call('POST', 'issue', {
    fields: { project: { id: project }, issuetype: { id: issueTypeId }, summary: 'x' },
    transition: { id: '2' },
  });
  expect(answer.status).toBe(201);
  expect(answer.body).toMatchObject({ key: 'TAR-1', transition: { status: 400 } });
});
