import { isAutomaticReview, type AccessReview, type RequestSnapshot } from '../../contract/access-request';
import type { ReportedOutcome } from '../../contract/decision';
import {
  doc,
  fitting,
  inline,
  paragraph,
  plainText,
  quote,
  strong,
  type AdfDocument,
  type AdfInline,
} from './adf';
import type { CardRefusal } from './card';
import { describeTime } from './issue-content';
import { cleanLine, cleanText, shorten } from './text';

const MAX_REASON = 4096;
/** A quotation's share of a comment's document, well under Jira's 32,767 characters. */
const MAX_QUOTE_JSON = 20_000;

/** A comment of the app. */
export interface AppComment {
  body: AdfDocument;
  /** How its text begins. A comment of the app that begins so says the same thing, whatever follows. */
  identity: string;
}

/** Says on the issue that somebody reviewed the request in Teleport. One for each review. */
export function reviewComment(review: AccessReview): AppComment {
  const verb = { APPROVED: 'approves', DENIED: 'denies', PROMOTED: 'promotes' }[review.verdict];
  const author = isAutomaticReview(review) ? 'A rule for automatic reviews' : cleanLine(review.author);
  return comment(
    strong(author),
    ` ${verb} in Teleport, ${describeTime(review.createdAt)}.`,
    '',
    review.reason,
  );
}

/** Says how the request ended. One such comment exists for each final state of a request. */
export function resolutionComment(snapshot: RequestSnapshot): AppComment | undefined {
  switch (snapshot.state) {
    case 'PENDING':
      return undefined;
    case 'APPROVED': {
      const end = snapshot.accessExpiresAt;
      const until = end === undefined ? '' : ` Access ends ${describeTime(end)}.`;
      return comment(strong('Approved'), ' in Teleport.', until, snapshot.resolveReason);
    }
    case 'DENIED':
      return comment(strong('Denied'), ' in Teleport.', '', snapshot.resolveReason);
    case 'PROMOTED': {
      const list = snapshot.promotedAccessList;
      const target =
        list === undefined ? 'an access list' : `the access list “${cleanLine(list.title || list.name)}”`;
      const what = ` the requester became a member of ${target} instead.`;
      return comment(strong('Promoted'), ' in Teleport:', what, snapshot.resolveReason);
    }
    case 'EXPIRED':
      return comment(strong('Expired'), ': the request ended in Teleport before anyone decided.');
  }
}

/**
 * Says what became of a decision that was made on the issue, where the request's own end does not say it. The time of the
 * report tells one decision's outcome from the next one's.
 */
export function outcomeComment({ outcome, at }: ReportedOutcome): AppComment | undefined {
  const time = describeTime(at);
  switch (outcome.kind) {
    case 'applied':
      return undefined;
    case 'recorded':
      return comment(strong('Counted'), `, ${time}:`, ` ${cleanLine(outcome.text)} The request still waits.`);
    case 'already_resolved':
      return comment(
        strong('Too late'),
        `, ${time}: the request was already resolved in Teleport when the decision made here arrived.`,
      );
    case 'refused':
      return comment(strong('Not accepted by Teleport'), `, ${time}:`, ` ${cleanLine(outcome.text)}`);
    case 'gone':
      return comment(
        strong('Without effect'),
        `, ${time}: Teleport no longer holds the request that was decided here.`,
      );
  }
}

