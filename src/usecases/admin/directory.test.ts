import { PROJECT } from '../../../test/support/fakes/jira-site';
import { createFakeServices } from '../../../test/support/fakes/services';
import { nameObjects, searchGroups, searchPeople } from './directory';

describe('the directory', () => {
  it('finds groups and says when there are more', async () => {
    const services = createFakeServices();
    expect(await searchGroups(services, { query: 'o' })).toEqual({
      ok: true,
      value: { groups: [{ id: 'group-1', name: 'One' }], isCut: false },
    });
    services.catalogue.searchGroups = async () => ({ ok: true, value: { groups: [], total: 5000 } });
    expect(await searchGroups(services, { query: '' })).toMatchObject({ value: { isCut: true } });
  });

  it('finds people, but nobody for an empty query', async () => {
    const services = createFakeServices();
    expect(await searchPeople(services, { query: 'appr' })).toMatchObject({
      value: { people: [{ accountId: 'approver-1' }] },
    });
    expect(await searchPeople(services, { query: '  ' })).toEqual({ ok: true, value: { people: [] } });
  });

  it('names what is stored and leaves out what is gone', async () => {
    const services = createFakeServices();
    const ids = { accountIds: ['approver-1', 'gone'], groupIds: ['group-1'], projectIds: [PROJECT, '4'] };
    expect(await nameObjects(services, ids)).toMatchObject({
      value: { people: [{ accountId: 'approver-1', active: true }], projects: [{ key: 'TAR' }] },
    });
    expect(await nameObjects(services, { accountIds: Array.from({ length: 101 }, String) })).toMatchObject({
      error: { code: 'bad_input' },
    });
  });

  it('says when Jira does not answer', async () => {
    const services = createFakeServices();
    services.site.fail('searchGroups', 'uncertain_before');
    services.site.fail('searchPeople', 'uncertain_before');
    services.site.fail('nameAccounts', 'uncertain_before');
    const answers = [
      await searchGroups(services, { query: 'x' }),
      await searchPeople(services, { query: 'x' }),
      await nameObjects(services, {}),
    ];
    for (const answer of answers) expect(answer).toMatchObject({ error: { code: 'jira_unavailable' } });
  });
});
