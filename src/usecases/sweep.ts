import { REQUEST_STATES } from '../../contract/access-request';
import { isPast } from '../domain/live-decision';
import { hasIssue, RETENTION_MS, type IssueLink, type Link } from '../domain/link';
import { mappingOf } from '../domain/routing';
import { SLOTS, slotOfState, slotOfStatus, type ProjectMapping } from '../domain/settings';
import { handleCardChange } from './decide-from-card';
import { closeLateDoubles } from './doubles';
import type { MisplacedIn, Services, StoredSettings } from './ports';

/** How far back the frequent search looks, in minutes: more than the sweep's interval and an index that lags. */
const LOOK_BACK_MINUTES = 60;
/**
 * Issues that one frequent sweep handles at most; the rest comes with the next. With about 11 points for a search and 10 for
 * a card, twelve sweeps an hour stay within the 2,000 points an hour that sweeping may cost of Jira's quota.
 */
const MAX_ISSUES = 10;
/** Issues that one daily sweep looks at, a point each. With more, it takes several days to see all. */
const MAX_LOOKED_AT = 1500;
const DAY_MS = 24 * 3_600_000;

/**
 * Finds cards that were moved although no event came, by the search index (a hint, re-read before anything is done), and
 * decisions that nobody collected in time.
 */
export async function sweepMoves(services: Services): Promise<{ handled: number }> {
  const stored = await services.settings.read();
  if (stored === undefined || (await isPaused(services))) return { handled: 0 };
  const issueIds = new Set<string>(await issuesOfPastDecisions(services));
  for (const id of await findMisplaced(services, stored)) issueIds.add(id);
  return { handled: await handleAll(services, [...issueIds].slice(0, MAX_ISSUES)) };
}

/**
 * One search for all projects. When Jira refuses it, as it does when one of them or a status is gone (Jira REST v3, JQL
 * values that do not exist), each is searched for itself and the broken ones are left out.
 */
async function findMisplaced(services: Services, stored: StoredSettings): Promise<string[]> {
  const places = stored.settings.mappings.map(misplacedIn);
  const search = (some: readonly MisplacedIn[]) =>
    services.issues.findMisplaced({ places: some, changedWithinMinutes: LOOK_BACK_MINUTES });
  const found = await search(places);
  if (found.ok) return found.value;
  services.log.warn('the sweep could not search', { problem: found.problem.kind });
  if (found.problem.kind !== 'refused' || places.length === 1) return [];
  const issueIds: string[] = [];
  for (const place of places) {
    const part = await search([place]);
    if (part.ok) issueIds.push(...part.value);
    else if (part.problem.kind === 'rate_limited') break;
  }
  return issueIds;
}

/** In which statuses of a project an issue does not belong, by the state of its request. */
function misplacedIn({ projectId, issueTypeId, slots }: ProjectMapping): MisplacedIn {
  const wrong = REQUEST_STATES.map((state) => ({
    state,
    statusIds: SLOTS.filter((slot) => slot !== slotOfState(state)).flatMap((slot) => slots[slot]),
  }));
  return { projectId, issueTypeId, wrong };
}

/** Handles one card after the other, until Jira asks to slow down. @returns how many. */
async function handleAll(services: Services, issueIds: readonly string[]): Promise<number> {
  let handled = 0;
  for (const id of issueIds) {
    const outcome = await handleCardChange(services, id);
    if (outcome.kind === 'again' && outcome.problem.kind === 'rate_limited') break;
    handled += 1;
  }
  return handled;
}

/** Whether the quota of Jira calls is used up: what nobody waits for stays undone until it is there again. */
async function isPaused(services: Services): Promise<boolean> {
  return (await services.quota.pausedUntil()) > services.now();
}

/** Issues whose decision is past its end while no relay came for it. */
async function issuesOfPastDecisions(services: Services): Promise<string[]> {
  const waiting = await Promise.all(
    (await knownClusters(services)).map((cluster) => services.decisions.list(cluster)),
  );
  return waiting
    .flat()
    .filter((live) => isPast(live, services.now()))
    .map((live) => live.decision.issue.id);
}

async function knownClusters(services: Services): Promise<string[]> {
  const connections = await services.connections.listStatus();
  return [...new Set(connections.flatMap((connection) => connection.cluster?.name ?? []))];
}

/**
 * The daily look at everything: the status of each linked issue by strongly consistent reads (an editor may have hidden a
 * move from the search by changing the property), doubles of uncertain creations, and links past their retention.
 */
export async function sweepAll(services: Services): Promise<{ handled: number; removed: number }> {
  const stored = await services.settings.read();
  if (stored === undefined || (await isPaused(services))) return { handled: 0, removed: 0 };
  const linked: IssueLink[] = [];
  let removed = 0;
  for (const cluster of await knownClusters(services)) {
    let pageToken: string | undefined;
    do {
      const page = await services.links.list(cluster, pageToken);
      const kept = await removeForgotten(services, page.links);
      removed += page.links.length - kept.length;
      linked.push(...kept.filter(hasIssue).filter((link) => link.phase === 'linked'));
      pageToken = page.nextPageToken;
    } while (pageToken !== undefined);
  }
  const due = todaysShare(linked, services.now());
  const handled = await checkPlaces(services, stored, due);
  for (const link of due) {
    if (link.earlierAttemptIds.length === 0) continue;
    const snapshot = await services.links.readSnapshot(link.cluster, link.requestId);
    if (snapshot !== undefined) await closeLateDoubles(services, stored, link, snapshot);
  }
  return { handled, removed };
}

/** All of them, or every so-and-so-many'th of them, another part each day. */
function todaysShare<T>(all: readonly T[], now: number): T[] {
  const parts = Math.max(1, Math.ceil(all.length / MAX_LOOKED_AT));
  const today = Math.floor(now / DAY_MS) % parts;
  return all.filter((_, index) => index % parts === today);
}

async function removeForgotten(services: Services, links: readonly Link[]): Promise<Link[]> {
  const kept: Link[] = [];
  for (const link of links) {
    // What Teleport was expected to list until then is gone there, whether or not word of it ever came.
    const isForgotten = (candidate: Link) =>
      hasIssue(candidate) && services.now() - candidate.listedUntil > RETENTION_MS;
    // The list lags behind; the record itself decides.
    const current = isForgotten(link) ? await services.links.read(link.cluster, link.requestId) : link;
    if (current !== undefined && isForgotten(current)) await services.links.remove(current);
    else kept.push(link);
  }
  return kept;
}

async function checkPlaces(
  services: Services,
  stored: StoredSettings,
  links: readonly IssueLink[],
): Promise<number> {
  if (links.length === 0) return 0;
  const statuses = await services.issues.statuses(links.map((link) => link.issue.id));
  if (!statuses.ok) {
    services.log.warn('the daily sweep could not read issues', { problem: statuses.problem.kind });
    return 0;
  }
  const misplaced = links.filter((link) => {
    const statusId = statuses.value.get(link.issue.id);
    // Not listed may mean deleted; the single read tells.
    if (statusId === undefined) return true;
    const mapping = mappingOf(stored.settings, link.issue);
    const slot = mapping && slotOfStatus(mapping, statusId);
    return slot !== undefined && slot !== slotOfState(link.state);
  });
  return handleAll(
    services,
    misplaced.map((link) => link.issue.id),
  );
}
