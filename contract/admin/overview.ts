import type { ConnectionView } from './connections';

/** What the app knows at a glance. */
export interface OverviewView {
  connections: ConnectionView[];
  /** Requests whose issue is not in step, at most 200 are counted; see `listFailures`. */
  failing: number;
  /** Decisions made in Jira that wait for a relay. */
  decisionsWaiting: number;
  /** Checks that failed when the configuration was last checked, and when that was. */
  health: { failed: number; checkedAt?: string };
  /** Set while Jira's hourly quota is used up: until then the app does no background work. */
  pausedUntil?: string;
  /** The newest request that was mirrored. */
  lastRequest?: FirstRequest;
}

/** The first or newest request that was mirrored. */
export interface FirstRequest {
  cluster: string;
  requestId: string;
  issueKey: string;
  issueUrl: string;
  state: string;
  at: string;
}

/** The steps of the first run, in their order. */
export const WIZARD_STEPS = [
  'connect',
  'start_relay',
  'confirm_cluster',
  'project',
  'approvers',
  'first_request',
] as const;
export type WizardStep = (typeof WIZARD_STEPS)[number];

/** A saved search that the page offers. */
export interface ReadyFilter {
  key: string;
  name: string;
  jql: string;
  /** Opens the search in Jira. */
  url: string;
}
