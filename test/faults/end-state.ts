import type { RequestState } from '../../contract/access-request';
import type { Issue } from '../../sandbox/jira';
import { keys } from '../../src/store/keys';
import { memberOf, wordsOf, type World } from '../support/world';

/**
 * All that is left of one request in Teleport, in Jira and in the app's store, with what differs from request to request
 * (ids, keys, times) taken out: two requests that lived the same life are equal.
 */
export function endStateOf(world: World, requestId: string): unknown {
  const { forge, teleport } = world.sandbox;
  const { kvs } = forge;
  const cluster = teleport.clusterName;
  const link = world.linkOf(requestId);
  const snapshot = kvs.peek(keys.snapshot(cluster, requestId));
  const linkedId = linkedIssueId(world, requestId);
  const audit = teleport.cluster.audit.filter(({ id }) => id === requestId);
  return {
    teleport: {
      state: world.stateOf(requestId),
      reviews: audit.filter(({ type }) => type === 'access_request.review').length,
      statesSet: audit
        .filter(({ type }) => type === 'access_request.update')
        .map(({ state, delegator }) => ({ state, delegator })),
    },
    issues: world.issuesOf(requestId).map((issue) => issueState(world, issue)),
    link: {
      phase: memberOf(link, 'phase'),
      state: memberOf(link, 'state'),
      failure: memberOf(link, 'failure'),
      deletedAt: memberOf(link, 'deletedAt'),
      isInStep: isInStep(world, requestId),
      isOfTheIssue: world.issuesOf(requestId).some(({ id }) => id === linkedId),
      isFoundByIssue:
        typeof linkedId === 'string' && memberOf(kvs.peek(keys.issue(linkedId)), 'requestId') === requestId,
    },
    snapshot: { state: memberOf(snapshot, 'state'), reviews: listOf(memberOf(snapshot, 'reviews')).length },
    liveDecision: kvs.peek(keys.decision(cluster, requestId)),
    putBacks: world.issuesOf(requestId).map(({ id }) => putBackCodes(world, id)),
    activity: world
      .activity()
      .filter((entry) => entry.requestId === requestId)
      .map(({ kind, code, accountId }) => ({ kind, code, accountId }))
      .sort((a, b) => String(a.code).localeCompare(String(b.code))),
  };
}

/** Whether the app's record says that the issue shows all that Teleport says: the digest of what is stored beside it. */
function isInStep(world: World, requestId: string): boolean {
  const snapshot = world.sandbox.forge.kvs.peek(keys.snapshot(world.sandbox.teleport.clusterName, requestId));
  const digest = memberOf(world.linkOf(requestId), 'syncDigest');
  return typeof digest === 'string' && digest !== '' && digest === memberOf(snapshot, 'syncDigest');
}

/** Whether the link shows a request in a state, all of it. */
export function showsState(world: World, requestId: string, state: RequestState): boolean {
  return memberOf(world.linkOf(requestId), 'state') === state && isInStep(world, requestId);
}

/** The id of the issue that stands for a request, by the app's record. */
export function linkedIssueId(world: World, requestId: string): unknown {
  return memberOf(memberOf(world.linkOf(requestId), 'issue'), 'id');
}

/** Whether a decision made in Jira still waits for a relay, or for its outcome. */
export function hasLiveDecision(world: World, requestId: string): boolean {
  const { forge, teleport } = world.sandbox;
  return forge.kvs.peek(keys.decision(teleport.clusterName, requestId)) !== undefined;
}

function issueState(world: World, issue: Issue): unknown {
  return {
    slot: world.slotOf(issue),
    comments: issue.comments.map((comment) => withoutTimes(wordsOf(comment))),
    state: memberOf(issue.properties.get('teleport-access')?.value, 'state'),
    resolution: issue.resolutionId,
    links: issue.remoteLinks.map(({ globalId }) => globalId?.split(':')[0]),
  };
}

function putBackCodes(world: World, issueId: string): unknown[] {
  return listOf(memberOf(world.sandbox.forge.kvs.peek(keys.putBacks(issueId)), 'entries')).map((entry) => ({
    code: memberOf(entry, 'code'),
    left: memberOf(entry, 'left'),
  }));
}

function listOf(value: unknown): unknown[] {
  return Array.isArray(value) ? value : [];
}

function withoutTimes(text: string): string {
  return text.replace(/\d{4}-\d\d-\d\d \d\d:\d\d UTC/g, 'TIME');
}
