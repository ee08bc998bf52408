import { PROJECT_ENTRY } from '../../../test/support/fakes/catalogue';
import { CREATE_FIELDS } from '../../../test/support/fakes/jira';
import { ISSUE_TYPE, PROJECT, STATUS } from '../../../test/support/fakes/jira-site';
import {
  createFakeServices,
  fakeIssueSettings,
  type FakeServices,
} from '../../../test/support/fakes/services';
import type { CreateField, ProjectEntry } from '../ports-catalogue';
import { checkPaths, getIssueType, getProject, searchProjects } from './projects';

const place = { projectId: PROJECT, issueTypeId: ISSUE_TYPE };
const { slots } = fakeIssueSettings();

function field(changes: Partial<CreateField>): CreateField {
  return {
    ...{ id: 'customfield_1', name: 'Cost centre', type: 'string', itemType: undefined, choices: undefined },
    ...{ required: true, hasDefault: false },
    ...changes,
  };
}

function withProject(services: FakeServices, changes: Partial<ProjectEntry>): void {
  const entry = { ...PROJECT_ENTRY, ...changes };
  services.catalogue.project = async () => ({ ok: true, value: entry });
  services.catalogue.searchProjects = async (_query, startAt) => ({
    ok: true,
    value: { projects: [entry], nextStartAt: startAt + 20 },
  });
}

describe('searching projects', () => {
  it('goes page by page', async () => {
    const services = createFakeServices();
    withProject(services, {});
    const first = await searchProjects(services, { query: ' tar ' });
    expect(first).toMatchObject({
      ok: true,
      value: { projects: [{ key: 'TAR', kind: 'software', isTeamManaged: false }], nextPageToken: '20' },
    });
    expect(await searchProjects(services, { query: '', pageToken: '20' })).toMatchObject({
      value: { nextPageToken: '40' },
    });
    expect(await searchProjects(services, { query: '', pageToken: 'x' })).toMatchObject({
      error: { code: 'bad_input' },
    });
  });

  it('leaves out kinds that hold no requests', async () => {
    const services = createFakeServices();
    withProject(services, { typeKey: 'product_discovery' });
    expect(await searchProjects(services, { query: '' })).toMatchObject({ value: { projects: [] } });
    expect(await getProject(services, { projectId: PROJECT })).toMatchObject({
      error: { code: 'not_found' },
    });
  });
});

describe('a project', () => {
  it('comes with its types, and without limits where there are none', async () => {
    const services = createFakeServices();
    const found = await getProject(services, { projectId: PROJECT });
    expect(found).toMatchObject({ ok: true, value: { limits: [], issueTypes: [{ id: ISSUE_TYPE }] } });
  });

  it.each<[string, Partial<ProjectEntry>, RegExp]>([
    ['team-managed', { isTeamManaged: true }, /Team-managed.*list of approvers is the only gate/],
    ['of a service desk', { typeKey: 'service_desk' }, /Service project.*customer portal/],
    ['archived', { isArchived: true }, /archived/],
  ])('that is %s says what does not work there', async (_, changes, limit) => {
    const services = createFakeServices();
    withProject(services, changes);
    const found = await getProject(services, { projectId: PROJECT });
    expect(found.ok && found.value.limits.some((each) => limit.test(each))).toBe(true);
  });

  it('that Jira does not show, or that cannot be read now, is told so', async () => {
    const services = createFakeServices();
    expect(await getProject(services, { projectId: '4' })).toMatchObject({ error: { code: 'not_found' } });
    services.site.fail('project', 'uncertain_before');
    expect(await getProject(services, { projectId: PROJECT })).toMatchObject({
      error: { code: 'jira_unavailable' },
    });
  });
});

