import type { RoutingRule, RoutingTarget } from './routing';

/** A problem with saved settings: which key, and what is expected. */
export interface SettingsProblem {
  key: string;
  expected: string;
}

/** The four meanings of a status. */
export type SlotName = 'pending' | 'approved' | 'denied' | 'expired';

/** A value for a field of a new issue, as Jira's REST API takes it (for example `{ id: '10010' }`). */
export type FieldValue = string | number | boolean | null | FieldValue[] | { [key: string]: FieldValue };

/** What the statuses of one issue type in one project mean. An issue is judged by the mapping of its own project and type. */
export interface ProjectMapping {
  projectId: string;
  issueTypeId: string;
  /** Status ids of each slot; the first is the one that the app writes. */
  slots: Record<SlotName, string[]>;
  /** Resolution set with the transition where its screen has the field. */
  resolutions: { approved?: string; denied?: string; expired?: string };
  /** Values for required fields that the app does not fill by itself, by field id. */
  defaults: Record<string, FieldValue>;
}

/** A Teleport user and their Jira account, for display and for four eyes. */
export interface PersonLink {
  teleportUser: string;
  accountId: string;
}

/** Version of the form of the settings. The form before it is still accepted. */
export const SETTINGS_VERSION = 2;

/** What holds for these settings when they are left out. */
export const SETTINGS_DEFAULTS = { auditDays: 365, newIssuesPerHour: 2000 } as const;

/** Settings of the app for a site. Objects are named by id, never by display name. */
export interface SettingsDocument {
  v: typeof SETTINGS_VERSION;
  mappings: ProjectMapping[];
  /** In order. */
  rules: RoutingRule[];
  /** What holds for every request that no rule matches; cannot be left out. */
  catchAll: RoutingTarget;
  people: PersonLink[];
  /** A moved card never decides; only the buttons of the app do. */
  strictMode: boolean;
  /** Whether a denial by button needs a reason; not when left out. */
  denyNeedsReason?: boolean;
  /** Whether the visible e-mail of exactly one account links it to the Teleport user of that name, for display; not when left out. */
  linkByEmail?: boolean;
  /** What linked suggested reviewers become on the issue; watchers when left out. */
  suggestedReviewers?: 'watchers' | 'assignee' | 'nothing';
  sendApproverEmail: boolean;
  approveWithinMinutes: number;
  denyWithinHours: number;
  /** How long decisions and refusals stay in the activity list, in days; `SETTINGS_DEFAULTS` when left out. */
  auditDays?: number;
  /** Most issues that are made for one cluster in an hour; `SETTINGS_DEFAULTS` when left out. */
  newIssuesPerHour?: number;
}
