import { mergeSnapshots, isStateRegression } from '../../contract/merge';
import { toUtcSeconds, type RequestSnapshot } from '../../contract/access-request';
import type { ApplyItem, ApplyResult } from '../../contract/relay-inbox';
import { hasIssue, type IssueLink } from '../domain/link';
import { beginCreation, continueCreation, createAgain, type CreationResult } from './create-issue';
import { resultOfFailure } from './jira-problems';
import type { Deadline, Services, StoredSettings } from './ports';
import { syncIssue } from './sync-issue';

/** What `apply` needs to know beside the item. */
export interface ApplyContext {
  stored: StoredSettings | undefined;
  cluster: string;
  /** Requests resolved before this moment are mirrored only when already known; Unix milliseconds. */
  mirrorSince: number;
  deadline: Deadline;
}

const NOT_CONFIGURED_RETRY_SECONDS = 60;

/**
 * Brings one request in step with its issue. Safe to repeat at any time and in any order: what is there is recognised, what
 * is missing is added, and the link record is written when Jira has confirmed the rest.
 */
export async function applyRequest(
  services: Services,
  context: ApplyContext,
  item: ApplyItem,
): Promise<ApplyResult> {
  const { requestId } = item;
  const { stored } = context;
  if (stored === undefined) {
    return {
      requestId,
      result: 'failed',
      code: 'not_configured',
      text: 'No Jira project is chosen yet in the app’s settings.',
      retryAfterSeconds: NOT_CONFIGURED_RETRY_SECONDS,
    };
  }
  if (context.deadline.isOver())
    return { requestId, result: 'deferred', seconds: 1, text: 'out of time in this call' };
  const link = await services.links.read(context.cluster, requestId);
  if (link !== undefined && hasIssue(link)) return updateIssue(services, context, stored, link, item);
  if (item.snapshot === undefined) {
    if (link !== undefined) await services.links.remove(link);
    return { requestId, result: 'skipped' };
  }
  if (link === undefined) {
    if (isFromBefore(item.snapshot, context.mirrorSince)) return { requestId, result: 'skipped' };
    return complete(
      services,
      context,
      stored,
      item.snapshot,
      await beginCreation(services, stored, item.snapshot),
    );
  }
  if (link.phase === 'creating') {
    return complete(
      services,
      context,
      stored,
      item.snapshot,
      await continueCreation(services, stored, item.snapshot, link),
    );
  }
  if (services.now() < link.failure.nextAttemptAt)
    return resultOfFailure(requestId, link.failure, services.now());
  return complete(
    services,
    context,
    stored,
    item.snapshot,
    await createAgain(services, stored, item.snapshot, link),
  );
}

/** Brings a request in step again from what the app itself knows, because an administrator asked for it. */
export async function retryRequest(
  services: Services,
  context: ApplyContext,
  requestId: string,
): Promise<ApplyResult> {
  const snapshot = await services.links.readSnapshot(context.cluster, requestId);
  const link = await services.links.read(context.cluster, requestId);
  if (snapshot === undefined || link === undefined || context.stored === undefined)
    return { requestId, result: 'skipped' };
  if (link.phase === 'parked' || (link.phase === 'detached' && link.failure?.code === 'issue_gone')) {
    return complete(
      services,
      context,
      context.stored,
      snapshot,
      await createAgain(services, context.stored, snapshot, link),
    );
  }
  if (link.phase === 'linked') await services.links.write({ ...link, syncDigest: '' });
  return applyRequest(services, context, { requestId, snapshot });
}

function isFromBefore(snapshot: RequestSnapshot, mirrorSince: number): boolean {
  return snapshot.state !== 'PENDING' && Date.parse(snapshot.createdAt) < mirrorSince;
}

async function complete(
  services: Services,
  context: ApplyContext,
  stored: StoredSettings,
  snapshot: RequestSnapshot,
  creation: CreationResult,
): Promise<ApplyResult> {
  if (creation.kind === 'answer') return creation.answer;
  const { link, issue } = creation;
  return syncIssue(services, {
    stored,
    deadline: context.deadline,
    link,
    snapshot,
    issue,
    outcome: undefined,
    isNew: true,
  });
}

async function updateIssue(
  services: Services,
  context: ApplyContext,
  stored: StoredSettings,
  link: IssueLink,
  item: ApplyItem,
): Promise<ApplyResult> {
  const { requestId } = item;
  const unchanged: ApplyResult = {
    requestId,
    result: 'unchanged',
    issueId: link.issue.id,
    issueKey: link.issue.key,
  };
  const isInStep = link.phase === 'linked' && link.failure === undefined;
  if (isInStep && item.outcome === undefined && item.snapshot?.syncDigest === link.syncDigest)
    return unchanged;
  if (
    link.failure !== undefined &&
    services.now() < link.failure.nextAttemptAt &&
    item.outcome === undefined
  ) {
    return resultOfFailure(requestId, link.failure, services.now());
  }
  const known = await services.links.readSnapshot(context.cluster, requestId);
  const snapshot = mergeItem(known, item);
  if (snapshot === undefined) return { requestId, result: 'skipped' };
  if (known !== undefined && item.snapshot !== undefined && isStateRegression(known, item.snapshot)) {
    services.log.warn('teleport reports an earlier state of a request; not followed', { requestId });
  }
  const isUnchanged = snapshot.syncDigest === link.syncDigest && snapshot.deletedAt === link.deletedAt;
  if (isInStep && item.outcome === undefined && isUnchanged) return unchanged;
  return syncIssue(services, {
    stored,
    deadline: context.deadline,
    link,
    snapshot,
    issue: undefined,
    outcome: item.outcome,
    isNew: false,
  });
}

function mergeItem(known: RequestSnapshot | undefined, item: ApplyItem): RequestSnapshot | undefined {
  if (item.snapshot !== undefined)
    return known === undefined ? item.snapshot : mergeSnapshots(known, item.snapshot);
  if (known === undefined || item.gone === undefined) return known;
  const deletedAt = known.deletedAt ?? toUtcSeconds(new Date(item.gone.observedAt));
  // A request that vanished while it waited ended unanswered, by clock or by removal.
  return { ...known, deletedAt, state: known.state === 'PENDING' ? 'EXPIRED' : known.state };
}
