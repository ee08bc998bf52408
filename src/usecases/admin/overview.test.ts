import { sampleSnapshot } from '../../../test/support/sample-messages';
import { applySnapshot, connect, servicesWithCard } from '../../../test/support/fakes/samples';
import { createFakeServices, fakeSettings } from '../../../test/support/fakes/services';
import { createConnection } from './connections';
import { refreshHealth } from './health';
import { getOverview, getWizard } from './overview';
import { NO_APPROVERS } from '../../domain/settings';

describe('the overview', () => {
  it('of nothing is empty', async () => {
    expect(await getOverview(createFakeServices())).toEqual({
      ok: true,
      value: { connections: [], failing: 0, decisionsWaiting: 0, health: { failed: 0 } },
    });
  });

  it('tells of the connection, the newest request, failures and the last check', async () => {
    const { services } = await servicesWithCard();
    services.clock.pass(60);
    services.site.fail('create', { refused: 'no' });
    await applySnapshot(services, sampleSnapshot({ id: 'r-2' }));
    await refreshHealth(services);
    const callsBefore = services.effects.done.length;
    expect(await getOverview(services)).toMatchObject({
      value: {
        connections: [
          {
            state: 'confirmed',
            delivery: { way: 'poll', isChosenForPush: false },
            mirrorSince: '1970-01-01T00:00:00.000Z',
            relay: { decisionMode: expect.any(String) as string, accepts: expect.any(Array) as string[] },
          },
        ],
        failing: 1,
        health: { failed: 1, checkedAt: expect.any(String) as string },
        lastRequest: {
          issueKey: 'TAR-7',
          issueUrl: 'https://jira.example.com/browse/TAR-7',
          state: 'PENDING',
        },
      },
    });
    expect(services.effects.done.length).toBe(callsBefore);
  });

  it('says while the quota is used up', async () => {
    const services = createFakeServices();
    services.quota.pausedUntil = async () => services.now() + 60_000;
    expect(await getOverview(services)).toMatchObject({ value: { pausedUntil: '2026-11-24T14:01:00.000Z' } });
  });
});

describe('the wizard', () => {
  const nextOf = async (services: Parameters<typeof getWizard>[0]) => {
    const answer = await getWizard(services);
    return answer.ok ? answer.value.next : answer;
  };

  it('leads from nothing to the first request', async () => {
    const services = createFakeServices();
    expect(await nextOf(services)).toBe('connect');
    await createConnection(services, { name: 'main' }, {});
    expect(await nextOf(services)).toBe('start_relay');
    await connect(services);
    expect(await nextOf(services)).toBe('project');
    await services.settings.write(fakeSettings({ approvers: NO_APPROVERS }));
    expect(await nextOf(services)).toBe('approvers');
    await services.settings.write({ ...fakeSettings(), version: 2 });
    expect(await nextOf(services)).toBe('first_request');
    await applySnapshot(services, sampleSnapshot());
    const wizard = await getWizard(services);
    expect(wizard).toMatchObject({ value: { firstRequest: { issueKey: 'TAR-7' } } });
    // What is done tells what there is, not what to do.
    expect(wizard).toMatchObject({
      value: {
        steps: [{ key: 'connect', done: true }, {}, {}, {}, {}, { text: 'TAR-7 is on the board.' }],
      },
    });
    expect(await nextOf(services)).toBeUndefined();
  });
});
