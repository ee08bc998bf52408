import { createFakeServices, fakeSettings } from '../../test/support/fakes/services';
import { NO_APPROVERS } from '../domain/settings';
import { accountsIn, reportAccounts } from './privacy';

const people = [
  { teleportUser: 'alice', accountId: 'a-alice' },
  { teleportUser: 'bob', accountId: 'a-bob' },
];

async function setUp() {
  const services = createFakeServices();
  const approvers = { ...NO_APPROVERS, accountIds: ['a-bob', 'a-carol'] };
  await services.settings.write(fakeSettings({ people, approvers }));
  await services.activity.add({
    kind: 'decision',
    text: 'somebody approved',
    accountId: 'a-bob',
    decisionId: 'd-1',
  });
  await services.activity.add({ kind: 'put_back', text: 'put back', accountId: 'a-dave' });
  const reports: string[][] = [];
  let closed: string[] = [];
  services.privacy.report = async (accounts) => {
    reports.push(accounts.map(({ accountId }) => accountId).sort());
    return accounts.flatMap(({ accountId }) => (closed.includes(accountId) ? [accountId] : []));
  };
  return { services, reports, close: (...ids: string[]) => void (closed = ids) };
}

it('reports all accounts that are stored, once a week', async () => {
  const { services, reports } = await setUp();
  await reportAccounts(services);
  expect(reports).toEqual([['a-alice', 'a-bob', 'a-carol', 'a-dave']]);
  services.clock.pass(6 * 86_400);
  await reportAccounts(services);
  expect(reports).toHaveLength(1);
  services.clock.pass(86_401);
  await reportAccounts(services);
  expect(reports).toHaveLength(2);
});

it('erases closed accounts from settings and records, and keeps the records', async () => {
  const { services, close } = await setUp();
  close('a-bob');
  expect(await reportAccounts(services)).toMatchObject({ erased: 1 });
  const stored = await services.settings.read();
  expect(stored?.version).toBe(2);
  expect(accountsIn(stored!.settings).sort()).toEqual(['a-alice', 'a-carol']);
  const { entries } = await services.activity.list(10);
  expect(entries).toContainEqual(expect.objectContaining({ decisionId: 'd-1', text: 'somebody approved' }));
  expect(entries.map(({ accountId }) => accountId)).not.toContain('a-bob');
  expect(entries.map(({ accountId }) => accountId)).toContain('a-dave');
});

it('tells the administrator when the report failed, and tries again', async () => {
  const { services, reports } = await setUp();
  const { privacy } = services;
  services.privacy = { ...privacy, report: () => Promise.reject(new Error('not now')) };
  expect(await reportAccounts(services)).toEqual({ reported: 0, erased: 0 });
  expect((await services.activity.list(5)).entries).toContainEqual(
    expect.objectContaining({ kind: 'failure', code: 'accounts_not_reported' }),
  );
  services.privacy = privacy;
  await reportAccounts(services);
  expect(reports).toHaveLength(1);
});
