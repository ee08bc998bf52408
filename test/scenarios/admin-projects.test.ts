import type { AdminFunctions } from '../../contract/admin';
import { callAdmin, changeSettings, failedChecks, good, operationsMapping } from '../support/admin-page';
import { BRISK, memberOf, until, World } from '../support/world';

/* Projects as administrators look at them: their limits, optional fields that are not on the screen, and a large site. */

const worlds: World[] = [];
afterAll(() => Promise.all(worlds.map((world) => world.stop())));

async function start(options: Parameters<typeof World.start>[0] = {}): Promise<World> {
  const world = await World.start({ relayConfig: BRISK, ...options });
  worlds.push(world);
  return world;
}

describe('projects', () => {
  let world: World;
  beforeAll(async () => {
    world = await start();
  }, 30_000);

  test('a service project names its limits, and its board is told by kind', async () => {
    const help = world.sandbox.jira.store.findProject('HELP')?.id ?? '';
    expect(await callAdmin(world, 'getProject', { projectId: help })).toMatchObject({
      value: {
        kind: 'service_desk',
        limits: expect.arrayContaining([expect.stringMatching(/customer portal/)]) as unknown,
        issueTypes: expect.arrayContaining([expect.objectContaining({ name: 'Access request' })]) as unknown,
      },
    });
  });

  test('statuses are suggested by their names, and missing ways back told', async () => {
    const { projectId, issueTypeId, slots } = operationsMapping(world);
    expect(await callAdmin(world, 'getIssueType', { projectId, issueTypeId })).toMatchObject({
      value: { suggested: slots, requiredFields: [], missingOptionalFields: [] },
    });
    expect(await callAdmin(world, 'checkPaths', { projectId, issueTypeId, slots })).toMatchObject({
      value: { warnings: [] },
    });
    const { project } = world.sandbox.jira;
    const tar = { pending: [project.statuses.pending], approved: [project.statuses.approved] };
    const wrong = { denied: [project.statuses.denied], expired: [project.statuses.expired] };
    const checked = await callAdmin(world, 'checkPaths', {
      projectId: project.id,
      issueTypeId: project.issueTypeId,
      slots: { ...tar, ...wrong },
    });
    expect(memberOf(memberOf(checked, 'value'), 'paths')).toContainEqual({
      from: 'pending',
      to: 'approved',
      reachable: expect.stringMatching(/yes|unknown/) as unknown,
    });
  });

  test('a required field is filled with what was chosen for it', async () => {
    const { store } = world.sandbox.jira;
    const operations = store.findProject('OPS');
    const task = operations?.issueTypes.find(
      ({ issueTypeId }) => store.issueType(issueTypeId).name === 'Task',
    );
    const place = { projectId: operations?.id ?? '', issueTypeId: task?.issueTypeId ?? '' };
    const details = await callAdmin(world, 'getIssueType', place);
    const [field] = [memberOf(memberOf(details, 'value'), 'requiredFields')].flat();
    expect(field).toMatchObject({ name: 'Cost centre', canFill: true });
    const fieldId = String(memberOf(field, 'id'));
    const mapping = { ...operationsMapping(world), ...place };
    const target = (defaults: Record<string, string>) =>
      changeSettings(world, (now) => ({
        ...now,
        mappings: [
          ...now.mappings.filter(({ projectId }) => projectId !== place.projectId),
          { ...mapping, defaults },
        ],
        catchAll: { ...now.catchAll, ...place },
      }));
    await expect(target({})).rejects.toThrow(`mappings.1.defaults.${fieldId}`);
    await target({ [fieldId]: 'CC-7' });
    const issue = await world.issueOf(await world.ask());
    expect([issue.key.split('-')[0], issue.custom[fieldId]]).toEqual(['OPS', 'CC-7']);
  });
});

test('an optional field that Jira refuses is dropped once, remembered, and told in Health until it is there', async () => {
  const world = await start();
  const { jira } = world.sandbox;
  await changeSettings(world, (now) => ({ ...now, catchAll: { ...now.catchAll, dueDate: true } }));
  const creations = () =>
    jira.calls.filter(({ method, route }) => method === 'POST' && route === '/rest/api/3/issue');
  const first = await world.issueOf(await world.ask());
  expect([first.duedate, creations().length]).toEqual([null, 2]);
  const second = await world.issueOf(await world.ask());
  expect([second.labels, creations().length]).toEqual([['teleport'], 3]);
  expect(world.activity().filter(({ kind }) => kind === 'field_dropped')).toHaveLength(1);
  expect(await failedChecks(world)).toEqual([
    expect.objectContaining({ code: 'optional_field', text: expect.stringContaining('duedate') as unknown }),
  ]);

  for (const type of jira.store.projectOf(first).issueTypes) type.createScreen.push({ fieldId: 'duedate' });
  expect(await failedChecks(world)).toEqual([]);
  const third = await world.issueOf(await world.ask());
  expect(third.duedate).toMatch(/^\d{4}-\d{2}-\d{2}$/);
});

