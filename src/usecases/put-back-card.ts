import { accountMark } from '../domain/account-mark';
import type { RequestSnapshot } from '../../contract/access-request';
import type { CardRefusal, StatusMove } from '../domain/card';
import { approversSentence, putBackComment, refusalText } from '../domain/comments';
import { contentDigest, renderIssue } from '../domain/issue-content';
import type { IssueLink } from '../domain/link';
import type { IssueSettings } from '../domain/routing';
import { planPutBack, rememberPutBack, type PutBackPlan } from '../domain/put-back';
import { namedApprovers } from './approver';
import { findWay, propertyOf, standsInSlot, takeWay } from './issue-moves';
import type { IssueView, JiraResult, Services } from './ports';
import { say } from './say';

/** A card to move to where Teleport's state belongs. */
export interface PutBackInput {
  settings: IssueSettings;
  link: IssueLink;
  snapshot: RequestSnapshot;
  /** As just read, with its history. */
  issue: IssueView;
  appAccountId: string;
  code: CardRefusal;
  /** The move to take back, as far as the history shows it. */
  move: StatusMove | undefined;
  /** Why is told elsewhere: a card that goes back needs no words and no entry then. */
  isTold: boolean;
}

/**
 * Puts a card back and says why on the issue, without ever looping: repeated put-backs edit their comment, and after a few
 * the card is left where it is. Edited content is restored first, and the move comes last: after a crash the card still
 * stands in the wrong place, and what was said before is recognised.
 */
export async function putBack(services: Services, input: PutBackInput): Promise<JiraResult<void>> {
  const { settings, link, snapshot, code, move } = input;
  const issueId = link.issue.id;
  const restored = code === 'content_edited' ? await restoreContent(services, input) : DONE;
  if (!restored.ok) return restored;
  const earlier = await services.putBacks.read(issueId);
  const actor = move === undefined ? '' : accountMark(issueId, move.accountId);
  const historyId = move?.historyId ?? '';
  const plan = planPutBack(earlier, { at: services.now(), actor, code, historyId });
  if (plan.move === 'leave' && plan.comment.kind === 'none') return DONE;
  const way = await findWay(services, settings, issueId, snapshot.state);
  if (!way.ok) return way;
  if (way.value === undefined) {
    const there = await standsInSlot(services, settings, issueId, snapshot.state);
    if (!there.ok) return there;
    if (there.value) return DONE;
  }
  const goes = plan.move === 'move' ? way.value : undefined;
  const left = goes === undefined;
  if (plan.comment.kind !== 'none') {
    const place = !left ? 'moved' : plan.move === 'leave' ? 'left' : 'no_way_back';
    const isTold = input.isTold && !left;
    const said = isTold ? NOTHING_SAID : await sayWhy(services, input, plan, place);
    if (!said.ok) return said;
    const entry = { at: services.now(), actor, code, historyId, commentId: said.value, left };
    await services.putBacks.write(issueId, rememberPutBack(earlier, entry));
    if (!isTold) await note(services, input, left);
  }
  if (goes === undefined) return DONE;
  return takeWay(services, goes, { issueId, property: propertyOf(snapshot, link.attemptId) });
}

/** Refusals after which it helps to know whom to ask. */
const TELLS_WHO: readonly CardRefusal[] = ['not_approver', 'own_request', 'guest', 'inactive'];

const DONE: JiraResult<void> = { ok: true, value: undefined };
const NOTHING_SAID: JiraResult<string | undefined> = { ok: true, value: undefined };

async function restoreContent(services: Services, input: PutBackInput): Promise<JiraResult<void>> {
  const { issue, link, snapshot } = input;
  const isAsWritten = contentDigest(issue.summary, issue.description) === link.shown.contentDigest;
  return isAsWritten ? DONE : services.issues.edit(issue.id, renderIssue(snapshot));
}

/** @returns the id of the comment that says it. */
async function sayWhy(
  services: Services,
  input: PutBackInput,
  plan: PutBackPlan,
  place: 'moved' | 'left' | 'no_way_back',
): Promise<JiraResult<string | undefined>> {
  const { issue, appAccountId, settings, move } = input;
  const who = TELLS_WHO.includes(input.code)
    ? approversSentence(await namedApprovers(services, settings))
    : '';
  const comment = putBackComment(input.code, place, who);
  if (plan.comment.kind === 'edit') {
    const { commentId } = plan.comment;
    const edited = await services.issues.updateComment(issue.id, commentId, comment.body);
    if (edited.ok) return { ok: true, value: commentId };
    if (edited.problem.kind !== 'not_found') return edited;
  }
  const audience = {
    issueId: issue.id,
    known: issue.comments,
    appAccountId,
    internal: settings.internalComments,
  };
  const said = await say(services, audience, [{ comment, since: move?.at ?? 0 }]);
  return said.ok ? { ok: true, value: said.value[0] } : said;
}

async function note(services: Services, input: PutBackInput, left: boolean): Promise<void> {
  const { link, code, move } = input;
  services.log.info(left ? 'a card was left in the wrong place' : 'a card was put back', {
    code,
    issueId: link.issue.id,
  });
  const entry = {
    kind: left ? ('failure' as const) : ('put_back' as const),
    code,
    text: `${left ? 'A card was left in the wrong place' : 'A card was put back'}: ${refusalText(code)}`,
    cluster: link.cluster,
    requestId: link.requestId,
    issueId: link.issue.id,
    issueKey: link.issue.key,
    ...(move !== undefined && move.accountId !== '' && { accountId: move.accountId }),
  };
  if (move === undefined) await services.activity.add(entry);
  else
    await services.activity.addOnce({
      ...entry,
      id: `put-back-${link.issue.id}-${move.historyId}`,
      at: move.at,
    });
}
