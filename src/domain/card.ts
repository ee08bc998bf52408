import type { RequestState } from '../../contract/access-request';
import type { IssueLink } from './link';
import type { IssueSettings } from './routing';
import { slotOfState, slotOfStatus, type Approvers } from './settings';

/** A change of status as Jira's history tells it. */
export interface StatusMove {
  historyId: string;
  /** Empty when the history does not name anybody. */
  accountId: string;
  fromStatusId: string;
  toStatusId: string;
  /** Unix milliseconds. */
  at: number;
  /** True when the same entry changed project or type: the issue was moved, not the card. */
  isIssueMove: boolean;
  /** Accounts that changed summary or description between the change of status before this one and this one. */
  editors: readonly string[];
}

/** What an issue looks like now, by a strongly consistent read. */
export interface CardFacts {
  issueId: string;
  projectId: string;
  issueTypeId: string;
  statusId: string;
  contentDigest: string;
  lastMove: StatusMove | undefined;
  appAccountId: string;
}

/** A move so soon after the app rewrote the issue was made by somebody who cannot have read it, in milliseconds. */
const READING_MS = 10_000;

/** Why a card was not accepted as a decision. */
export const CARD_REFUSALS = [
  'already_resolved',
  'not_a_decision',
  'strict_mode',
  'content_edited',
  'content_incomplete',
  'no_history',
  'not_from_pending',
  'issue_moved',
  'moved_by_app',
  'not_human',
  'inactive',
  'guest',
  'nobody_may_approve',
  'not_approver',
  'own_request',
  'observe_only',
  'source_not_accepted',
  'no_connection',
  'too_late',
  'too_many',
  'changed_since_shown',
  'refused_by_teleport',
] as const;
export type CardRefusal = (typeof CARD_REFUSALS)[number];

/** What the place of a card means, before asking who moved it. */
export type CardReading =
  /** The card is where Teleport's state belongs. */
  | { kind: 'in_step' }
  /** Its status has no meaning here. */
  | { kind: 'unmapped' }
  /** The issue left the mapped project or type. */
  | { kind: 'detached' }
  /** The card is where it must not be. */
  | { kind: 'misplaced'; code: CardRefusal; move: StatusMove | undefined }
  /** The card asks for a decision; who moved it is still to be checked. */
  | { kind: 'asks'; verdict: 'approve' | 'deny'; move: StatusMove };

/**
 * Reads a linked card. Jira's history is the truth about who moved it where; the link record is the truth about which
 * request it belongs to; everything else that the issue says (properties, labels, reporter) is not looked at.
 */
export function readCard(
  facts: CardFacts,
  link: IssueLink,
  state: RequestState,
  settings: IssueSettings,
): CardReading {
  if (facts.issueId !== link.issue.id || link.phase !== 'linked') return { kind: 'detached' };
  if (facts.projectId !== link.issue.projectId || facts.issueTypeId !== link.issue.issueTypeId)
    return { kind: 'detached' };
  const slot = slotOfStatus(settings, facts.statusId);
  if (slot === undefined) return { kind: 'unmapped' };
  if (slot === slotOfState(state)) return { kind: 'in_step' };
  const misplaced = (code: CardRefusal): CardReading => ({ kind: 'misplaced', code, move: facts.lastMove });
  if (state !== 'PENDING') return misplaced('already_resolved');
  if (slot === 'expired' || slot === 'pending') return misplaced('not_a_decision');
  const move = facts.lastMove;
  if (move === undefined || move.toStatusId !== facts.statusId) return misplaced('no_history');
  if (move.isIssueMove) return misplaced('issue_moved');
  if (slotOfStatus(settings, move.fromStatusId) !== 'pending') return misplaced('not_from_pending');
  if (settings.strictMode) return misplaced('strict_mode');
  if (move.at < link.shown.at + READING_MS) return misplaced('changed_since_shown');
  if (facts.contentDigest !== link.shown.contentDigest) return misplaced('content_edited');
  // Edited and set back: it says the right thing now, but not while the card waited for the one who moved it.
  if (move.editors.some((accountId) => accountId !== facts.appAccountId)) return misplaced('content_edited');
  // A denial takes nothing that the approver must have read in full.
  if (!link.shown.complete && slot === 'approved') return misplaced('content_incomplete');
  return { kind: 'asks', verdict: slot === 'approved' ? 'approve' : 'deny', move };
}

/** How long after the move a decision stays valid, in milliseconds. */
export function validForMs(verdict: 'approve' | 'deny', settings: IssueSettings): number {
  return verdict === 'approve'
    ? settings.approveWithinMinutes * 60_000
    : settings.denyWithinHours * 3_600_000;
}

/** An account as Jira describes it at the moment of the check. */
export interface Mover {
  accountId: string;
  accountType: string;
  active: boolean;
  guest: boolean;
  groupIds: readonly string[];
  email: string | undefined;
}

/** Whether an approver list names nobody at all. */
export function namesNobody({ groupIds, accountIds, projectRoleIds, permission }: Approvers): boolean {
  return groupIds.length + accountIds.length + projectRoleIds.length === 0 && !permission;
}

/** Whether an approver list names an account by itself or by one of its groups. */
export function isListed(mover: Mover, { groupIds, accountIds }: Approvers): boolean {
  return accountIds.includes(mover.accountId) || mover.groupIds.some((id) => groupIds.includes(id));
}

/** Why no list whatever could make an account an approver: only active people of the site decide. */
export function refusalOfAccount(mover: Mover, appAccountId: string): CardRefusal | undefined {
  if (mover.accountId === appAccountId) return 'moved_by_app';
  if (mover.accountType !== 'atlassian') return 'not_human';
  if (!mover.active) return 'inactive';
  return mover.guest ? 'guest' : undefined;
}

/**
 * Whether an account may decide: an active human who is an approver now, and who is not known to be the requester when
 * approving (a requester may always deny their own request, if an approver).
 *
 * @param input.isApprover whether the account is an approver at this moment, by whatever the settings name.
 */
export function judgeMover(
  mover: Mover,
  input: {
    verdict: 'approve' | 'deny';
    requester: string;
    appAccountId: string;
    settings: IssueSettings;
    isApprover: boolean;
  },
): { allowed: true } | { allowed: false; code: CardRefusal } {
  const refuse = (code: CardRefusal) => ({ allowed: false, code }) as const;
  const { approvers, people } = input.settings;
  const unfit = refusalOfAccount(mover, input.appAccountId);
  if (unfit !== undefined) return refuse(unfit);
  if (namesNobody(approvers)) return refuse('nobody_may_approve');
  if (!input.isApprover) return refuse('not_approver');
  if (input.verdict === 'approve' && isRequester(mover, input.requester, people))
    return refuse('own_request');
  return { allowed: true };
}

function isRequester(mover: Mover, requester: string, people: IssueSettings['people']): boolean {
  const linked = people.some(
    (person) => person.teleportUser === requester && person.accountId === mover.accountId,
  );
  return linked || mover.email?.toLowerCase() === requester.toLowerCase();
}
