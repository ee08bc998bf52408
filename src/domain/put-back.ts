import * as z from 'zod';

/** One time that the app moved a card back, or gave up doing so. Kept apart from the link, and only for a while. */
export const putBack = z.object({
  at: z.number().int().nonnegative(),
  /** Who moved it, by a mark that names nobody. */
  actor: z.string(),
  code: z.string(),
  /** The move that was answered; empty when the history does not show it. */
  historyId: z.string(),
  commentId: z.string().optional(),
  /** Whether the card was left where it is. */
  left: z.boolean(),
});
export type PutBack = z.infer<typeof putBack>;

const WINDOW_MS = 10 * 60_000;
/** So many times within ten minutes the app moves a card back; then it leaves the card and says so. */
const MAX_PUT_BACKS = 2;
/** Entries kept for one issue. */
const MAX_KEPT = 10;

/** What to do about a misplaced card, so that nothing loops and nobody is flooded. */
export interface PutBackPlan {
  /** `leave`: it was put back too often just now. */
  move: 'move' | 'leave';
  /** `edit` names the comment that already says the same; `none`: it was said, and nothing is new. */
  comment: { kind: 'post' } | { kind: 'edit'; commentId: string } | { kind: 'none' };
}

/**
 * Plans a put-back from the ones before it. The same actor and reason within ten minutes edit the earlier comment; after
 * two put-backs in ten minutes the card is left where it is, with one comment. Of a move that was left before, nothing is
 * said again, however often it is found.
 */
export function planPutBack(
  earlier: readonly PutBack[],
  next: { at: number; actor: string; code: string; historyId: string },
): PutBackPlan {
  const recent = earlier.filter((entry) => next.at - entry.at < WINDOW_MS);
  if (earlier.some((entry) => entry.left && entry.historyId === next.historyId)) {
    return { move: recent.length > 0 ? 'leave' : 'move', comment: { kind: 'none' } };
  }
  if (recent.some((entry) => entry.left)) return { move: 'leave', comment: { kind: 'none' } };
  const others = recent.filter((entry) => entry.historyId !== next.historyId || next.historyId === '');
  if (others.length >= MAX_PUT_BACKS) return { move: 'leave', comment: { kind: 'post' } };
  const same = recent.find(
    (entry) => entry.actor === next.actor && entry.code === next.code && entry.commentId !== undefined,
  );
  return {
    move: 'move',
    comment: same?.commentId === undefined ? { kind: 'post' } : { kind: 'edit', commentId: same.commentId },
  };
}

/** Remembers a put-back, once for each move: the recent ones, and the newest that was left. */
export function rememberPutBack(earlier: readonly PutBack[], entry: PutBack): PutBack[] {
  const others = earlier.filter((known) => known.historyId !== entry.historyId || entry.historyId === '');
  const lastLeft = others.filter((known) => known.left).at(-1);
  const kept = others.filter((known) => known === lastLeft || entry.at - known.at < WINDOW_MS);
  return [...kept, entry].slice(-MAX_KEPT);
}
