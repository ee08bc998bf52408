import type { Decision } from '../../../contract/decision';
import { accessRequest } from '../../../test/support/relay/fake-teleport';
import type { AccessRequest } from '../ports';
import { grantDigestOf } from '../sync/snapshot';
import { judgeDecision, type DecisionFacts, type DecisionRules } from './judge';
import { DECISION_ANNOTATION } from './own-effect';

const NOW = Date.UTC(2026, 10, 24, 14, 5, 0);

const RULES: DecisionRules = {
  mode: 'set-state',
  accept: ['panel', 'card'],
  allowThresholdBypass: false,
  ceiling: {
    rolesAllow: ['*'],
    rolesDeny: [],
    resourceKindsAllow: ['*'],
    maxAccessDuration: undefined,
    maxApprovalsPerHour: undefined,
  },
};

function decisionFor(request: AccessRequest, overrides: Partial<Decision> = {}): Decision {
  return {
    v: 1,
    id: 'c:10001:70001',
    connectionId: 'connection',
    cluster: 'test.cluster',
    requestId: request.id,
    verdict: 'approve',
    source: 'card',
    actor: { accountId: 'account-bob' },
    reason: 'fine',
    issue: { id: '10001', key: 'TAR-1', url: 'https://jira.test/browse/TAR-1' },
    grantDigest: grantDigestOf(request),
    decidedAt: '2026-11-24T14:04:00Z',
    notAfter: '2026-11-24T14:19:00Z',
    ...overrides,
  };
}

function judge(overrides: Partial<DecisionFacts> = {}, decided: Partial<Decision> = {}) {
  const request = overrides.request ?? accessRequest();
  return judgeDecision({
    decision: decisionFor(request, decided),
    request,
    connectionId: 'connection',
    cluster: 'test.cluster',
    rules: RULES,
    approvalsInLastHour: 0,
    now: NOW,
    ...overrides,
  });
}

const refused = (code: string) => ({ kind: 'over', outcome: { kind: 'refused', code } });
const ceiling = (bounds: Partial<DecisionRules['ceiling']>): DecisionRules => ({
  ...RULES,
  ceiling: { ...RULES.ceiling, ...bounds },
});

