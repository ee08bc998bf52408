import type { AccessRequest, Threshold } from '../ports';

/** Whether setting the state of a request directly keeps Teleport's review thresholds. */
export type ThresholdVerdict = { kept: true } | { kept: false; text: string };

/**
 * SetAccessRequestState ignores thresholds, so it may stand in for a review only where a single review of anybody decides:
 * every threshold that the request's roles refer to asks for one approval and one denial and has no filter. A long-term
 * request is meant to be promoted by a reviewer and never qualifies (Teleport, access request life cycle).
 */
export function keepsThresholds(request: AccessRequest): ThresholdVerdict {
  const reviewable = canBeReviewed(request);
  if (!reviewable.kept) return reviewable;
  const referred = referredThresholds(request);
  if (referred === undefined) {
    return { kept: false, text: 'its review thresholds cannot be told; review it in Teleport' };
  }
  const strict = referred.find(
    (threshold) => threshold.approve !== 1 || threshold.deny !== 1 || threshold.filter !== '',
  );
  if (strict === undefined) return { kept: true };
  if (strict.filter !== '') {
    return { kept: false, text: 'only certain reviewers count for it; it must be reviewed in Teleport' };
  }
  return {
    kept: false,
    text: `it takes ${strict.approve} approvals or ${strict.deny} denials by reviews in Teleport`,
  };
}

/** Whether a review from outside Teleport fits the request at all: a long-term one is meant to be promoted. */
export function canBeReviewed(request: AccessRequest): ThresholdVerdict {
  if (request.kind !== 'LONG_TERM') return { kept: true };
  return { kept: false, text: 'it asks for long-term access, which only a review in Teleport can give' };
}

/** The thresholds that count; `undefined` when the request's own mapping makes no sense. */
function referredThresholds(request: AccessRequest): Threshold[] | undefined {
  const { thresholds, roleThresholds, roles } = request;
  // Without thresholds Teleport applies its default of one approval and one denial.
  if (thresholds.length === 0) return roleThresholds.size === 0 ? [] : undefined;
  // A role without an entry tells nothing about which thresholds hold for it, so all of them are taken to.
  if (roles.some((role) => !roleThresholds.has(role))) return thresholds;
  const referred: Threshold[] = [];
  for (const index of new Set([...roleThresholds.values()].flat(2))) {
    const threshold = thresholds[index];
    if (threshold === undefined) return undefined;
    referred.push(threshold);
  }
  return referred;
}

/**
 * The sets of indexes into the request's thresholds, each of which one of its members must satisfy before the request is
 * approved (Teleport, resolution of reviews); `undefined` when the request's own mapping makes no sense.
 */
export function thresholdSets(request: AccessRequest): readonly (readonly number[])[] | undefined {
  const sets = request.roles.flatMap((role) => request.roleThresholds.get(role) ?? []);
  return sets.flat().every((index) => request.thresholds[index] !== undefined) ? sets : undefined;
}

/** How many reviews of that verdict count for a threshold. */
export function reviewsFor(request: AccessRequest, index: number, verdict: 'APPROVED' | 'DENIED'): number {
  return request.reviews.filter((review) => review.verdict === verdict && review.countsFor.includes(index))
    .length;
}

/** Whether a threshold has as many reviews of that verdict as it asks for. */
export function isReached(request: AccessRequest, index: number, verdict: 'APPROVED' | 'DENIED'): boolean {
  const threshold = request.thresholds[index];
  const wanted = (verdict === 'APPROVED' ? threshold?.approve : threshold?.deny) ?? 0;
  return wanted > 0 && reviewsFor(request, index, verdict) >= wanted;
}
