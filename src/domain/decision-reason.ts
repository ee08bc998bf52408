import { cutToBytes, MAX_REASON_BYTES } from '../../contract/reason';
import { cleanText } from './text';

/** A comment as the reason search needs it. */
export interface ReasonComment {
  accountId: string;
  /** Unix milliseconds. */
  createdAt: number;
  text: string;
}

/** How long after the move a comment may still give its reason, in milliseconds. */
const REASON_GRACE_MS = 120_000;

/**
 * The reason for a move: the newest comment of the mover, written between the issue's creation and two minutes after the
 * move, that has the form which Teleport's own Jira plugin reads (`reason: …` or `resolution: …` on a line, or such a
 * word and colon alone with the text below). No such comment gives an empty reason.
 */
export function findReason(
  comments: readonly ReasonComment[],
  move: { accountId: string; at: number; issueCreatedAt: number },
): string {
  const candidates = comments
    .filter((comment) => comment.accountId === move.accountId)
    .filter(
      (comment) => comment.createdAt >= move.issueCreatedAt && comment.createdAt <= move.at + REASON_GRACE_MS,
    )
    .sort((a, b) => b.createdAt - a.createdAt);
  for (const comment of candidates) {
    const reason = parseReason(cleanText(comment.text));
    if (reason !== undefined) return cutToBytes(reason, MAX_REASON_BYTES);
  }
  return '';
}

function parseReason(text: string): string | undefined {
  const inlineForm = /^[ \t]*(?:reason|resolution)[ \t]*:[ \t]*(\S.*)$/im.exec(text);
  const blockForm = /^[ \t]*(?:reason|resolution)[ \t]*:[ \t]*\n+([\s\S]+)$/im.exec(text);
  if (inlineForm && (!blockForm || inlineForm.index <= blockForm.index)) return inlineForm[1]?.trim();
  const block = blockForm?.[1]?.trim();
  return block === '' ? undefined : block;
}
