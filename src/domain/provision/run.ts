import * as z from 'zod';
import { SLOTS, type Slot } from '../settings';

/** The steps that make a project for access requests, in their order. */
export const STEPS = [
  'check',
  'statuses',
  'issue_type',
  'role',
  'workflow',
  'workflow_scheme',
  'issue_type_scheme',
  'project',
  'board',
  'approvers',
  'permission_scheme',
  'panel',
  'receipt',
  'verify',
] as const;
export type StepKey = (typeof STEPS)[number];

const groupId = z.string().regex(/^[A-Za-z0-9-]{1,64}$/, 'must be a group id');

/** What the administrator chooses before the set-up begins. */
export const setUpInput = z.strictObject({
  /** Wanted project key; another one is used when it is taken (Jira REST v3, project keys). */
  key: z
    .string()
    .regex(/^[A-Z][A-Z0-9]{1,9}$/, 'must be 2 to 10 capital letters and digits, a letter first')
    .default('TAR'),
  name: z.string().trim().min(2).max(80).default('Teleport access requests'),
  projectType: z.enum(['business', 'software']).default('business'),
  /** Groups whose people may approve and deny on the board. */
  approverGroupIds: z.array(groupId).max(20).default([]),
});
export type SetUpInput = z.infer<typeof setUpInput>;

/** What a step has to show for itself. */
const receipt = z.object({
  /** `attention`: it is there, but an administrator should look at it. */
  outcome: z.enum(['created', 'found', 'skipped', 'attention']),
  text: z.string(),
  /** Path on the site where it can be looked at. */
  path: z.string().optional(),
});
export type Receipt = z.infer<typeof receipt>;

const plan = z.enum(['free', 'paid', 'unknown']);
/** Whether the site's plan lets roles and permission schemes be changed. */
export type Plan = z.infer<typeof plan>;

const statusIds = z.object({
  pending: z.string(),
  approved: z.string(),
  denied: z.string(),
  expired: z.string(),
});
/** Status id of each slot. */
export type SlotIds = z.infer<typeof statusIds>;

const probe = z.object({
  projectId: z.string(),
  attemptId: z.string(),
  /** `creating`: it may exist or not. `refused`: it does not exist for certain. */
  state: z.enum(['creating', 'refused', 'created', 'closed']),
  /** How often an issue that may exist was searched for in vain. */
  searches: z.int().nonnegative(),
  issue: z.object({ id: z.string(), key: z.string() }).optional(),
});
export type Probe = z.infer<typeof probe>;

const panel = z.object({
  projectId: z.string(),
  /** `asked`: Jira works on it in a task. `failed`: it may be tried again. */
  state: z.enum(['asked', 'pinned', 'failed']),
  taskId: z.string().optional(),
});

/** Ids of what was found or made. Each is known once the step that yields it is done. */
const known = z.object({
  accountId: z.string().optional(),
  plan: plan.optional(),
  appRoleId: z.string().optional(),
  statusIds: statusIds.optional(),
  issueTypeId: z.string().optional(),
  approverRoleId: z.string().optional(),
  workflow: z.object({ id: z.string(), name: z.string() }).optional(),
  workflowSchemeId: z.string().optional(),
  issueTypeSchemeId: z.string().optional(),
  /** Stored before the project is created, so that one whose creation was not answered is recognised. */
  creatingKey: z.string().optional(),
  project: z.object({ id: z.string(), key: z.string() }).optional(),
  /** The project had the schemes once; who changes them later does so on purpose. */
  schemesSet: z.boolean().optional(),
  boardId: z.string().optional(),
  permissionSchemeId: z.string().optional(),
  permissionSchemeSet: z.boolean().optional(),
  /** The pin of the app's panel; remembered, so that one that somebody took away stays away. */
  panel: panel.optional(),
  /** The issue that proves the project; its attempt is stored before it is created. */
  probe: probe.optional(),
});
export type Known = z.infer<typeof known>;

/**
 * A set-up and how far it has come. It is stored after each step. Going through all steps is a pass; the first pass makes
 * the project, every later one looks whether all is still there and makes what is missing.
 */
