import { sampleHello, sampleSnapshot } from '../../test/support/sample-messages';
import { APP_ACCOUNT, STATUS } from '../../test/support/fakes/jira-site';
import {
  activityCodes,
  applySnapshot,
  commentsOf,
  connect,
  readDecision,
  readLink,
  servicesWithCard,
} from '../../test/support/fakes/samples';
import { fakeSettings, type FakeServices } from '../../test/support/fakes/services';
import { doc, inline, paragraph } from '../domain/adf';
import { CARD_REFUSALS, type CardRefusal } from '../domain/card';
import { renderIssue } from '../domain/issue-content';
import { handleCardChange } from './decide-from-card';
import { NO_APPROVERS } from '../domain/settings';

const approver = 'approver-1';
const forged = doc(paragraph(inline('alice asks for read access')));

async function approve(services: FakeServices, issueId: string, accountId = approver) {
  services.site.move(issueId, STATUS.approved, accountId);
  return handleCardChange(services, issueId);
}

describe('a move by an approver', () => {
  it('becomes a decision that names who, when, why and until when', async () => {
    const { services, issueId, connectionId } = await servicesWithCard();
    services.site.comment(issueId, approver, 'reason: on call tonight');
    expect(await approve(services, issueId)).toEqual({ kind: 'decision_waits' });
    const move = services.site.get(issueId).moves.at(-1)!;
    expect(await readDecision(services)).toEqual({
      lentUntil: 0,
      decision: {
        v: 1,
        id: `c:${issueId}:${move.historyId}`,
        connectionId,
        cluster: 'teleport.example.com',
        requestId: sampleSnapshot().id,
        verdict: 'approve',
        source: 'card',
        actor: { accountId: approver },
        reason: 'on call tonight',
        issue: { id: issueId, key: 'TAR-7', url: 'https://jira.example.com/browse/TAR-7' },
        grantDigest: sampleSnapshot().grantDigest,
        decidedAt: '2026-11-24T14:01:00Z',
        notAfter: '2026-11-24T14:16:00Z',
      },
    });
    expect(services.site.get(issueId).statusId).toBe(STATUS.approved);
  });

  it('is the same decision however often the event comes', async () => {
    const { services, issueId } = await servicesWithCard();
    await approve(services, issueId);
    const effects = services.effects.done.length;
    await handleCardChange(services, issueId);
    expect(services.effects.done.length).toBe(effects);
  });

  it('denies for a day, and tells the e-mail only when settings ask for it and the account shows it', async () => {
    const { services, issueId } = await servicesWithCard(undefined, { sendApproverEmail: true });
    services.people.add(approver, { email: 'bob@example.com' });
    services.site.move(issueId, STATUS.denied, approver);
    await handleCardChange(services, issueId);
    expect((await readDecision(services))?.decision).toMatchObject({
      verdict: 'deny',
      notAfter: '2026-11-25T14:01:00Z',
      actor: { accountId: approver, email: 'bob@example.com' },
    });
    const hidden = await servicesWithCard();
    hidden.services.people.add(approver, { email: 'bob@example.com' });
    await approve(hidden.services, hidden.issueId);
    expect((await readDecision(hidden.services))?.decision.actor).toEqual({ accountId: approver });
  });

  it('replaces the decision of an earlier move', async () => {
    const { services, issueId } = await servicesWithCard();
    await approve(services, issueId);
    services.site.move(issueId, STATUS.pending, approver);
    services.site.move(issueId, STATUS.denied, approver);
    await handleCardChange(services, issueId);
    expect((await readDecision(services))?.decision.verdict).toBe('deny');
  });
});

describe('moving the card back', () => {
  it('cancels the decision', async () => {
    const { services, issueId } = await servicesWithCard();
    await approve(services, issueId);
    services.site.move(issueId, STATUS.pending, approver);
    expect(await handleCardChange(services, issueId)).toEqual({ kind: 'nothing' });
    expect(await readDecision(services)).toBeUndefined();
    expect(await activityCodes(services)).toEqual(['cancelled']);
  });

  it('leaves a decision that a relay carries just now to its outcome', async () => {
    const { services, issueId } = await servicesWithCard();
    await approve(services, issueId);
    const live = (await readDecision(services))!;
    await services.decisions.write({ ...live, lentUntil: services.now() + 30_000 });
    services.site.move(issueId, STATUS.pending, approver);
    await handleCardChange(services, issueId);
    expect(await readDecision(services)).toBeDefined();
    services.clock.pass(30);
    await handleCardChange(services, issueId);
    expect(await readDecision(services)).toBeUndefined();
  });

  it('to a status without meaning cancels too, and moves nothing', async () => {
    const { services, issueId } = await servicesWithCard();
    await approve(services, issueId);
    services.site.move(issueId, STATUS.review, approver);
    await handleCardChange(services, issueId);
    expect(await readDecision(services)).toBeUndefined();
    expect(services.site.get(issueId).statusId).toBe(STATUS.review);
  });
});

