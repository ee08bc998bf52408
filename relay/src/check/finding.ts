import type { RoleNeed } from '../teleport/probes';

/** How a check ended. `unknown` = it could not be looked at. */
export type CheckResult = 'ok' | 'warning' | 'failed' | 'unknown';

/** The checks, in the order in which they are shown. Their names do not change from version to version. */
export const CHECKS = {
  identity: 'identity',
  way: 'way in',
  tls: 'TLS certificate',
  cluster: 'cluster and CA',
  server: 'server version',
  clock_teleport: 'clock (Teleport)',
  clock_app: 'clock (Jira app)',
  list: 'list requests',
  watch: 'watch requests',
  set_state: 'set a state',
  review: 'submit a review',
  users: 'look users up',
  names: 'resource names',
  mode: 'decision mode',
  app: 'Jira app',
} as const;

/** Name of a check. */
export type CheckName = keyof typeof CHECKS;

/** What one check found. No part of it holds a secret. */
export interface Finding {
  check: CheckName;
  result: CheckResult;
  /** What was seen, in words. */
  seen: string;
  /** What to do; absent when nothing is to be done. */
  mend?: string;
  /** What a Teleport role of the relay lacks. */
  lacks?: RoleNeed;
}

/** A finding that nothing is wrong with. */
export function ok(check: CheckName, seen: string): Finding {
  return { check, result: 'ok', seen };
}

/** Something that works and should be looked at. */
export function warning(check: CheckName, seen: string, mend: string): Finding {
  return { check, result: 'warning', seen, mend };
}

/** Something that keeps the relay from its work. */
export function failed(check: CheckName, seen: string, mend: string): Finding {
  return { check, result: 'failed', seen, mend };
}

/** Something that could not be looked at. */
export function unknown(check: CheckName, seen: string, mend?: string): Finding {
  return { check, result: 'unknown', seen, ...(mend === undefined ? {} : { mend }) };
}
