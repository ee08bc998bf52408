import type { ApproverIdentity, Decision } from '../../../contract/decision';
import type { ReportedOutcome } from '../../../contract/decision';
import { accessRequest, FakeTeleport } from '../../../test/support/relay/fake-teleport';
import { ManualClock, settle } from '../../../test/support/relay/manual-clock';
import { RecordingLog, RecordingMetrics } from '../../../test/support/relay/recorders';
import { TeleportError, type AccessRequest, type TeleportErrorCode } from '../ports';
import { grantDigestOf } from '../sync/snapshot';
import type { DeskRules } from './carry-out';
import { DecisionDesk } from './decision-desk';

describe('DecisionDesk', () => {
  const request = accessRequest();
  let teleport: FakeTeleport;
  let rules: DeskRules;
  let reports: { outcome: ReportedOutcome | undefined; request: AccessRequest | undefined }[];
  let held: Set<string>;
  let heldAtReport: boolean[];
  let desk: DecisionDesk;
  let metrics: RecordingMetrics;
  let clock: ManualClock;

  beforeEach(() => {
    teleport = new FakeTeleport();
    teleport.requests.set(request.id, request);
    metrics = new RecordingMetrics();
    clock = new ManualClock(Date.UTC(2026, 10, 24, 14, 5, 0));
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
      itemFor: ({ requestId }, outcome, now) => {
        reports.push({ outcome, request: now });
        return { requestId, gone: { observedAt: outcome.at }, outcome };
      },
      offer: ({ requestId }) => heldAtReport.push(held.has(requestId)),
      hold: (id) => held.add(id),
      release: (id) => held.delete(id),
      clock,
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

  describe('by reviews', () => {
    beforeEach(() => {
      rules = { ...rules, mode: 'review-as-bot' };
    });
    const noted = (author: string, reason = '') =>
      accessRequest({
        reviews: [
          ...[{ author, reason, verdict: 'APPROVED' as const, countsFor: [0] }].map((each) => ({
            ...each,
            createdAt: '2026-11-24T14:01:00Z',
          })),
        ],
      });

    it('submits one with the decision in its reason', async () => {
      expect(await take(decision())).toEqual([{ kind: 'applied' }]);
      expect(teleport.reviews).toEqual([
        {
          id: request.id,
          state: 'APPROVED',
          reason: 'fine by me [jira TAR-1 · account account-bob · decision c:10001:70001]',
        },
      ]);
      expect(teleport.changes).toEqual([]);
    });

    it('finds out what a review without an answer did', async () => {
      teleport.onReview = () => 'unanswered';
      expect(await take(decision())).toMatchObject([{ kind: 'recorded' }]);
    });

    it.each<[TeleportErrorCode, object]>([
      ['exists', { kind: 'refused', code: 'already_reviewed' }],
      ['permission_denied', { kind: 'refused', code: 'no_right' }],
      ['mfa_required', { kind: 'refused', code: 'mfa_required' }],
      ['unimplemented', { kind: 'refused', code: 'teleport_refused' }],
      ['invalid', { kind: 'refused', code: 'teleport_refused' }],
      ['not_found', { kind: 'gone' }],
    ])('says what Teleport’s answer %s means', async (code, outcome) => {
      teleport.onReview = () => code;
      expect(await take(decision())).toMatchObject([outcome]);
    });

    it('takes a refusal for "already reviewed" or "already resolved" when that is how the request is', async () => {
      teleport.onReview = () => {
        teleport.requests.set(request.id, noted('bot-jira-relay'));
        return 'permission_denied';
      };
      expect(await take(decision())).toMatchObject([{ code: 'already_reviewed' }]);
      teleport.requests.set(request.id, request);
      teleport.onReview = () => {
        teleport.requests.set(request.id, accessRequest({ state: 'DENIED' }));
        return 'permission_denied';
      };
      await take(decision({ id: 'c:10001:70002' }));
      expect(reports[1]!.outcome!.outcome).toEqual({ kind: 'already_resolved' });
    });

    it('counts nobody twice, through whatever relay the first decision went', async () => {
      teleport.requests.set(
        request.id,
        noted('bot-of-another-relay', '[jira TAR-1 · account account-bob · decision c:1:1]'),
      );
      expect(await take(decision())).toMatchObject([{ code: 'already_reviewed' }]);
      expect(teleport.reviews).toEqual([]);
    });

    it('recognises its own effect through another relay', async () => {
      teleport.requests.set(
        request.id,
        noted('bot-of-another-relay', '[jira TAR-1 · account account-bob · decision c:10001:70001]'),
      );
      expect(await take(decision())).toMatchObject([{ kind: 'recorded' }]);
      expect(teleport.reviews).toEqual([]);
    });
  });

  describe('decides while somebody waits', () => {
    const signal = new AbortController().signal;

    it('answers with the outcome, and keeps news back for a while', async () => {
      const answer = await desk.decide(decision(), signal);
      expect(answer).toMatchObject({ kind: 'done', item: { outcome: { outcome: { kind: 'applied' } } } });
      await settle();
      expect([...held]).toEqual([request.id]);
      await clock.advance(5000);
      expect(held.size).toBe(0);
    });

    it('waits for the same decision where it is under way, and carries it out once', async () => {
      desk.take([decision()], signal);
      const answers = await Promise.all([desk.decide(decision(), signal), desk.decide(decision(), signal)]);
      expect(answers.map(({ kind }) => kind)).toEqual(['done', 'done']);
      expect(teleport.changes).toHaveLength(1);
    });

    it('does not begin another decision on the same request', async () => {
      desk.take([decision()], signal);
      const other = decision({ id: 'c:10001:70002', verdict: 'deny' });
      expect(await desk.decide(other, signal)).toMatchObject({ kind: 'not_delivered' });
      await desk.drain();
    });

    it('holds a request for its next decision although the last one’s time runs out', async () => {
      await desk.decide(decision({ verdict: 'deny', notAfter: '2026-11-24T14:04:59Z' }), signal);
      await clock.advance(4000);
      let goOn = (): void => undefined;
      const gate = new Promise<void>((resolve) => (goOn = resolve));
      const read = teleport.read.bind(teleport);
      teleport.read = async (id) => {
        await gate;
        return read(id);
      };
      const next = desk.decide(decision({ id: 'c:10001:70002' }), signal);
      await clock.advance(2000);
      expect([...held]).toEqual([request.id]);
      goOn();
      expect(await next).toMatchObject({ kind: 'done' });
    });

    it('says why nothing was done', async () => {
      teleport.failures.set('read', new TeleportError('unavailable', 'down'));
      expect(await desk.decide(decision(), signal)).toEqual({ kind: 'not_delivered', text: 'down' });
      await clock.advance(5000);
      expect(held.size).toBe(0);
    });
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