export const provisionRun = z.object({
  v: z.literal(1),
  /** The key that was asked for; it names the set-up. */
  key: z.string(),
  pass: z.int().positive(),
  /** Steps of this pass that are done. */
  done: z.array(z.enum(STEPS)),
  receipts: z.partialRecord(z.enum(STEPS), receipt),
  known,
});
export type ProvisionRun = z.infer<typeof provisionRun>;

/** The set-up before its first step. */
export function newRun(key: string): ProvisionRun {
  return { v: 1, key, pass: 1, done: [], receipts: {}, known: {} };
}

/** Steps that a set-up has; a board of its own is made for software projects only, since Jira gives business projects theirs. */
export function stepsFor(input: Pick<SetUpInput, 'projectType'>): StepKey[] {
  return STEPS.filter((step) => step !== 'board' || input.projectType === 'software');
}

/** The step to take next; `undefined` when the pass is complete. */
export function nextStep(run: ProvisionRun, input: Pick<SetUpInput, 'projectType'>): StepKey | undefined {
  return stepsFor(input).find((step) => !run.done.includes(step));
}

/** The run after a step. */
export function afterStep(
  run: ProvisionRun,
  step: StepKey,
  done: { receipt: Receipt; known: Known },
): ProvisionRun {
  return {
    ...run,
    done: [...run.done, step],
    receipts: { ...run.receipts, [step]: done.receipt },
    known: { ...run.known, ...done.known },
  };
}

/** A complete pass is followed by another one, which starts with nothing done and everything known. */
export function startPass(run: ProvisionRun, input: Pick<SetUpInput, 'projectType'>): ProvisionRun {
  return nextStep(run, input) === undefined ? { ...run, pass: run.pass + 1, done: [] } : run;
}

/** The settings' slots for a project that was set up: one status each. */
export function slotsOf(ids: SlotIds): Record<Slot, string[]> {
  return {
    pending: [ids.pending],
    approved: [ids.approved],
    denied: [ids.denied],
    expired: [ids.expired],
  };
}

/** Name and category of each slot's status. Pending is in progress: no board parks it in a backlog then. */
export const SLOT_STATUSES: Readonly<Record<Slot, { name: string; category: 'IN_PROGRESS' | 'DONE' }>> = {
  pending: { name: 'Pending', category: 'IN_PROGRESS' },
  approved: { name: 'Approved', category: 'DONE' },
  denied: { name: 'Denied', category: 'DONE' },
  expired: { name: 'Expired', category: 'DONE' },
};

/** Finds the status of each slot among statuses by exact name, else by name without regard to case. */
export function matchSlots<T extends { name: string }>(statuses: readonly T[]): Partial<Record<Slot, T>> {
  const found: Partial<Record<Slot, T>> = {};
  for (const slot of SLOTS) {
    const { name } = SLOT_STATUSES[slot];
    const match =
      statuses.find((status) => status.name === name) ??
      statuses.find((status) => status.name.toLowerCase() === name.toLowerCase());
    if (match !== undefined) found[slot] = match;
  }
  return found;
}

/** Names of what the set-up makes. */
export const NAMES = {
  issueType: 'Access request',
  role: 'Teleport approvers',
  workflow: 'Teleport access requests workflow',
  workflowScheme: 'Teleport access requests workflow scheme',
  issueTypeScheme: 'Teleport access requests work types',
  permissionScheme: 'Teleport access requests permissions',
} as const;

/** Ends every description that the set-up writes; by it the app knows its own things again. */
const MARK = '(teleport-access-requests)';

/** A description with the mark. */
export function described(text: string): string {
  return `${text} ${MARK}`;
}

/** Whether a description says that the thing was made by a set-up. */
export function isOurs(thing: { description?: string | undefined }): boolean {
  return thing.description?.includes(MARK) === true;
}

/** The name itself, or with a number behind it, such that nothing else has it. */
export function freeName(name: string, taken: readonly string[]): string {
  const isTaken = (candidate: string) =>
    taken.some((other) => other.toLowerCase() === candidate.toLowerCase());
  if (!isTaken(name)) return name;
  let number = 2;
  while (isTaken(`${name} ${number}`)) number += 1;
  return `${name} ${number}`;
}
