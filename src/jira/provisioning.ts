import type { JiraProblem } from '../usecases/ports';
import type { JiraProvisioning } from '../usecases/provision/ports';
import type { JiraClient } from './client';
import { createBoardProvisioning } from './provisioning-boards';
import { withDeadline, withRetries, type Pacing } from './provisioning-pacing';
import { createPanelProvisioning } from './provisioning-panel';
import { createProjectProvisioning } from './provisioning-projects';
import { createProjectReading } from './provisioning-reading';
import { createSchemeProvisioning } from './provisioning-schemes';
import { createSiteProvisioning } from './provisioning-site';
import { createWorkflowProvisioning } from './provisioning-workflows';

/** Waits before a call is tried again while another task of Jira changes workflows, in milliseconds. */
const CONFLICT_DELAYS_MS = [1000, 2500, 4000];

/**
 * Setting up by REST v3 and the Agile API, by the rights of whom the client speaks for. While another task changes workflows
 * Jira answers 409 to the calls that do so themselves; these are tried again a few times.
 *
 * @param panelModuleId id of the app's panel in this environment.
 */
export function createJiraProvisioning(
  client: JiraClient,
  pacing: Pacing,
  panelModuleId: () => string,
): JiraProvisioning {
  const jira = withDeadline(client, pacing.deadline);
  const patient = withRetries(jira, pacing, CONFLICT_DELAYS_MS, isConflict);
  return {
    ...createSiteProvisioning(jira, patient),
    ...createWorkflowProvisioning(jira, patient),
    ...createSchemeProvisioning(jira),
    ...createProjectProvisioning(jira),
    ...createProjectReading(jira),
    ...createPanelProvisioning(jira, panelModuleId),
    ...createBoardProvisioning(jira, pacing),
  };
}

function isConflict(problem: JiraProblem): boolean {
  return problem.kind === 'refused' && problem.status === 409;
}
