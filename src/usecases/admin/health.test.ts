import { sampleHello } from '../../../test/support/sample-messages';
import { PROJECT_ENTRY } from '../../../test/support/fakes/catalogue';
import { ISSUE_TYPE, PROJECT, STATUS } from '../../../test/support/fakes/jira-site';
import { connect } from '../../../test/support/fakes/samples';
import {
  createFakeServices,
  fakeSettings,
  type FakeServices,
  type SettingsChanges,
} from '../../../test/support/fakes/services';
import { NO_APPROVERS } from '../../domain/settings';
import type { ProjectFacts } from '../ports';
import { getHealth } from './health';

/** A site on which every check is passed: a relay that speaks, a mapped project, guarded transitions. */
async function healthySite(changes: SettingsChanges = {}): Promise<FakeServices> {
  const services = createFakeServices();
  await connect(services, sampleHello());
  await services.settings.write(fakeSettings(changes));
  guard(services, true);
  return services;
}

function guard(services: FakeServices, isGuarded: boolean): void {
  services.catalogue.workflow = async () => ({
    ok: true,
    value: services.site.transitions.map(({ from, to }) => ({ from, to, isInitial: false, isGuarded })),
  });
}

function replaceFacts(services: FakeServices, changes: Partial<ProjectFacts>): void {
  const { projects } = services;
  const read = projects.read.bind(projects);
  services.projects.read = async (...place) => {
    const found = await read(...place);
    return found.ok ? { ok: true, value: { ...found.value, ...changes } } : found;
  };
}

async function failing(services: FakeServices) {
  const answer = await getHealth(services, {});
  if (!answer.ok) throw new Error(JSON.stringify(answer.error));
  return answer.value.checks.filter(({ ok }) => !ok);
}

const inProject = { projectId: PROJECT, issueTypeId: ISSUE_TYPE };

describe('health', () => {
  it('finds nothing where all is well', async () => {
    expect(await failing(await healthySite())).toEqual([]);
  });

  it('says what is missing before anything is set up', async () => {
    const found = await failing(createFakeServices());
    expect(found.map(({ code }) => code)).toEqual(['connection', 'settings']);
  });

  it('refuses what is no request', async () => {
    expect(await getHealth(createFakeServices(), { stored: 'yes' })).toMatchObject({
      ok: false,
      error: { code: 'bad_input' },
    });
  });

  it('gives what was found last without asking Jira, when that is wanted', async () => {
    const services = await healthySite();
    const first = await getHealth(services, {});
    services.projects.isPublic = async () => ({ ok: true, value: true });
    expect(await getHealth(services, { stored: true })).toEqual(first);
    expect(await failing(services)).toMatchObject([{ code: 'public_project' }]);
  });
});

