import { mergeSnapshots, isStateRegression } from '../../contract/merge';
import { toUtcSeconds, type RequestSnapshot } from '../../contract/access-request';
import type { ApplyItem, ApplyResult } from '../../contract/relay-inbox';
import { hasIssue, isTooLateForIssue, listedUntil, type IssueLink } from '../domain/link';
import { settingsForIssue } from '../domain/routing';
import { beginCreation, continueCreation, createAgain, type CreationResult } from './create-issue';
import { failureAt, resultOfFailure } from './jira-problems';
import { noteFailure } from './keep-link';
import { waitForPace } from './creation-pace';
import type { Deadline, Services, StoredSettings } from './ports';
import { syncIssue } from './sync-issue';
import { withinBudget } from './write-budget';

/** What `apply` needs to know beside the item. */
export interface ApplyContext {
  stored: StoredSettings | undefined;
  cluster: string;
  /** Requests resolved before this moment are mirrored only when already known; Unix milliseconds. */
  mirrorSince: number;
  deadline: Deadline;
}

const NOT_CONFIGURED_RETRY_SECONDS = 60;
const WENT_BACK_RETRY_SECONDS = 3600;

/**
 * Brings one request in step with its issue. Safe to repeat at any time and in any order: what is there is recognised, what
 * is missing is added, and the link record is written when Jira has confirmed the rest.
 */
export async function applyRequest(
  unbounded: Services,
  context: ApplyContext,
  item: ApplyItem,
): Promise<ApplyResult> {
  const services = withinBudget(unbounded, context.deadline);
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
  const snapshot = mergeItem(link?.snapshot, item);
  if (snapshot === undefined) return { requestId, result: 'skipped' };
  if (link === undefined) {
    if (isFromBefore(snapshot, context.mirrorSince)) return { requestId, result: 'skipped' };
    const tooMany = await waitForPace(services, stored, { cluster: context.cluster, requestId });
    if (tooMany !== undefined) return tooMany;
    return complete(services, stored, snapshot, await beginCreation(services, stored, snapshot));
  }
  // Its issue may exist although the request is gone, so the search for it goes on.
  if (link.phase === 'creating') {
    return complete(services, stored, snapshot, await continueCreation(services, stored, snapshot, link));
  }
  if (isTooLateForIssue(snapshot, services.now())) {
    await services.links.remove(link);
    return { requestId, result: 'skipped' };
  }
  if (services.now() < link.failure.nextAttemptAt)
    return resultOfFailure(requestId, link.failure, services.now());
  return complete(services, stored, snapshot, await createAgain(services, stored, snapshot, link));
}

/** Brings a request in step again from what the app itself knows, because an administrator asked for it. */
export async function retryRequest(
  unbounded: Services,
  context: ApplyContext,
  requestId: string,
): Promise<ApplyResult> {
  const services = withinBudget(unbounded, context.deadline);
  const { stored, cluster } = context;
  const link = await services.links.read(cluster, requestId);
  const snapshot =
    link === undefined || hasIssue(link)
      ? await services.links.readSnapshot(cluster, requestId)
      : link.snapshot;
  if (snapshot === undefined || link === undefined || stored === undefined)
    return { requestId, result: 'skipped' };
  if (link.phase === 'parked' || (link.phase === 'detached' && link.failure?.code === 'issue_gone')) {
    return complete(services, stored, snapshot, await createAgain(services, stored, snapshot, link));
  }
  if (hasIssue(link)) await services.links.write({ ...link, syncDigest: '', failure: undefined });
  return applyRequest(services, context, { requestId, snapshot });
}

/** Snapshots tell times in whole seconds, so the second of the pairing itself counts as after it. */
function isFromBefore(snapshot: RequestSnapshot, mirrorSince: number): boolean {
  const sinceSecond = Math.floor(mirrorSince / 1000) * 1000;
  return snapshot.state !== 'PENDING' && Date.parse(snapshot.createdAt) < sinceSecond;
}

