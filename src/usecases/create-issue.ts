import type { RequestSnapshot } from '../../contract/access-request';
import type { ApplyResult } from '../../contract/relay-inbox';
import { contentDigest, renderIssue } from '../domain/issue-content';
import { routeRequest, settingsForIssue } from '../domain/routing';
import {
  CLAIM_LEASE_MS,
  isTooLateForIssue,
  listedUntil,
  nextCreationStep,
  SEARCH_DELAYS_SECONDS,
  type CreatingLink,
  type IssueLink,
  type ParkedLink,
} from '../domain/link';
import { closeDoubles, findOwnIssues } from './doubles';
import { linkPeople } from './link-people';
import { optionalFields, rememberDropped } from './optional-fields';
import { propertyOf } from './issue-moves';
import { failureAt, failureOfProblem, resultOfFailure, resultOfProblem } from './jira-problems';
import type { IssueView, Place, Services, StoredSettings } from './ports';

/** An issue that exists for a request, ready to be brought in step, or what to tell the relay instead. */
export type CreationResult =
  | { kind: 'linked'; link: IssueLink; issue: IssueView; watchers?: readonly string[] }
  | { kind: 'answer'; answer: ApplyResult };

/**
 * Begins to create the issue of a request that has none: claims the link first, so that of all invocations and relays
 * exactly one creates, then creates the issue with its property in one call.
 */
export async function beginCreation(
  services: Services,
  stored: StoredSettings,
  snapshot: RequestSnapshot,
): Promise<CreationResult> {
  const link = newAttempt(services, stored, snapshot, { attempt: 0, attemptIds: [] });
  if (!(await services.links.claim(link)))
    return wait(snapshot.id, 1, 'another delivery of this request is at work');
  return create(services, stored, snapshot, link);
}

/**
 * Goes on with a creation whose outcome is not known: waits, searches, adopts what is found, or creates again. Of a request
 * that ended long ago nothing is created any more.
 */
export async function continueCreation(
  services: Services,
  stored: StoredSettings,
  snapshot: RequestSnapshot,
  link: CreatingLink,
): Promise<CreationResult> {
  const step = nextCreationStep(link, services.now());
  if (step.step === 'wait') return wait(snapshot.id, step.seconds, 'the issue is being created');
  const found = await findOwnIssues(services, link);
  if (!found.ok) return { kind: 'answer', answer: resultOfProblem(snapshot.id, found.problem) };
  const [first, ...doubles] = found.value;
  if (first !== undefined) {
    await closeDoubles(services, stored, { snapshot, keptKey: first.key, doubles });
    return finish(services, stored, snapshot, link, first);
  }
  if (step.step === 'search') {
    await services.links.write({
      ...link,
      snapshot,
      searches: link.searches + 1,
      nextSearchAt: services.now() + step.thenWaitSeconds * 1000,
    });
    return wait(
      snapshot.id,
      step.thenWaitSeconds,
      'it is uncertain whether the issue was created; searching for it',
    );
  }
  if (!isTooLateForIssue(snapshot, services.now())) return createAgain(services, stored, snapshot, link);
  await services.links.remove(link);
  return { kind: 'answer', answer: { requestId: snapshot.id, result: 'skipped' } };
}

/** Tries again after Jira refused for certain, after nothing was found, or after an administrator asked for it. */
export async function createAgain(
  services: Services,
  stored: StoredSettings,
  snapshot: RequestSnapshot,
  former: CreatingLink | ParkedLink | IssueLink,
): Promise<CreationResult> {
  // What Jira refused for certain made no issue that could turn up later.
  const attemptIds =
    former.phase === 'parked' ? former.earlierAttemptIds : [...former.earlierAttemptIds, former.attemptId];
  for (let attempt = former.attempt; ; attempt += 1) {
    const link = newAttempt(services, stored, snapshot, { attempt, attemptIds });
    const race = await services.links.winAttempt(link.cluster, link.requestId, link.attempt, services.now());
    if (race.won) {
      await services.links.write(link);
      return create(services, stored, snapshot, link);
    }
    const leftMs = race.since + CLAIM_LEASE_MS - services.now();
    // Whoever won so long ago and left no trace in the link was cut off before it began.
    if (leftMs > 0)
      return wait(snapshot.id, Math.ceil(leftMs / 1000), 'another delivery of this request is at work');
  }
}

/** Where an attempt makes its issue. It stays there, whatever the rules say by the time it is found. */
function placeOfAttempt(stored: StoredSettings, snapshot: RequestSnapshot, link: CreatingLink): Place {
  const { projectId, issueTypeId } = link.place ?? routeRequest(stored.settings, snapshot).target;
  return { projectId, issueTypeId };
}

