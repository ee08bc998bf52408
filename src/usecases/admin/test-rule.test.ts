import { createFakeServices, fakeSettings } from '../../../test/support/fakes/services';
import { testRule } from './test-rule';
import { NO_APPROVERS } from '../../domain/settings';

const { settings } = fakeSettings();
const NOTHING = { clusters: [], requesters: [], roles: [], resourceKinds: [], resourceNames: [] };
const nobody = { ...settings.catchAll, approvers: NO_APPROVERS };
const withRule = {
  ...settings,
  rules: [{ id: 'dba', name: 'Databases', match: { ...NOTHING, roles: ['dba'] }, then: nobody }],
};
const request = { cluster: 'one', user: 'alice', roles: ['editor'], resources: [] };

describe('the tester of rules', () => {
  it('tells the rule of unsaved settings, and that nobody could decide', async () => {
    const services = createFakeServices();
    expect(
      await testRule(services, { request: { ...request, roles: ['DBA'] }, settings: withRule }),
    ).toMatchObject({ value: { ruleId: 'dba', ruleName: 'Databases', hasApprovers: false, isMapped: true } });
  });

  it('falls to the catch-all and says why no rule counted', async () => {
    const services = createFakeServices();
    await services.settings.write({ ...fakeSettings(), settings: withRule });
    const answer = await testRule(services, { request });
    expect(answer).toMatchObject({
      value: {
        ruleName: 'Everything else',
        hasApprovers: true,
        passedOver: [{ ruleId: 'dba', because: 'roles' }],
      },
    });
    expect(answer.ok && 'ruleId' in answer.value).toBe(false);
  });

  it('refuses settings that are none, and has nothing to say before there are any', async () => {
    const services = createFakeServices();
    expect(await testRule(services, { request, settings: { v: 2 } })).toMatchObject({
      error: { code: 'bad_input' },
    });
    expect(await testRule(services, { request })).toMatchObject({ error: { code: 'not_found' } });
    expect(await testRule(services, {})).toMatchObject({ error: { code: 'bad_input' } });
  });
});