/** How each refusal comes about. All begin with the card of a pending request, moved to approved by the approver. */
const WAYS: Partial<Record<CardRefusal, (services: FakeServices, issueId: string) => unknown>> = {
  not_a_decision: (services, id) => services.site.move(id, STATUS.expired, approver),
  strict_mode: async (services, id) => {
    const stored = (await services.settings.read())!;
    await services.settings.write({
      ...stored,
      settings: { ...stored.settings, strictMode: true },
      version: 2,
    });
    services.site.move(id, STATUS.approved, approver);
  },
  content_edited: (services, id) => {
    services.site.edit(id, 'requester-1', { description: forged });
    services.site.move(id, STATUS.approved, approver);
  },
  content_incomplete: () => undefined,
  no_history: (services, id) => {
    services.site.get(id).statusId = STATUS.approved;
  },
  not_from_pending: (services, id) => {
    services.site.move(id, STATUS.review, approver);
    services.site.move(id, STATUS.approved, approver);
  },
  issue_moved: (services, id) => services.site.move(id, STATUS.approved, approver, true),
  not_human: (services, id) => {
    services.people.add('automation', { accountType: 'app' });
    services.site.move(id, STATUS.approved, 'automation');
  },
  inactive: (services, id) => {
    services.people.add(approver, { active: false });
    services.site.move(id, STATUS.approved, approver);
  },
  guest: (services, id) => {
    services.people.add(approver, { guest: true });
    services.site.move(id, STATUS.approved, approver);
  },
  nobody_may_approve: async (services, id) => {
    const approvers = NO_APPROVERS;
    await services.settings.write({ ...fakeSettings({ approvers }), version: 2 });
    services.site.move(id, STATUS.approved, approver);
  },
  not_approver: (services, id) => {
    services.people.add('somebody');
    services.site.move(id, STATUS.approved, 'somebody');
  },
  own_request: (services, id) => {
    services.people.add(approver, { email: 'Alice' });
    services.site.move(id, STATUS.approved, approver);
  },
  observe_only: async (services, id) => {
    const hello = sampleHello();
    await withHello(services, { ...hello, decisions: { ...hello.decisions, mode: 'observe' } });
    services.site.move(id, STATUS.approved, approver);
  },
  source_not_accepted: async (services, id) => {
    const hello = sampleHello();
    await withHello(services, { ...hello, decisions: { ...hello.decisions, accept: ['panel'] } });
    services.site.move(id, STATUS.approved, approver);
  },
  no_connection: async (services, id) => {
    const [status] = await services.connections.listStatus();
    await services.connections.writeStatus({ ...status!, state: 'mismatch' });
    services.site.move(id, STATUS.approved, approver);
  },
  too_late: (services, id) => {
    services.site.move(id, STATUS.approved, approver);
    services.clock.pass(15 * 60 + 1);
  },
  too_many: async (services, id) => {
    const minute = Math.floor(services.now() / 60_000);
    for (let index = 0; index < 10; index += 1)
      await services.cardPace.take({ accountId: approver, minute, decisionId: `c:9:${index}`, places: 10 });
    services.site.move(id, STATUS.approved, approver);
  },
  changed_since_shown: async (services, id) => {
    services.site.move(id, STATUS.approved, approver);
    services.clock.pass(5);
    await applySnapshot(services, sampleSnapshot({ reason: 'more', observedAt: '2026-11-24T14:02:00Z' }));
  },
};

async function withHello(services: FakeServices, hello: ReturnType<typeof sampleHello>): Promise<void> {
  const [status] = await services.connections.listStatus();
  await services.connections.writeStatus({ ...status!, lastHello: { at: services.now(), hello } });
}

