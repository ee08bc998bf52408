import { sampleSnapshot } from '../../test/support/sample-messages';
import { APP_ACCOUNT, STATUS } from '../../test/support/fakes/jira-site';
import {
  activityCodes,
  applyContext,
  applyGone,
  applySnapshot,
  commentsOf,
  readLink,
} from '../../test/support/fakes/samples';
import { createFakeServices, type FakeServices } from '../../test/support/fakes/services';

const pending = sampleSnapshot({ teleportUrl: 'https://teleport.example.com/web/requests/1' });
const approved = sampleSnapshot({
  state: 'APPROVED',
  accessExpiresAt: '2026-11-24T18:00:00Z',
  reviews: [{ author: 'bob', verdict: 'APPROVED', reason: 'fine', createdAt: '2026-11-24T14:04:00Z' }],
  teleportUrl: 'https://teleport.example.com/web/requests/1',
  observedAt: '2026-11-24T14:05:00Z',
});

/** The one issue of the site. */
function onlyIssue(services: FakeServices) {
  expect(services.site.issues.size).toBe(1);
  return [...services.site.issues.values()][0]!;
}

describe('creating', () => {
  it('makes one issue with its property, in the pending slot, with a link to Teleport', async () => {
    const services = createFakeServices();
    services.site.initialStatus = STATUS.backlog;
    expect(await applySnapshot(services, pending)).toMatchObject({ result: 'created', issueKey: 'TAR-7' });
    const issue = onlyIssue(services);
    expect(issue.statusId).toBe(STATUS.pending);
    expect(issue.property).toMatchObject({
      requestId: pending.id,
      user: 'alice',
      roles: ['editor'],
      state: 'PENDING',
      cluster: pending.cluster,
    });
    expect(issue.remoteLinks.get(pending.id)).toEqual({ url: pending.teleportUrl, resolved: false });
    expect(await services.links.findByIssue(issue.id)).toEqual({
      cluster: pending.cluster,
      requestId: pending.id,
    });
  });

  it('costs three write units of the store for a request that is created and decided in Teleport', async () => {
    const services = createFakeServices();
    await applySnapshot(services, pending);
    await applySnapshot(services, approved);
    expect(services.kvs.writeUnits).toBeLessThanOrEqual(3);
    const effects = services.effects.done.length;
    expect(await applySnapshot(services, approved)).toMatchObject({ result: 'unchanged' });
    expect(services.effects.done.length).toBe(effects);
  });

  it('makes an issue of a request that is already decided, in its final slot', async () => {
    const services = createFakeServices();
    await applySnapshot(services, approved);
    const issue = onlyIssue(services);
    expect(issue.statusId).toBe(STATUS.approved);
    expect(issue.property?.state).toBe('APPROVED');
    expect(commentsOf(services, issue.id)).toEqual([
      'bob approves in Teleport, 2026-11-24 14:04 UTC. fine',
      'Approved in Teleport. Access ends 2026-11-24 18:00 UTC.',
    ]);
  });

  it('leaves out what was decided before the pairing, not what still waits or came after', async () => {
    const services = createFakeServices();
    const context = applyContext({ mirrorSince: Date.parse('2026-11-24T14:00:01Z') });
    expect(await applySnapshot(services, approved, undefined, context)).toMatchObject({ result: 'skipped' });
    expect(await applySnapshot(services, pending, undefined, context)).toMatchObject({ result: 'created' });
  });

  it('mirrors a request of hundreds of long roles, although Jira bounds properties and documents', async () => {
    const services = createFakeServices();
    const roles = Array.from({ length: 400 }, (_, index) => `${index}-${'r'.repeat(200)}`);
    expect(await applySnapshot(services, sampleSnapshot({ roles }))).toMatchObject({ result: 'created' });
    expect(onlyIssue(services).property?.roles[0]).toBe(roles[0]);
  });

  it('waits for settings and skips requests it never knew that are gone', async () => {
    const services = createFakeServices();
    expect(
      await applySnapshot(services, pending, undefined, applyContext({ stored: undefined })),
    ).toMatchObject({ code: 'not_configured' });
    expect(await applyGone(services)).toMatchObject({ result: 'skipped' });
    expect(services.effects.done).toEqual([]);
  });

  it('begins no write of Jira when the time of the call is over', async () => {
    const services = createFakeServices();
    services.site.initialStatus = STATUS.backlog;
    services.site.callMs = 9000;
    const start = services.now();
    const context = applyContext({ deadline: { isOver: () => services.now() - start > 20_000 } });
    expect(await applySnapshot(services, pending, undefined, context)).toMatchObject({
      result: 'deferred',
      seconds: 1,
    });
    expect(services.effects.done.filter((name) => name.startsWith('jira'))).toEqual(['jira create']);
    expect(await applySnapshot(services, pending)).toMatchObject({ result: 'updated' });
    expect(onlyIssue(services)).toMatchObject({ statusId: STATUS.pending });
    expect(onlyIssue(services).remoteLinks.size).toBe(1);
  });

  it('parks what Jira refuses, honours its wait, and tries again when it is due', async () => {
    const services = createFakeServices();
    services.site.fail('create', { refused: 'You cannot create issues in this project.' });
    expect(await applySnapshot(services, pending)).toMatchObject({
      result: 'failed',
      code: 'jira_refused',
      retryAfterSeconds: 300,
    });
    expect(await activityCodes(services)).toEqual(['jira_refused']);
    expect(await applySnapshot(services, pending)).toMatchObject({ result: 'failed' });
    expect(services.site.issues.size).toBe(0);
    services.clock.pass(300);
    services.site.fail('create', { rateLimitedSeconds: 1234 });
    expect(await applySnapshot(services, pending)).toMatchObject({ result: 'deferred', seconds: 1234 });
    services.clock.pass(1233);
    expect(await applySnapshot(services, pending)).toMatchObject({ result: 'deferred', seconds: 1 });
    services.clock.pass(1);
    expect(await applySnapshot(services, pending)).toMatchObject({ result: 'created' });
    expect(await readLink(services)).toMatchObject({ attempt: 3, earlierAttemptIds: [] });
  });

  it('creates the issue of a parked request that is gone meanwhile, but not of one that is long gone', async () => {
    const services = createFakeServices();
    services.site.fail('create', { rateLimitedSeconds: 40 });
    await applySnapshot(services, pending);
    expect(await applyGone(services)).toMatchObject({ result: 'deferred', seconds: 40 });
    services.clock.pass(40);
    expect(await applyGone(services)).toMatchObject({ result: 'created' });
    expect(onlyIssue(services)).toMatchObject({ statusId: STATUS.expired });

    const late = createFakeServices();
    late.site.fail('create', { refused: 'no' });
    await applySnapshot(late, pending);
    late.clock.pass(48 * 3600);
    expect(await applyGone(late)).toMatchObject({ result: 'skipped' });
    expect(late.site.issues.size).toBe(0);
    expect(late.kvs.keys('link:')).toEqual([]);
  });
});

