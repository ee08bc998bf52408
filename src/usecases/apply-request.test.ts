import fc from 'fast-check';
import { anySnapshot } from '../../test/support/arbitraries';
import { sampleSnapshot } from '../../test/support/sample-messages';
import { PROJECT, STATUS } from '../../test/support/fakes/jira-site';
import {
  activityCodes,
  applyContext,
  applyGone,
  applySnapshot,
  commentsOf,
  readLink,
  servicesWithCard,
} from '../../test/support/fakes/samples';
import { createFakeServices, fakeIssueSettings, type FakeServices } from '../../test/support/fakes/services';
import { mergeSnapshots } from '../../contract/merge';
import { slotOfState, slotOfStatus } from '../domain/settings';
import { retryRequest } from './apply-request';

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

describe('updating', () => {
  it('ends in the same place whatever the order, with each comment once', async () => {
    const steps = fc.shuffledSubarray([pending, approved, pending, approved], { minLength: 4 });
    await fc.assert(
      fc.asyncProperty(steps, async (order) => {
        const services = createFakeServices();
        for (const snapshot of order) await applySnapshot(services, snapshot);
        const issue = onlyIssue(services);
        expect(issue.statusId).toBe(STATUS.approved);
        expect(commentsOf(services, issue.id)).toHaveLength(2);
      }),
      { numRuns: 24 },
    );
  });

  it('converges on the merge of whatever snapshots come, and a repetition changes nothing', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(anySnapshot, { minLength: 1, maxLength: 4 }), async (snapshots) => {
        const services = createFakeServices();
        for (const snapshot of snapshots) await applySnapshot(services, snapshot);
        const merged = snapshots.reduce((a, b) => mergeSnapshots(a, b));
        const issue = onlyIssue(services);
        const link = await readLink(services);
        if (link?.phase === 'linked' && link.failure === undefined) {
          expect(link.state).toBe(merged.state);
          expect(slotOfStatus(fakeIssueSettings(), issue.statusId)).toBe(slotOfState(merged.state));
        }
        const effects = services.effects.done.length;
        await applySnapshot(services, merged);
        await applySnapshot(services, merged);
        const again = services.effects.done
          .slice(effects)
          .filter((name) => name.startsWith('jira addComment'));
        // That something changed is said in the same words each time that something does.
        const said = commentsOf(services, issue.id).filter((text) => !text.startsWith('Changed in Teleport'));
        expect(new Set(said).size).toBe(said.length);
        expect(again.length).toBeLessThanOrEqual(merged.reviews.length + 1);
      }),
      { numRuns: 100 },
    );
  });

  it('calls a pending request that is gone expired, and moves nothing that was decided', async () => {
    const { services, issueId } = await servicesWithCard();
    await applyGone(services);
    expect(services.site.get(issueId).statusId).toBe(STATUS.expired);
    expect(commentsOf(services, issueId)[0]).toMatch(/^Expired: /);

    const decided = await servicesWithCard(approved);
    decided.services.site.move(decided.issueId, STATUS.review, 'somebody');
    const comments = commentsOf(decided.services, decided.issueId);
    expect(await applyGone(decided.services)).toMatchObject({ result: 'updated' });
    expect(decided.services.site.get(decided.issueId).statusId).toBe(STATUS.review);
    expect(commentsOf(decided.services, decided.issueId)).toEqual(comments);
    expect(await readLink(decided.services)).toMatchObject({
      state: 'APPROVED',
      deletedAt: '2026-11-24T15:30:00Z',
    });
  });

  it('does not follow Teleport back to an earlier state, says so, and forgets it when Teleport is right again', async () => {
    const { services, issueId } = await servicesWithCard(approved);
    const back = sampleSnapshot({ observedAt: '2026-11-24T16:00:00Z' });
    expect(await applySnapshot(services, back)).toMatchObject({
      result: 'failed',
      code: 'teleport_went_back',
    });
    await applySnapshot(services, back);
    expect(services.site.get(issueId).statusId).toBe(STATUS.approved);
    expect((await activityCodes(services)).filter((code) => code === 'teleport_went_back')).toHaveLength(1);
    expect(await readLink(services)).toMatchObject({ failure: { code: 'teleport_went_back' } });
    await applySnapshot(services, { ...approved, observedAt: '2026-11-24T16:10:00Z' });
    expect((await readLink(services)) as object).not.toHaveProperty('failure');
  });

  it('takes an older snapshot that arrives late for nothing', async () => {
    const { services } = await servicesWithCard(approved);
    expect(await applySnapshot(services, pending)).toMatchObject({ result: 'unchanged' });
  });

  it('remembers that Teleport lists a request for longer than was expected', async () => {
    const { services } = await servicesWithCard(approved);
    services.clock.pass(10 * 86_400);
    const before = await readLink(services);
    expect(await applySnapshot(services, approved)).toMatchObject({ result: 'unchanged' });
    const after = await readLink(services);
    expect(after).not.toEqual(before);
    expect(after).toMatchObject({ syncDigest: approved.syncDigest });
  });
});

