import type { AccessRequest } from '../ports';

/** What may be approved from Jira at most, whatever Jira says. */
export interface Ceiling {
  /** Role names; `*` stands for any run of characters. */
  rolesAllow: readonly string[];
  rolesDeny: readonly string[];
  resourceKindsAllow: readonly string[];
  /** From the approval to the end of access, in milliseconds. */
  maxAccessDuration: number | undefined;
  maxApprovalsPerHour: number | undefined;
}

const HOUR_MS = 3_600_000;

/** @returns what of a request is over the ceiling, in words, or `undefined` when nothing is. */
export function findOverCeiling(request: AccessRequest, ceiling: Ceiling, now: number): string | undefined {
  const refusedRole = request.roles.find(
    (role) => matchesAny(role, ceiling.rolesDeny) || !matchesAny(role, ceiling.rolesAllow),
  );
  if (refusedRole !== undefined)
    return `the relay does not let the role ${refusedRole} be approved from Jira`;
  const refusedKind = request.resources.find(
    ({ kind }) => !matchesAny(kind, ceiling.resourceKindsAllow),
  )?.kind;
  if (refusedKind !== undefined) {
    return `the relay does not let resources of kind ${refusedKind} be approved from Jira`;
  }
  if (ceiling.maxAccessDuration === undefined) return undefined;
  const end = request.accessExpiresAt?.getTime();
  if (end !== undefined && end - now <= ceiling.maxAccessDuration) return undefined;
  return `the relay lets access be approved from Jira for at most ${inWords(ceiling.maxAccessDuration)}`;
}

/** The ceiling in words, one rule a line, for the administrators of Jira. */
export function describeCeiling(ceiling: Ceiling): string[] {
  const list = (names: readonly string[]): string =>
    names.length <= 5 ? names.join(', ') : `${names.slice(0, 5).join(', ')} and ${names.length - 5} more`;
  return [
    ...(isEverything(ceiling.rolesAllow) ? [] : [`Only these roles: ${list(ceiling.rolesAllow)}`]),
    ...(ceiling.rolesDeny.length === 0 ? [] : [`Never these roles: ${list(ceiling.rolesDeny)}`]),
    ...(isEverything(ceiling.resourceKindsAllow)
      ? []
      : [`Only these kinds of resources: ${list(ceiling.resourceKindsAllow)}`]),
    ...(ceiling.maxAccessDuration === undefined
      ? []
      : [`Access for at most ${inWords(ceiling.maxAccessDuration)}`]),
    ...(ceiling.maxApprovalsPerHour === undefined
      ? []
      : [`At most ${ceiling.maxApprovalsPerHour} approvals an hour`]),
  ].map((line) => line.slice(0, 512));
}

/** Counts approvals of the last hour. In memory: a restart of the relay begins anew. */
export class ApprovalCounter {
  private approvals: number[] = [];

  add(now: number): void {
    this.approvals = [...this.approvals.filter((at) => now - at < HOUR_MS), now];
  }

  inLastHour(now: number): number {
    return this.approvals.filter((at) => now - at < HOUR_MS).length;
  }
}

function isEverything(patterns: readonly string[]): boolean {
  return patterns.includes('*');
}

/** Whether a name fits one of the patterns, in which `*` stands for any run of characters. */
function matchesAny(name: string, patterns: readonly string[]): boolean {
  return patterns.some((pattern) => {
    const parts = pattern.split('*').map((part) => part.replace(/[.*+?^${}()|[\]\\]/g, '\\$&'));
    return new RegExp(`^${parts.join('.*')}$`, 's').test(name);
  });
}

function inWords(milliseconds: number): string {
  const minutes = Math.round(milliseconds / 60_000);
  if (minutes % 1440 === 0) return `${minutes / 1440} d`;
  return minutes % 60 === 0 ? `${minutes / 60} h` : `${minutes} min`;
}