describe('a card that may not decide', () => {
  const elsewhere: CardRefusal[] = [
    'already_resolved',
    'content_incomplete',
    'moved_by_app',
    'refused_by_teleport',
  ];

  it('is tested for every reason there is', () => {
    const tested = [...Object.keys(WAYS), ...elsewhere];
    expect(CARD_REFUSALS.filter((code) => !tested.includes(code))).toEqual([]);
  });

  it.each(Object.entries(WAYS).filter(([code]) => code !== 'content_incomplete'))(
    'is put back with %s, in words and in the activity list, and nothing waits for the relay',
    async (code, happen) => {
      const { services, issueId } = await servicesWithCard();
      await happen(services, issueId);
      expect(await handleCardChange(services, issueId)).toEqual({ kind: 'put_back' });
      const issue = services.site.get(issueId);
      expect(issue.statusId).toBe(STATUS.pending);
      expect(await readDecision(services)).toBeUndefined();
      expect(commentsOf(services, issueId).filter((text) => text.startsWith('Put back: '))).toHaveLength(1);
      const [entry] = (await services.activity.list(1)).entries;
      expect(entry).toMatchObject({ kind: 'put_back', code });
      expect(await handleCardChange(services, issueId)).toEqual({ kind: 'nothing' });
      expect(commentsOf(services, issueId).filter((text) => text.startsWith('Put back: '))).toHaveLength(1);
    },
  );

  it('is put back when not everything is shown, though it may be denied', async () => {
    const roles = Array.from({ length: 80 }, (_, index) => `role-${index}`);
    const { services, issueId } = await servicesWithCard(sampleSnapshot({ roles }));
    await approve(services, issueId);
    expect(await activityCodes(services)).toEqual(['content_incomplete']);
    services.clock.pass(60);
    services.site.move(issueId, STATUS.denied, approver);
    expect(await handleCardChange(services, issueId)).toEqual({ kind: 'decision_waits' });
  });

  it('is put back from a final state to Teleport’s', async () => {
    const { services, issueId } = await servicesWithCard(sampleSnapshot({ state: 'DENIED' }));
    services.site.move(issueId, STATUS.approved, approver);
    expect(await handleCardChange(services, issueId)).toEqual({ kind: 'put_back' });
    expect(services.site.get(issueId).statusId).toBe(STATUS.denied);
    expect(await activityCodes(services)).toEqual(['already_resolved']);
  });

  it('is not trusted when it was edited and set back before the move was seen', async () => {
    const { services, issueId } = await servicesWithCard();
    const { summary, description } = services.site.get(issueId);
    services.site.edit(issueId, 'requester-1', { summary: 'alice → viewer', description: forged });
    services.site.move(issueId, STATUS.approved, approver);
    services.site.edit(issueId, 'requester-1', { summary, description });
    expect(await handleCardChange(services, issueId)).toEqual({ kind: 'put_back' });
    expect(await activityCodes(services)).toEqual(['content_edited']);
    services.clock.pass(60);
    expect(await approve(services, issueId)).toEqual({ kind: 'decision_waits' });
  });

  it('is restored when it was edited, and decides with the next move', async () => {
    const { services, issueId } = await servicesWithCard();
    services.site.edit(issueId, 'requester-1', { summary: 'alice → viewer', description: forged });
    await approve(services, issueId);
    const issue = services.site.get(issueId);
    expect(issue.summary).toBe(renderIssue(sampleSnapshot()).summary);
    services.clock.pass(60);
    expect(await approve(services, issueId)).toEqual({ kind: 'decision_waits' });
  });

  it('drops the decision that waited', async () => {
    const { services, issueId } = await servicesWithCard();
    await approve(services, issueId);
    services.people.add(approver, { active: false });
    await handleCardChange(services, issueId);
    expect(await readDecision(services)).toBeUndefined();
  });

  it('is taken for nobody’s when the history names nobody, although an approver moved it before', async () => {
    const { services, issueId } = await servicesWithCard();
    services.site.move(issueId, STATUS.approved, approver);
    services.site.move(issueId, STATUS.pending, '');
    services.site.move(issueId, STATUS.approved, '');
    expect(await handleCardChange(services, issueId)).toEqual({ kind: 'put_back' });
    expect(await activityCodes(services)).toEqual(['not_human']);
  });

  it('is left to the delivery at work when the app itself moved it', async () => {
    const { services, issueId } = await servicesWithCard();
    services.site.move(issueId, STATUS.approved, APP_ACCOUNT);
    expect(await handleCardChange(services, issueId)).toEqual({ kind: 'nothing' });
    expect(await readDecision(services)).toBeUndefined();
  });
});

