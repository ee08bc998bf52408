import {
  nextStep,
  slotsOf,
  stepsFor,
  type ProvisionRun,
  type SetUpInput,
  type StepKey,
} from '../../domain/provision/run';
import type { Slot } from '../../domain/settings';
import type { StepOutcome } from './step';

/** How a step stands: as its receipt says, or not there yet. */
export type StepState = 'created' | 'found' | 'skipped' | 'attention' | 'failed' | 'working' | 'waiting';

/** A line of the check list. */
export interface StepView {
  key: StepKey;
  state: StepState;
  text: string;
  /** Where it can be looked at. */
  link?: string;
}

/** How far a set-up is. */
export interface ProvisionResult {
  /** All steps of this pass are done. */
  done: boolean;
  steps: StepView[];
  /** Call again after so many seconds; absent when it is done, or when an administrator has to do something first. */
  callAgainSeconds?: number;
  /** The app lacks the scopes for set-up: the manual steps are the way. */
  needsManualSteps?: true;
  /** What the settings need, once the project is there. */
  projectId?: string;
  projectKey?: string;
  issueTypeId?: string;
  slots?: Record<Slot, string[]>;
}

/** The state of a run for pages; `last` is how the step ended that was tried last and is not done. */
export function resultOf(
  run: ProvisionRun,
  input: SetUpInput,
  siteUrl: string,
  last: Exclude<StepOutcome, { kind: 'done' }> | undefined,
): ProvisionResult {
  const current = nextStep(run, input);
  const { project, issueTypeId, statusIds } = run.known;
  const isFailed = last?.kind === 'failed';
  return {
    done: current === undefined,
    steps: stepsFor(input).map((key) => viewOf(run, key, siteUrl, key === current ? last : undefined)),
    ...(current !== undefined &&
      !isFailed && { callAgainSeconds: last?.kind === 'later' ? last.seconds : 0 }),
    ...(isFailed && last.reason === 'scopes' && { needsManualSteps: true as const }),
    ...(project && { projectId: project.id, projectKey: project.key }),
    ...(issueTypeId !== undefined && { issueTypeId }),
    ...(statusIds && { slots: slotsOf(statusIds) }),
  };
}

function viewOf(
  run: ProvisionRun,
  key: StepKey,
  siteUrl: string,
  last: Exclude<StepOutcome, { kind: 'done' }> | undefined,
): StepView {
  const receipt = run.done.includes(key) ? run.receipts[key] : undefined;
  if (receipt !== undefined)
    return {
      ...{ key, state: receipt.outcome, text: receipt.text },
      ...(receipt.path !== undefined && { link: `${siteUrl}${receipt.path}` }),
    };
  if (last === undefined) return { key, state: 'waiting', text: '' };
  return { key, state: last.kind === 'failed' ? 'failed' : 'working', text: last.text };
}