const WORDS: Readonly<Record<CardRefusal, string>> = {
  already_resolved: 'the request is already resolved in Teleport, and a card cannot change that.',
  not_a_decision:
    'only Teleport lets a request expire. Move it to the approved or the denied status to decide.',
  strict_mode: 'on this site moving a card does not decide.',
  content_edited:
    'its summary or description had been changed, so it may not show what is really asked for. Both are restored: read them and move the card again.',
  content_incomplete:
    'not everything that is asked for fits on this issue. Read the whole request in Teleport and approve it there.',
  no_history: 'its history does not show who moved it.',
  not_from_pending: 'it did not come from the pending status.',
  issue_moved: 'the issue was moved between projects or types, which is not a decision.',
  moved_by_app: 'it was moved by an app.',
  not_human: 'it was moved by an app or an automation, and only people may decide.',
  inactive: 'the account that moved it is no longer active.',
  guest: 'the account that moved it is a guest of this site.',
  nobody_may_approve:
    'nobody is set up to decide in Jira. A Jira administrator can choose approvers in the app’s settings.',
  not_approver: 'the person who moved it is not one of the approvers.',
  own_request: 'nobody may approve their own request.',
  observe_only: 'the relay only shows requests here; decide in Teleport.',
  source_not_accepted: 'the relay does not accept decisions made by moving a card; decide in Teleport.',
  no_connection: 'no confirmed connection to this Teleport cluster exists.',
  too_late:
    'Teleport could not be reached in time, so the decision is void. Move the card again if it still stands.',
  too_many:
    'its mover moved many cards within a minute, which may not have been read one by one. Decide this one by the buttons on the issue.',
  changed_since_shown:
    'the request changed in Teleport after this issue showed it. Read it again and decide anew.',
  refused_by_teleport: 'Teleport did not accept the decision.',
};

/** Who may decide, as far as names are known. */
export interface NamedApprovers {
  groups: readonly string[];
  roles: readonly string[];
  /** How many people are chosen by themselves. They are not named: a comment cannot forget a name again. */
  people: number;
  permission: boolean;
}

/** Most names of groups and roles that a comment holds. */
const MAX_NAMED = 5;

/** Who may decide, in one sentence; empty when nothing is known. */
export function approversSentence({ groups, roles, people, permission }: NamedApprovers): string {
  const named = (names: readonly string[]) =>
    names
      .slice(0, MAX_NAMED)
      .map((name) => `“${shorten(cleanLine(name), 80)}”`)
      .join(', ') + (names.length > MAX_NAMED ? ' and others' : '');
  const kinds = [
    ...(groups.length > 0 ? [`members of ${named(groups)}`] : []),
    ...(roles.length > 0 ? [`whoever has the project role ${named(roles)}`] : []),
    ...(permission ? ['holders of the permission “Decide Teleport access requests”'] : []),
    ...(people > 0 ? [people === 1 ? 'one person chosen by name' : `${people} people chosen by name`] : []),
  ];
  return kinds.length === 0 ? '' : ` Those who may decide: ${kinds.join('; ')}.`;
}

/**
 * Says why a card was put back, or why it was left although it is in the wrong place.
 *
 * @param who may decide, as a sentence, where that helps.
 */
export function putBackComment(
  code: CardRefusal,
  moved: 'moved' | 'left' | 'no_way_back',
  who = '',
): AppComment {
  const ending = {
    moved: '',
    left: ' It was put back several times just now, so it is left here; Teleport’s state stands.',
    no_way_back: ' The workflow has no transition back from here, so it is left; Teleport’s state stands.',
  }[moved];
  const head = strong(moved === 'moved' ? 'Put back' : 'Not a decision');
  return comment(head, `: ${WORDS[code]}${ending}`, who);
}

/** The plain words of a refusal, for the activity list. */
export function refusalText(code: CardRefusal): string {
  return WORDS[code];
}

/** Says that the request was changed in Teleport while it is pending. */
export function changedComment(): AppComment {
  return comment(
    strong('Changed in Teleport'),
    ': what is asked for is now different; summary and description show it.',
  );
}

/** Says on a late double that another issue stands for the request. */
export function doubleComment(issueKey: string): AppComment {
  return comment(
    [],
    `This issue is a double and decides nothing; the request is handled in ${cleanLine(issueKey)}.`,
  );
}

/** A comment that begins with `head` and `rest`, which identify it; then more words, then a quoted reason. */
function comment(head: AdfInline[], rest: string, more = '', reason = ''): AppComment {
  const opening = paragraph(head, inline(rest));
  const first = paragraph(head, inline(rest + more));
  const quoted = fitting(shorten(cleanText(reason).trim(), MAX_REASON), MAX_QUOTE_JSON);
  return {
    body: quoted === '' ? doc(first) : doc(first, quote(quoted)),
    identity: plainText(opening).trim(),
  };
}
