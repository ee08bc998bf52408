import * as z from 'zod';
import {
  matchSlots,
  NAMES,
  newRun,
  slotsOf,
  SLOT_STATUSES,
  type Known,
  type Probe,
  type SlotIds,
} from '../../domain/provision/run';
import { SLOTS, type Slot } from '../../domain/settings';
import type { Deadline, JiraProblem } from '../ports';
import type { ProjectTypeView, ProjectView, ProvisionServices } from './ports';
import { NEEDED_PERMISSIONS, verify, type VerifyContext } from './verify-step';

/** Which project is set up by hand, and whether to prove it with an issue now. */
export const manualInput = z.strictObject({
  /** Keys of projects that people made may be longer than new ones, and older ones have other characters. */
  key: z
    .string()
    .regex(/^[A-Z][A-Z0-9_]{1,49}$/, 'must be a project key')
    .default('TAR'),
  prove: z.boolean().default(false),
});
type ManualInput = z.infer<typeof manualInput>;

/** What the manual steps need from outside: nothing that asks for the scopes of set-up. */
export type ManualServices = VerifyContext['services'] & Pick<ProvisionServices, 'provision' | 'siteUrl'>;

/** A step that a person takes in Jira's own pages. */
export type ManualStepKey = 'project' | 'issue_type' | 'statuses' | 'workflow' | 'permissions' | 'fields';

/** A step with what the app sees of it now. */
export interface ManualStepView {
  key: ManualStepKey;
  /** `unknown`: an earlier step has to be done before this one can be looked at. */
  state: 'done' | 'to_do' | 'unknown';
  text: string;
  /** What to click, one after the other. */
  instructions: string[];
  link?: string;
}

/** The manual steps, and what the settings need once all are done. */
export interface ManualResult {
  done: boolean;
  steps: ManualStepView[];
  /** Jira could not be asked now; try again later. */
  problem?: string;
  projectId?: string;
  projectKey?: string;
  issueTypeId?: string;
  slots?: Record<Slot, string[]>;
}

const STATUS_NAMES = SLOTS.map((slot) => SLOT_STATUSES[slot].name);

/** What to do at each step; the first statuses of Jira's own templates are never those that the app needs. */
const INSTRUCTIONS: Record<ManualStepKey, (key: string) => string[]> = {
  project: (key) => [
    'Create a space of the kind “Business” from the template “Process control”, company-managed.',
    `Give it the key ${key}.`,
  ],
  issue_type: () => [
    `In the settings of Jira, under work types, add one called “${NAMES.issueType}”.`,
    'In the settings of the space, under work types, add it. The type “Task” will do as well.',
  ],
  statuses: () => [
    'In the settings of the space, open the workflow of the work type and edit it.',
    `Add the statuses ${STATUS_NAMES.join(', ')}. Pending is “in progress”, the others are “done”.`,
  ],
  workflow: () => [
    'Let the transition that creates issues lead to Pending.',
    'Add transitions from Pending to Approved, Denied and Expired, and from each of them back to Pending.',
    'Remove all other transitions, so that no card can go astray.',
    'Restrict Approve and Deny to the groups of approvers. The app’s own transitions need the role atlassian-addons-project-access.',
  ],
  permissions: () => [
    'Open the permission scheme of the space.',
    'Grant the missing permissions to the role atlassian-addons-project-access.',
  ],
  fields: () => [
    'Open the field settings of the work type.',
    'Make the fields named here optional, or give them a default value.',
  ],
};

/**
 * Looks at what a person has set up by hand, with the app's everyday rights, so it works without the scopes for set-up. The
 * workflow cannot be read by these; it is proved by an issue of the app, when that is asked for and all else is done.
 */
export async function checkManualSteps(
  services: ManualServices,
  input: ManualInput,
  deadline: Deadline,
): Promise<ManualResult> {
  const found = await services.proof.findProject(input.key);
  if (!found.ok) return unanswered(input.key, found.problem);
  if (found.value === undefined) return resultOf(input.key, [missingProject(input.key)], {});
  const project = found.value;
  const facts = {
    projectId: project.id,
    projectKey: project.key,
    link: `${await services.siteUrl()}/browse/${project.key}`,
  };
  const first = projectStep(project);
  if (first.state !== 'done') return resultOf(input.key, [first], facts);
  const types = await services.proof.typesOf(project.id);
  if (!types.ok) return unanswered(input.key, types.problem);
  const denied = await services.proof.missingPermissions(project.id, NEEDED_PERMISSIONS);
  if (!denied.ok) return unanswered(input.key, denied.problem);
  const type = chooseType(types.value);
  const steps = [first, typeStep(type), permissionStep(denied.value)];
  if (type === undefined) return resultOf(input.key, steps, facts);
  const unfilled = await services.proof.unfilledFields(project.id, type.id);
  if (!unfilled.ok) return unanswered(input.key, unfilled.problem);
  const slots = matchSlots(type.statuses);
  steps.push(statusStep(type, slots), fieldStep(unfilled.value));
  const withType = { ...facts, issueTypeId: type.id };
  const statusIds = idsOf(slots);
  if (statusIds === undefined) return resultOf(input.key, steps, withType);
  if (steps.every(({ state }) => state === 'done')) {
    const known: Known = { project: { id: project.id, key: project.key }, issueTypeId: type.id, statusIds };
    steps.push(await workflowStep(services, input, deadline, known));
  }
  return resultOf(input.key, steps, { ...withType, slots: slotsOf(statusIds) });
}

