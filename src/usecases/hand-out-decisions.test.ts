import { longBefore, sampleSnapshot } from '../../test/support/sample-messages';
import { STATUS } from '../../test/support/fakes/jira-site';
import {
  activityCodes,
  applySnapshot,
  commentsOf,
  readDecision,
  servicesWithCard,
} from '../../test/support/fakes/samples';
import { fakeSettings } from '../../test/support/fakes/services';
import { handleCardChange } from './decide-from-card';
import { handOutDecisions } from './hand-out-decisions';
import { NO_APPROVERS } from '../domain/settings';

const CLUSTER = sampleSnapshot().cluster;

async function waiting(settings = {}) {
  const made = await servicesWithCard(sampleSnapshot(), settings);
  const { services, issueId, connectionId } = made;
  services.site.move(issueId, STATUS.approved, 'approver-1');
  await handleCardChange(services, issueId);
  return { ...made, handOut: () => handOutDecisions(services, connectionId, CLUSTER) };
}

describe('handing out', () => {
  it('lends a decision for 30 s, then lends it again with the same id', async () => {
    const { services, handOut } = await waiting();
    const [first] = await handOut();
    expect(first).toMatchObject({ verdict: 'approve' });
    services.clock.pass(29);
    expect(await handOut()).toEqual([]);
    services.clock.pass(1);
    expect(await handOut()).toEqual([first]);
  });

  it('asks the relay once more for the outcome of what it lent, in a form that decides nothing, before calling it void', async () => {
    const { services, issueId, handOut } = await waiting();
    const [first] = await handOut();
    services.clock.pass(16 * 60 - 1);
    // The sweep comes by as well, and finds that it is too late.
    await handleCardChange(services, issueId);
    expect(await handOut()).toEqual([]);
    expect(services.site.get(issueId).statusId).toBe(STATUS.pending);

    const other = await waiting();
    const lent = await other.handOut();
    other.services.clock.pass(9 * 60);
    const again = await other.handOut();
    expect(again).toEqual(lent);
    other.services.clock.pass(9 * 60);
    expect(await handleCardChange(other.services, other.issueId)).toEqual({ kind: 'decision_waits' });
    expect(await other.handOut()).toEqual([
      { ...first, ...again[0], notAfter: longBefore(again[0]!.decidedAt) },
    ]);
    expect(other.services.site.get(other.issueId).statusId).toBe(STATUS.approved);
    expect(await activityCodes(other.services)).toEqual([]);
  });

  it('takes those first that wait the longest', async () => {
    const { services, handOut } = await waiting();
    const live = (await readDecision(services))!;
    for (let index = 0; index < 30; index += 1) {
      const requestId = `000-${index}`;
      const decision = { ...live.decision, requestId, decidedAt: '2026-11-24T14:01:30Z' };
      await services.decisions.write({ decision, lentUntil: 0 });
    }
    services.clock.pass(40);
    expect((await handOut()).map(({ requestId }) => requestId)).toContain(live.decision.requestId);
  });

  it('adds a reason that was written after the move', async () => {
    const { services, issueId, handOut } = await waiting();
    services.clock.pass(90);
    services.site.comment(issueId, 'approver-1', 'Reason: seen the ticket');
    expect(await handOut()).toMatchObject([{ reason: 'seen the ticket' }]);
  });

  it('trusts the record and not the lagging list', async () => {
    const { services, issueId, handOut } = await waiting();
    services.clock.pass(1);
    services.kvs.listLagMs = 1000;
    await services.decisions.remove(CLUSTER, sampleSnapshot().id);
    expect(await handOut()).toEqual([]);
    expect(services.site.get(issueId).statusId).toBe(STATUS.approved);
  });

  it('hands out what the card says now, not what it said', async () => {
    const { services, issueId, handOut } = await waiting();
    services.people.add('approver-2', { groupIds: ['group-1'] });
    services.site.move(issueId, STATUS.pending, 'approver-2');
    const { historyId } = services.site.move(issueId, STATUS.denied, 'approver-2');
    expect(await handOut()).toMatchObject([
      { verdict: 'deny', id: `c:${issueId}:${historyId}`, actor: { accountId: 'approver-2' } },
    ]);
  });

  it('cancels a decision whose card was moved back although no event came', async () => {
    const { services, issueId, handOut } = await waiting();
    services.site.move(issueId, STATUS.pending, 'approver-1');
    expect(await handOut()).toEqual([]);
    expect(await readDecision(services)).toBeUndefined();
    expect(await activityCodes(services)).toEqual(['cancelled']);
  });

  it('gives a decision of another connection to its own relay only', async () => {
    const { services, issueId } = await waiting();
    expect(await handOutDecisions(services, 'another', CLUSTER)).toEqual([]);
    expect(await readDecision(services)).toBeDefined();
    expect(services.site.get(issueId).statusId).toBe(STATUS.approved);
  });

  it('names the connection that stands for the cluster now', async () => {
    const { services, handOut, connectionId } = await waiting();
    const live = (await readDecision(services))!;
    await services.decisions.write({ ...live, decision: { ...live.decision, connectionId: 'revoked' } });
    expect(await handOut()).toMatchObject([{ connectionId }]);
  });

  it('looks again when Jira has time again, and lets others go first', async () => {
    const { services, handOut } = await waiting();
    services.site.fail('read', { rateLimitedSeconds: 90 });
    expect(await handOut()).toEqual([]);
    services.clock.pass(89);
    expect(await handOut()).toEqual([]);
    services.clock.pass(1);
    expect(await handOut()).toHaveLength(1);
  });

  it('hands out nothing for an issue that is gone', async () => {
    const { services, issueId, handOut } = await waiting();
    services.site.issues.delete(issueId);
    expect(await handOut()).toEqual([]);
    expect(await activityCodes(services)).toEqual(['issue_gone']);
  });

  it.each<[string, (made: Awaited<ReturnType<typeof waiting>>) => unknown]>([
    ['inactive', ({ services }) => services.people.add('approver-1', { active: false })],
    [
      'not_approver',
      async ({ services }) => {
        const approvers = { ...NO_APPROVERS, accountIds: ['other'] };
        await services.settings.write({ ...fakeSettings({ approvers }), version: 2 });
      },
    ],
    [
      'content_edited',
      ({ services, issueId }) => services.site.edit(issueId, 'requester-1', { summary: 'x' }),
    ],
    ['too_late', ({ services }) => services.clock.pass(15 * 60 + 1)],
    [
      'changed_since_shown',
      ({ services }) =>
        applySnapshot(services, sampleSnapshot({ reason: 'more', observedAt: '2026-11-24T14:02:00Z' })),
    ],
    [
      'observe_only',
      async ({ services }) => {
        const [status] = await services.connections.listStatus();
        const hello = status!.lastHello!.hello;
        const lastHello = {
          at: 1,
          hello: { ...hello, decisions: { ...hello.decisions, mode: 'observe' as const } },
        };
        await services.connections.writeStatus({ ...status!, lastHello });
      },
    ],
  ])('checks everything anew: %s puts the card back with its reason', async (code, happen) => {
    const made = await waiting();
    await happen(made);
    expect(await made.handOut()).toEqual([]);
    const { services, issueId } = made;
    expect(await readDecision(services)).toBeUndefined();
    expect(services.site.get(issueId).statusId).toBe(STATUS.pending);
    expect(commentsOf(services, issueId).some((text) => text.startsWith('Put back'))).toBe(true);
    expect((await activityCodes(services))[0]).toBe(code);
  });

  it('keeps to the end that a decision was given, though settings were widened since', async () => {
    const { services, handOut } = await waiting();
    const stored = (await services.settings.read())!;
    await services.settings.write({
      ...stored,
      settings: { ...stored.settings, approveWithinMinutes: 60 },
      version: 2,
    });
    services.clock.pass(15 * 60 + 1);
    expect(await handOut()).toEqual([]);
    expect((await activityCodes(services))[0]).toBe('too_late');
  });
});