describe('creating with an uncertain outcome', () => {
  it('adopts the issue when it was made, once the search shows it', async () => {
    const services = createFakeServices();
    services.site.searchLagMs = 30_000;
    services.site.fail('create', 'uncertain_after');
    const waits: unknown[] = [];
    for (let calls = 0; calls < 10; calls += 1) {
      const answer = await applySnapshot(services, pending);
      if (answer.result !== 'deferred') break;
      waits.push(answer.seconds);
      services.clock.pass(answer.seconds);
    }
    expect(waits).toEqual([2, 10, 60]);
    expect(await readLink(services)).toMatchObject({ phase: 'linked', issue: { key: 'TAR-7' } });
    expect(onlyIssue(services).remoteLinks.size).toBe(1);
  });

  it('searches for 372 seconds and only then creates again, with another attempt id', async () => {
    const services = createFakeServices();
    services.site.fail('create', 'uncertain_before');
    const begun = services.now();
    for (;;) {
      const answer = await applySnapshot(services, pending);
      if (answer.result !== 'deferred') break;
      expect(services.site.issues.size).toBe(0);
      services.clock.pass(answer.seconds);
    }
    expect(services.now() - begun).toBe(372_000);
    const issue = onlyIssue(services);
    const link = await readLink(services);
    expect(link).toMatchObject({ attempt: 2, attemptId: issue.property?.attemptId });
    expect(link?.earlierAttemptIds).toHaveLength(1);
  });

  it('does nothing before the next search is due, however often it is called', async () => {
    const services = createFakeServices();
    services.site.fail('create', 'uncertain_before');
    await applySnapshot(services, pending);
    const effects = services.effects.done.length;
    expect(await applySnapshot(services, pending)).toMatchObject({ result: 'deferred', seconds: 2 });
    expect(services.effects.done.length).toBe(effects);
  });

  it.each<[string, { creator?: string; attemptId?: string; cluster?: string }]>([
    ['made by somebody else', { creator: 'requester-1' }],
    ['of another attempt', { attemptId: '00000000-0000-4000-8000-00000000dead' }],
    ['of another cluster', { cluster: 'other.example.com' }],
  ])('adopts no issue %s, whatever its property says', async (_, { creator, attemptId, cluster }) => {
    const services = createFakeServices();
    services.site.fail('create', 'uncertain_before');
    await applySnapshot(services, pending);
    const link = await readLink(services);
    const property = {
      requestId: pending.id,
      cluster: cluster ?? pending.cluster,
      user: 'alice',
      roles: [],
      state: 'PENDING',
      attemptId: attemptId ?? link!.attemptId,
    };
    const forged = services.site.addIssue({
      summary: 's',
      description: {},
      creator: creator ?? APP_ACCOUNT,
      property,
    });
    for (;;) {
      const answer = await applySnapshot(services, pending);
      if (answer.result !== 'deferred') break;
      services.clock.pass(answer.seconds);
    }
    expect(await readLink(services)).toMatchObject({ phase: 'linked' });
    expect((await readLink(services)) as object).not.toMatchObject({ issue: { id: forged.id } });
    expect(services.site.get(forged.id).comments).toEqual([]);
  });

  it('closes a double that turns up after the request got another issue, at the next delivery', async () => {
    const services = createFakeServices();
    services.site.searchLagMs = 400_000;
    services.site.fail('create', 'uncertain_after');
    for (;;) {
      const answer = await applySnapshot(services, pending);
      if (answer.result !== 'deferred') break;
      services.clock.pass(answer.seconds);
    }
    services.clock.pass(500);
    await applySnapshot(services, approved);
    const [late, kept] = [...services.site.issues.values()];
    expect(late).toMatchObject({ statusId: STATUS.expired });
    expect(kept).toMatchObject({ statusId: STATUS.approved });
    expect(commentsOf(services, late!.id)).toEqual([
      'This issue is a double and decides nothing; the request is handled in TAR-8.',
    ]);
    expect(await services.links.findByIssue(late!.id)).toBeUndefined();
    expect(await activityCodes(services)).toContain('double_closed');
  });

  it('shows what is asked for now on an issue that was made for what was asked before', async () => {
    const services = createFakeServices();
    services.site.fail('create', 'uncertain_after');
    await applySnapshot(services, pending);
    services.clock.pass(2);
    const changed = sampleSnapshot({ reason: 'something else', observedAt: '2026-11-24T14:01:00Z' });
    expect(await applySnapshot(services, changed)).toMatchObject({ result: 'created' });
    expect(onlyIssue(services).summary).toContain('something else');
    expect(await readLink(services)).toMatchObject({ shown: { grantDigest: changed.grantDigest } });
  });

  it('still finds and closes the issue of a request that is gone meanwhile, and creates none when it is long gone', async () => {
    const found = createFakeServices();
    found.site.fail('create', 'uncertain_after');
    await applySnapshot(found, pending);
    found.clock.pass(2);
    expect(await applyGone(found)).toMatchObject({ result: 'created' });
    expect(onlyIssue(found)).toMatchObject({ statusId: STATUS.expired });

    const none = createFakeServices();
    none.site.fail('create', 'uncertain_before');
    await applySnapshot(none, pending);
    none.clock.pass(48 * 3600);
    for (;;) {
      const answer = await applyGone(none);
      if (answer.result !== 'deferred') break;
      none.clock.pass(answer.seconds);
    }
    expect(none.site.issues.size).toBe(0);
    expect(none.kvs.keys('link:')).toEqual([]);
  });

  it('goes on although whoever won the next attempt was killed before it began', async () => {
    const services = createFakeServices();
    services.site.fail('create', { refused: 'no' });
    await applySnapshot(services, pending);
    services.clock.pass(300);
    await services.links.winAttempt(pending.cluster, pending.id, 2, services.now());
    expect(await applySnapshot(services, pending)).toMatchObject({ result: 'deferred', seconds: 60 });
    services.clock.pass(60);
    expect(await applySnapshot(services, pending)).toMatchObject({ result: 'created' });
    expect(await readLink(services)).toMatchObject({ attempt: 3 });
  });
});
