import { toUtcSeconds } from '../../../contract/access-request';
import { sampleHello, sampleSnapshot } from '../../../test/support/sample-messages';
import { APP_ACCOUNT } from '../../../test/support/fakes/jira-site';
import { applySnapshot, connect, readDecision, servicesWithCard } from '../../../test/support/fakes/samples';
import type { FakeServices } from '../../../test/support/fakes/services';
import type { RemoteRelay } from '../push-decision';
import { decide } from './decide';
import { followIssue, showIssue } from './show';

const { cluster, id: requestId, grantDigest } = sampleSnapshot();
const UUID = '3f0e9f56-2f0c-4c0e-8f6b-0c6a2f3f7a11';
const nobody: RemoteRelay = {
  post: async () => {
    throw new Error('nothing is pushed here');
  },
};
const press = (services: FakeServices, issueId: string, changes: object = {}, accountId = 'approver-1') =>
  decide(services, nobody, { accountId }, issueId, {
    ...{ verdict: 'approve', reason: 'go ahead', uuid: UUID, grantDigest },
    ...changes,
  });
const entries = async (services: FakeServices) => (await services.activity.list(50)).entries;

describe('a decision by button', () => {
  it('waits for the relay, and names who, what and what was shown', async () => {
    const { services, issueId, connectionId } = await servicesWithCard();
    expect(await press(services, issueId)).toMatchObject({
      ok: true,
      value: {
        result: 'taken',
        progress: { state: 'PENDING', waiting: { verdict: 'approve', isMine: true } },
      },
    });
    const now = services.now();
    expect(await readDecision(services)).toEqual({
      decision: {
        v: 1,
        id: `p:${issueId}:${UUID}`,
        ...{ connectionId, cluster, requestId, verdict: 'approve', source: 'panel' },
        actor: { accountId: 'approver-1' },
        reason: 'go ahead',
        issue: { id: issueId, key: 'TAR-7', url: 'https://jira.example.com/browse/TAR-7' },
        grantDigest,
        decidedAt: toUtcSeconds(new Date(now)),
        notAfter: toUtcSeconds(new Date(now + 15 * 60_000)),
      },
      lentUntil: 0,
    });
    expect(await entries(services)).toContainEqual(
      expect.objectContaining({
        ...{ kind: 'decision', code: 'made', accountId: 'approver-1', source: 'panel', verdict: 'approve' },
        ...{ grantDigest, issueId, requestId, decisionId: `p:${issueId}:${UUID}` },
      }),
    );
  });

  it('carries the address of who decided when the settings ask for it and it is visible', async () => {
    const { services, issueId } = await servicesWithCard(sampleSnapshot(), { sendApproverEmail: true });
    services.people.add('approver-1', { email: 'bob@example.com' });
    await press(services, issueId);
    expect((await readDecision(services))?.decision.actor.email).toBe('bob@example.com');
  });

  it('counts once, however often its call comes', async () => {
    const { services, issueId } = await servicesWithCard();
    await press(services, issueId);
    const before = await readDecision(services);
    services.clock.pass(5);
    expect(await press(services, issueId)).toMatchObject({ value: { result: 'taken' } });
    expect(await readDecision(services)).toEqual(before);
    expect((await entries(services)).filter(({ code }) => code === 'made')).toHaveLength(1);
  });

  it('is told apart from a decision that ended, by its id', async () => {
    const { services, issueId } = await servicesWithCard();
    const settled = {
      decisionId: `p:${issueId}:${UUID}`,
      at: services.now(),
      outcome: { kind: 'gone' },
    } as const;
    await services.decisions.writeSettled(cluster, requestId, settled);
    expect(await press(services, issueId)).toMatchObject({
      value: { result: 'taken', progress: { last: { outcome: { kind: 'gone' }, isMine: false } } },
    });
    expect(await readDecision(services)).toBeUndefined();
  });

  it('gives way to one that came first, but a denial takes the place of an approval', async () => {
    const { services, issueId } = await servicesWithCard();
    services.people.add('approver-2', { groupIds: ['group-1'] });
    const other = { uuid: '3f0e9f56-2f0c-4c0e-8f6b-0c6a2f3f7a12' };
    await press(services, issueId);
    expect(await press(services, issueId, other, 'approver-2')).toMatchObject({
      value: { result: 'refused', code: 'decision_waits' },
    });
    expect(await press(services, issueId, { ...other, verdict: 'deny' }, 'approver-2')).toMatchObject({
      value: { result: 'taken' },
    });
    expect((await readDecision(services))?.decision).toMatchObject({ verdict: 'deny' });
    expect(await followIssue(services, { accountId: 'approver-1' }, issueId)).toMatchObject({
      value: {
        waiting: { isMine: false, verdict: 'deny' },
        last: { isMine: true, outcome: { kind: 'withdrawn', code: 'decision_waits' } },
      },
    });
  });

  it('does not take the place of one that a relay carries just now', async () => {
    const { services, issueId } = await servicesWithCard();
    await press(services, issueId);
    const live = await readDecision(services);
    await services.decisions.write({ ...live!, lentUntil: services.now() + 1000 });
    const denial = { verdict: 'deny', uuid: '3f0e9f56-2f0c-4c0e-8f6b-0c6a2f3f7a12' };
    expect(await press(services, issueId, denial)).toMatchObject({ value: { code: 'decision_waits' } });
    services.clock.pass(16 * 60);
    expect(await press(services, issueId, denial)).toMatchObject({ value: { result: 'taken' } });
  });
});

