import type { RequestSnapshot } from '../../contract/access-request';
import type { ApplyResult } from '../../contract/relay-inbox';
import { doubleComment } from '../domain/comments';
import { contentDigest, renderIssue } from '../domain/issue-content';
import {
  CLAIM_LEASE_MS,
  listedUntil,
  nextCreationStep,
  SEARCH_DELAYS_SECONDS,
  type CreatingLink,
  type IssueLink,
  type ParkedLink,
} from '../domain/link';
import { slotOfStatus } from '../domain/settings';
import { moveToStateSlot, propertyOf } from './issue-moves';
import { failureAt, failureOfProblem, resultOfFailure, resultOfProblem } from './jira-problems';
import type { IssueView, Services, StoredSettings } from './ports';

/** An issue that exists for a request, ready to be brought in step, or what to tell the relay instead. */
export type CreationResult =
  { kind: 'linked'; link: IssueLink; issue: IssueView } | { kind: 'answer'; answer: ApplyResult };

/**
 * Begins to create the issue of a request that has none: claims the link first, so that of all invocations and relays
 * exactly one creates, then creates the issue with its property in one call.
 */
export async function beginCreation(
  services: Services,
  stored: StoredSettings,
  snapshot: RequestSnapshot,
): Promise<CreationResult> {
  const link = newAttempt(services, snapshot, { attempt: 0, attemptIds: [] });
  if (!(await services.links.claim(link)))
    return wait(snapshot.id, 1, 'another delivery of this request is at work');
  return create(services, stored, snapshot, link);
}

/** Goes on with a creation whose outcome is not known: waits, searches, adopts what is found, or creates again. */
export async function continueCreation(
  services: Services,
  stored: StoredSettings,
  snapshot: RequestSnapshot,
  link: CreatingLink,
): Promise<CreationResult> {
  const step = nextCreationStep(link, services.now());
  if (step.step === 'wait') return wait(snapshot.id, step.seconds, 'the issue is being created');
  const found = await findOwnIssues(services, stored, link);
  if (!found.ok) return { kind: 'answer', answer: resultOfProblem(snapshot.id, found.problem) };
  const [first, ...doubles] = found.value;
  if (first !== undefined) {
    await closeDoubles(services, stored, { snapshot, keptKey: first.key, doubles });
    return finish(services, stored, snapshot, link, first);
  }
  if (step.step === 'search') {
    await services.links.write({
      ...link,
      searches: link.searches + 1,
      nextSearchAt: services.now() + step.thenWaitSeconds * 1000,
    });
    return wait(
      snapshot.id,
      step.thenWaitSeconds,
      'it is uncertain whether the issue was created; searching for it',
    );
  }
  return createAgain(services, stored, snapshot, link);
}

/** Tries again after Jira refused for certain, or after an administrator asked for it. */
export async function createAgain(
  services: Services,
  stored: StoredSettings,
  snapshot: RequestSnapshot,
  former: CreatingLink | ParkedLink | IssueLink,
): Promise<CreationResult> {
  const attemptIds = [...former.earlierAttemptIds, former.attemptId];
  const link = newAttempt(services, snapshot, { attempt: former.attempt, attemptIds });
  if (!(await services.links.winAttempt(link.cluster, link.requestId, link.attempt))) {
    return wait(snapshot.id, CLAIM_LEASE_MS / 1000, 'another delivery of this request is at work');
  }
  await services.links.write(link);
  return create(services, stored, snapshot, link);
}

/**
 * The issues that this app made for the link's attempts, lowest id first. The property alone proves nothing, since anybody
 * who edits issues can write it: the creator must be the app, and the attempt must be one of ours.
 */
async function findOwnIssues(services: Services, stored: StoredSettings, link: CreatingLink) {
  const app = await services.people.appAccountId();
  if (!app.ok) return app;
  const found = await services.issues.findByRequest(stored.settings.projectId, link.requestId);
  if (!found.ok) return found;
  const attemptIds = [...link.earlierAttemptIds, link.attemptId];
  const own = found.value
    .filter((issue) => issue.creatorAccountId === app.value && issue.cluster === link.cluster)
    .filter((issue) => issue.attemptId !== undefined && attemptIds.includes(issue.attemptId))
    .sort((a, b) => Number(a.id) - Number(b.id));
  return { ok: true as const, value: own };
}

