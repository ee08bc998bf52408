import { sampleSnapshot } from '../../../test/support/sample-messages';
import { activityCodes, applySnapshot, servicesWithCard } from '../../../test/support/fakes/samples';
import { createFakeServices } from '../../../test/support/fakes/services';
import { listFailures, retryAll, retryRequest } from './failures';

const approved = sampleSnapshot({ state: 'APPROVED', observedAt: '2026-11-24T14:05:00Z' });
const { cluster, id: requestId } = approved;

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

describe('retrying all', () => {
  async function withParked(ids: readonly string[]) {
    const { services } = await servicesWithCard();
    for (const id of ids) {
      services.site.fail('create', { refused: 'no' });
      await applySnapshot(services, sampleSnapshot({ id }));
    }
    return services;
  }

  it('mends what it can and says how much, once', async () => {
    const services = await withParked(['r-2', 'r-3']);
    services.clock.pass(61);
    expect(await retryAll(services, {}, { accountId: 'admin-1' })).toEqual({
      ok: true,
      value: { retried: 2, mended: 2, remaining: 0 },
    });
    expect((await activityCodes(services))[0]).toBe('all');
    expect(await retryAll(services, {}, {})).toMatchObject({ value: { retried: 0, remaining: 0 } });
  });

  it('leaves what was just tried, so that calling again comes to an end', async () => {
    const services = await withParked(['r-2']);
    expect(await retryAll(services, {}, {})).toMatchObject({ value: { retried: 0, remaining: 0 } });
    services.clock.pass(61);
    services.site.fail('create', { refused: 'still not' });
    expect(await retryAll(services, {}, {})).toMatchObject({
      value: { retried: 1, mended: 0, remaining: 0 },
    });
    expect(await retryAll(services, {}, {})).toMatchObject({ value: { retried: 0, remaining: 0 } });
  });

  it('stops in time for the page and says what remains', async () => {
    const services = await withParked(['r-2', 'r-3', 'r-4']);
    services.clock.pass(61);
    services.site.callMs = 2000;
    expect(await retryAll(services, {}, {})).toMatchObject({ value: { retried: 1, remaining: 2 } });
  });
});
