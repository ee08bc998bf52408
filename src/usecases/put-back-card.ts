import type { RequestSnapshot } from '../../contract/access-request';
import type { CardRefusal } from '../domain/card';
import { putBackComment, refusalText } from '../domain/comments';
import { renderIssue } from '../domain/issue-content';
import type { IssueLink } from '../domain/link';
import { LEFT, planPutBack, rememberPutBack } from '../domain/put-back';
import { moveToStateSlot } from './issue-moves';
import type { JiraResult, Services, StoredSettings } from './ports';

/** A card to move to where Teleport's state belongs. */
export interface PutBackInput {
  stored: StoredSettings;
  link: IssueLink;
  snapshot: RequestSnapshot;
  /** Why; absent when the move back is part of normal progress and needs no words. */
  code: CardRefusal | undefined;
  /** Account that moved the card. */
  actor: string;
}

/**
 * Puts a card back and says why on the issue, without ever looping: repeated put-backs edit their comment, and after a few
 * the card is left where it is. Edited content is restored, so that the next look shows what is really asked for.
 */
export async function putBack(services: Services, input: PutBackInput): Promise<JiraResult<void>> {
  const { stored, link, snapshot, code, actor } = input;
  const issueId = link.issue.id;
  const target = { issueId, snapshot, attemptId: link.attemptId };
  if (code === undefined) {
    const moved = await moveToStateSlot(services, stored.settings, target);
    return moved.kind === 'problem' ? { ok: false, problem: moved.problem } : { ok: true, value: undefined };
  }
  if (code === 'content_edited') {
    const restored = await services.issues.edit(issueId, renderIssue(snapshot));
    if (!restored.ok) return restored;
  }
  const earlier = await services.putBacks.read(issueId);
  const plan = planPutBack(earlier, { at: services.now(), actor, code });
  const moved =
    plan.move === 'move'
      ? await moveToStateSlot(services, stored.settings, target)
      : ({ kind: 'left' } as const);
  if (moved.kind === 'problem') return { ok: false, problem: moved.problem };
  if (plan.comment.kind === 'none') return { ok: true, value: undefined };

  const place = moved.kind === 'no_way' ? 'no_way_back' : moved.kind;
  const body = putBackComment(code, place);
  const said =
    plan.comment.kind === 'edit'
      ? await services.issues.updateComment(issueId, plan.comment.commentId, body)
      : await services.issues.addComment(issueId, body, { internal: stored.internalComments });
  const commentId =
    plan.comment.kind === 'edit' ? plan.comment.commentId : said.ok ? said.value?.id : undefined;
  const entry = { at: services.now(), actor, code: moved.kind === 'moved' ? code : LEFT, commentId };
  await services.putBacks.write(issueId, rememberPutBack(earlier, entry));
  await services.activity.add({
    kind: moved.kind === 'moved' ? 'put_back' : 'failure',
    code,
    text: `${moved.kind === 'moved' ? 'A card was put back' : 'A card was left in the wrong place'}: ${refusalText(code)}`,
    cluster: link.cluster,
    requestId: link.requestId,
    issueId,
    issueKey: link.issue.key,
    accountId: actor,
  });
  return said.ok ? { ok: true, value: undefined } : said;
}
