import { z } from 'zod';

/** One time that the app moved a card back, or gave up doing so. Kept apart from the link, and only for a while. */
export const putBack = z.object({
  at: z.number().int().nonnegative(),
  actor: z.string(),
  code: z.string(),
  commentId: z.string().optional(),
});
export type PutBack = z.infer<typeof putBack>;

const WINDOW_MS = 10 * 60_000;
/** So many times within ten minutes the app moves a card back; then it leaves the card and says so. */
export const MAX_PUT_BACKS = 2;

/** What to do about a misplaced card, so that nothing loops and nobody is flooded. */
export interface PutBackPlan {
  /** `leave`: it was put back too often just now. */
  move: 'move' | 'leave';
  /** `edit` names the comment that already says the same; `none`: it was said, and nothing is new. */
  comment: { kind: 'post' } | { kind: 'edit'; commentId: string } | { kind: 'none' };
}

/**
 * Plans a put-back from the ones before it. The same actor and reason within ten minutes edit the earlier comment; after
 * two put-backs in ten minutes the card is left where it is, with one comment.
 */
export function planPutBack(
  earlier: readonly PutBack[],
  next: { at: number; actor: string; code: string },
): PutBackPlan {
  const recent = earlier.filter((entry) => next.at - entry.at < WINDOW_MS);
  const left = recent.find((entry) => entry.code === LEFT);
  if (left) return { move: 'leave', comment: { kind: 'none' } };
  if (recent.length >= MAX_PUT_BACKS) return { move: 'leave', comment: { kind: 'post' } };
  const same = recent.find(
    (entry) => entry.actor === next.actor && entry.code === next.code && entry.commentId !== undefined,
  );
  return {
    move: 'move',
    comment: same?.commentId === undefined ? { kind: 'post' } : { kind: 'edit', commentId: same.commentId },
  };
}

/** The code under which giving up is remembered. */
export const LEFT = 'left';

/** Remembers a put-back, keeping the recent ones only. */
export function rememberPutBack(earlier: readonly PutBack[], entry: PutBack): PutBack[] {
  return [...earlier.filter((known) => entry.at - known.at < WINDOW_MS), entry].slice(-10);
}
