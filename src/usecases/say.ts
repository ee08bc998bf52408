import type { AppComment } from '../domain/comments';
import type { CommentView, JiraResult, Services } from './ports';

/** A comment that must stand on an issue once. */
export interface Saying {
  comment: AppComment;
  /** Only comments from then on count as the same, Unix milliseconds by Jira's clock; absent when all do. */
  since?: number;
  /** Said at an earlier time, or not at all: it is not said now, but it must not stand twice. */
  isPast?: boolean;
}

/** Where the comments go, and what is known to stand there. */
export interface Audience {
  issueId: string;
  known: readonly CommentView[];
  appAccountId: string;
  internal: boolean;
}

/**
 * Sees to it that each comment stands on the issue once, although any number of invocations may do the same at the same time
 * and Jira offers no conditional write: whoever wrote reads back and removes every double but the oldest. Whichever write
 * came last, its read-back sees all of them, and all agree which one stays. The read-back also tells whether a write of
 * uncertain outcome was done.
 *
 * @returns the id of each comment that is to be said.
 */
export async function say(
  services: Pick<Services, 'issues'>,
  audience: Audience,
  sayings: readonly Saying[],
): Promise<JiraResult<string[]>> {
  const { issueId } = audience;
  let mayHaveWritten = false;
  let failed: (JiraResult<never> & { ok: false }) | undefined;
  for (const saying of sayings) {
    if (saying.isPast === true || commentsOf(audience, saying).length > 0) continue;
    const added = await services.issues.addComment(issueId, saying.comment.body, audience);
    mayHaveWritten ||= added.ok || added.problem.kind === 'uncertain';
    if (added.ok) continue;
    failed = added;
    break;
  }
  const isDoubled = sayings.some((saying) => commentsOf(audience, saying).length > 1);
  if (failed !== undefined && !mayHaveWritten) return failed;
  const heard =
    mayHaveWritten || isDoubled ? await readBack(services, audience, sayings) : succeed(audience.known);
  if (!heard.ok) return failed ?? heard;
  const wanted = sayings.filter(({ isPast }) => isPast !== true);
  const ids = wanted.flatMap((saying) => oldest(heard.value, audience, saying) ?? []);
  return ids.length === wanted.length ? succeed(ids) : (failed ?? NOT_SHOWN);
}

const NOT_SHOWN: JiraResult<never> = {
  ok: false,
  problem: { kind: 'uncertain', detail: 'Jira does not show a comment that was just made.' },
};

/** Reads the comments again and removes doubles. @returns all comments that are known now. */
async function readBack(
  services: Pick<Services, 'issues'>,
  audience: Audience,
  sayings: readonly Saying[],
): Promise<JiraResult<readonly CommentView[]>> {
  const recent = await services.issues.recentComments(audience.issueId);
  if (!recent.ok) return recent;
  const recentIds = new Set(recent.value.map((comment) => comment.id));
  const all = [...recent.value, ...audience.known.filter((comment) => !recentIds.has(comment.id))];
  for (const saying of sayings) {
    for (const double of commentsOf({ ...audience, known: all }, saying).slice(1)) {
      const deleted = await services.issues.deleteComment(audience.issueId, double.id);
      // Without the right to delete its own comments the app can only leave it.
      if (!deleted.ok && deleted.problem.kind !== 'refused') return deleted;
    }
  }
  return succeed(all);
}

function oldest(known: readonly CommentView[], audience: Audience, saying: Saying): string | undefined {
  return commentsOf({ ...audience, known }, saying)[0]?.id;
}

/** The comments that say the same, oldest id first. */
function commentsOf(audience: Audience, { comment, since }: Saying): CommentView[] {
  const begins = oneLine(comment.identity);
  return audience.known
    .filter((known) => known.accountId === audience.appAccountId && known.createdAt >= (since ?? 0))
    .filter((known) => oneLine(known.text).startsWith(begins))
    .sort((a, b) => Number(a.id) - Number(b.id));
}

function oneLine(text: string): string {
  return text.replace(/\s+/g, ' ').trim();
}

function succeed<T>(value: T): JiraResult<T> {
  return { ok: true, value };
}
