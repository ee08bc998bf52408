import * as z from 'zod';
import type { RequestState } from '../../contract/access-request';
import { SETTINGS_DEFAULTS, SETTINGS_VERSION } from '../../contract/admin';

/** The four meanings that a status of a mapped project can have. Statuses outside all of them are nobody's decision. */
export const SLOTS = ['pending', 'approved', 'denied', 'expired'] as const;
export type Slot = (typeof SLOTS)[number];

const jiraId = z.string().regex(/^\d{1,19}$/, 'must be a Jira id (digits)');
const accountId = z.string().regex(/^[A-Za-z0-9:-]{1,128}$/, 'must be an account id');
const groupId = z.string().regex(/^[A-Za-z0-9-]{1,64}$/, 'must be a group id');
/** Status ids of one slot; the first is the one that the app writes. */
const statusIds = z.array(jiraId).min(1, 'needs at least one status').max(20);
/** Status ids by meaning. */
export const slots = z.object({
  pending: statusIds,
  approved: statusIds,
  denied: statusIds,
  expired: statusIds,
});

/** Jira takes no white space in labels, and 255 characters (Jira REST v3, labels). */
const label = z.string().regex(/^\S{1,255}$/u, 'must be a label without spaces');
const fieldId = z.string().regex(/^[A-Za-z][A-Za-z0-9_]{0,63}$/, 'must be a field id');
/** Longest default value of a field, as JSON. */
const MAX_DEFAULT_JSON = 8000;
/** Deepest nesting of one; the store takes 31 levels for all (Forge KVS limits). */
const MAX_DEFAULT_DEPTH = 8;
const fieldValue = z
  .json()
  .refine((value) => JSON.stringify(value).length <= MAX_DEFAULT_JSON, 'is too long')
  .refine((value) => depthOf(value) <= MAX_DEFAULT_DEPTH, 'is nested too deeply');

const mapping = z
  .object({
    projectId: jiraId,
    issueTypeId: jiraId,
    slots,
    /** Resolution set with the transition where its screen has the field. */
    resolutions: z
      .object({ approved: jiraId.optional(), denied: jiraId.optional(), expired: jiraId.optional() })
      .default({}),
    /** Values for required fields that the app does not fill by itself, by field id. */
    defaults: z.record(fieldId, fieldValue).default({}),
  })
  .refine(
    (value) => {
      const ids = SLOTS.flatMap((slot) => value.slots[slot]);
      return new Set(ids).size === ids.length;
    },
    { path: ['slots'], message: 'a status may stand in one slot only' },
  );
/** What the statuses of one issue type in one project mean. */
export type ProjectMapping = z.infer<typeof mapping>;

const approvers = z.object({
  groupIds: z.array(groupId).max(50),
  accountIds: z.array(accountId).max(200),
  /** Project roles. Off unless chosen, since whoever administers the project edits its roles. */
  projectRoleIds: z.array(jiraId).max(20).default([]),
  /** Whoever holds the app's own permission in the project of the issue. */
  permission: z.boolean().default(false),
});
/** Who may decide in Jira: whoever any of these lists names. */
export type Approvers = z.infer<typeof approvers>;
/** Approvers before anybody is chosen: with these, nobody decides in Jira. */
export const NO_APPROVERS: Approvers = {
  groupIds: [],
  accountIds: [],
  projectRoleIds: [],
  permission: false,
};

const target = z.object({
  projectId: jiraId,
  issueTypeId: jiraId,
  labels: z.array(label).max(20).default([]),
  /** Who may decide in Jira. With nobody in it, nobody can. */
  approvers,
  watchers: z.array(accountId).max(20).default([]),
  /** Sets the due date of an issue to the day on which its request ends unanswered. */
  dueDate: z.boolean().default(false),
});
/** Where a request goes and who decides it. */
export type RoutingTarget = z.infer<typeof target>;

const patterns = z.array(z.string().trim().min(1).max(256)).max(50).default([]);
/** The lists of patterns of a rule, in the order in which a tester names them. */
export const MATCHED = ['clusters', 'requesters', 'roles', 'resourceKinds', 'resourceNames'] as const;
const match = z.object({
  clusters: patterns,
  requesters: patterns,
  roles: patterns,
  resourceKinds: patterns,
  resourceNames: patterns,
});
export type RoutingMatch = z.infer<typeof match>;

const rule = z.object({
  id: z.string().regex(/^[A-Za-z0-9-]{1,64}$/, 'must be letters, digits and dashes'),
  name: z.string().trim().min(1).max(80),
  match,
  then: target,
});
export type RoutingRule = z.infer<typeof rule>;

