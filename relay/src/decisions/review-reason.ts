import type { Decision } from '../../../contract/decision';
import { cutToBytes, MAX_REASON_BYTES } from '../../../contract/reason';

/** What the end of a review's reason tells of the decision that the relay wrote it for. */
export interface ReviewMark {
  issueKey: string;
  accountId: string;
  decisionId: string;
}

const MARK = /\[jira ([^\s\]]+) · account ([^\s\]]+) · decision ([^\s\]]+)\]$/;

/**
 * The reason of a review with the mark of its decision at the end. Reviews carry no annotations (Teleport, SubmitAccessReview), so
 * this is where the relay finds its own earlier effect. The words before it are cut, never the mark.
 */
export function markedReason({ reason, issue, actor, id }: Decision): string {
  const mark = `[jira ${plain(issue.key)} · account ${plain(actor.accountId)} · decision ${plain(id)}]`;
  const words = cutToBytes(reason, MAX_REASON_BYTES - Buffer.byteLength(mark) - 1).trimEnd();
  return words === '' ? mark : `${words} ${mark}`;
}

/** The mark at the end of a reason. Who writes reviews can write one too, so it may only ever keep the relay from acting. */
export function readMark(reason: string): ReviewMark | undefined {
  const [, issueKey, accountId, decisionId] = MARK.exec(reason) ?? [];
  if (issueKey === undefined || accountId === undefined || decisionId === undefined) return undefined;
  return { issueKey, accountId, decisionId };
}

/** Whether a mark names this account or decision; both are written in plain characters. */
export function isNamed(marked: string, wanted: string): boolean {
  return marked === plain(wanted);
}

/** Nothing that could end the mark early, or begin another. */
function plain(text: string): string {
  return text.replace(/[^\w.:@-]/g, '_');
}