describe('refused', () => {
  it.each<[string, object, string, string]>([
    ['what was shown is not what is asked for', { grantDigest: 'g1:x' }, 'approver-1', 'changed_since_shown'],
    ['the caller is no approver', {}, 'stranger', 'not_approver'],
    ['the account is unknown', {}, 'unheard-of', 'not_human'],
    ['the caller is the app', {}, APP_ACCOUNT, 'is_app'],
  ])('%s', async (_name, changes, accountId, code) => {
    const { services, issueId } = await servicesWithCard();
    services.people.add('stranger');
    services.people.add(APP_ACCOUNT);
    expect(await press(services, issueId, changes, accountId)).toEqual({
      ok: true,
      value: { result: 'refused', code },
    });
    expect(await readDecision(services)).toBeUndefined();
    expect(await entries(services)).toContainEqual(
      expect.objectContaining({ kind: 'refusal', code, accountId, source: 'panel', outcome: 'refused' }),
    );
  });

  it('a relay that only observes, or takes no buttons', async () => {
    const { services, issueId, connectionId } = await servicesWithCard();
    const status = await services.connections.readStatus(connectionId);
    for (const [decisions, code] of [
      [{ mode: 'observe', accept: ['panel'], ceiling: [] }, 'observe_only'],
      [{ mode: 'set-state', accept: ['card'], ceiling: [] }, 'source_not_accepted'],
    ] as const) {
      const hello = sampleHello({ decisions: { ...decisions, accept: [...decisions.accept], ceiling: [] } });
      await services.connections.writeStatus({ ...status!, lastHello: { at: services.now(), hello } });
      expect(await press(services, issueId)).toMatchObject({ value: { code } });
    }
    await services.connections.releaseCluster(cluster, connectionId);
    expect(await press(services, issueId)).toMatchObject({ value: { code: 'no_connection' } });
    await connect(services);
    expect(await press(services, issueId)).toMatchObject({ value: { result: 'taken' } });
  });

  it.each<[string, unknown]>([
    ['nothing', undefined],
    ['too much', { verdict: 'approve', reason: '', uuid: UUID, grantDigest, accountId: 'approver-1' }],
    ['a reason of over 4,096 bytes', { verdict: 'deny', reason: 'ü'.repeat(2049), uuid: UUID, grantDigest }],
    ['an id that is none', { verdict: 'deny', reason: '', uuid: `${UUID}x`, grantDigest }],
  ])('a page that sends %s', async (_name, payload) => {
    const { services, issueId } = await servicesWithCard();
    expect(await decide(services, nobody, { accountId: 'approver-1' }, issueId, payload)).toEqual({
      ok: false,
      error: { code: 'bad_input' },
    });
  });

  it('an issue of nobody’s, a moved one, and one that Jira does not tell of', async () => {
    const { services, issueId } = await servicesWithCard();
    expect(await press(services, '4711')).toEqual({ ok: false, error: { code: 'nothing_here' } });
    services.site.fail('read', 'uncertain_before');
    expect(await press(services, issueId)).toEqual({ ok: false, error: { code: 'unavailable' } });
    services.site.fail('readAccount', 'uncertain_before');
    expect(await press(services, issueId)).toEqual({ ok: false, error: { code: 'unavailable' } });
    services.site.issues.get(issueId)!.projectId = '99';
    expect(await press(services, issueId)).toEqual({ ok: false, error: { code: 'detached' } });
    expect(await readDecision(services)).toBeUndefined();
  });
});

describe('the page', () => {
  it('shows what is asked for, who may decide and that the issue was edited', async () => {
    const { services, issueId } = await servicesWithCard();
    const show = () => showIssue(services, { accountId: 'approver-1' }, issueId);
    expect(await show()).toMatchObject({
      ok: true,
      value: {
        request: { user: 'alice', roles: ['editor'] },
        ...{ grantDigest, isEdited: false, state: 'PENDING', may: { approve: { allowed: true } } },
      },
    });
    const issue = services.site.issues.get(issueId)!;
    issue.summary = 'something else';
    expect(await show()).toMatchObject({ value: { isEdited: true } });
  });

  it('tells why nothing can be decided once it is resolved', async () => {
    const { services, issueId } = await servicesWithCard();
    await applySnapshot(services, sampleSnapshot({ state: 'DENIED' }));
    expect(await showIssue(services, { accountId: 'approver-1' }, issueId)).toMatchObject({
      value: { state: 'DENIED', may: { approve: { code: 'not_pending' }, deny: { code: 'not_pending' } } },
    });
  });

  it('shows nothing of issues that are none of ours', async () => {
    const { services } = await servicesWithCard();
    for (const look of [showIssue, followIssue])
      expect(await look(services, { accountId: 'approver-1' }, '4711')).toEqual({
        ok: false,
        error: { code: 'nothing_here' },
      });
  });
});
