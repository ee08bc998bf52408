import {
  afterStep,
  newRun,
  nextStep,
  startPass,
  type Known,
  type ProvisionRun,
  type SetUpInput,
  type StepKey,
} from '../../domain/provision/run';
import type { Deadline } from '../ports';
import { panel } from './panel-step';
import { permissionScheme } from './permission-step';
import type { ProvisionServices } from './ports';
import { approvers, board, project, receipt } from './project-steps';
import { resultOf, type ProvisionResult } from './result';
import { check, issueType, role, statuses } from './site-steps';
import type { Step, StepOutcome } from './step';
import { verify } from './verify-step';
import { issueTypeScheme, workflow, workflowScheme } from './workflow-steps';

const STEP_WORK: Record<StepKey, Step> = {
  check,
  statuses,
  issue_type: issueType,
  role,
  workflow,
  workflow_scheme: workflowScheme,
  issue_type_scheme: issueTypeScheme,
  project,
  board,
  approvers,
  permission_scheme: permissionScheme,
  panel,
  receipt,
  verify,
};

/** A function that serves a page lives 25 s (Forge, limits of functions); after that its turn is over for certain. */
const TURN_MS = 30_000;
const OTHERS_TURN_SECONDS = 3;

/**
 * Takes as many steps as fit and says how far it came; pages call again until it is done. Once it is, the same call repairs:
 * it goes through all steps again, finds what is there and makes what is missing. It never changes what it did not make, nor
 * what somebody changed afterwards, and deletes nothing.
 */
export async function setUpProject(
  services: ProvisionServices,
  input: SetUpInput,
  deadline: Deadline,
): Promise<ProvisionResult> {
  const siteUrl = await services.siteUrl();
  const stored = await services.provision.read(input.key);
  const id = services.newId();
  const now = services.now();
  if (!(await services.provision.takeTurn(input.key, { id, now, until: now + TURN_MS }))) {
    const text = 'Another call is at work on this set-up.';
    return resultOf(stored ?? newRun(input.key), input, siteUrl, {
      kind: 'later',
      seconds: OTHERS_TURN_SECONDS,
      text,
    });
  }
  try {
    // Read again, now that nobody else writes it.
    const current = (await services.provision.read(input.key)) ?? newRun(input.key);
    const { run, last } = await takeSteps(services, input, deadline, startPass(current, input));
    return resultOf(run, input, siteUrl, last);
  } finally {
    await services.provision.endTurn(input.key, id);
  }
}

async function takeSteps(
  services: ProvisionServices,
  input: SetUpInput,
  deadline: Deadline,
  begun: ProvisionRun,
): Promise<{ run: ProvisionRun; last: Exclude<StepOutcome, { kind: 'done' }> | undefined }> {
  let run = begun;
  const remember = async (known: Known): Promise<void> => {
    run = { ...run, known: { ...run.known, ...known } };
    await services.provision.write(run);
  };
  for (;;) {
    const step = nextStep(run, input);
    if (step === undefined) {
      await noteCompletion(services, run);
      return { run, last: undefined };
    }
    if (deadline.isOver())
      return { run, last: { kind: 'later', seconds: 0, text: 'Goes on in the next call.' } };
    const outcome = await STEP_WORK[step]({ services, input, deadline, remember, known: run.known });
    if (outcome.kind !== 'done') return { run, last: outcome };
    run = afterStep(run, step, outcome);
    await services.provision.write(run);
  }
}

/** Repairs that changed nothing are not news. */
async function noteCompletion({ activity }: ProvisionServices, run: ProvisionRun): Promise<void> {
  const made = Object.values(run.receipts).filter(({ outcome }) => outcome === 'created').length;
  if (made === 0) return;
  const text = `Set-up of project ${run.known.project?.key ?? run.key} is complete; ${made} steps made something.`;
  await activity.add({ kind: 'set_up', code: 'completed', text, accountId: run.known.accountId });
}
