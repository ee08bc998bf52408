import type { DecisionOutcome, ReportedOutcome } from '../../contract/decision';
import { sampleSnapshot } from '../../test/support/sample-messages';
import { PROJECT, STATUS } from '../../test/support/fakes/jira-site';
import {
  activityCodes,
  applyContext,
  applySnapshot,
  commentsOf,
  readDecision,
  readLink,
  servicesWithCard,
} from '../../test/support/fakes/samples';
import { createFakeServices, fakeIssueSettings, fakeSettings } from '../../test/support/fakes/services';
import { handleCardChange } from './decide-from-card';
import { handOutDecisions } from './hand-out-decisions';

const later = (changes: Parameters<typeof sampleSnapshot>[0] = {}) =>
  sampleSnapshot({ observedAt: '2026-11-24T14:05:00Z', ...changes });
const approved = later({ state: 'APPROVED', resolveReason: 'ok' });

/** A decision that a relay carries, and how it reports on it. */
async function lent() {
  const { services, issueId, connectionId } = await servicesWithCard();
  services.site.move(issueId, STATUS.approved, 'approver-1');
  await handleCardChange(services, issueId);
  const [decision] = await handOutDecisions(services, connectionId, sampleSnapshot().cluster);
  const report = (outcome: DecisionOutcome): ReportedOutcome => ({
    decisionId: decision!.id,
    outcome,
    at: '2026-11-24T14:05:00Z',
  });
  return { services, issueId, report };
}

