import {
  RequestState,
  type AccessRequestSpecV3,
  type AccessReview,
  type ThresholdIndexSets,
} from '../../relay/src/teleport/gen/types';
import type { SimulatedRole } from './cast';

const DEFAULT_THRESHOLD = { Name: 'default', Filter: '', Approve: 1, Deny: 1 };

/**
 * Thresholds of a new request and, by role, the sets of indexes into them: one set for each condition of the requester that
 * allows the role. Without the reviews feature only the default threshold exists.
 */
export function thresholdsFor(
  roles: readonly string[],
  conditions: readonly NonNullable<SimulatedRole['request']>[],
  hasReviews: boolean,
): Pick<AccessRequestSpecV3, 'Thresholds' | 'RoleThresholdMapping'> {
  const thresholds: AccessRequestSpecV3['Thresholds'] = [];
  const mapping: Record<string, ThresholdIndexSets> = {};
  const indexOf = (threshold: AccessRequestSpecV3['Thresholds'][number]): number => {
    const known = thresholds.findIndex((other) => JSON.stringify(other) === JSON.stringify(threshold));
    return known >= 0 ? known : thresholds.push(threshold) - 1;
  };
  for (const role of roles) {
    const granting = conditions.filter(
      (condition) =>
        condition.roles?.includes(role) === true || condition.searchAsRoles?.includes(role) === true,
    );
    const sets = granting.map((condition) => {
      const own = hasReviews ? (condition.thresholds ?? []) : [];
      const indexes = own.map(({ name, filter, approve, deny }) =>
        indexOf({ Name: name ?? '', Filter: filter ?? '', Approve: approve, Deny: deny }),
      );
      return { Indexes: indexes.length > 0 ? indexes : [indexOf(DEFAULT_THRESHOLD)] };
    });
    mapping[role] = { Sets: sets };
  }
  return { Thresholds: thresholds, RoleThresholdMapping: mapping };
}

/** The one form of filter that the simulator knows; an unknown one matches nobody. */
export function filterMatches(filter: string, reviewer: string): boolean {
  if (filter === '') return true;
  return /^equals\(reviewer\.name, "(.*)"\)$/.exec(filter)?.[1] === reviewer;
}

/** Teleport's resolution rule: any deny count reached denies; every index set of every role with an approve count reached approves. */
export function resolveByReviews(
  spec: AccessRequestSpecV3,
  last: AccessReview,
): Partial<AccessRequestSpecV3> {
  const count = (index: number, state: RequestState) =>
    spec.Reviews.filter((review) => review.ProposedState === state && review.ThresholdIndexes.includes(index))
      .length;
  const isDenied = spec.Thresholds.some(
    (threshold, index) => threshold.Deny > 0 && count(index, RequestState.DENIED) >= threshold.Deny,
  );
  if (isDenied) return { State: RequestState.DENIED, ResolveReason: last.Reason };
  const isReached = (index: number) => {
    const wanted = spec.Thresholds[index]?.Approve ?? 0;
    return wanted > 0 && count(index, RequestState.APPROVED) >= wanted;
  };
  const isApproved = spec.Roles.every((role) => {
    const sets = spec.RoleThresholdMapping[role]?.Sets ?? [];
    return sets.length > 0 && sets.every((set) => set.Indexes.some(isReached));
  });
  return isApproved ? { State: RequestState.APPROVED, ResolveReason: last.Reason } : {};
}
