import type { RequestSnapshot } from '../../contract/access-request';
import { outcomeComment, resolutionComment, reviewComment } from '../domain/comments';
import { propertyOf } from './issue-moves';
import { decisionNews } from './panel/tell';
import type { IssueView, JiraProblem, Services } from './ports';
import type { SyncInput } from './sync-issue';

/** What came of telling the end of a request at once. */
export type EndResult =
  /** Told and marked; the issue as it stood right afterwards. */
  | { kind: 'told'; issue: IssueView }
  /** Not done: everything has to be looked at first. */
  | { kind: 'look_first' }
  | { kind: 'problem'; problem: JiraProblem };

/**
 * Says on the issue how its request ended, and marks it, by one call that also reads the issue. Only for a request that was
 * completely in step while it was pending: what is to be said then is known without a look. Should another invocation have
 * said it before, the answer shows both, and the younger comment is removed.
 */
export async function tellEndAtOnce(services: Services, input: SyncInput): Promise<EndResult> {
  const { link, snapshot, known, settings, outcome } = input;
  const wasInStep =
    link.phase === 'linked' &&
    link.failure === undefined &&
    link.syncDigest !== '' &&
    known?.syncDigest === link.syncDigest;
  const endsNow = link.state === 'PENDING' && snapshot.state !== 'PENDING';
  // Customers of a service project must not see it, and only a comment of its own can be made internal.
  if (!wasInStep || !endsNow || settings.internalComments) return { kind: 'look_first' };
  const comments = [
    ...(await decisionNews(services, input)),
    ...freshReviews(known, snapshot).map(reviewComment),
    outcome === undefined ? undefined : outcomeComment(outcome),
    resolutionComment(snapshot),
  ];
  const told = await services.issues.sayAndMark(link.issue.id, {
    bodies: comments.flatMap((comment) => (comment === undefined ? [] : [comment.body])),
    property: propertyOf(snapshot, link.attemptId),
  });
  if (told.ok) return { kind: 'told', issue: told.value };
  // Refused or uncertain, a look tells what is there, and the usual way does what is missing.
  return told.problem.kind === 'rate_limited'
    ? { kind: 'problem', problem: told.problem }
    : { kind: 'look_first' };
}

function freshReviews(known: RequestSnapshot, snapshot: RequestSnapshot): RequestSnapshot['reviews'] {
  return snapshot.reviews.filter(
    (review) =>
      !known.reviews.some((other) => other.author === review.author && other.createdAt === review.createdAt),
  );
}