/** The workflow counts as done once an issue of the app went through it in this project. */
async function workflowStep(
  services: ManualServices,
  input: ManualInput,
  deadline: Deadline,
  place: Known,
): Promise<Step> {
  let run = (await services.provision.read(input.key)) ?? newRun(input.key);
  const isProved = (probe: Probe | undefined) =>
    probe?.state === 'closed' && probe.projectId === place.project?.id;
  const proved: Step = {
    key: 'workflow',
    state: 'done',
    text: 'An issue of the app went through the workflow.',
  };
  if (isProved(run.known.probe)) return proved;
  if (!input.prove) return { key: 'workflow', state: 'to_do', text: 'Prove the workflow with a test issue.' };
  const remember = async (known: Known): Promise<void> => {
    run = { ...run, known: { ...run.known, ...known } };
    await services.provision.write(run);
  };
  const known: Known = { ...place, ...(run.known.probe && { probe: run.known.probe }) };
  const outcome = await verify({ services, deadline, remember, known });
  if (outcome.kind !== 'done') return { key: 'workflow', state: 'to_do', text: outcome.text };
  await remember(outcome.known);
  return proved;
}

function idsOf({
  pending,
  approved,
  denied,
  expired,
}: Partial<Record<Slot, { id: string }>>): SlotIds | undefined {
  if (pending === undefined || approved === undefined || denied === undefined || expired === undefined)
    return undefined;
  return { pending: pending.id, approved: approved.id, denied: denied.id, expired: expired.id };
}

type Step = Pick<ManualStepView, 'key' | 'state' | 'text'>;

function missingProject(key: string): Step {
  return { key: 'project', state: 'to_do', text: `The app sees no project ${key}.` };
}

function projectStep({ key, name, archived, simplified, typeKey }: ProjectView): Step {
  if (archived) return { key: 'project', state: 'to_do', text: `Project ${key} is archived. Restore it.` };
  if (typeKey === 'product_discovery')
    return {
      key: 'project',
      state: 'to_do',
      text: `Project ${key} is for product discovery and cannot be used.`,
    };
  const limits = simplified ? ' It is team-managed: whoever administers it can change its workflow.' : '';
  return { key: 'project', state: 'done', text: `Project ${key}, “${name}”, is there.${limits}` };
}

/** The type made for requests, else one that could serve: the one with all four statuses, else Task, else the only one. */
function chooseType(types: readonly ProjectTypeView[]): ProjectTypeView | undefined {
  const usable = types.filter(({ subtask }) => !subtask);
  return (
    usable.find(({ name }) => name.toLowerCase() === NAMES.issueType.toLowerCase()) ??
    usable.find(({ statuses }) => idsOf(matchSlots(statuses)) !== undefined) ??
    usable.find(({ name }) => name === 'Task') ??
    (usable.length === 1 ? usable[0] : undefined)
  );
}

function typeStep(type: ProjectTypeView | undefined): Step {
  return type === undefined
    ? { key: 'issue_type', state: 'to_do', text: 'The project has no work type for requests.' }
    : { key: 'issue_type', state: 'done', text: `Requests become work items of the type ${type.name}.` };
}

function statusStep(type: ProjectTypeView, slots: Partial<Record<Slot, unknown>>): Step {
  const wanting = SLOTS.filter((slot) => slots[slot] === undefined).map((slot) => SLOT_STATUSES[slot].name);
  return wanting.length === 0
    ? { key: 'statuses', state: 'done', text: `The workflow of ${type.name} has the four statuses.` }
    : { key: 'statuses', state: 'to_do', text: `The workflow of ${type.name} lacks: ${wanting.join(', ')}.` };
}

function permissionStep(wanting: readonly string[]): Step {
  return wanting.length === 0
    ? { key: 'permissions', state: 'done', text: 'The app has the permissions that it needs.' }
    : { key: 'permissions', state: 'to_do', text: `The app lacks permissions: ${wanting.join(', ')}.` };
}

function fieldStep(names: readonly string[]): Step {
  return names.length === 0
    ? { key: 'fields', state: 'done', text: 'No other field is required.' }
    : {
        key: 'fields',
        state: 'to_do',
        text: `Required fields that the app does not fill: ${names.join(', ')}.`,
      };
}

const ORDER: readonly ManualStepKey[] = [
  'project',
  'issue_type',
  'statuses',
  'workflow',
  'permissions',
  'fields',
];

function resultOf(
  key: string,
  seen: readonly Step[],
  {
    link,
    ...facts
  }: Pick<ManualResult, 'projectId' | 'projectKey' | 'issueTypeId' | 'slots'> & { link?: string },
): ManualResult {
  const steps = ORDER.map((name): ManualStepView => {
    const step = seen.find((each) => each.key === name) ?? {
      ...{ key: name, state: 'unknown' as const, text: 'The steps before come first.' },
    };
    return { ...step, instructions: INSTRUCTIONS[name](key), ...(link !== undefined && { link }) };
  });
  return { done: steps.every(({ state }) => state === 'done'), steps, ...facts };
}

function unanswered(key: string, problem: JiraProblem): ManualResult {
  return { ...resultOf(key, [], {}), problem: problem.detail };
}
