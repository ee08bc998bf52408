import { z } from 'zod';
import type { RequestState } from '../../contract/access-request';

/** The four meanings that a status of the mapped project can have. Statuses outside all of them are nobody's decision. */
export const SLOTS = ['pending', 'approved', 'denied', 'expired'] as const;
export type Slot = (typeof SLOTS)[number];

const jiraId = z.string().regex(/^\d{1,19}$/, 'must be a Jira id (digits)');
const accountId = z.string().regex(/^[A-Za-z0-9:-]{1,128}$/, 'must be an account id');
/** Status ids of one slot; the first is the one that the app writes. */
const statusIds = z.array(jiraId).min(1, 'needs at least one status').max(20);

/** Settings of the app for a site, saved by an administrator. Objects are named by id, never by display name. */
export const settings = z
  .object({
    projectId: jiraId,
    issueTypeId: jiraId,
    slots: z.object({ pending: statusIds, approved: statusIds, denied: statusIds, expired: statusIds }),
    /** Resolution set with the transition where its screen has the field. */
    resolutions: z
      .object({ approved: jiraId.optional(), denied: jiraId.optional(), expired: jiraId.optional() })
      .default({}),
    /** Who may decide in Jira. With nobody in it, nobody can. */
    approvers: z.object({
      groupIds: z.array(z.string().regex(/^[A-Za-z0-9-]{1,64}$/, 'must be a group id')).max(50),
      accountIds: z.array(accountId).max(200),
    }),
    /** Strict mode: a moved card never decides. */
    strictMode: z.boolean().default(false),
    /** Send the mover's e-mail with a decision, when the account shows it. */
    sendApproverEmail: z.boolean().default(false),
    /** How long an approval made in Jira stays valid until Teleport takes it, in minutes. */
    approveWithinMinutes: z.int().min(1).max(60).default(15),
    /** The same for a denial, in hours. */
    denyWithinHours: z.int().min(1).max(72).default(24),
    /** Teleport users and their Jira accounts, for display and for four eyes. */
    people: z
      .array(z.object({ teleportUser: z.string().min(1).max(1024), accountId }))
      .max(2000)
      .default([]),
  })
  .refine(
    (value) => {
      const ids = SLOTS.flatMap((slot) => value.slots[slot]);
      return new Set(ids).size === ids.length;
    },
    { path: ['slots'], message: 'a status may stand in one slot only' },
  );
export type Settings = z.infer<typeof settings>;

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
export function slotOfStatus(value: Pick<Settings, 'slots'>, statusId: string): Slot | undefined {
  return SLOTS.find((slot) => value.slots[slot].includes(statusId));
}