describe('outcomes', () => {
  it('applied: the end of the request says it; the decision is over, with one entry', async () => {
    const { services, issueId, report } = await lent();
    const outcome = report({ kind: 'applied' });
    expect(await applySnapshot(services, approved, outcome)).toMatchObject({ result: 'updated' });
    await applySnapshot(services, approved, outcome);
    expect(commentsOf(services, issueId)).toEqual(['Approved in Teleport. ok']);
    expect(await readDecision(services)).toBeUndefined();
    expect((await services.activity.list(10)).entries).toMatchObject([
      { kind: 'decision', code: 'applied', accountId: 'approver-1' },
    ]);
  });

  it('applied, told before Teleport shows it: the card stays where it was put', async () => {
    const { services, issueId, report } = await lent();
    await applySnapshot(services, later(), report({ kind: 'applied' }));
    expect(services.site.get(issueId).statusId).toBe(STATUS.approved);
    expect(commentsOf(services, issueId)).toEqual([]);
    await applySnapshot(services, approved);
    expect(commentsOf(services, issueId)).toEqual(['Approved in Teleport. ok']);
  });

  it('applied, told after the snapshot came: the same end', async () => {
    const { services, issueId, report } = await lent();
    await applySnapshot(services, approved);
    await applySnapshot(services, approved, report({ kind: 'applied' }));
    expect(commentsOf(services, issueId)).toEqual(['Approved in Teleport. ok']);
    expect(await readDecision(services)).toBeUndefined();
    expect(await activityCodes(services)).toEqual(['applied']);
  });

  it('recorded: progress is shown and the card waits again, without a word of reproach', async () => {
    const { services, issueId, report } = await lent();
    const outcome = report({ kind: 'recorded', text: '1 of 2 approvals.' });
    await applySnapshot(services, later(), outcome);
    await applySnapshot(services, later(), outcome);
    expect(services.site.get(issueId).statusId).toBe(STATUS.pending);
    expect(commentsOf(services, issueId)).toEqual([
      'Counted, 2026-11-24 14:05 UTC: 1 of 2 approvals. The request still waits.',
    ]);
    expect(await activityCodes(services)).toEqual(['recorded']);
  });

  it('refused: one comment with Teleport’s words, and the card goes back', async () => {
    const { services, issueId, report } = await lent();
    const outcome = report({
      kind: 'refused',
      code: 'over_ceiling',
      text: 'This role may not be approved here.',
    });
    await applySnapshot(services, later(), outcome);
    await applySnapshot(services, later(), outcome);
    expect(services.site.get(issueId).statusId).toBe(STATUS.pending);
    expect(commentsOf(services, issueId)).toEqual([
      'Not accepted by Teleport, 2026-11-24 14:05 UTC: This role may not be approved here.',
    ]);
    expect(await readDecision(services)).toBeUndefined();
    expect((await services.activity.list(10)).entries).toMatchObject([
      { kind: 'refusal', code: 'over_ceiling' },
    ]);
  });

  it('already_resolved: Teleport’s state wins and the comment says why', async () => {
    const { services, issueId, report } = await lent();
    const denied = later({ state: 'DENIED' });
    await applySnapshot(services, denied, report({ kind: 'already_resolved' }));
    expect(services.site.get(issueId).statusId).toBe(STATUS.denied);
    expect(commentsOf(services, issueId)).toHaveLength(2);
  });

  it('of an older decision leaves a newer one and its card alone, but is noted', async () => {
    const { services, issueId, report } = await lent();
    services.people.add('approver-2', { groupIds: ['group-1'] });
    services.site.move(issueId, STATUS.pending, 'approver-2');
    services.site.move(issueId, STATUS.denied, 'approver-2');
    await handleCardChange(services, issueId);
    const newer = await readDecision(services);
    await applySnapshot(services, later(), report({ kind: 'refused', code: 'late', text: 'Too late.' }));
    expect(await readDecision(services)).toEqual(newer);
    expect(services.site.get(issueId).statusId).toBe(STATUS.denied);
    expect(await activityCodes(services)).toEqual(['late']);
  });

  it('of one decision reported twice over a kill are one entry and one comment', async () => {
    const run = async (killAfter: number | undefined) => {
      const { services, issueId, report } = await lent();
      const outcome = report({ kind: 'refused', code: 'needs_review', text: 'Needs two reviews.' });
      const before = services.effects.done.length;
      if (killAfter !== undefined) services.effects.killAfter(killAfter);
      for (let calls = 0; calls < 3; calls += 1) {
        await applySnapshot(services, later(), outcome).catch(() => undefined);
        services.effects.revive();
      }
      const { statusId } = services.site.get(issueId);
      return {
        effects: services.effects.done.length - before,
        end: {
          statusId,
          comments: commentsOf(services, issueId),
          live: await readDecision(services),
          activity: await activityCodes(services),
        },
      };
    };
    const undisturbed = await run(undefined);
    for (let effect = 0; effect < undisturbed.effects; effect += 1)
      expect((await run(effect)).end).toEqual(undisturbed.end);
  });

  it('reach a card that Jira first refuses to move', async () => {
    const { services, issueId, report } = await lent();
    const outcome = report({ kind: 'refused', code: 'no_right', text: 'No.' });
    services.site.fail('transition', { rateLimitedSeconds: 11 });
    expect(await applySnapshot(services, later(), outcome)).toMatchObject({
      result: 'deferred',
      seconds: 11,
    });
    expect(await applySnapshot(services, later(), outcome)).toMatchObject({ result: 'updated' });
    expect(services.site.get(issueId).statusId).toBe(STATUS.pending);
    expect(commentsOf(services, issueId)).toHaveLength(1);
  });
});

