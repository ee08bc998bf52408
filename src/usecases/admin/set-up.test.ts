import { PROJECT_ENTRY } from '../../../test/support/fakes/catalogue';
import { PROJECT, STATUS } from '../../../test/support/fakes/jira-site';
import { createFakeServices, fakeIssueSettings } from '../../../test/support/fakes/services';
import type { ManualResult } from '../provision/manual';
import type { ProvisionResult } from '../provision/result';
import { checkManualSteps, setUpProject, type SetUpServices } from './set-up';

const setUp = jest.fn<ReturnType<SetUpServices['goOn']>, [unknown]>();
const manual = jest.fn<ReturnType<SetUpServices['lookAtManualSteps']>, [unknown]>();

const { slots, issueTypeId } = fakeIssueSettings();
const ready = { projectId: PROJECT, projectKey: 'TAR', issueTypeId, slots };
const services: SetUpServices = {
  goOn: setUp,
  lookAtManualSteps: manual,
  siteUrl: async () => 'https://jira.example.com',
};
const payload = { name: 'Requests', key: 'TAR', kind: 'business', approverGroupIds: ['g-1'] };

const answer = (result: ProvisionResult) => setUp.mockResolvedValue({ ok: true, value: result });
const answerManually = (result: ManualResult) => manual.mockResolvedValue({ ok: true, value: result });

describe('setting up a project', () => {
  it('says how far it came, in words of the page', async () => {
    answer({
      done: false,
      steps: [
        { key: 'statuses', state: 'created', text: 'Made.', link: 'https://jira.example.com/x' },
        { key: 'workflow', state: 'attention', text: 'Changed.' },
        { key: 'project', state: 'working', text: '' },
        { key: 'verify', state: 'waiting', text: '' },
      ],
      callAgainSeconds: 2,
      ...ready,
    });
    expect(await setUpProject(services, payload)).toEqual({
      ok: true,
      value: {
        isUnfinished: true,
        callAgainSeconds: 2,
        steps: [
          expect.objectContaining({ key: 'statuses', state: 'created', url: 'https://jira.example.com/x' }),
          expect.objectContaining({ key: 'workflow', state: 'found', needsAttention: true }),
          expect.objectContaining({ key: 'project', state: 'open', title: 'Project' }),
          expect.objectContaining({ key: 'verify', state: 'open' }),
        ],
      },
    });
    expect(setUp).toHaveBeenCalledWith({
      name: 'Requests',
      key: 'TAR',
      projectType: 'business',
      approverGroupIds: ['g-1'],
    });
  });

  it('gives a mapping for the settings once it is done', async () => {
    answer({ done: true, steps: [], ...ready });
    expect(await setUpProject(services, payload)).toMatchObject({
      value: {
        isUnfinished: false,
        project: { key: 'TAR', mapping: { projectId: PROJECT, slots: { pending: [STATUS.pending] } } },
      },
    });
  });

  it('without the scopes leads to the steps by hand', async () => {
    answer({ done: false, steps: [], needsManualSteps: true });
    expect(await setUpProject(services, payload)).toMatchObject({
      value: { isUnfinished: false, needsManualSteps: true },
    });
  });

  it('refuses what is no input', async () => {
    expect(await setUpProject(services, { name: 7 })).toMatchObject({ error: { code: 'bad_input' } });
  });
});

describe('setting up by hand', () => {
  const step = { text: '', instructions: ['Click here.'] };

  it('looks at the chosen project and shows what to click', async () => {
    answerManually({
      done: false,
      steps: [
        { key: 'project', state: 'done', ...step },
        { key: 'statuses', state: 'to_do', ...step },
      ],
      projectId: PROJECT,
      projectKey: 'TAR',
    });
    const found = await checkManualSteps(createFakeServices(), services, { projectId: PROJECT });
    expect(found).toMatchObject({
      value: {
        isUnfinished: true,
        steps: [{ state: 'done' }, { state: 'open', instructions: ['Click here.'] }],
      },
    });
    expect(found.ok && found.value.project).toBeUndefined();
    expect(manual).toHaveBeenCalledWith({ key: PROJECT_ENTRY.key, prove: false });
  });

  it('lets the project be used when only the proof of its workflow is open', async () => {
    answerManually({
      done: false,
      steps: [
        { key: 'project', state: 'done', ...step },
        { key: 'workflow', state: 'to_do', ...step },
      ],
      ...ready,
    });
    expect(await checkManualSteps(createFakeServices(), services, {})).toMatchObject({
      value: { isUnfinished: true, project: { key: 'TAR' } },
    });
  });

  it('says when the project cannot be read', async () => {
    expect(await checkManualSteps(createFakeServices(), services, { projectId: '4' })).toMatchObject({
      error: { code: 'not_found' },
    });
  });
});
