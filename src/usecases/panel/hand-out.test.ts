import {
  longBefore,
  sampleDecision,
  sampleHello,
  sampleSnapshot,
} from '../../../test/support/sample-messages';
import { applySnapshot, connect, readDecision, servicesWithCard } from '../../../test/support/fakes/samples';
import type { FakeServices } from '../../../test/support/fakes/services';
import { plainText } from '../../domain/adf';
import { LOAN_MS } from '../../domain/live-decision';
import { handOutDecisions } from '../hand-out-decisions';
import { NO_APPROVERS } from '../../domain/settings';

const { cluster, id: requestId } = sampleSnapshot();

/** Fake services with a decision made by button a minute ago, which waits. */
async function waiting(settings: Parameters<typeof servicesWithCard>[1] = {}) {
  const made = await servicesWithCard(sampleSnapshot(), settings);
  const { services, issueId, connectionId } = made;
  const time = (ms: number) => `${new Date(ms).toISOString().slice(0, 19)}Z`;
  const decision = sampleDecision({
    ...{ id: `p:${issueId}:3f0e9f56-2f0c-4c0e-8f6b-0c6a2f3f7a11`, connectionId, cluster, requestId },
    actor: { accountId: 'approver-1' },
    issue: { id: issueId, key: 'TAR-1', url: 'https://jira.example.com/browse/TAR-1' },
    decidedAt: time(services.now() - 60_000),
    notAfter: time(services.now() + 60_000),
  });
  await services.decisions.write({ decision, lentUntil: 0 });
  return { ...made, decision };
}

const said = (services: FakeServices, issueId: string) =>
  services.site.issues
    .get(issueId)!
    .comments.map(({ text }) => text)
    .filter((text) => text.includes('not carried out'));

/** Nothing is handed out; all are told why, once. */
async function expectWithdrawn(
  { services, issueId, connectionId, decision }: Awaited<ReturnType<typeof waiting>>,
  code: string,
): Promise<void> {
  expect(await handOutDecisions(services, connectionId, cluster)).toEqual([]);
  expect(await readDecision(services)).toBeUndefined();
  expect(await services.decisions.readSettled(cluster, requestId)).toMatchObject({
    ...{ decisionId: decision.id, accountId: 'approver-1', outcome: { kind: 'withdrawn', code } },
  });
  expect(said(services, issueId)).toHaveLength(1);
  expect((await services.activity.list(50)).entries).toContainEqual(
    expect.objectContaining({
      kind: 'refusal',
      code,
      decisionId: decision.id,
      grantDigest: decision.grantDigest,
    }),
  );
}

describe('a decision by button', () => {
  it('is lent to the relay that asks', async () => {
    const { services, connectionId, decision } = await waiting();
    expect(await handOutDecisions(services, connectionId, cluster)).toEqual([decision]);
    expect(await readDecision(services)).toEqual({
      decision,
      lentUntil: services.now() + LOAN_MS,
      wasLent: true,
      loans: 1,
    });
    expect(await handOutDecisions(services, connectionId, cluster)).toEqual([]);
  });

  it('is lent in strict mode, too, and wherever the card stands', async () => {
    const { services, connectionId, decision } = await waiting({ strictMode: true });
    expect(await handOutDecisions(services, connectionId, cluster)).toEqual([decision]);
  });

  it('of a request that is resolved meanwhile is lent to learn its outcome, past its end', async () => {
    const { services, connectionId, decision } = await waiting();
    await applySnapshot(services, sampleSnapshot({ state: 'APPROVED' }));
    expect(await handOutDecisions(services, connectionId, cluster)).toEqual([
      { ...decision, notAfter: longBefore(decision.decidedAt) },
    ]);
  });

  it('waits while Jira does not answer', async () => {
    const { services, connectionId, decision } = await waiting();
    services.site.fail('readAccount', { rateLimitedSeconds: 90 });
    expect(await handOutDecisions(services, connectionId, cluster)).toEqual([]);
    expect((await readDecision(services))?.lentUntil).toBe(services.now() + 90_000);
    services.clock.pass(30);
    expect(await handOutDecisions(services, connectionId, cluster)).toEqual([]);
    expect((await readDecision(services))?.decision).toEqual(decision);
  });

  it('is for the connection that stands for the cluster', async () => {
    const { services, connectionId } = await waiting();
    await services.connections.releaseCluster(cluster, connectionId);
    const other = await connect(services);
    expect(await handOutDecisions(services, connectionId, cluster)).toEqual([]);
    expect(await handOutDecisions(services, other, cluster)).toMatchObject([{ connectionId: other }]);
  });
});