describe('judgeDecision', () => {
  it.each(['approve', 'deny'] as const)('lets a plain decision to %s proceed', (verdict) => {
    expect(judge({}, { verdict })).toMatchObject({ kind: 'proceed' });
  });

  it('refuses a decision for another connection or cluster', () => {
    expect(judge({}, { connectionId: 'another' })).toMatchObject(refused('wrong_connection'));
    expect(judge({}, { cluster: 'another.cluster' })).toMatchObject(refused('wrong_connection'));
  });

  it('refuses everything while the relay only observes', () => {
    expect(judge({ rules: { ...RULES, mode: 'observe' } })).toMatchObject(refused('observe_only'));
  });

  it('says that a request is gone', () => {
    const decision = decisionFor(accessRequest());
    expect(
      judgeDecision({
        decision,
        request: undefined,
        connectionId: 'connection',
        cluster: 'test.cluster',
        rules: RULES,
        approvalsInLastHour: 0,
        now: NOW,
      }),
    ).toEqual({ kind: 'over', outcome: { kind: 'gone' } });
  });

  it.each(['APPROVED', 'DENIED', 'PROMOTED'] as const)('comes second to a request that is %s', (state) => {
    expect(judge({ request: accessRequest({ state }) })).toEqual({
      kind: 'over',
      outcome: { kind: 'already_resolved' },
    });
  });

  it('recognises its own effect by the decision’s id, and no other’s', () => {
    const effect = (id: string) =>
      accessRequest({ state: 'APPROVED', resolveAnnotations: new Map([[DECISION_ANNOTATION, [id]]]) });
    expect(judge({ request: effect('c:10001:70001') })).toEqual({
      kind: 'over',
      outcome: { kind: 'applied' },
    });
    expect(judge({ request: effect('c:10001:70002') })).toMatchObject({
      outcome: { kind: 'already_resolved' },
    });
    // Approved by this decision does not mean denied by it.
    expect(judge({ request: effect('c:10001:70001') }, { verdict: 'deny' })).toMatchObject({
      outcome: { kind: 'already_resolved' },
    });
  });

  it('refuses a decision past its end, to the second', () => {
    expect(judge({ now: Date.parse('2026-11-24T14:19:00Z') })).toMatchObject({ kind: 'proceed' });
    expect(judge({ now: Date.parse('2026-11-24T14:19:00Z') + 1 })).toMatchObject(refused('late'));
  });

  it('refuses a request that is past its end although Teleport still holds it', () => {
    const request = accessRequest({ requestExpiresAt: new Date(NOW) });
    expect(judge({ request })).toMatchObject(refused('not_pending'));
  });

  it('refuses a place that it does not accept', () => {
    const rules: DecisionRules = { ...RULES, accept: ['panel'] };
    expect(judge({ rules })).toMatchObject(refused('source_not_accepted'));
    expect(
      judge({ rules }, { source: 'panel', id: 'p:1:00000000-0000-0000-0000-000000000000' }),
    ).toMatchObject({
      kind: 'proceed',
    });
  });

  it.each<[string, Partial<AccessRequest>]>([
    ['roles', { roles: ['editor', 'admin'] }],
    ['user', { user: 'mallory' }],
    ['reason', { reason: 'another' }],
    ['resources', { resources: [{ cluster: 'test.cluster', kind: 'node', name: 'n1' }] }],
    ['end of access', { maxDurationUntil: new Date('2026-12-01T00:00:00Z') }],
    ['start of access', { assumeStartAt: new Date('2026-11-24T15:00:00Z') }],
    ['kind', { kind: 'UNDEFINED' }],
  ])('does not approve when the %s changed after they were shown, but lets it be denied', (_what, change) => {
    const shown = grantDigestOf(accessRequest());
    const request = accessRequest({ ...change, thresholds: [], roleThresholds: new Map() });
    expect(judge({ request }, { grantDigest: shown })).toMatchObject(refused('grant_changed'));
    expect(judge({ request }, { grantDigest: shown, verdict: 'deny' })).toMatchObject({ kind: 'proceed' });
  });

  it.each<[string, Partial<DecisionRules['ceiling']>]>([
    ['a role that is not allowed', { rolesAllow: ['auditor', 'view-*'] }],
    ['a role that is denied', { rolesDeny: ['edit*'] }],
    ['a kind of resource that is not allowed', { resourceKindsAllow: ['app'] }],
    ['longer access than allowed', { maxAccessDuration: 3_600_000 }],
  ])('refuses to approve %s', (_what, bounds) => {
    const request = accessRequest({ resources: [{ cluster: 'test.cluster', kind: 'node', name: 'n1' }] });
    expect(judge({ request, rules: ceiling(bounds) })).toMatchObject(refused('over_ceiling'));
    expect(judge({ request, rules: ceiling(bounds) }, { verdict: 'deny' })).toMatchObject({
      kind: 'proceed',
    });
  });

  it('refuses access whose end is unknown when the ceiling bounds it', () => {
    const request = accessRequest({ accessExpiresAt: undefined });
    expect(judge({ request, rules: ceiling({ maxAccessDuration: 86_400_000 }) })).toMatchObject(
      refused('over_ceiling'),
    );
  });

  it('takes a denied role for denied although it is also allowed, and names no pattern by accident', () => {
    expect(judge({ rules: ceiling({ rolesAllow: ['*'], rolesDeny: ['editor'] }) })).toMatchObject(
      refused('over_ceiling'),
    );
    expect(judge({ rules: ceiling({ rolesDeny: ['e.itor', 'editor-in-chief', 'edit'] }) })).toMatchObject({
      kind: 'proceed',
    });
  });

  it('refuses more approvals an hour than the ceiling lets through', () => {
    const rules = ceiling({ maxApprovalsPerHour: 3 });
    expect(judge({ rules, approvalsInLastHour: 2 })).toMatchObject({ kind: 'proceed' });
    expect(judge({ rules, approvalsInLastHour: 3 })).toMatchObject(refused('too_many_approvals'));
  });

  describe('keeps Teleport’s thresholds', () => {
    const threshold = { name: 't', filter: '', approve: 1, deny: 1 };
    it.each<[string, Partial<AccessRequest>]>([
      ['two approvals', { thresholds: [{ ...threshold, approve: 2 }] }],
      ['two denials', { thresholds: [{ ...threshold, deny: 2 }] }],
      ['no approval ever', { thresholds: [{ ...threshold, approve: 0 }] }],
      ['certain reviewers', { thresholds: [{ ...threshold, filter: 'equals(reviewer.name, "carol")' }] }],
      [
        'two approvals in one of several thresholds',
        {
          thresholds: [threshold, { ...threshold, approve: 2 }],
          roleThresholds: new Map([['editor', [[0], [1]]]]),
        },
      ],
      ['long-term access', { kind: 'LONG_TERM' }],
      ['an index that points nowhere', { roleThresholds: new Map([['editor', [[7]]]]) }],
      [
        'thresholds for roles that are not told',
        { thresholds: [], roleThresholds: new Map([['editor', [[0]]]]) },
      ],
      [
        'a role without an entry beside a strict threshold',
        { roles: ['editor', 'dba'], thresholds: [threshold, { ...threshold, approve: 2 }] },
      ],
    ])('when a request needs %s', (_what, change) => {
      const request = accessRequest(change);
      expect(judge({ request })).toMatchObject(refused('needs_review'));
      expect(judge({ request }, { verdict: 'deny' })).toMatchObject(refused('needs_review'));
      expect(judge({ request, rules: { ...RULES, allowThresholdBypass: true } })).toMatchObject({
        kind: 'proceed',
      });
    });

    it('and proceeds when a strict threshold holds for none of the requested roles', () => {
      const request = accessRequest({
        thresholds: [threshold, { ...threshold, approve: 2 }],
        roleThresholds: new Map([['editor', [[0]]]]),
      });
      expect(judge({ request })).toMatchObject({ kind: 'proceed' });
    });

    it('and proceeds where the edition has none', () => {
      expect(judge({ request: accessRequest({ thresholds: [], roleThresholds: new Map() }) })).toMatchObject({
        kind: 'proceed',
      });
    });
  });
});