async function complete(
  services: Services,
  stored: StoredSettings,
  snapshot: RequestSnapshot,
  creation: CreationResult,
): Promise<ApplyResult> {
  if (creation.kind === 'answer') return creation.answer;
  const { link, issue, watchers } = creation;
  const settings = settingsForIssue(stored, link.issue, snapshot);
  const more = { known: undefined, outcome: undefined, isNew: true, watchers };
  return syncIssue(services, { stored, settings, link, snapshot, issue, ...more });
}

async function updateIssue(
  services: Services,
  context: ApplyContext,
  stored: StoredSettings,
  link: IssueLink,
  item: ApplyItem,
): Promise<ApplyResult> {
  const { requestId } = item;
  const isInStep = link.phase === 'linked' && link.failure === undefined && item.outcome === undefined;
  if (isInStep && item.snapshot?.syncDigest === link.syncDigest)
    return unchanged(services, link, item.snapshot);
  const { failure } = link;
  // That Teleport went back may mend itself with any delivery; every other failure waits for its time.
  const isWaiting =
    failure !== undefined && failure.code !== 'teleport_went_back' && services.now() < failure.nextAttemptAt;
  if (isWaiting && item.outcome === undefined) return resultOfFailure(requestId, failure, services.now());
  const known = await services.links.readSnapshot(context.cluster, requestId);
  const snapshot = mergeItem(known, item);
  if (snapshot === undefined) return { requestId, result: 'skipped' };
  if (known !== undefined && item.snapshot !== undefined && isStateRegression(known, item.snapshot)) {
    return refuseToGoBack(services, link, { known, next: item.snapshot });
  }
  const isUnchanged = snapshot.syncDigest === link.syncDigest && snapshot.deletedAt === link.deletedAt;
  if (isInStep && isUnchanged) return unchanged(services, link, item.snapshot);
  return syncIssue(services, {
    stored,
    settings: settingsForIssue(stored, link.issue, snapshot),
    link,
    snapshot,
    known,
    issue: undefined,
    outcome: item.outcome,
    isNew: false,
  });
}

/** Nothing to do but to remember, once in a while, that Teleport lists the request for longer than was expected. */
async function unchanged(
  services: Services,
  link: IssueLink,
  snapshot: RequestSnapshot | undefined,
): Promise<ApplyResult> {
  if (snapshot !== undefined && snapshot.deletedAt === undefined && link.listedUntil <= services.now()) {
    await services.links.write({ ...link, listedUntil: listedUntil(snapshot, services.now()) });
  }
  return {
    requestId: link.requestId,
    result: 'unchanged',
    issueId: link.issue.id,
    issueKey: link.issue.key,
  };
}

/** Teleport reports an earlier state, as after a restored backup. The board does not follow, and the administrator is told. */
async function refuseToGoBack(
  services: Services,
  link: IssueLink,
  { known, next }: { known: RequestSnapshot; next: RequestSnapshot },
): Promise<ApplyResult> {
  const text = `Teleport reports the request as ${next.state} although it was ${known.state} before, as after a restored backup. The issue keeps what it shows.`;
  const failure = failureAt('teleport_went_back', text, services.now(), WENT_BACK_RETRY_SECONDS);
  const isNoted = link.failure?.code === failure.code && services.now() < link.failure.nextAttemptAt;
  if (!isNoted) {
    await noteFailure(services, link, failure.code, text);
    await services.links.write({ ...link, failure });
  }
  return resultOfFailure(link.requestId, failure, services.now());
}

function mergeItem(known: RequestSnapshot | undefined, item: ApplyItem): RequestSnapshot | undefined {
  if (item.snapshot !== undefined)
    return known === undefined ? item.snapshot : mergeSnapshots(known, item.snapshot);
  if (known === undefined || item.gone === undefined) return known;
  const deletedAt = known.deletedAt ?? toUtcSeconds(new Date(item.gone.observedAt));
  // A request that vanished while it waited ended unanswered, by clock or by removal.
  return { ...known, deletedAt, state: known.state === 'PENDING' ? 'EXPIRED' : known.state };
}
