import type { AdminResult } from '../../../contract/admin';
import { setUpInput } from '../../domain/provision/run';
import { badInput, succeeded } from '../admin/results';
import type { Deadline } from '../ports';
import { checkManualSteps, manualInput, type ManualResult, type ManualServices } from './manual';
import type { ProvisionServices } from './ports';
import type { ProvisionResult } from './result';
import { setUpProject } from './set-up-project';

/** Admin function `setUpProject`: takes what the page sends, checks it, and goes on with the set-up or repairs it. */
export async function setUpProjectForPage(
  services: ProvisionServices,
  payload: unknown,
  deadline: Deadline,
): Promise<AdminResult<ProvisionResult>> {
  const input = setUpInput.safeParse(payload);
  if (!input.success) return badInput(input.error);
  return succeeded(await setUpProject(services, input.data, deadline));
}

/** Admin function `checkManualSteps`: what a person has set up by hand so far. */
export async function checkManualStepsForPage(
  services: ManualServices,
  payload: unknown,
  deadline: Deadline,
): Promise<AdminResult<ManualResult>> {
  const input = manualInput.safeParse(payload);
  if (!input.success) return badInput(input.error);
  return succeeded(await checkManualSteps(services, input.data, deadline));
}
