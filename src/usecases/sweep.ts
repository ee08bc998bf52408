import { hasIssue, RETENTION_MS, type IssueLink, type Link } from '../domain/link';
import { slotOfState, slotOfStatus } from '../domain/settings';
import { closeDoubles } from './create-issue';
import { handleCardChange } from './decide-from-card';
import type { Services, StoredSettings } from './ports';

/** How far back the frequent search looks, in minutes: more than the sweep's interval and an index that lags. */
const LOOK_BACK_MINUTES = 60;
/** Issues that one sweep handles at most; the rest comes with the next. */
const MAX_ISSUES = 100;

/**
 * Finds cards that were moved although no event came, by the search index (a hint, re-read before anything is done), and
 * decisions that nobody collected in time.
 */
export async function sweepMoves(services: Services): Promise<{ handled: number }> {
  const stored = await services.settings.read();
  if (stored === undefined) return { handled: 0 };
  const issueIds = new Set<string>();
  for (const state of ['PENDING', 'APPROVED', 'DENIED', 'EXPIRED'] as const) {
    const found = await services.issues.findMisplaced({
      projectId: stored.settings.projectId,
      state,
      statusIds: stored.settings.slots[slotOfState(state)],
      changedWithinMinutes: LOOK_BACK_MINUTES,
    });
    if (!found.ok) {
      services.log.warn('the sweep could not search', { detail: found.problem.detail });
      break;
    }
    found.value.forEach((id) => issueIds.add(id));
  }
  for (const id of await issuesOfWaitingDecisions(services)) issueIds.add(id);
  const due = [...issueIds].slice(0, MAX_ISSUES);
  for (const id of due) await handleCardChange(services, id);
  return { handled: due.length };
}

/** Issues whose decision waits: moved back, or past its end while no relay came. */
async function issuesOfWaitingDecisions(services: Services): Promise<string[]> {
  const connections = await services.connections.listStatus();
  const clusters = connections.flatMap((connection) => connection.cluster?.name ?? []);
  const waiting = await Promise.all(clusters.map((cluster) => services.decisions.list(cluster)));
  return waiting.flat().map((live) => live.decision.issue.id);
}

/**
 * The daily look at everything: the status of each linked issue by strongly consistent reads (an editor may have hidden a
 * move from the search by changing the property), doubles of uncertain creations, and links past their retention.
 */
export async function sweepAll(services: Services): Promise<{ handled: number; removed: number }> {
  const stored = await services.settings.read();
  if (stored === undefined) return { handled: 0, removed: 0 };
  const connections = await services.connections.listStatus();
  let handled = 0;
  let removed = 0;
  for (const cluster of new Set(connections.flatMap((connection) => connection.cluster?.name ?? []))) {
    let pageToken: string | undefined;
    do {
      const page = await services.links.list(cluster, pageToken);
      const kept = await removeForgotten(services, page.links);
      removed += page.links.length - kept.length;
      handled += await checkPlaces(services, stored, kept.filter(hasIssue));
      await checkDoubles(services, stored, kept.filter(hasIssue));
      pageToken = page.nextPageToken;
    } while (pageToken !== undefined);
  }
  return { handled, removed };
}

async function removeForgotten(services: Services, links: readonly Link[]): Promise<Link[]> {
  const kept: Link[] = [];
  for (const link of links) {
    const isForgotten =
      hasIssue(link) &&
      link.deletedAt !== undefined &&
      services.now() - Date.parse(link.deletedAt) > RETENTION_MS;
    if (isForgotten) await services.links.remove(link);
    else kept.push(link);
  }
  return kept;
}

async function checkPlaces(
  services: Services,
  stored: StoredSettings,
  links: readonly IssueLink[],
): Promise<number> {
  const linked = links.filter((link) => link.phase === 'linked');
  if (linked.length === 0) return 0;
  const statuses = await services.issues.statuses(linked.map((link) => link.issue.id));
  if (!statuses.ok) return 0;
  const misplaced = linked.filter((link) => {
    const statusId = statuses.value.get(link.issue.id);
    // Not listed may mean deleted; the single read tells.
    if (statusId === undefined) return true;
    const slot = slotOfStatus(stored.settings, statusId);
    return slot !== undefined && slot !== slotOfState(link.state);
  });
  for (const link of misplaced) await handleCardChange(services, link.issue.id);
  return misplaced.length;
}

/** Closes issues of attempts that were given up, should one have turned up. */
async function checkDoubles(
  services: Services,
  stored: StoredSettings,
  links: readonly IssueLink[],
): Promise<void> {
  for (const link of links.filter((candidate) => candidate.earlierAttemptIds.length > 0)) {
    const [app, found, snapshot] = await Promise.all([
      services.people.appAccountId(),
      services.issues.findByRequest(stored.settings.projectId, link.requestId),
      services.links.readSnapshot(link.cluster, link.requestId),
    ]);
    if (!app.ok || !found.ok || snapshot === undefined) continue;
    const doubles = found.value.filter(
      (issue) =>
        issue.id !== link.issue.id && issue.creatorAccountId === app.value && issue.cluster === link.cluster,
    );
    await closeDoubles(services, stored, { snapshot, keptKey: link.issue.key, doubles });
  }
}