describe('a decision in Teleport', () => {
  it('moves the card, sets resolution where the screen has it, and property and comment', async () => {
    const { services, issueId } = await servicesWithCard();
    const stored = fakeSettings({ resolutions: { approved: '10' } });
    await applySnapshot(services, approved, undefined, applyContext({ stored }));
    expect(services.site.get(issueId)).toMatchObject({
      statusId: STATUS.approved,
      resolutionId: '10',
      property: { state: 'APPROVED' },
    });
  });

  it('fills a resolution that the workflow requires, and none that it does not offer', async () => {
    const { services, issueId } = await servicesWithCard();
    services.site.transitions = [
      { id: '1', to: STATUS.approved, resolutionIds: ['9'], resolutionRequired: true },
    ];
    const stored = fakeSettings({ resolutions: { approved: '77' } });
    await applySnapshot(services, approved, undefined, applyContext({ stored }));
    expect(services.site.get(issueId).resolutionId).toBe('9');

    const plain = await servicesWithCard();
    plain.services.site.transitions = [{ id: '1', to: STATUS.approved }];
    await applySnapshot(plain.services, approved, undefined, applyContext({ stored }));
    expect(plain.services.site.get(plain.issueId)).toMatchObject({
      statusId: STATUS.approved,
      resolutionId: undefined,
    });
  });

  it('prefers the first status of a slot and the transition that asks least', async () => {
    const { services, issueId } = await servicesWithCard();
    services.site.transitions = [
      { id: '1', to: STATUS.review },
      { id: '2', to: STATUS.approved, resolutionIds: ['9'], resolutionRequired: true },
      { id: '3', to: STATUS.approved, needsOtherFields: true },
      { id: '4', to: STATUS.approved },
    ];
    const slots = { ...fakeIssueSettings().slots, approved: [STATUS.approved, STATUS.review] };
    await applySnapshot(services, approved, undefined, applyContext({ stored: fakeSettings({ slots }) }));
    expect(services.site.get(issueId)).toMatchObject({ statusId: STATUS.approved, resolutionId: undefined });
  });

  it('without a transition there is a failure that the administrator sees, mended by the next try', async () => {
    const { services, issueId } = await servicesWithCard();
    const transitions = services.site.transitions;
    services.site.transitions = [];
    expect(await applySnapshot(services, approved)).toMatchObject({
      result: 'failed',
      code: 'transition_missing',
    });
    services.clock.pass(300);
    expect(await applySnapshot(services, approved)).toMatchObject({ code: 'transition_missing' });
    expect(await activityCodes(services)).toEqual(['transition_missing']);
    services.site.transitions = transitions;
    services.clock.pass(300);
    expect(await applySnapshot(services, approved)).toMatchObject({ result: 'updated' });
    expect(commentsOf(services, issueId)).toEqual(['Approved in Teleport. ok']);
    expect((await readLink(services)) as object).not.toHaveProperty('failure');
  });

  it('counts a transition of uncertain outcome as done when the card is there', async () => {
    const { services, issueId } = await servicesWithCard();
    services.site.fail('transition', 'uncertain_after');
    expect(await applySnapshot(services, approved)).toMatchObject({ result: 'updated' });
    services.site.fail('transition', 'uncertain_before');
    const denied = later({ state: 'DENIED', observedAt: '2026-11-24T14:06:00Z' });
    expect(await applySnapshot(services, denied)).toMatchObject({ result: 'deferred' });
    expect(await applySnapshot(services, denied)).toMatchObject({ result: 'updated' });
    expect(services.site.get(issueId)).toMatchObject({
      statusId: STATUS.denied,
      property: { state: 'DENIED' },
    });
  });

  it('marks a card that somebody put into the right slot already', async () => {
    const { services, issueId } = await servicesWithCard();
    services.site.move(issueId, STATUS.approved, 'approver-1');
    await applySnapshot(services, approved);
    expect(services.site.get(issueId).property?.state).toBe('APPROVED');
  });

  it('is commented on internally in a service project', async () => {
    const { services, issueId } = await servicesWithCard();
    const stored = { ...fakeSettings(), serviceProjectIds: [PROJECT] };
    await applySnapshot(services, approved, undefined, applyContext({ stored }));
    expect(services.site.get(issueId).comments.map((comment) => comment.internal)).toEqual([true]);
  });

  it('shows promotion as approved and says so', async () => {
    const { services, issueId } = await servicesWithCard();
    await applySnapshot(
      services,
      later({ state: 'PROMOTED', promotedAccessList: { name: 'ops', title: '' } }),
    );
    expect(services.site.get(issueId).statusId).toBe(STATUS.approved);
    expect(commentsOf(services, issueId)[0]).toContain('a member of the access list “ops”');
  });

  it('comments on reviews as they come, each once', async () => {
    const { services, issueId } = await servicesWithCard();
    const review = (author: string) => ({
      author,
      verdict: 'APPROVED' as const,
      reason: '',
      createdAt: '2026-11-24T14:04:00Z',
    });
    await applySnapshot(services, later({ reviews: [review('bob')] }));
    await applySnapshot(services, later({ reviews: [review('bob'), review('carol')] }));
    await applySnapshot(services, later({ reviews: [review('carol')], observedAt: '2026-11-24T14:09:00Z' }));
    expect(commentsOf(services, issueId)).toHaveLength(2);
    expect(services.site.get(issueId).statusId).toBe(STATUS.pending);
  });
});

