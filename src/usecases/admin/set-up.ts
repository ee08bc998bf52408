import * as z from 'zod';
import type { AdminResult, ProjectMapping, SetUpReport, SetUpStep } from '../../../contract/admin';
import type { StepKey } from '../../domain/provision/run';
import type { Slot } from '../../domain/settings';
import type { Services } from '../ports';
import type { ManualResult, ManualStepKey, ManualStepView } from '../provision/manual';
import type { ProvisionResult, StepView } from '../provision/result';
import { badInput, problemAnswer, succeeded } from './results';

/** The set-up itself, with its needs filled in for one call. */
export interface SetUpServices {
  /** Goes on with a set-up by what the page sent. */
  goOn(input: unknown): Promise<AdminResult<ProvisionResult>>;
  /** Looks at what a person has set up by hand. */
  lookAtManualSteps(input: unknown): Promise<AdminResult<ManualResult>>;
  /** Base address of the site, without a slash at the end. */
  siteUrl(): Promise<string>;
}

const setUpInput = z.object({
  name: z.string(),
  key: z.string(),
  kind: z.string(),
  approverGroupIds: z.array(z.string()).default([]),
});
const manualInput = z.object({
  projectId: z
    .string()
    .regex(/^\d{1,19}$/, 'must be a Jira id (digits)')
    .optional(),
  prove: z.boolean().default(false),
});

const TITLES: Readonly<Record<StepKey, string>> = {
  check: 'Look at the site and its plan',
  statuses: 'Statuses Pending, Approved, Denied and Expired',
  issue_type: 'Work type for requests',
  role: 'Role of approvers',
  workflow: 'Workflow with guarded transitions',
  workflow_scheme: 'Workflow scheme',
  issue_type_scheme: 'Work type scheme',
  project: 'Project',
  board: 'Board',
  approvers: 'Approvers in their role',
  permission_scheme: 'Permission scheme',
  panel: 'Decision panel on every request',
  receipt: 'Receipt in the project',
  verify: 'Test issue through the workflow',
};

const MANUAL_TITLES: Readonly<Record<ManualStepKey, string>> = {
  project: 'Project',
  issue_type: 'Work type for requests',
  statuses: 'Statuses Pending, Approved, Denied and Expired',
  workflow: 'Workflow and its transitions',
  permissions: 'Permissions of the app',
  fields: 'Required fields',
};

/** Makes or completes a project as the person who clicks, as far as the time of one call goes. */
export async function setUpProject(
  setUp: SetUpServices,
  payload: unknown,
): Promise<AdminResult<SetUpReport>> {
  const input = setUpInput.safeParse(payload);
  if (!input.success) return badInput(input.error);
  const { kind, ...others } = input.data;
  const answer = await setUp.goOn({ ...others, projectType: kind });
  if (!answer.ok) return answer;
  const { done, steps, callAgainSeconds, needsManualSteps } = answer.value;
  const project = done ? await readyProject(setUp, answer.value) : undefined;
  return succeeded({
    steps: steps.map(stepOf),
    isUnfinished: callAgainSeconds !== undefined,
    ...(callAgainSeconds !== undefined && { callAgainSeconds }),
    ...(needsManualSteps === true && { needsManualSteps }),
    ...(project !== undefined && { project }),
  });
}

/** The same by hand: what is done so far in a project. */
export async function checkManualSteps(
  services: Services,
  setUp: SetUpServices,
  payload: unknown,
): Promise<AdminResult<SetUpReport>> {
  const input = manualInput.safeParse(payload);
  if (!input.success) return badInput(input.error);
  const { projectId, prove } = input.data;
  const chosen = projectId === undefined ? undefined : await services.catalogue.project(projectId);
  if (chosen?.ok === false) return problemAnswer(chosen.problem);
  const wanted = { ...(chosen && { key: chosen.value.key }), prove };
  const answer = await setUp.lookAtManualSteps(wanted);
  if (!answer.ok) return answer;
  const { steps } = answer.value;
  // The workflow is proved with an issue when somebody asks for that; until then the rest is enough to go on with.
  const isUsable = steps.every(({ key, state }) => state === 'done' || key === 'workflow');
  const project = isUsable ? await readyProject(setUp, answer.value) : undefined;
  return succeeded({
    steps: steps.map(manualStepOf),
    isUnfinished: !answer.value.done,
    ...(project !== undefined && { project }),
  });
}

async function readyProject(
  setUp: SetUpServices,
  found: {
    projectId?: string;
    projectKey?: string;
    issueTypeId?: string;
    slots?: Record<Slot, string[]>;
  },
): Promise<SetUpReport['project']> {
  const { projectId, projectKey, issueTypeId, slots } = found;
  if (projectId === undefined || projectKey === undefined) return undefined;
  if (issueTypeId === undefined || slots === undefined) return undefined;
  const mapping: ProjectMapping = { projectId, issueTypeId, slots, resolutions: {}, defaults: {} };
  return { id: projectId, key: projectKey, url: `${await setUp.siteUrl()}/browse/${projectKey}`, mapping };
}

function stepOf({ key, state, text, link }: StepView): SetUpStep {
  return {
    ...{ key, title: TITLES[key], text },
    state: state === 'attention' ? 'found' : state === 'waiting' || state === 'working' ? 'open' : state,
    ...(state === 'attention' && { needsAttention: true }),
    ...(link !== undefined && { url: link }),
  };
}

function manualStepOf({ key, state, text, instructions, link }: ManualStepView): SetUpStep {
  return {
    ...{ key, title: MANUAL_TITLES[key], text, instructions },
    state: state === 'done' ? 'done' : 'open',
    ...(link !== undefined && { url: link }),
  };
}
