import type { AccessRequest, Threshold } from '../ports';

/** Whether setting the state of a request directly keeps Teleport's review thresholds. */
export type ThresholdVerdict = { kept: true } | { kept: false; text: string };

/**
 * SetAccessRequestState ignores thresholds, so it may stand in for a review only where a single review of anybody decides:
 * every threshold that the request's roles refer to asks for one approval and one denial and has no filter. A long-term
 * request is meant to be promoted by a reviewer and never qualifies (Teleport, access request life cycle).
 */
export function keepsThresholds(request: AccessRequest): ThresholdVerdict {
  if (request.kind === 'LONG_TERM') {
    return { kept: false, text: 'it asks for long-term access, which only a review in Teleport can give' };
  }
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
