import { createFakeServices, fakeIssueSettings } from '../../test/support/fakes/services';
import { NO_APPROVERS, type Approvers } from '../domain/settings';
import { isApproverNow } from './approver';
import type { JiraProblem } from './ports';

const ISSUE = '10007';

function setUp(approvers: Partial<Approvers>) {
  const services = createFakeServices();
  services.people.add('someone', { groupIds: ['group-9'] });
  const settings = fakeIssueSettings({ approvers: { ...NO_APPROVERS, ...approvers } });
  const ask = async (changes: object = {}) => {
    const read = await services.people.read('someone');
    if (!read.ok) throw new Error('no such account');
    const asked = { settings, appAccountId: 'app-1', issueId: ISSUE };
    return isApproverNow(services, { ...read.value, ...changes }, asked);
  };
  return { services, ask };
}

const yes = { ok: true, value: true };
const no = { ok: true, value: false };

it('asks Jira nothing where groups and people are named only', async () => {
  const { services, ask } = setUp({ groupIds: ['group-9'] });
  services.people.roleActors = () => Promise.reject(new Error('asked for a role'));
  services.people.mayDecide = () => Promise.reject(new Error('asked for the permission'));
  expect(await ask()).toEqual(yes);
  expect(await ask({ groupIds: [] })).toEqual(no);
});

it('takes members of a role, by themselves and by a group', async () => {
  const { services, ask } = setUp({ projectRoleIds: ['1', '2'] });
  services.people.roles.set('1', { accountIds: ['another'], groupIds: [] });
  expect(await ask()).toEqual(no);
  services.people.roles.set('2', { accountIds: ['someone'], groupIds: [] });
  expect(await ask()).toEqual(yes);
  services.people.roles.set('2', { accountIds: [], groupIds: ['group-9'] });
  expect(await ask()).toEqual(yes);
});

it('takes nobody by a role that is gone', async () => {
  expect(await setUp({ projectRoleIds: ['77'] }).ask()).toEqual(no);
});

it('takes holders of the permission', async () => {
  const { services, ask } = setUp({ permission: true });
  expect(await ask()).toEqual(no);
  services.people.deciders.add('someone');
  expect(await ask()).toEqual(yes);
});

it('counts the permission only where the settings say so', async () => {
  const { services, ask } = setUp({ accountIds: ['another'] });
  services.people.deciders.add('someone');
  expect(await ask()).toEqual(no);
});

it.each([
  ['an app', { accountType: 'app' }],
  ['a customer', { accountType: 'customer' }],
  ['an inactive account', { active: false }],
  ['a guest', { guest: true }],
  ['the app itself', { accountId: 'app-1' }],
])('never takes %s, whatever names it', async (_name, changes) => {
  const { services, ask } = setUp({
    ...{ groupIds: ['group-9'], accountIds: ['someone', 'app-1'], permission: true },
  });
  services.people.deciders.add('someone').add('app-1');
  expect(await ask(changes)).toEqual(no);
});

it.each<JiraProblem>([
  { kind: 'rate_limited', retryAfterSeconds: 5, detail: 'busy' },
  { kind: 'uncertain', detail: 'no answer' },
])('is no answer while Jira gives none ($kind)', async (problem) => {
  const byRole = setUp({ projectRoleIds: ['1'] });
  byRole.services.people.roleActors = () => Promise.resolve({ ok: false, problem });
  expect(await byRole.ask()).toEqual({ ok: false, problem });
  const byPermission = setUp({ permission: true });
  byPermission.services.people.mayDecide = () => Promise.resolve({ ok: false, problem });
  expect(await byPermission.ask()).toEqual({ ok: false, problem });
});

it('is a no where Jira refuses to say', async () => {
  const { services, ask } = setUp({ permission: true });
  const problem: JiraProblem = {
    kind: 'refused',
    status: 400,
    fields: [],
    detail: 'Unrecognized permission',
  };
  services.people.mayDecide = () => Promise.resolve({ ok: false, problem });
  expect(await ask()).toEqual(no);
});
