import { sampleSnapshot } from '../../../test/support/arbitraries';
import { applySnapshot, servicesWithCard } from '../../../test/support/fakes/samples';
import { createFakeServices } from '../../../test/support/fakes/services';
import { listActivity, listFailures, retryRequest } from './activity';

const approved = sampleSnapshot({ state: 'APPROVED', observedAt: '2026-11-24T14:05:00Z' });
const { cluster, id: requestId } = approved;

describe('activity', () => {
  it('comes newest first, page by page', async () => {
    const services = createFakeServices();
    for (let index = 0; index < 60; index += 1) {
      services.clock.pass(1);
      await services.activity.add({ kind: 'settings', text: `entry ${index}`, cluster: undefined });
    }
    const first = await listActivity(services, {});
    if (!first.ok) throw new Error('refused');
    expect(first.value.entries).toHaveLength(50);
    expect(first.value.entries[0]).toEqual({
      id: expect.any(String) as string,
      at: '2026-11-24T14:01:00.000Z',
      kind: 'settings',
      text: 'entry 59',
    });
    const second = await listActivity(services, { pageToken: first.value.nextPageToken });
    expect(second).toMatchObject({ ok: true, value: { entries: { length: 10 } } });
    expect(await listActivity(services, { pageToken: 7 })).toMatchObject({ error: { code: 'bad_input' } });
  });
});

describe('failures', () => {
  it('are listed with reason and next attempt, and a retry mends them at once', async () => {
    const { services } = await servicesWithCard();
    expect(await listFailures(services)).toEqual({ ok: true, value: { failures: [] } });
    const { transitions } = services.site;
    services.site.transitions = [];
    await applySnapshot(services, approved);
    const listed = await listFailures(services);
    expect(listed).toMatchObject({
      value: {
        failures: [
          {
            cluster,
            requestId,
            issueKey: 'TAR-7',
            code: 'transition_missing',
            nextAttemptAt: '2026-11-24T14:06:00.000Z',
          },
        ],
      },
    });
    expect(await retryRequest(services, { cluster, requestId })).toMatchObject({
      value: { result: 'failed' },
    });
    services.site.transitions = transitions;
    expect(await retryRequest(services, { cluster, requestId })).toEqual({
      ok: true,
      value: { result: 'updated' },
    });
    expect(await listFailures(services)).toEqual({ ok: true, value: { failures: [] } });
  });

  it('of a request without an issue are listed and retried, too', async () => {
    const { services } = await servicesWithCard();
    const other = sampleSnapshot({ id: 'r-2' });
    services.site.fail('create', { refused: 'no' });
    await applySnapshot(services, other);
    expect(await listFailures(services)).toMatchObject({
      value: { failures: [{ requestId: 'r-2', code: 'jira_refused' }] },
    });
    expect(await retryRequest(services, { cluster, requestId: 'r-2' })).toEqual({
      ok: true,
      value: { result: 'created' },
    });
  });

  it('stops a retry in time for the page', async () => {
    const { services } = await servicesWithCard();
    const { transitions } = services.site;
    services.site.transitions = [];
    await applySnapshot(services, approved);
    services.site.transitions = transitions;
    services.site.callMs = 16_000;
    expect(await retryRequest(services, { cluster, requestId })).toMatchObject({
      value: { result: 'deferred' },
    });
  });

  it('takes no request that is none', async () => {
    expect(await retryRequest(createFakeServices(), { cluster: '' })).toMatchObject({
      error: { code: 'bad_input' },
    });
    expect(await retryRequest(createFakeServices(), { cluster, requestId })).toMatchObject({
      value: { result: 'skipped' },
    });
  });
});