describe('being killed', () => {
  it.each([
    ['a new request', [pending]],
    ['a request that begins in another status', [pending], STATUS.backlog],
    ['a request that is decided in Teleport', [pending, approved]],
    [
      'a request that changes',
      [pending, sampleSnapshot({ reason: 'else', observedAt: '2026-11-24T14:03:00Z' })],
    ],
  ])('after any effect of %s leads to the same end', async (_, snapshots, initialStatus = STATUS.pending) => {
    const run = async (killAfter: number | undefined) => {
      const services = createFakeServices();
      services.site.initialStatus = initialStatus;
      if (killAfter !== undefined) services.effects.killAfter(killAfter);
      for (const snapshot of snapshots) {
        for (let calls = 0; calls < 20; calls += 1) {
          const answer = await applySnapshot(services, snapshot).catch(() => undefined);
          services.effects.revive();
          if (answer !== undefined && answer.result !== 'deferred') break;
          services.clock.pass(answer?.result === 'deferred' ? answer.seconds : 1);
        }
      }
      const issue = onlyIssue(services);
      const { statusId, summary, property, remoteLinks } = issue;
      const link = await readLink(services);
      return {
        effects: services.effects.done.length,
        end: {
          ...{ statusId, summary, remoteLinks: [...remoteLinks] },
          comments: commentsOf(services, issue.id).sort(),
          property: { ...property, attemptId: '' },
          link: {
            ...link,
            attempt: 1,
            earlierAttemptIds: [],
            attemptId: '',
            createdAt: 0,
            listedUntil: 0,
            shown: { ...(link?.phase === 'linked' && link.shown), at: 0 },
          },
        },
      };
    };
    const undisturbed = await run(undefined);
    expect(undisturbed.effects).toBeGreaterThan(2);
    for (let effect = 0; effect < undisturbed.effects; effect += 1) {
      expect((await run(effect)).end).toEqual(undisturbed.end);
    }
  });
});

