import type { AccessRequest } from '../ports';
import { isReached, reviewsFor, thresholdSets } from './thresholds';

/**
 * How far reviews have brought a request that still waits, in words such as "1 of 2 approvals". `author` is whose review was
 * just counted.
 */
export function describeProgress(
  request: AccessRequest,
  verdict: 'approve' | 'deny',
  author: string,
): string {
  const own = request.reviews.findLast((review) => review.author === author);
  if (own?.countsFor.length === 0) {
    return 'the review was recorded, but it counts for no threshold of this request; it takes other reviewers in Teleport';
  }
  return verdict === 'approve' ? approvals(request) : denials(request);
}

/** The set that is furthest from being satisfied says how much is missing; in it, the threshold that is nearest. */
function approvals(request: AccessRequest): string {
  const open = (thresholdSets(request) ?? [])
    .filter((set) => !set.some((index) => isReached(request, index, 'APPROVED')))
    .map((set) => nearest(request, set, 'APPROVED'))
    .filter((each) => each !== undefined);
  const [furthest] = open.sort((a, b) => b.wanted - b.counted - (a.wanted - a.counted));
  return furthest === undefined ? WAITING : `${furthest.counted} of ${furthest.wanted} approvals`;
}

function denials(request: AccessRequest): string {
  const closest = nearest(request, [...request.thresholds.keys()], 'DENIED');
  return closest === undefined ? WAITING : `${closest.counted} of ${closest.wanted} denials`;
}

const WAITING = 'the review was recorded; Teleport waits for more';

function nearest(
  request: AccessRequest,
  indexes: readonly number[],
  verdict: 'APPROVED' | 'DENIED',
): { counted: number; wanted: number } | undefined {
  const [best] = indexes
    .map((index) => {
      const threshold = request.thresholds[index];
      const wanted = (verdict === 'APPROVED' ? threshold?.approve : threshold?.deny) ?? 0;
      return { wanted, counted: reviewsFor(request, index, verdict) };
    })
    // A count of 0 is never reached.
    .filter(({ wanted }) => wanted > 0)
    .sort((a, b) => a.wanted - a.counted - (b.wanted - b.counted));
  return best;
}