describe('a card that nobody ever moved', () => {
  it('is left to the delivery at work when its request was resolved before the issue was in place', async () => {
    const { services, issueId } = await servicesWithCard(sampleSnapshot({ state: 'APPROVED' }));
    const card = services.site.get(issueId);
    card.statusId = STATUS.pending;
    card.moves.length = 0;
    const said = card.comments.length;
    expect(await handleCardChange(services, issueId)).toEqual({ kind: 'nothing' });
    expect(card.comments).toHaveLength(said);
    expect(await activityCodes(services)).toEqual([]);
  });
});

describe('issues of others', () => {
  it('are never touched, whatever property they carry', async () => {
    const { services, issueId } = await servicesWithCard();
    const { property, summary, description } = services.site.get(issueId);
    const clone = services.site.addIssue({ summary, description, property, creator: APP_ACCOUNT });
    services.site.move(clone.id, STATUS.approved, approver);
    const effects = services.effects.done.length;
    expect(await handleCardChange(services, clone.id)).toEqual({ kind: 'not_linked' });
    expect(services.effects.done.length).toBe(effects);
    expect(clone.statusId).toBe(STATUS.approved);
    expect(await readDecision(services)).toBeUndefined();
  });

  it('cost one read of the store', async () => {
    const { services } = await servicesWithCard();
    const reads = services.kvs.reads;
    await handleCardChange(services, '99999');
    expect(services.kvs.reads).toBe(reads + 1);
  });
});

describe('an issue that was moved away or deleted', () => {
  it.each<[string, (services: FakeServices, issueId: string) => void]>([
    ['issue_gone', (services, id) => void services.site.issues.delete(id)],
    ['issue_detached', (services, id) => void (services.site.get(id).projectId = '20000')],
    ['issue_detached', (services, id) => void (services.site.get(id).issueTypeId = '20001')],
  ])('is %s: no decision, said once to the administrator, and left alone', async (code, happen) => {
    const { services, issueId } = await servicesWithCard();
    await approve(services, issueId);
    happen(services, issueId);
    const effects = services.effects.done.filter((name) => name.startsWith('jira')).length;
    await handleCardChange(services, issueId);
    await handleCardChange(services, issueId);
    expect(services.effects.done.filter((name) => name.startsWith('jira')).length).toBe(effects);
    expect(await readDecision(services)).toBeUndefined();
    expect(await readLink(services)).toMatchObject({ phase: 'detached', failure: { code } });
    expect(await activityCodes(services)).toEqual([code]);
  });

  it('does not decide after it came back, until the link is in step again', async () => {
    const { services, issueId } = await servicesWithCard();
    services.site.get(issueId).projectId = '20000';
    await handleCardChange(services, issueId);
    services.site.get(issueId).projectId = '10000';
    expect(await approve(services, issueId)).toEqual({ kind: 'nothing' });
  });
});

describe('when Jira cannot be asked', () => {
  it.each(['read', 'readAccount', 'appAccountId', 'transitions', 'addComment', 'transition'])(
    'in %s, the change is looked at again and nothing is said twice',
    async (call) => {
      const { services, issueId } = await servicesWithCard();
      services.people.add('somebody');
      services.site.fail(call, { rateLimitedSeconds: 7 });
      expect(await approve(services, issueId, 'somebody')).toMatchObject({
        kind: 'again',
        problem: { retryAfterSeconds: 7 },
      });
      expect(await handleCardChange(services, issueId)).toEqual({ kind: 'put_back' });
      expect(services.site.get(issueId).statusId).toBe(STATUS.pending);
      expect(commentsOf(services, issueId)).toHaveLength(1);
    },
  );
});

describe('a second connection', () => {
  it('does not stand for the cluster of the first', async () => {
    const { services, issueId, connectionId } = await servicesWithCard();
    await connect(services);
    await approve(services, issueId);
    expect((await readDecision(services))?.decision.connectionId).toBe(connectionId);
  });
});