function newAttempt(
  services: Services,
  stored: StoredSettings,
  snapshot: RequestSnapshot,
  former: { attempt: number; attemptIds: string[] },
): CreatingLink {
  const { projectId, issueTypeId } = routeRequest(stored.settings, snapshot).target;
  return {
    phase: 'creating',
    cluster: snapshot.cluster,
    requestId: snapshot.id,
    attempt: former.attempt + 1,
    attemptId: services.newId(),
    earlierAttemptIds: former.attemptIds,
    leaseUntil: services.now() + CLAIM_LEASE_MS,
    searches: 0,
    place: { projectId, issueTypeId },
    snapshot,
  };
}

async function create(
  services: Services,
  stored: StoredSettings,
  snapshot: RequestSnapshot,
  link: CreatingLink,
): Promise<CreationResult> {
  const content = renderIssue(snapshot);
  const place = placeOfAttempt(stored, snapshot, link);
  const settings = settingsForIssue(stored, place, snapshot);
  const people = await linkPeople(services, settings, snapshot);
  const created = await services.issues.create({
    ...place,
    summary: content.summary,
    description: content.description,
    property: propertyOf(snapshot, link.attemptId),
    optional: await optionalFields(services, settings, snapshot, people),
    defaults: settings.defaults,
  });
  if (created.ok) {
    const { dropped, ...ref } = created.value;
    if (dropped.length > 0) await rememberDropped(services, place, dropped);
    const finished = await finish(services, stored, snapshot, link, { ...ref, isNew: true });
    return finished.kind === 'linked' ? { ...finished, watchers: people.watchers } : finished;
  }
  const { problem } = created;
  if (problem.kind === 'uncertain') {
    const seconds = Math.max(SEARCH_DELAYS_SECONDS[0], problem.retryAfterSeconds ?? 0);
    await services.links.write({ ...link, nextSearchAt: services.now() + seconds * 1000 });
    return wait(snapshot.id, seconds, problem.detail);
  }
  // Jira says that nothing was created, so the next attempt may begin as soon as it is due.
  const failure =
    problem.kind === 'not_found'
      ? failureAt('project_unusable', 'Jira does not show the project to the app.', services.now(), 300)
      : failureOfProblem(problem, services.now());
  await services.links.write({
    phase: 'parked',
    cluster: link.cluster,
    requestId: link.requestId,
    attempt: link.attempt,
    attemptId: link.attemptId,
    earlierAttemptIds: link.earlierAttemptIds,
    failure,
    snapshot,
  });
  if (problem.kind !== 'rate_limited') {
    await services.activity.add({
      kind: 'failure',
      code: failure.code,
      text: `The issue could not be created: ${failure.text}`,
      cluster: link.cluster,
      requestId: link.requestId,
    });
  }
  return { kind: 'answer', answer: resultOfFailure(snapshot.id, failure, services.now()) };
}

/**
 * Reads the issue back and makes the link record of it; the record is written once the rest is done. The digest of a new
 * issue is taken of what Jira stored, unless somebody edited it already.
 */
async function finish(
  services: Services,
  stored: StoredSettings,
  snapshot: RequestSnapshot,
  link: CreatingLink,
  ref: { id: string; key: string; isNew?: boolean },
): Promise<CreationResult> {
  const content = renderIssue(snapshot);
  const rendered = contentDigest(content.summary, content.description);
  const linked: IssueLink = {
    phase: 'linked',
    cluster: link.cluster,
    requestId: link.requestId,
    attempt: link.attempt,
    attemptId: link.attemptId,
    earlierAttemptIds: link.earlierAttemptIds,
    issue: { id: ref.id, key: ref.key, ...placeOfAttempt(stored, snapshot, link) },
    syncDigest: '',
    state: 'PENDING',
    shown: {
      grantDigest: snapshot.grantDigest,
      contentDigest: rendered,
      complete: content.complete,
      at: 0,
    },
    listedUntil: listedUntil(snapshot, services.now()),
    createdAt: services.now(),
  };
  const issue = await services.issues.read(ref.id, { history: true });
  if (!issue.ok) {
    // The id must not be lost: without it the next delivery would have to search.
    await services.links.writeWithSnapshot(linked, snapshot);
    return { kind: 'answer', answer: resultOfProblem(snapshot.id, issue.problem) };
  }
  const asStored = contentDigest(issue.value.summary, issue.value.description);
  if (ref.isNew === true && issue.value.lastEditor === undefined) linked.shown.contentDigest = asStored;
  // An issue found later may show what was asked for then; an empty digest has it written anew.
  else if (asStored !== rendered) linked.shown.grantDigest = '';
  return { kind: 'linked', link: linked, issue: issue.value };
}

function wait(requestId: string, seconds: number, text: string): CreationResult {
  return { kind: 'answer', answer: { requestId, result: 'deferred', seconds, text } };
}