/** Settings that the store can hold with room to spare (Forge KVS limits: 240 KiB for a value). */
const MAX_SETTINGS_BYTES = 200_000;

const settingsDocument = z
  .object({
    v: z.literal(SETTINGS_VERSION),
    mappings: z.array(mapping).min(1, 'needs at least one project').max(50),
    /** In order: the first that matches counts. */
    rules: z.array(rule).max(100).default([]),
    /** What holds for every request that no rule matches. */
    catchAll: target,
    /** Teleport users and their Jira accounts, for display and for four eyes. */
    people: z
      .array(z.object({ teleportUser: z.string().min(1).max(1024), accountId }))
      .max(2000)
      .default([]),
    /** Links a Teleport user whose name is the visible e-mail of one account to that account, for display only. */
    linkByEmail: z.boolean().default(false),
    /** What suggested reviewers that are linked become on the issue. */
    suggestedReviewers: z.enum(['watchers', 'assignee', 'nothing']).default('watchers'),
    /** Strict mode: a moved card never decides. */
    strictMode: z.boolean().default(false),
    /** Whether a denial by button needs a reason. */
    denyNeedsReason: z.boolean().default(false),
    /** Send the mover's e-mail with a decision, when the account shows it. */
    sendApproverEmail: z.boolean().default(false),
    /** How long an approval made in Jira stays valid until Teleport takes it, in minutes. */
    approveWithinMinutes: z.int().min(1).max(60).default(15),
    /** The same for a denial, in hours. */
    denyWithinHours: z.int().min(1).max(72).default(24),
    /** How long decisions and refusals stay in the activity list, in days. */
    auditDays: z.int().min(30).max(365).default(SETTINGS_DEFAULTS.auditDays),
    /** Most issues that one connection may have made in an hour; requests beyond it wait. */
    newIssuesPerHour: z.int().min(1).max(10_000).default(SETTINGS_DEFAULTS.newIssuesPerHour),
  })
  .superRefine((value, context) => {
    const complain = (path: (string | number)[], message: string) =>
      context.addIssue({ code: 'custom', path, message });
    const places = value.mappings.map(placeOf);
    if (new Set(places).size < places.length)
      complain(['mappings'], 'a project and issue type may be mapped once only');
    const ids = value.rules.map(({ id }) => id);
    if (new Set(ids).size < ids.length) complain(['rules'], 'each rule needs an id of its own');
    const unmapped = (to: RoutingTarget) => !places.includes(placeOf(to));
    const message = 'a project and issue type that are mapped';
    value.rules.forEach(({ then }, index) => {
      if (unmapped(then)) complain(['rules', index, 'then'], message);
    });
    if (unmapped(value.catchAll)) complain(['catchAll'], message);
    if (Buffer.byteLength(JSON.stringify(value)) > MAX_SETTINGS_BYTES)
      complain([], 'less: all settings together are too large to be stored');
  });

/**
 * Settings of the app for a site, saved by an administrator. Objects are named by id, never by display name. The form before
 * there were rules, with one project for everything, is read as one mapping with its catch-all.
 */
export const settings = z.preprocess(upgrade, settingsDocument);
export type Settings = z.infer<typeof settings>;

function upgrade(value: unknown): unknown {
  if (typeof value !== 'object' || value === null || !('projectId' in value) || 'v' in value) return value;
  const before: Record<string, unknown> = { ...value };
  const { projectId, issueTypeId, slots: statuses, resolutions, approvers: deciders, ...others } = before;
  return {
    ...others,
    v: SETTINGS_VERSION,
    mappings: [{ projectId, issueTypeId, slots: statuses, resolutions }],
    catchAll: { projectId, issueTypeId, approvers: deciders },
  };
}

/** Names a project and issue type. */
export function placeOf({ projectId, issueTypeId }: { projectId: string; issueTypeId: string }): string {
  return `${projectId}/${issueTypeId}`;
}

function depthOf(value: unknown): number {
  if (typeof value !== 'object' || value === null) return 0;
  return 1 + Math.max(0, ...Object.values(value).map(depthOf));
}

/** The slot that a state of a request belongs to. A promotion is shown as approved, with a comment that says so. */
export function slotOfState(state: RequestState): Slot {
  switch (state) {
    case 'PENDING':
      return 'pending';
    case 'EXPIRED':
      return 'expired';
    case 'APPROVED':
    case 'PROMOTED':
      return 'approved';
    case 'DENIED':
      return 'denied';
  }
}

/** The slot that a status belongs to, or `undefined` for a status that has no meaning here. */
export function slotOfStatus(value: Pick<ProjectMapping, 'slots'>, statusId: string): Slot | undefined {
  return SLOTS.find((slot) => value.slots[slot].includes(statusId));
}