describe('health of a mapped project', () => {
  it.each<[string, Partial<ProjectFacts>, string]>([
    ['an archived project', { archived: true }, 'not archived'],
    ['a project that became one for ideas', { typeKey: 'product_discovery' }, 'not product discovery'],
    ['an issue type that is gone', { statusIds: new Map() }, 'an issue type of the project'],
    [
      'a status that is gone',
      { statusIds: new Map([[ISSUE_TYPE, [STATUS.pending, STATUS.approved, STATUS.expired]]]) },
      'slots.denied needs statuses of the issue type',
    ],
  ])('names %s', async (_, changes, words) => {
    const services = await healthySite();
    replaceFacts(services, changes);
    expect(await failing(services)).toMatchObject([
      { code: 'project', text: expect.stringContaining(words) as string, subject: inProject },
    ]);
  });

  it('tells a project that is gone from one that could not be read', async () => {
    const services = await healthySite();
    services.site.isProjectGone = true;
    expect(await failing(services)).toMatchObject([
      { code: 'project', text: expect.stringContaining('was deleted') as string, subject: inProject },
    ]);
    services.projects.read = async () => ({
      ok: false,
      problem: { kind: 'uncertain', detail: 'Jira answered 503.' },
    });
    expect(await failing(services)).toMatchObject([
      { code: 'project', text: expect.stringContaining('503') as string },
    ]);
  });

  it.each([
    'BROWSE_PROJECTS',
    'CREATE_ISSUES',
    'TRANSITION_ISSUES',
    'ADD_COMMENTS',
    'EDIT_ISSUES',
    'LINK_ISSUES',
  ])('names %s when the app lost it', async (lost) => {
    const services = await healthySite();
    services.projects.missingPermissions = async (_, keys) => ({
      ok: true,
      value: keys.filter((key) => key === lost),
    });
    expect(await failing(services)).toMatchObject([
      { code: 'permissions', text: expect.stringContaining(lost) as string, subject: inProject },
    ]);
  });

  it.each([
    [true, ['public_project']],
    [false, []],
    [undefined, []],
  ])('warns of a project that the public may look at (%s)', async (isPublic, codes) => {
    const services = await healthySite();
    services.projects.isPublic = async () => ({ ok: true, value: isPublic });
    const found = await failing(services);
    expect(found.map(({ code, isWarning }) => [code, isWarning])).toEqual(codes.map((code) => [code, true]));
  });

  it('warns when everybody may move cards to an outcome, but not where nothing can be limited', async () => {
    const services = await healthySite();
    guard(services, false);
    expect(await failing(services)).toMatchObject([
      {
        code: 'open_transitions',
        isWarning: true,
        text: expect.stringContaining('to approved or denied') as string,
        subject: inProject,
      },
    ]);
    replaceFacts(services, { isTeamManaged: true });
    expect(await failing(services)).toEqual([]);
  });

  it('warns of ways that the workflow lacks', async () => {
    const services = await healthySite();
    services.site.transitions = services.site.transitions.filter(({ to }) => to !== STATUS.expired);
    guard(services, true);
    expect(await failing(services)).toMatchObject([
      { code: 'transitions', isWarning: true, text: expect.stringContaining('pending to expired') as string },
    ]);
  });

  it('does not guess about a workflow that the app may not read', async () => {
    const services = await healthySite();
    services.catalogue.workflow = async () => ({
      ok: false,
      problem: { kind: 'refused', status: 403, fields: [], detail: 'no scope' },
    });
    services.catalogue.project = async () => ({ ok: true, value: PROJECT_ENTRY });
    expect(await failing(services)).toEqual([]);
  });
});

describe('health of the approvers', () => {
  it('names a list that is empty', async () => {
    expect(await failing(await healthySite({ approvers: NO_APPROVERS }))).toMatchObject([
      { code: 'approvers', text: expect.stringContaining('everything else') as string },
    ]);
  });

  it('counts groups that are gone', async () => {
    const services = await healthySite();
    services.projects.missingGroups = async (groupIds) => ({ ok: true, value: [...groupIds] });
    expect(await failing(services)).toMatchObject([
      { code: 'groups', text: expect.stringContaining('no longer exist: 1') as string },
    ]);
  });

  it.each([
    ['without an account', 'approver-2'],
    ['that is inactive', 'approver-3'],
  ])('counts people %s', async (_, accountId) => {
    const services = await healthySite({
      approvers: { ...NO_APPROVERS, accountIds: ['approver-1', accountId] },
    });
    services.people.add('approver-3', { active: false });
    expect(await failing(services)).toMatchObject([
      { code: 'people', text: expect.stringContaining(': 1.') as string },
    ]);
  });

  it('tells a project role that is gone from one that is empty and one that has members', async () => {
    const services = await healthySite({ approvers: { ...NO_APPROVERS, projectRoleIds: ['7'] } });
    const subject = { projectId: PROJECT };
    const [gone] = await failing(services);
    expect(gone).toMatchObject({
      code: 'roles',
      text: expect.stringContaining('no longer exists') as string,
      subject,
    });
    expect(gone?.isWarning).toBeUndefined();
    services.people.roles.set('7', { accountIds: [], groupIds: [] });
    expect(await failing(services)).toMatchObject([
      { code: 'roles', isWarning: true, text: expect.stringContaining('Nobody is in') as string, subject },
    ]);
    services.people.roles.set('7', { accountIds: [], groupIds: ['group-1'] });
    expect(await failing(services)).toEqual([]);
  });
});

describe('health of a relay', () => {
  it('tells that it is silent, and what it reports', async () => {
    const services = await healthySite();
    services.clock.pass(19 * 60);
    expect(await failing(services)).toEqual([]);
    services.clock.pass(60);
    expect(await failing(services)).toMatchObject([{ code: 'relay' }]);
    const troubled = createFakeServices();
    const hello = sampleHello();
    await connect(troubled, {
      ...hello,
      health: { ...hello.health, problems: ['The identity expires soon'] },
    });
    await troubled.settings.write(fakeSettings());
    guard(troubled, true);
    expect(await failing(troubled)).toMatchObject([
      { code: 'teleport', text: expect.stringContaining('The identity expires soon') as string },
    ]);
  });
});
