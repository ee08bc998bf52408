import fc from 'fast-check';
import { REQUEST_STATES } from '../../contract/access-request';
import { fakeIssueSettings } from '../../test/support/fakes/services';
import { APP_ACCOUNT, ISSUE_TYPE, PROJECT, STATUS } from '../../test/support/fakes/jira-site';
import { sampleIssueLink } from '../../test/support/fakes/samples';
import {
  isListed,
  judgeMover,
  namesNobody,
  readCard,
  validForMs,
  type CardFacts,
  type Mover,
  type StatusMove,
} from './card';
import { NO_APPROVERS, slotOfState, slotOfStatus } from './settings';

const settings = fakeIssueSettings();
const link = sampleIssueLink();

function move(changes: Partial<StatusMove> = {}): StatusMove {
  return {
    historyId: '100',
    accountId: 'approver-1',
    fromStatusId: STATUS.pending,
    toStatusId: STATUS.approved,
    at: Date.parse('2026-11-24T14:02:00Z'),
    isIssueMove: false,
    editors: [],
    ...changes,
  };
}

function facts(changes: Partial<CardFacts> = {}): CardFacts {
  return {
    issueId: link.issue.id,
    projectId: PROJECT,
    issueTypeId: ISSUE_TYPE,
    statusId: STATUS.approved,
    contentDigest: link.shown.contentDigest,
    lastMove: move(),
    appAccountId: APP_ACCOUNT,
    ...changes,
  };
}

describe('readCard', () => {
  it('takes a move from pending to approved or denied as the wish for it', () => {
    expect(readCard(facts(), link, 'PENDING', settings)).toMatchObject({ kind: 'asks', verdict: 'approve' });
    const denied = facts({ statusId: STATUS.denied, lastMove: move({ toStatusId: STATUS.denied }) });
    expect(readCard(denied, link, 'PENDING', settings)).toMatchObject({ kind: 'asks', verdict: 'deny' });
  });

  it.each<[string, Partial<CardFacts>]>([
    ['another issue', { issueId: '1' }],
    ['another project', { projectId: '20000' }],
    ['another type', { issueTypeId: '20001' }],
  ])('calls %s detached', (_, changes) => {
    expect(readCard(facts(changes), link, 'PENDING', settings).kind).toBe('detached');
  });

  it('takes nothing from the card of a link that was detached, though it stands where it was again', () => {
    expect(readCard(facts(), { ...link, phase: 'detached' }, 'PENDING', settings).kind).toBe('detached');
  });

  it.each<[string, Partial<CardFacts>]>([
    ['no_history', { lastMove: undefined }],
    ['no_history', { lastMove: move({ toStatusId: STATUS.denied }) }],
    ['issue_moved', { lastMove: move({ isIssueMove: true }) }],
    ['not_from_pending', { lastMove: move({ fromStatusId: STATUS.denied }) }],
    ['not_from_pending', { lastMove: move({ fromStatusId: STATUS.review }) }],
    ['content_edited', { contentDigest: 'other' }],
    ['content_edited', { lastMove: move({ editors: [APP_ACCOUNT, 'requester-1'] }) }],
    ['content_edited', { lastMove: move({ editors: [''] }) }],
    ['not_a_decision', { statusId: STATUS.expired, lastMove: move({ toStatusId: STATUS.expired }) }],
  ])('refuses with %s', (code, changes) => {
    expect(readCard(facts(changes), link, 'PENDING', settings)).toMatchObject({ kind: 'misplaced', code });
  });

  it('lets the app itself have written the content', () => {
    const written = facts({ lastMove: move({ editors: [APP_ACCOUNT] }) });
    expect(readCard(written, link, 'PENDING', settings).kind).toBe('asks');
  });

  it('refuses a move by somebody who cannot have read what the app wrote just before', () => {
    const at = move().at;
    const reading = (shownAt: number) =>
      readCard(facts(), { ...link, shown: { ...link.shown, at: shownAt } }, 'PENDING', settings);
    expect(reading(at + 1)).toMatchObject({ kind: 'misplaced', code: 'changed_since_shown' });
    expect(reading(at - 9_000)).toMatchObject({ kind: 'misplaced', code: 'changed_since_shown' });
    expect(reading(at - 11_000).kind).toBe('asks');
  });

  it('refuses any card in strict mode, and an approval of what is not shown in full', () => {
    expect(readCard(facts(), link, 'PENDING', { ...settings, strictMode: true })).toMatchObject({
      code: 'strict_mode',
    });
    const incomplete = { ...link, shown: { ...link.shown, complete: false } };
    expect(readCard(facts(), incomplete, 'PENDING', settings)).toMatchObject({ code: 'content_incomplete' });
    const denied = facts({ statusId: STATUS.denied, lastMove: move({ toStatusId: STATUS.denied }) });
    expect(readCard(denied, incomplete, 'PENDING', settings).kind).toBe('asks');
  });

  it('never takes anything but a move out of pending while the request waits as a decision', () => {
    const status = fc.constantFrom(...Object.values(STATUS));
    fc.assert(
      fc.property(status, status, status, fc.constantFrom(...REQUEST_STATES), (now, from, to, state) => {
        const card = facts({ statusId: now, lastMove: move({ fromStatusId: from, toStatusId: to }) });
        const reading = readCard(card, link, state, settings);
        const slot = slotOfStatus(settings, now);
        const isDecision =
          state === 'PENDING' &&
          from === STATUS.pending &&
          to === now &&
          (slot === 'approved' || slot === 'denied');
        expect(reading.kind === 'asks').toBe(isDecision);
        if (slot === undefined) expect(reading.kind).toBe('unmapped');
        if (slot === slotOfState(state)) expect(reading.kind).toBe('in_step');
      }),
      { numRuns: 500 },
    );
  });
});