describe('an issue type', () => {
  it('comes with a suggestion and with nothing to fill in', async () => {
    const services = createFakeServices();
    services.site.transitions = [];
    expect(await getIssueType(services, place)).toMatchObject({
      value: {
        suggested: {
          pending: [STATUS.pending],
          approved: [STATUS.approved],
          denied: [STATUS.denied],
          expired: [STATUS.expired],
        },
        requiredFields: [],
        missingOptionalFields: [],
        resolutions: [{ id: '9', name: 'Done' }],
      },
    });
  });

  it('names the required fields with what may be chosen, and the optional ones that are not there', async () => {
    const services = createFakeServices();
    const choices = [{ id: '7', label: 'Seven' }];
    services.catalogue.createFields = async () => ({
      ok: true,
      value: [
        ...CREATE_FIELDS.filter(({ id }) => id !== 'duedate'),
        field({}),
        field({ id: 'customfield_2', type: 'option', choices }),
        field({ id: 'customfield_3', type: 'array', itemType: 'option', choices }),
        field({ id: 'customfield_4', type: 'sd-servicelevelagreement' }),
        field({ id: 'customfield_5', hasDefault: true }),
        field({ id: 'customfield_6', required: false }),
        field({ id: 'reporter' }),
      ],
    });
    const found = await getIssueType(services, place);
    expect(found).toMatchObject({
      value: {
        missingOptionalFields: ['duedate'],
        requiredFields: [
          { id: 'customfield_1', canFill: true },
          { id: 'customfield_2', canFill: true, choices: [{ value: { id: '7' }, label: 'Seven' }] },
          { id: 'customfield_3', canFill: true, choices: [{ value: [{ id: '7' }], label: 'Seven' }] },
          { id: 'customfield_4', canFill: false },
        ],
      },
    });
    expect(found.ok && found.value.requiredFields).toHaveLength(4);
  });

  it('that the project lacks is not found', async () => {
    const services = createFakeServices();
    expect(await getIssueType(services, { ...place, issueTypeId: '1' })).toMatchObject({
      error: { code: 'not_found' },
    });
  });
});

describe('paths', () => {
  const pathOf = async (services: FakeServices, from: string, to: string) => {
    const found = await checkPaths(services, { ...place, slots });
    return found.ok
      ? found.value.paths.find((path) => path.from === from && path.to === to)?.reachable
      : found;
  };

  it('are read off the workflow where the app may', async () => {
    const services = createFakeServices();
    services.site.transitions = [{ id: '1', from: [STATUS.pending], to: STATUS.approved }];
    expect(await pathOf(services, 'pending', 'approved')).toBe('yes');
    expect(await pathOf(services, 'approved', 'pending')).toBe('no');
    expect(await checkPaths(services, { ...place, slots })).toMatchObject({
      value: {
        warnings: expect.arrayContaining([expect.stringMatching(/no way back from approved/)]) as string[],
      },
    });
  });

  it('are asked of an issue where the workflow may not be read, or guards a transition', async () => {
    const services = createFakeServices();
    const issue = services.site.addIssue({ summary: 'x', description: null });
    services.site.transitions = [{ id: '1', from: [issue.statusId], to: STATUS.denied }];
    services.catalogue.workflow = async () => ({
      ok: false,
      problem: { kind: 'refused', status: 403, fields: [], detail: 'no' },
    });
    expect(await pathOf(services, 'pending', 'denied')).toBe('yes');
    expect(await pathOf(services, 'pending', 'approved')).toBe('no');
    expect(await pathOf(services, 'denied', 'pending')).toBe('unknown');
    services.catalogue.workflow = async () => ({
      ok: true,
      value: [{ from: [STATUS.pending], to: STATUS.approved, isInitial: false, isGuarded: true }],
    });
    expect(await pathOf(services, 'pending', 'approved')).toBe('no');
    services.site.issues.clear();
    expect(await pathOf(services, 'pending', 'approved')).toBe('unknown');
  });

  it('are not guessed while Jira asks to slow down', async () => {
    const services = createFakeServices();
    services.site.fail('workflow', { rateLimitedSeconds: 5 });
    expect(await checkPaths(services, { ...place, slots })).toMatchObject({
      error: { code: 'jira_unavailable' },
    });
  });
});