describe('a pending request that changes in Teleport', () => {
  const changed = later({ roles: ['admin'], reason: 'more' });

  it('is shown anew, searchable by its new roles, and said so once', async () => {
    const { services, issueId } = await servicesWithCard();
    services.site.fail('edit', 'uncertain_after');
    expect(await applySnapshot(services, changed)).toMatchObject({ result: 'deferred' });
    await applySnapshot(services, changed);
    const issue = services.site.get(issueId);
    expect(issue.summary).toBe('alice → admin · more');
    expect(issue.property?.roles).toEqual(['admin']);
    expect(commentsOf(services, issueId)).toHaveLength(1);
    services.clock.pass(600);
    services.site.move(issueId, STATUS.approved, 'approver-1');
    expect(await handleCardChange(services, issueId)).toEqual({ kind: 'decision_waits' });
    services.clock.pass(600);
    await applySnapshot(services, later({ roles: ['root'], observedAt: '2026-11-24T14:20:00Z' }));
    expect(commentsOf(services, issueId)).toHaveLength(2);
  });

  it('leaves a card that asks for a decision to the judge', async () => {
    const { services, issueId } = await servicesWithCard();
    services.site.move(issueId, STATUS.approved, 'approver-1');
    await applySnapshot(services, changed);
    expect(services.site.get(issueId).statusId).toBe(STATUS.approved);
  });
});

describe('an issue that is not where it was', () => {
  it('is told the end of its request at most, never moved, when no event told that it went', async () => {
    const { services, issueId } = await servicesWithCard();
    services.site.get(issueId).projectId = '20000';
    const before = services.effects.done.filter((name) => name.startsWith('jira'));
    expect(await applySnapshot(services, approved)).toMatchObject({ code: 'issue_detached' });
    const after = services.effects.done.filter((name) => name.startsWith('jira'));
    expect(after.slice(before.length)).toEqual(['jira sayAndMark']);
    expect(services.site.get(issueId).statusId).toBe(STATUS.pending);
  });

  it('is left alone, is noted once, and is in step again once it is back', async () => {
    const { services, issueId } = await servicesWithCard();
    services.site.get(issueId).projectId = '20000';
    await handleCardChange(services, issueId);
    const before = services.effects.done.filter((name) => name.startsWith('jira')).length;
    services.clock.pass(3600);
    expect(await applySnapshot(services, approved)).toMatchObject({
      code: 'issue_detached',
      retryAfterSeconds: 3600,
    });
    services.clock.pass(3600);
    expect(await applySnapshot(services, approved)).toMatchObject({ code: 'issue_detached' });
    expect(services.effects.done.filter((name) => name.startsWith('jira')).length).toBe(before);
    expect(await activityCodes(services)).toEqual(['issue_detached']);
    services.site.get(issueId).projectId = '10000';
    services.clock.pass(3600);
    expect(await applySnapshot(services, approved)).toMatchObject({ result: 'updated' });
    expect(await readLink(services)).toMatchObject({ phase: 'linked' });
  });

  it('is never recreated by itself when it was deleted', async () => {
    const { services, issueId } = await servicesWithCard();
    services.site.issues.delete(issueId);
    expect(await applySnapshot(services, approved)).toMatchObject({ code: 'issue_gone' });
    services.clock.pass(3600);
    await applySnapshot(services, approved);
    expect(services.site.issues.size).toBe(0);
  });
});

describe('without history', () => {
  it('a new issue in a final status is moved to pending', async () => {
    const services = createFakeServices();
    services.site.initialStatus = STATUS.approved;
    await applySnapshot(services, sampleSnapshot());
    expect([...services.site.issues.values()][0]).toMatchObject({ statusId: STATUS.pending });
  });
});
