import type { ApproverIdentity, Decision } from '../../../contract/decision';
import type { ReportedOutcome } from '../../../contract/decision';
import { accessRequest, FakeTeleport } from '../../../test/support/relay/fake-teleport';
import { ManualClock, settle } from '../../../test/support/relay/manual-clock';
import { RecordingLog, RecordingMetrics } from '../../../test/support/relay/recorders';
import { TeleportError, type AccessRequest, type TeleportErrorCode } from '../ports';
import { grantDigestOf } from '../sync/snapshot';
import { DecisionDesk, type DeskRules } from './decision-desk';

describe('DecisionDesk', () => {
  const request = accessRequest();
  let teleport: FakeTeleport;
  let rules: DeskRules;
  let reports: { outcome: ReportedOutcome | undefined; request: AccessRequest | undefined }[];
  let held: Set<string>;
  let heldAtReport: boolean[];
  let desk: DecisionDesk;
  let metrics: RecordingMetrics;

  beforeEach(() => {
    teleport = new FakeTeleport();
    teleport.requests.set(request.id, request);
    metrics = new RecordingMetrics();
    reports = [];
    held = new Set();
    heldAtReport = [];
    rules = {
      mode: 'set-state',
      accept: ['panel', 'card'],
      allowThresholdBypass: false,
      approverIdentity: 'any',
      delegator: 'account_id',
      ceiling: {
        rolesAllow: ['*'],
        rolesDeny: [],
        resourceKindsAllow: ['*'],
        maxAccessDuration: undefined,
        maxApprovalsPerHour: undefined,
      },
    };
    desk = new DecisionDesk({
      teleport,
      connectionId: 'connection',
      rules: () => rules,
      report: (decision, outcome, now) => {
        reports.push({ outcome, request: now });
        heldAtReport.push(held.has(decision.requestId));
      },
      hold: (id) => held.add(id),
      release: (id) => held.delete(id),
      clock: new ManualClock(Date.UTC(2026, 10, 24, 14, 5, 0)),
      log: new RecordingLog(),
      metrics,
    });
  });

  function decision(overrides: Partial<Decision> = {}): Decision {
    return {
      v: 1,
      id: 'c:10001:70001',
      connectionId: 'connection',
      cluster: 'test.cluster',
      requestId: request.id,
      verdict: 'approve',
      source: 'card',
      actor: { accountId: 'account-bob' },
      reason: 'fine by me',
      issue: { id: '10001', key: 'TAR-1', url: 'https://jira.test/browse/TAR-1' },
      grantDigest: grantDigestOf(request),
      decidedAt: '2026-11-24T14:04:00Z',
      notAfter: '2026-11-24T14:19:00Z',
      ...overrides,
    };
  }

  async function take(...decisions: Decision[]): Promise<unknown[]> {
    desk.take(decisions, new AbortController().signal);
    await desk.drain();
    await settle();
    return reports.map((report) => report.outcome?.outcome);
  }

  it('sets the state, saying who decided, and reports the request as it is afterwards', async () => {
    expect(await take(decision())).toEqual([{ kind: 'applied' }]);
    expect(teleport.changes).toEqual([
      {
        id: request.id,
        state: 'APPROVED',
        delegator: 'jira:account-bob',
        reason: 'fine by me',
        annotations: {
          'jira-decision': ['c:10001:70001'],
          'jira-account': ['account-bob'],
          'jira-issue': ['TAR-1'],
        },
      },
    ]);
    expect(reports[0]).toMatchObject({
      outcome: { decisionId: 'c:10001:70001', at: '2026-11-24T14:05:00Z' },
      request: { state: 'APPROVED' },
    });
    expect(metrics.counts.get('decided approve applied')).toBe(1);
  });

  it('holds the request until its outcome is reported, and no longer', async () => {
    await take(decision());
    expect(heldAtReport).toEqual([true]);
    expect(held.size).toBe(0);
  });

  it('names the e-mail address where that is asked for and known', async () => {
    rules = { ...rules, delegator: 'email' };
    await take(decision({ verdict: 'deny', actor: { accountId: 'account-bob', email: 'bob@example.com' } }));
    expect(teleport.changes[0]).toMatchObject({ state: 'DENIED', delegator: 'jira:bob@example.com' });
    teleport.requests.set(request.id, request);
    await take(decision({ verdict: 'deny', id: 'c:10001:70002' }));
    expect(teleport.changes[1]!.delegator).toBe('jira:account-bob');
  });

  it('keeps a reason within Teleport’s limit without splitting a character', async () => {
    await take(decision({ reason: '€'.repeat(2000) }));
    expect(teleport.changes[0]!.reason).toBe('€'.repeat(1365));
  });

  it('reports a refusal and leaves Teleport untouched', async () => {
    expect(await take(decision({ notAfter: '2026-11-24T14:04:59Z' }))).toMatchObject([
      { kind: 'refused', code: 'late' },
    ]);
    expect(teleport.changes).toEqual([]);
  });

  it('answers a decision that comes twice as it did the first time', async () => {
    await take(decision());
    expect(await take(decision())).toEqual([{ kind: 'applied' }, { kind: 'applied' }]);
    expect(teleport.changes).toHaveLength(1);
  });

  it('does not work on two decisions of one request at once', async () => {
    await take(decision(), decision({ id: 'c:10001:70002', verdict: 'deny' }));
    expect(teleport.changes.map((change) => change.state)).toEqual(['APPROVED']);
  });

  it('finds out what a write without an answer did', async () => {
    teleport.onSetState = () => 'done_but_unanswered';
    expect(await take(decision())).toEqual([{ kind: 'applied' }]);
  });

  it('reports nothing when Teleport cannot be reached, so that the app lends the decision again', async () => {
    teleport.onSetState = () => 'unavailable';
    expect(await take(decision())).toEqual([]);
    teleport.failures.set('read', new TeleportError('unavailable', 'down'));
    expect(await take(decision())).toEqual([]);
    expect(held.size).toBe(0);
    expect(metrics.counts.get('decided approve not_delivered')).toBe(2);
  });

  it('tries again when somebody else was writing, judging anew', async () => {
    const answers: ('conflict' | 'done')[] = ['conflict', 'conflict', 'done'];
    teleport.onSetState = () => answers.shift()!;
    expect(await take(decision())).toEqual([{ kind: 'applied' }]);
    teleport.requests.set(request.id, request);
    teleport.onSetState = () => {
      teleport.requests.set(request.id, accessRequest({ state: 'DENIED' }));
      return 'conflict';
    };
    await take(decision({ id: 'c:10001:70002' }));
    expect(reports[1]!.outcome!.outcome).toEqual({ kind: 'already_resolved' });
  });

  it.each<[TeleportErrorCode, object]>([
    ['not_found', { kind: 'gone' }],
    ['mfa_required', { kind: 'refused', code: 'mfa_required' }],
    ['permission_denied', { kind: 'refused', code: 'no_right' }],
    ['invalid', { kind: 'refused', code: 'teleport_refused' }],
    ['unimplemented', { kind: 'refused', code: 'teleport_refused' }],
  ])('says what Teleport’s answer %s means', async (code, outcome) => {
    teleport.onSetState = () => code;
    expect(await take(decision())).toMatchObject([outcome]);
  });

  it('counts approvals towards the ceiling, and denials not', async () => {
    rules = { ...rules, ceiling: { ...rules.ceiling, maxApprovalsPerHour: 1 } };
    await take(decision());
    for (const [id, verdict] of [
      ['c:10001:70002', 'approve'],
      ['c:10001:70003', 'deny'],
    ] as const) {
      teleport.requests.set(request.id, request);
      await take(decision({ id, verdict }));
    }
    expect(reports.map((report) => report.outcome!.outcome)).toMatchObject([
      { kind: 'applied' },
      { kind: 'refused', code: 'too_many_approvals' },
      { kind: 'applied' },
    ]);
  });

  it('obeys a change of the rules at once', async () => {
    rules = { ...rules, mode: 'observe' };
    expect(await take(decision())).toMatchObject([{ kind: 'refused', code: 'observe_only' }]);
  });

  describe('proves that who approves is not the requester', () => {
    const account = (...names: string[]) =>
      names.map((name) => ({ name, traits: new Map([['jira_account_id', ['account-bob']]]) }));
    const shows = (email: string) => ({ actor: { accountId: 'account-bob', email } });

    it.each<[ApproverIdentity, string, ReturnType<typeof account>, Partial<Decision>, object]>([
      ['trait', 'one user has the account', account('bob'), {}, { kind: 'applied' }],
      ['trait', 'nobody has the account', [], {}, { code: 'identity_unproven' }],
      ['trait', 'several have the account', account('bob', 'carol'), {}, { code: 'identity_unproven' }],
      ['trait', 'the requester has the account', account('alice'), {}, { code: 'own_request' }],
      ['trait', 'the requester shares the account', account('bob', 'alice'), {}, { code: 'own_request' }],
      ['trait', 'the requester denies', account('alice'), { verdict: 'deny' }, { kind: 'applied' }],
      [
        'email',
        'the address is a user',
        [{ name: 'bob@example.com', traits: new Map() }],
        shows('Bob@example.com'),
        { kind: 'applied' },
      ],
      [
        'email',
        'the address is nobody',
        account('bob'),
        shows('bob@example.com'),
        { code: 'identity_unproven' },
      ],
      ['email', 'the address is hidden', account('bob'), {}, { code: 'identity_unproven' }],
      ['email', 'the address is hidden and it is a denial', [], { verdict: 'deny' }, { kind: 'applied' }],
      ['any', 'nothing is known', [], {}, { kind: 'applied' }],
      ['any', 'the address is the requester’s', [], shows('ALICE'), { code: 'own_request' }],
    ])('by %s when %s', async (approverIdentity, _case, people, overrides, expected) => {
      rules = { ...rules, approverIdentity };
      teleport.people = people;
      expect(await take(decision(overrides))).toMatchObject([expected]);
    });

    it('and refuses when the relay may not read users', async () => {
      rules = { ...rules, approverIdentity: 'trait' };
      teleport.failures.set('users', new TeleportError('permission_denied', 'no right to read users'));
      expect(await take(decision())).toMatchObject([{ kind: 'refused', code: 'identity_unproven' }]);
      expect(teleport.changes).toEqual([]);
    });

    it('and waits when users cannot be read for the moment', async () => {
      rules = { ...rules, approverIdentity: 'trait' };
      teleport.failures.set('users', new TeleportError('unavailable', 'down'));
      expect(await take(decision())).toEqual([]);
      expect(teleport.changes).toEqual([]);
    });
  });
});
