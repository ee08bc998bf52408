import type { ReportedOutcome } from '../../contract/decision';
import type { ApplyResult } from '../../contract/relay-inbox';
import { hasIssue, listedUntil, type IssueLink } from '../domain/link';
import { closeDoubles } from './doubles';
import { failureAt, resultOfFailure } from './jira-problems';
import type { Services } from './ports';
import type { SyncInput } from './sync-issue';

/** An issue that is not where it was made is looked at again after so many seconds. */
const ISSUE_RETRY_SECONDS = 3600;

const DETACHED_TEXTS = {
  issue_gone: 'The issue was deleted, or the app may no longer see it. Retry creates a new one.',
  issue_detached: 'The issue was moved to another project or type, so it is left alone.',
} as const;

/** What a link says of an issue that no longer stands where it was made. It decides nothing and is not moved. */
export function detachedLink(link: IssueLink, code: keyof typeof DETACHED_TEXTS, now: number): IssueLink {
  const failure = failureAt(code, DETACHED_TEXTS[code], now, ISSUE_RETRY_SECONDS);
  return { ...link, phase: 'detached', failure };
}

/** Remembers that an issue no longer stands where it was made. Never a decision, always visible to the administrator. */
export async function detach(
  services: Services,
  input: SyncInput,
  code: keyof typeof DETACHED_TEXTS,
): Promise<ApplyResult> {
  const { link, snapshot, outcome } = input;
  const now = services.now();
  const next = {
    ...detachedLink(link, code, now),
    state: snapshot.state,
    deletedAt: snapshot.deletedAt,
    listedUntil: listedUntil(snapshot, now),
  };
  await noteFailure(services, link, code, DETACHED_TEXTS[code]);
  if (!(await write(services, input, next))) return overtaken(snapshot.id);
  if (outcome !== undefined) await settleDecision(services, link, outcome);
  await services.decisions.remove(link.cluster, link.requestId);
  return resultOfFailure(snapshot.id, failureAt(code, DETACHED_TEXTS[code], now, ISSUE_RETRY_SECONDS), now);
}

/** One entry for the administrator when a link begins to fail in this way. */
export async function noteFailure(
  services: Services,
  link: IssueLink,
  code: NonNullable<IssueLink['failure']>['code'],
  text: string,
): Promise<void> {
  if (link.failure?.code === code) return;
  services.log.warn('a request fell out of step', { code, issueId: link.issue.id });
  await services.activity.add({
    kind: 'failure',
    code,
    text,
    cluster: link.cluster,
    requestId: link.requestId,
    issueId: link.issue.id,
    issueKey: link.issue.key,
  });
}

/** Keeps what is known although not everything was done; the empty digest makes the next delivery go on. */
export async function keepUnfinished(
  services: Services,
  input: SyncInput,
  next: IssueLink,
  answer: ApplyResult,
): Promise<ApplyResult> {
  const failed = answer.result === 'failed' ? answer : undefined;
  if (failed !== undefined) await noteFailure(services, input.link, failed.code, failed.text);
  if (input.isNew || failed !== undefined) {
    const failure = failed && failureAt(failed.code, failed.text, services.now(), failed.retryAfterSeconds);
    const isKept = await write(services, input, { ...next, syncDigest: '', failure });
    if (!isKept) return overtaken(input.snapshot.id);
  }
  return answer;
}

/** Makes the next delivery look at the issue again, and one that is at work now not call the request in step. */
export async function markUnfinished(services: Services, { cluster, requestId }: IssueLink): Promise<void> {
  const current = await services.links.read(cluster, requestId);
  if (current !== undefined && hasIssue(current) && current.syncDigest !== '')
    await services.links.write({ ...current, syncDigest: '' });
}

/** Marks a request as in step, now that Jira has confirmed everything, and ends the decision that was reported on. */
export async function keepFinished(
  services: Services,
  input: SyncInput,
  next: IssueLink,
): Promise<ApplyResult> {
  const { snapshot, outcome } = input;
  const finished: IssueLink = {
    ...next,
    syncDigest: snapshot.syncDigest,
    state: snapshot.state,
    deletedAt: snapshot.deletedAt,
    listedUntil: listedUntil(snapshot, services.now()),
  };
  if (!(await write(services, input, finished))) return overtaken(snapshot.id);
  if (outcome !== undefined) await settleDecision(services, finished, outcome);
  return {
    requestId: snapshot.id,
    result: input.isNew ? 'created' : 'updated',
    issueId: finished.issue.id,
    issueKey: finished.issue.key,
  };
}

/**
 * Writes the link, unless another delivery wrote it since this one began: what that one knew may be newer. The store has no
 * conditional write for this, so two deliveries in the same instant may still both write; the relay's next comparison of
 * digests tells then.
 *
 * @returns whether it was written.
 */
async function write(services: Services, input: SyncInput, next: IssueLink): Promise<boolean> {
  const { link, snapshot } = input;
  const current = await services.links.read(link.cluster, link.requestId);
  if (current !== undefined && hasIssue(current)) {
    if (current.issue.id !== next.issue.id) {
      const doubles = [{ id: next.issue.id, key: next.issue.key }];
      await closeDoubles(services, input.stored, { snapshot, keptKey: current.issue.key, doubles });
      return false;
    }
    if (current.syncDigest !== link.syncDigest) return false;
  }
  await services.links.writeWithSnapshot(next, snapshot);
  return true;
}

function overtaken(requestId: string): ApplyResult {
  return {
    requestId,
    result: 'deferred',
    seconds: 1,
    text: 'another delivery of this request came in between',
  };
}

/**
 * Ends the decision whose outcome is known, with one entry for the administrator. The outcome of an older decision leaves a
 * newer one alone.
 */
async function settleDecision(services: Services, link: IssueLink, reported: ReportedOutcome): Promise<void> {
  const { outcome, decisionId, at } = reported;
  const live = await services.decisions.read(link.cluster, link.requestId);
  const settled = live?.decision.id === decisionId ? live.decision : undefined;
  // Reported twice, as when the first report took longer than the loan: everything is said already.
  if (settled === undefined && (await wasSettled(services, link, decisionId))) return;
  const what = settled === undefined ? 'A decision made in Jira' : `The decision to ${settled.verdict}`;
  await services.activity.addOnce({
    id: `outcome-${decisionId}-${outcome.kind}`,
    // The time is part of the entry's key. A relay that was killed before it had its answer tells the same outcome at a later time.
    at: Date.parse(settled?.decidedAt ?? at),
    kind: outcome.kind === 'refused' ? 'refusal' : 'decision',
    code: outcome.kind === 'refused' ? outcome.code : outcome.kind,
    text: outcome.kind === 'refused' ? outcome.text : `${what} was ${outcome.kind.replace('_', ' ')}.`,
    cluster: link.cluster,
    requestId: link.requestId,
    issueId: link.issue.id,
    issueKey: link.issue.key,
    ...(settled !== undefined && {
      accountId: settled.actor.accountId,
      source: settled.source,
      verdict: settled.verdict,
      grantDigest: settled.grantDigest,
    }),
    decisionId,
    outcome: outcome.kind,
  });
  if (settled === undefined) return;
  const { verdict, actor } = settled;
  const known = { decisionId, verdict, accountId: actor.accountId, at: Date.parse(at), outcome };
  await services.decisions.writeSettled(link.cluster, link.requestId, known);
  await services.decisions.remove(link.cluster, link.requestId);
}

async function wasSettled(services: Services, link: IssueLink, decisionId: string): Promise<boolean> {
  const known = await services.decisions.readSettled(link.cluster, link.requestId);
  return known?.decisionId === decisionId;
}
