import { canonicalJson } from './canonical-json';
import { stateRank, type AccessReview, type RequestSnapshot } from './access-request';

/**
 * Merges two snapshots of one request so that order and repetition of arrival do not matter (commutative, associative,
 * idempotent): the higher state wins, then the later observation; reviews are a union keyed by author and time; a
 * removal once seen stays seen.
 */
export function mergeSnapshots(a: RequestSnapshot, b: RequestSnapshot): RequestSnapshot {
  const base = compare(a, b) >= 0 ? a : b;
  const deletedAt = earlier(a.deletedAt, b.deletedAt);
  return {
    ...base,
    reviews: unionOfReviews(a.reviews, b.reviews),
    ...(deletedAt === undefined ? {} : { deletedAt }),
  };
}

/** Whether `next` says less than what is already known: Teleport itself went back, for example from a backup. */
export function isStateRegression(known: RequestSnapshot, next: RequestSnapshot): boolean {
  return (
    stateRank(next.state) < stateRank(known.state) &&
    Date.parse(next.observedAt) > Date.parse(known.observedAt)
  );
}

function compare(a: RequestSnapshot, b: RequestSnapshot): number {
  return (
    stateRank(a.state) - stateRank(b.state) ||
    Date.parse(a.observedAt) - Date.parse(b.observedAt) ||
    // A total order on what is left, so that the result does not depend on the order of the arguments.
    compareText(canonicalJson(withoutMergedFields(a)), canonicalJson(withoutMergedFields(b)))
  );
}

function withoutMergedFields(snapshot: RequestSnapshot): RequestSnapshot {
  return { ...snapshot, reviews: [], deletedAt: undefined };
}

function unionOfReviews(a: readonly AccessReview[], b: readonly AccessReview[]): AccessReview[] {
  const byKey = new Map<string, AccessReview>();
  for (const review of [...a, ...b]) {
    const key = `${review.createdAt} ${review.author}`;
    const known = byKey.get(key);
    if (!known || canonicalJson(known) < canonicalJson(review)) byKey.set(key, review);
  }
  return [...byKey.entries()].sort(([x], [y]) => compareText(x, y)).map(([, review]) => review);
}

function earlier(a: string | undefined, b: string | undefined): string | undefined {
  if (a === undefined || b === undefined) return a ?? b;
  return compareText(a, b) <= 0 ? a : b;
}

function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