describe('a large site', () => {
  let world: World;
  beforeAll(async () => {
    world = await start({ jira: { size: 'large' } });
    await world.issueOf(await world.ask());
  }, 60_000);

  const timed = async <Name extends keyof AdminFunctions>(
    name: Name,
    payload: AdminFunctions[Name]['payload'],
  ) => {
    const begun = performance.now();
    const answer = await callAdmin(world, name, payload);
    return { answer, seconds: (performance.now() - begun) / 1000 };
  };

  test('answers every question of a page within 5 s', async () => {
    const { project, groups, people } = world.sandbox.jira;
    const place = { projectId: project.id, issueTypeId: project.issueTypeId };
    const slots = {
      ...{ pending: [project.statuses.pending], approved: [project.statuses.approved] },
      ...{ denied: [project.statuses.denied], expired: [project.statuses.expired] },
    };
    const answers = {
      getOverview: await timed('getOverview', {}),
      getWizard: await timed('getWizard', {}),
      listConnections: await timed('listConnections', {}),
      searchProjects: await timed('searchProjects', { query: '' }),
      getProject: await timed('getProject', { projectId: project.id }),
      getIssueType: await timed('getIssueType', place),
      checkPaths: await timed('checkPaths', { ...place, slots }),
      searchGroups: await timed('searchGroups', { query: 'team' }),
      searchPeople: await timed('searchPeople', { query: 'a' }),
      nameObjects: await timed('nameObjects', {
        accountIds: Object.values(people).map(({ accountId }) => accountId),
        groupIds: Object.values(groups),
        projectIds: [project.id],
      }),
      getHealth: await timed('getHealth', {}),
      listActivity: await timed('listActivity', {}),
      exportActivity: await timed('exportActivity', { format: 'csv' }),
      listFailures: await timed('listFailures', {}),
      listFilters: await timed('listFilters', {}),
    };
    const slow = Object.entries(answers).filter(([, { seconds }]) => seconds >= 5);
    expect(slow).toEqual([]);
    const refused = Object.entries(answers).filter(([, { answer }]) => memberOf(answer, 'ok') !== true);
    expect(refused).toEqual([]);
  });

  test('is searched page by page, never loaded whole', async () => {
    const { calls } = world.sandbox.jira;
    const before = calls.length;
    const seen = new Set<string>();
    let pageToken: string | undefined;
    for (let page = 0; page < 3; page += 1) {
      const found = await callAdmin(world, 'searchProjects', {
        query: 'Project 0',
        ...(pageToken !== undefined && { pageToken }),
      });
      const projects = memberOf(memberOf(found, 'value'), 'projects');
      if (!Array.isArray(projects)) throw new Error('no projects');
      expect(projects).toHaveLength(20);
      projects.forEach((project: unknown) => seen.add(String(memberOf(project, 'key'))));
      pageToken = String(memberOf(memberOf(found, 'value'), 'nextPageToken'));
    }
    expect(seen.size).toBe(60);
    const searches = calls.all.slice(before).filter(({ route }) => route === '/rest/api/3/project/search');
    expect(searches).toHaveLength(3);
    expect(await callAdmin(world, 'searchGroups', { query: 'team' })).toMatchObject({
      value: { groups: { length: 20 }, isCut: true },
    });
  });
});

test('older requests are mirrored by a button that shows their number first', async () => {
  const world = await start({ setUp: 'paired' });
  const { teleport, admin, connectionId = '' } = world.sandbox;
  const old = await world.ask();
  await (await teleport.connectAs('admin')).setState(old, 'deny');
  const cluster = { name: teleport.clusterName, caFingerprint: teleport.caFingerprint };
  await until('the proposal', async () => {
    const { connections } = await admin.call('listConnections', {});
    return connections[0]?.proposal !== undefined;
  });
  world.sandbox.clock.move(2000);
  await admin.call('confirmConnection', { connectionId, cluster });
  const { settingsFor, saveSettings } = await import('../../sandbox/set-up');
  await saveSettings(admin, settingsFor(world.sandbox.jira));
  await world.issueOf(await world.ask());
  expect(world.linkOf(old)).toBeUndefined();
  const counted = await until('the count', async () => {
    const answer = await callAdmin(world, 'countOlderRequests', { connectionId });
    return memberOf(memberOf(answer, 'value'), 'count') === 1 && answer;
  });
  expect(counted).toMatchObject(good({ count: 1 }));
  expect(await callAdmin(world, 'startBackfill', { connectionId, count: 1 })).toEqual(good({ connectionId }));
  const issue = await world.issueOf(old);
  await world.untilSlot(issue, 'denied');
}, 60_000);

test('ready filters find what they say, and are saved for who clicks', async () => {
  const world = await start();
  const issue = await world.issueOf(await world.ask());
  await world.quiet();
  const listed = await callAdmin(world, 'listFilters', {});
  const filters = [memberOf(memberOf(listed, 'value'), 'filters')].flat();
  const pending = filters.find((filter) => memberOf(filter, 'key') === 'pending');
  await until('it found', async () =>
    (await world.search(String(memberOf(pending, 'jql')))).includes(issue.id),
  );
  for (const filter of filters) await world.search(String(memberOf(filter, 'jql')));
  expect(await callAdmin(world, 'createFilter', { key: 'pending' })).toMatchObject({ ok: true });
  const { jira } = world.sandbox;
  expect([...jira.store.configuration.filters.values()].map(({ ownerId }) => ownerId)).toEqual([
    jira.people['admin']?.accountId,
  ]);
  expect(await callAdmin(world, 'createFilter', { key: 'pending' })).toMatchObject({
    error: { code: 'conflict' },
  });
});
