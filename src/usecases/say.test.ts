import fc from 'fast-check';
import { sampleSnapshot } from '../../test/support/sample-messages';
import { APP_ACCOUNT, type FakeIssue, type Fault } from '../../test/support/fakes/jira-site';
import { createFakeServices, type FakeServices } from '../../test/support/fakes/services';
import { changedComment, resolutionComment, reviewComment } from '../domain/comments';
import { doc } from '../domain/adf';
import { say, type Saying } from './say';

const review = { author: 'bob', verdict: 'APPROVED', reason: '', createdAt: '2026-11-24T14:05:00Z' } as const;
const resolution = resolutionComment(sampleSnapshot({ state: 'APPROVED' })) ?? changedComment();
const sayings: Saying[] = [{ comment: reviewComment(review) }, { comment: resolution }];

async function begin(services: FakeServices, issueId: string) {
  const read = await services.issues.read(issueId);
  if (!read.ok) return read;
  const audience = { issueId, known: read.value.comments, appAccountId: APP_ACCOUNT, internal: false };
  return say(services, audience, sayings);
}

function newIssue(): { services: FakeServices; issue: FakeIssue } {
  const services = createFakeServices();
  return { services, issue: services.site.addIssue({ summary: 's', description: doc() }) };
}

function expectOnce(issue: FakeIssue): void {
  expect(issue.comments.filter((comment) => comment.text.startsWith('bob approves')).length).toBe(1);
  expect(issue.comments.filter((comment) => comment.text.startsWith('Approved in')).length).toBe(1);
  expect(issue.comments.length).toBe(2);
}

describe('say', () => {
  it('says everything once, and nothing the second time', async () => {
    const { services, issue } = newIssue();
    const first = await begin(services, issue.id);
    const effects = services.effects.done.length;
    expect(await begin(services, issue.id)).toEqual(first);
    expect(services.effects.done.length).toBe(effects);
    expectOnce(issue);
  });

  it('takes the words of others, and what was said before it counts, for nothing', async () => {
    const { services, issue } = newIssue();
    services.site.comment(issue.id, 'somebody', resolution.body);
    await begin(services, issue.id);
    expect(issue.comments.length).toBe(3);
    services.clock.pass(1);
    const since = services.now();
    const audience = { issueId: issue.id, known: issue.comments, appAccountId: APP_ACCOUNT, internal: false };
    await say(services, audience, [{ comment: resolution, since }]);
    expect(issue.comments.length).toBe(4);
  });

  it('recognises a write of uncertain outcome by reading back', async () => {
    const { services, issue } = newIssue();
    services.site.fail('addComment', 'uncertain_after');
    // Whether the second is begun is left to the next delivery.
    await begin(services, issue.id);
    expect((await begin(services, issue.id)).ok).toBe(true);
    expectOnce(issue);
  });

  it('tells when a write was not done, and when the read-back cannot tell', async () => {
    const { services, issue } = newIssue();
    services.site.fail('addComment', 'uncertain_before');
    expect(await begin(services, issue.id)).toMatchObject({ ok: false, problem: { kind: 'uncertain' } });
    services.site.fail('recentComments', 'uncertain_before');
    expect(await begin(services, issue.id)).toMatchObject({ ok: false, problem: { kind: 'uncertain' } });
    services.site.fail('addComment', { rateLimitedSeconds: 9 });
    issue.comments = [];
    expect(await begin(services, issue.id)).toMatchObject({ problem: { retryAfterSeconds: 9 } });
  });

  it('removes doubles that it finds, and keeps the oldest', async () => {
    const { services, issue } = newIssue();
    const kept = services.site.comment(issue.id, APP_ACCOUNT, resolution.body);
    services.site.comment(issue.id, APP_ACCOUNT, resolution.body);
    await begin(services, issue.id);
    expectOnce(issue);
    expect(issue.comments[0]?.id).toBe(kept.id);
  });

  it('lives without the right to delete', async () => {
    const { services, issue } = newIssue();
    services.site.comment(issue.id, APP_ACCOUNT, resolution.body);
    services.site.comment(issue.id, APP_ACCOUNT, resolution.body);
    services.site.fail('deleteComment', { refused: 'no permission' });
    expect((await begin(services, issue.id)).ok).toBe(true);
  });

  it('leaves each comment once in every interleaving of several, with uncertain outcomes among them', async () => {
    const fault = fc.constantFrom<Fault>('uncertain_before', 'uncertain_after');
    await fc.assert(
      fc.asyncProperty(
        fc.scheduler(),
        fc.integer({ min: 2, max: 3 }),
        fc.array(fault, { maxLength: 2 }),
        async (scheduler, count, faults) => {
          const { services, issue } = newIssue();
          services.site.fail('addComment', ...faults);
          services.site.turn = () => scheduler.schedule(Promise.resolve());
          // A delivery that is told to come again does come again.
          const deliver = async (): Promise<void> => {
            for (let tries = 0; tries < 5; tries += 1) if ((await begin(services, issue.id)).ok) return;
          };
          await scheduler.waitFor(Promise.all(Array.from({ length: count }, deliver)));
          expectOnce(issue);
        },
      ),
      { numRuns: 300 },
    );
  });
});