describe('two deliveries at the same time', () => {
  it('never let the one that knows less have the last word', async () => {
    const { services, issueId } = await servicesWithCard();
    const read = services.issues.read.bind(services.issues);
    services.issues.read = async (...input) => {
      services.issues.read = read;
      // The other delivery begins and ends while this one waits for Jira.
      expect(await applySnapshot(services, approved)).toMatchObject({ result: 'updated' });
      return read(...input);
    };
    const review = {
      author: 'carol',
      verdict: 'DENIED' as const,
      reason: '',
      createdAt: '2026-11-24T14:02:00Z',
    };
    const older = sampleSnapshot({ reviews: [review], observedAt: '2026-11-24T14:03:00Z' });
    expect(await applySnapshot(services, older)).toMatchObject({ result: 'deferred', seconds: 1 });
    expect(await readLink(services)).toMatchObject({ state: 'APPROVED', syncDigest: approved.syncDigest });
    expect(services.site.get(issueId).statusId).toBe(STATUS.approved);
  });

  it('take doubled words back although Jira asks the one that sees them to wait', async () => {
    const { services, issueId } = await servicesWithCard();
    services.site.fail('recentComments', { rateLimitedSeconds: 5 });
    const deliver = () => applySnapshot(services, approved);
    const answers = await Promise.all([deliver(), deliver()]);
    expect(answers.map(({ result }) => result)).toContain('deferred');
    // A review and the end, from each of them.
    expect(commentsOf(services, issueId)).toHaveLength(4);
    services.clock.pass(5);
    await deliver();
    expect(commentsOf(services, issueId)).toHaveLength(2);
    expect(await readLink(services)).toMatchObject({ syncDigest: approved.syncDigest });
  });

  it('leave one issue in the right place with each comment once, in every interleaving', async () => {
    await fc.assert(
      fc.asyncProperty(fc.scheduler(), fc.boolean(), async (scheduler, isNew) => {
        const services = createFakeServices();
        if (!isNew) await applySnapshot(services, pending);
        services.site.turn = () => scheduler.schedule(Promise.resolve());
        services.kvs.turn = () => scheduler.schedule(Promise.resolve());
        const deliver = async (order: (typeof pending)[]): Promise<void> => {
          for (const snapshot of order) {
            for (let calls = 0; calls < 40; calls += 1) {
              if ((await applySnapshot(services, snapshot)).result !== 'deferred') break;
            }
          }
        };
        await scheduler.waitFor(Promise.all([deliver([pending, approved]), deliver([approved])]));
        services.site.turn = () => Promise.resolve();
        services.kvs.turn = () => Promise.resolve();
        services.clock.pass(61);
        // What a relay does at its next comparison of digests.
        for (let calls = 0; calls < 10; calls += 1) await applySnapshot(services, approved);
        const issue = onlyIssue(services);
        expect(issue.statusId).toBe(STATUS.approved);
        expect(commentsOf(services, issue.id)).toHaveLength(2);
        expect(await readLink(services)).toMatchObject({
          state: 'APPROVED',
          syncDigest: approved.syncDigest,
        });
      }),
      { numRuns: 150 },
    );
  });
});

describe('retryRequest', () => {
  const retry = (services: FakeServices) => retryRequest(services, applyContext(), pending.id);

  it('creates the issue of a parked request at once', async () => {
    const services = createFakeServices();
    services.site.fail('create', { refused: 'no' });
    await applySnapshot(services, pending);
    expect(await retry(services)).toMatchObject({ result: 'created' });
  });

  it('tries a linked request again before its time', async () => {
    const { services } = await servicesWithCard();
    services.site.transitions = [];
    expect(await applySnapshot(services, approved)).toMatchObject({ code: 'transition_missing' });
    services.site.transitions = [{ id: '11', to: STATUS.approved }];
    expect(await applySnapshot(services, approved)).toMatchObject({ code: 'transition_missing' });
    expect(await retry(services)).toMatchObject({ result: 'updated' });
  });

  it('makes a new issue for one that is gone, and looks again at one that was moved', async () => {
    const { services, issueId } = await servicesWithCard();
    services.site.get(issueId).projectId = '20000';
    expect(await applySnapshot(services, approved)).toMatchObject({ code: 'issue_detached' });
    expect(await retry(services)).toMatchObject({ code: 'issue_detached' });
    services.site.get(issueId).projectId = PROJECT;
    expect(await retry(services)).toMatchObject({ result: 'updated' });
    services.site.issues.delete(issueId);
    const denied = sampleSnapshot({ state: 'DENIED', observedAt: '2026-11-24T14:06:00Z' });
    expect(await applySnapshot(services, denied)).toMatchObject({ code: 'issue_gone' });
    expect(await retry(services)).toMatchObject({ result: 'created' });
    expect(services.site.issues.size).toBe(1);
  });

  it('knows nothing of requests it never saw', async () => {
    expect(await retry(createFakeServices())).toMatchObject({ result: 'skipped' });
  });
});