describe('is withdrawn and told once', () => {
  it('when who decided is no approver any more', async () => {
    const made = await waiting({ approvers: { ...NO_APPROVERS, groupIds: ['group-1'] } });
    await expectWithdrawn(made, 'not_approver');
  });

  it('when the account was deactivated', async () => {
    const made = await waiting();
    made.services.people.add('approver-1', { active: false });
    await expectWithdrawn(made, 'inactive');
  });

  it('when it is past its end', async () => {
    const made = await waiting();
    made.services.clock.pass(61);
    await expectWithdrawn(made, 'too_late');
  });

  it('when something else is asked for now', async () => {
    const made = await waiting();
    await applySnapshot(made.services, sampleSnapshot({ roles: ['editor', 'auditor'] }));
    await expectWithdrawn(made, 'changed_since_shown');
  });

  it('when the relay observes only', async () => {
    const made = await waiting();
    const status = await made.services.connections.readStatus(made.connectionId);
    const hello = sampleHello({ decisions: { mode: 'observe', accept: ['panel'], ceiling: [] } });
    await made.services.connections.writeStatus({
      ...status!,
      lastHello: { at: made.services.now(), hello },
    });
    await expectWithdrawn(made, 'observe_only');
  });

  it('after Jira took the comment at the second try', async () => {
    const made = await waiting();
    made.services.clock.pass(61);
    made.services.site.fail('addComment', { rateLimitedSeconds: 40 });
    expect(await handOutDecisions(made.services, made.connectionId, cluster)).toEqual([]);
    expect(await readDecision(made.services)).toBeDefined();
    made.services.clock.pass(41);
    await expectWithdrawn(made, 'too_late');
  });
});

it('that a relay may have carried out is lent to learn its outcome before it is called void', async () => {
  const { services, connectionId, decision } = await waiting();
  await handOutDecisions(services, connectionId, cluster);
  services.people.add('approver-1', { active: false });
  services.clock.pass(31);
  expect(await handOutDecisions(services, connectionId, cluster)).toEqual([
    { ...decision, notAfter: longBefore(decision.decidedAt) },
  ]);
  services.clock.pass(11 * 60);
  expect(await handOutDecisions(services, connectionId, cluster)).toEqual([]);
  expect(await services.decisions.readSettled(cluster, requestId)).toMatchObject({
    outcome: { kind: 'withdrawn' },
  });
});

it('is dropped with an issue that was moved, and with one that is gone', async () => {
  const moved = await waiting();
  moved.services.site.issues.get(moved.issueId)!.projectId = '99';
  expect(await handOutDecisions(moved.services, moved.connectionId, cluster)).toEqual([]);
  expect(await readDecision(moved.services)).toBeUndefined();
  expect(await moved.services.links.read(cluster, requestId)).toMatchObject({ phase: 'detached' });

  const gone = await waiting();
  gone.services.site.issues.delete(gone.issueId);
  expect(await handOutDecisions(gone.services, gone.connectionId, cluster)).toEqual([]);
  expect(await gone.services.decisions.readSettled(cluster, requestId)).toMatchObject({
    outcome: { kind: 'withdrawn', code: 'issue_gone' },
  });
});

describe('what is said when the outcome comes', () => {
  const outcomeOf = (decisionId: string) =>
    ({ decisionId, outcome: { kind: 'applied' }, at: '2026-11-24T14:05:00Z' }) as const;

  it('names who decided by button, and settles the decision with all that belongs to it', async () => {
    const { services, issueId, decision } = await waiting();
    await applySnapshot(services, sampleSnapshot({ state: 'APPROVED' }), outcomeOf(decision.id));
    const words = services.site.issues.get(issueId)!.comments.map(({ text }) => text);
    expect(words.filter((text) => text.startsWith('Approval by button'))).toHaveLength(1);
    expect(await readDecision(services)).toBeUndefined();
    expect(await services.decisions.readSettled(cluster, requestId)).toMatchObject({
      ...{ decisionId: decision.id, verdict: 'approve', outcome: { kind: 'applied' } },
    });
    expect((await services.activity.list(50)).entries).toContainEqual(
      expect.objectContaining({
        ...{ code: 'applied', outcome: 'applied', source: 'panel', verdict: 'approve' },
        grantDigest: decision.grantDigest,
      }),
    );
  });

  it('tells of running sessions once, when a denial follows an approval', async () => {
    const { services, issueId } = await servicesWithCard();
    await applySnapshot(services, sampleSnapshot({ state: 'APPROVED' }));
    await applySnapshot(services, sampleSnapshot({ state: 'DENIED' }));
    const lines = () =>
      services.site.issues
        .get(issueId)!
        .comments.filter(({ text }) => plainTextOf(text).includes('tctl lock'));
    expect(lines()).toHaveLength(1);
    await applySnapshot(services, sampleSnapshot({ state: 'DENIED', resolveReason: 'late' }));
    expect(lines()).toHaveLength(1);
    const other = await servicesWithCard();
    await applySnapshot(other.services, sampleSnapshot({ state: 'DENIED' }));
    expect(said(other.services, other.issueId)).toEqual([]);
  });
});

function plainTextOf(text: unknown): string {
  return typeof text === 'string' ? text : plainText(text);
}