describe('judgeMover', () => {
  const person: Mover = {
    accountId: 'approver-1',
    accountType: 'atlassian',
    active: true,
    guest: false,
    groupIds: [],
    email: undefined,
  };
  const input = {
    ...{ verdict: 'approve' as const, requester: 'alice', appAccountId: APP_ACCOUNT, settings },
    isApprover: true,
  };
  const judge = (changes: Partial<Mover>, more: Partial<typeof input> = {}) =>
    judgeMover({ ...person, ...changes }, { ...input, ...more });

  it('lets an approver decide, and nobody else', () => {
    expect(judge({})).toEqual({ allowed: true });
    expect(judge({}, { isApprover: false })).toEqual({ allowed: false, code: 'not_approver' });
  });

  it.each<[string, Partial<Mover>]>([
    ['moved_by_app', { accountId: APP_ACCOUNT }],
    ['not_human', { accountType: 'app' }],
    ['not_human', { accountType: 'customer' }],
    ['not_human', { accountType: 'unknown' }],
    ['inactive', { active: false }],
    ['guest', { guest: true }],
    ['own_request', { email: 'ALICE' }],
  ])('refuses with %s', (code, changes) => {
    expect(judge(changes)).toEqual({ allowed: false, code });
  });

  it('lets nobody decide while no approver is chosen', () => {
    const nobody = { ...settings, approvers: NO_APPROVERS };
    expect(judge({}, { settings: nobody })).toEqual({ allowed: false, code: 'nobody_may_approve' });
  });

  it('keeps a requester who is linked from approving, not from denying', () => {
    const people = [{ teleportUser: 'alice', accountId: 'approver-1' }];
    const linked = { ...settings, people };
    expect(judge({}, { settings: linked })).toEqual({ allowed: false, code: 'own_request' });
    expect(judgeMover(person, { ...input, verdict: 'deny', settings: linked })).toEqual({ allowed: true });
    expect(judge({}, { settings: linked, requester: 'dave' })).toEqual({ allowed: true });
  });
});

describe('an approver list', () => {
  it('names people and groups', () => {
    const { approvers } = settings;
    const mover: Mover = {
      ...{ accountId: 'other', accountType: 'atlassian', active: true, guest: false },
      ...{ groupIds: ['group-2'], email: undefined },
    };
    expect(isListed(mover, approvers)).toBe(false);
    expect(isListed({ ...mover, accountId: 'approver-1' }, approvers)).toBe(true);
    expect(isListed({ ...mover, groupIds: ['group-2', 'group-1'] }, approvers)).toBe(true);
  });

  it('names nobody when all of it is empty', () => {
    expect(namesNobody(NO_APPROVERS)).toBe(true);
    expect(namesNobody({ ...NO_APPROVERS, projectRoleIds: ['1'] })).toBe(false);
    expect(namesNobody({ ...NO_APPROVERS, permission: true })).toBe(false);
  });
});

describe('validForMs', () => {
  it('is minutes for an approval and hours for a denial', () => {
    expect(validForMs('approve', settings)).toBe(15 * 60_000);
    expect(validForMs('deny', settings)).toBe(24 * 3_600_000);
  });
});