/** Closes issues that turned up beside the one that stands for the request. They are not linked, so they never decide. */
export async function closeDoubles(
  services: Services,
  stored: StoredSettings,
  input: { snapshot: RequestSnapshot; keptKey: string; doubles: readonly { id: string; key: string }[] },
): Promise<void> {
  for (const double of input.doubles) {
    const issue = await services.issues.read(double.id);
    if (!issue.ok || slotOfStatus(stored.settings, issue.value.statusId) === 'expired') continue;
    await services.issues.addComment(double.id, doubleComment(input.keptKey), {
      internal: stored.internalComments,
    });
    await moveToStateSlot(services, stored.settings, {
      issueId: double.id,
      snapshot: { ...input.snapshot, state: 'EXPIRED' },
      attemptId: 'double',
    });
    await services.activity.add({
      kind: 'failure',
      code: 'double_closed',
      text: `A second issue for one request turned up late and was closed; ${input.keptKey} stands for the request.`,
      cluster: input.snapshot.cluster,
      requestId: input.snapshot.id,
      issueId: double.id,
      issueKey: double.key,
    });
  }
}

function newAttempt(
  services: Services,
  snapshot: RequestSnapshot,
  former: { attempt: number; attemptIds: string[] },
): CreatingLink {
  return {
    phase: 'creating',
    cluster: snapshot.cluster,
    requestId: snapshot.id,
    attempt: former.attempt + 1,
    attemptId: services.newId(),
    earlierAttemptIds: former.attemptIds,
    leaseUntil: services.now() + CLAIM_LEASE_MS,
    searches: 0,
  };
}

async function create(
  services: Services,
  stored: StoredSettings,
  snapshot: RequestSnapshot,
  link: CreatingLink,
): Promise<CreationResult> {
  const content = renderIssue(snapshot);
  const created = await services.issues.create({
    projectId: stored.settings.projectId,
    issueTypeId: stored.settings.issueTypeId,
    summary: content.summary,
    description: content.description,
    property: propertyOf(snapshot, link.attemptId),
  });
  if (created.ok) return finish(services, stored, snapshot, link, created.value);
  const { problem } = created;
  if (problem.kind === 'uncertain') {
    const seconds = SEARCH_DELAYS_SECONDS[0];
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
  });
  await services.links.writeSnapshot(snapshot);
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

/** Reads the new issue back and makes the link record of it; the record is written once the rest is done. */
async function finish(
  services: Services,
  stored: StoredSettings,
  snapshot: RequestSnapshot,
  link: CreatingLink,
  ref: { id: string; key: string },
): Promise<CreationResult> {
  const { settings } = stored;
  const content = renderIssue(snapshot);
  const linked: IssueLink = {
    phase: 'linked',
    cluster: link.cluster,
    requestId: link.requestId,
    attempt: link.attempt,
    attemptId: link.attemptId,
    earlierAttemptIds: link.earlierAttemptIds,
    issue: { id: ref.id, key: ref.key, projectId: settings.projectId, issueTypeId: settings.issueTypeId },
    syncDigest: '',
    state: 'PENDING',
    shown: {
      grantDigest: snapshot.grantDigest,
      contentDigest: contentDigest(content.summary, content.description),
      complete: content.complete,
    },
    listedUntil: listedUntil(snapshot, services.now()),
    createdAt: services.now(),
  };
  const issue = await services.issues.read(ref.id, { history: true });
  if (issue.ok) return { kind: 'linked', link: linked, issue: issue.value };
  // The id must not be lost: without it the next delivery would have to search.
  await services.links.writeWithSnapshot(linked, snapshot);
  return { kind: 'answer', answer: resultOfProblem(snapshot.id, issue.problem) };
}

function wait(requestId: string, seconds: number, text: string): CreationResult {
  return { kind: 'answer', answer: { requestId, result: 'deferred', seconds, text } };
}
