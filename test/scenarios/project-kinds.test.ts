import { z } from 'zod';
import { callAdmin, changeSettings, failedChecks, savedSettings } from '../support/admin-page';
import { BRISK, until, World } from '../support/world';

/* Team-managed projects, product discovery, and projects that are open to the public. */

let world: World;
beforeAll(async () => {
  world = await World.start({ relayConfig: BRISK, jira: { otherKinds: true } });
}, 30_000);
afterAll(() => world.stop());

const projectOf = (key: string) => {
  const project = world.sandbox.jira.store.findProject(key);
  if (project === undefined) throw new Error(`no project ${key}`);
  return project;
};

const ids = z.array(z.string());
const suggestion = z.object({
  value: z.object({ suggested: z.object({ pending: ids, approved: ids, denied: ids, expired: ids }) }),
});

/** The statuses of the team-managed project by the name of their slot, as the editor suggests them. */
async function suggestedMapping() {
  const { id: projectId, issueTypes } = projectOf('CREW');
  const issueTypeId = issueTypes[0]?.issueTypeId ?? '';
  const answer = suggestion.parse(await callAdmin(world, 'getIssueType', { projectId, issueTypeId }));
  return { projectId, issueTypeId, slots: answer.value.suggested };
}

describe('a team-managed project', () => {
  test('is offered with its limits named', async () => {
    const { id: projectId } = projectOf('CREW');
    expect(await callAdmin(world, 'searchProjects', { query: 'crew' })).toMatchObject({
      value: { projects: [{ key: 'CREW', isTeamManaged: true }] },
    });
    expect(await callAdmin(world, 'getProject', { projectId })).toMatchObject({
      value: {
        limits: [
          expect.stringMatching(/change its statuses and workflow at any time.*only gate/),
          expect.stringMatching(/statuses belong to it alone/),
        ],
      },
    });
  });

  test('has statuses of its own, which are suggested by their names', async () => {
    const { store } = world.sandbox.jira;
    const { projectId, slots } = await suggestedMapping();
    for (const id of Object.values(slots).flat()) expect(store.status(id).projectId).toBe(projectId);
    expect(Object.keys(slots).sort()).toEqual(['approved', 'denied', 'expired', 'pending']);
    // Statuses of the same name on the site are others.
    expect(slots.approved).not.toContain(world.sandbox.jira.project.statuses.approved);
  });

  test('carries a request from its issue to its decision', async () => {
    const { projectId, issueTypeId, slots } = await suggestedMapping();
    await changeSettings(world, (now) => ({
      ...now,
      mappings: [
        ...now.mappings,
        {
          ...{ projectId, issueTypeId, resolutions: {}, defaults: {} },
          slots,
        },
      ],
      catchAll: { ...now.catchAll, projectId, issueTypeId },
    }));
    const id = await world.ask();
    const issue = await world.issueOf(id);
    expect(issue.projectId).toBe(projectId);
    expect(slots.pending).toContain(issue.statusId);
    await world.sandbox.jira.connectAs('bob').moveCard(issue.key, slots.approved[0] ?? '');
    await world.untilState(id, 'APPROVED');
    const denied = await world.ask();
    const other = await world.issueOf(denied);
    await (await world.sandbox.teleport.connectAs('bob')).review(denied, 'deny', 'not now');
    await until('the card in its denied status', () => slots.denied.includes(other.statusId));
    expect(await failedChecks(world)).toEqual([]);
    const { checks } = await world.sandbox.admin.call('getHealth', {});
    expect(checks).toContainEqual(
      expect.objectContaining({
        code: 'permissions',
        ok: true,
        text: expect.stringContaining('CREW') as string,
      }),
    );
  });
});

describe('product discovery', () => {
  test('is not offered', async () => {
    expect(await callAdmin(world, 'searchProjects', { query: '' })).toMatchObject({
      value: { projects: expect.not.arrayContaining([expect.objectContaining({ key: 'IDEAS' })]) as unknown },
    });
    expect(await callAdmin(world, 'getProject', { projectId: projectOf('IDEAS').id })).toMatchObject({
      ok: false,
      error: { text: 'Projects of this kind hold ideas, not requests.' },
    });
  });

  test('is refused when it is saved all the same', async () => {
    const { settings, version } = await savedSettings(world);
    const { id: projectId, issueTypes } = projectOf('IDEAS');
    const [first, second] = projectOf('IDEAS').issueTypes[0]?.workflow.statusIds ?? [];
    const place = { projectId, issueTypeId: issueTypes[0]?.issueTypeId ?? '' };
    const slots = { pending: [first], approved: [second], denied: ['1'], expired: ['2'] };
    const changed = {
      ...settings,
      mappings: [{ ...place, slots }],
      catchAll: { ...settings.catchAll, ...place },
      rules: [],
    };
    expect(await callAdmin(world, 'saveSettings', { settings: changed, version })).toMatchObject({
      ok: false,
    });
  });
});

test('a project that the public may look at is told in Health, until it no longer is', async () => {
  const { permissions } = projectOf('TAR');
  const browse = permissions['BROWSE_PROJECTS'] ?? [];
  browse.push({ type: 'anyone' });
  expect(await failedChecks(world)).toContainEqual(
    expect.objectContaining({
      code: 'public_project',
      text: expect.stringContaining('project TAR') as string,
    }),
  );
  browse.pop();
  expect(await failedChecks(world)).toEqual([]);
});
