import { getAppContext } from '@forge/api';
import Resolver, { type Request } from '@forge/resolver';
import type { AdminFunctions, AdminResult } from '../../contract/admin';
import { createJiraClient, type JiraClient } from '../jira/client';
import { isJiraAdministrator } from '../jira/people';
import { createJiraFilters } from '../jira/filters';
import { moduleIdOf } from '../jira/module-id';
import { createJiraProvisioning } from '../jira/provisioning';
import { createProjectProof } from '../jira/provisioning-proof';
import { provisionStore } from '../store/provision';
import { exportActivity, getActivity, listActivity } from '../usecases/admin/activity';
import { countOlderRequests, startBackfill } from '../usecases/admin/backfill';
import {
  choosePush,
  confirmConnection,
  createConnection,
  listConnections,
  revokeConnection,
  rotateConnection,
} from '../usecases/admin/connections';
import { listProjectRoles, nameObjects, searchGroups, searchPeople } from '../usecases/admin/directory';
import { listFailures, retryAll, retryRequest } from '../usecases/admin/failures';
import { createFilter, listFilters } from '../usecases/admin/filters';
import { getHealth } from '../usecases/admin/health';
import { getOverview, getWizard } from '../usecases/admin/overview';
import { checkPaths, getIssueType, getProject, searchProjects } from '../usecases/admin/projects';
import { failed, type Caller } from '../usecases/admin/results';
import { checkManualSteps, setUpProject, type SetUpServices } from '../usecases/admin/set-up';
import { getSettings, saveSettings } from '../usecases/admin/settings';
import { testRule } from '../usecases/admin/test-rule';
import type { Services } from '../usecases/ports';
import { checkManualStepsForPage, setUpProjectForPage } from '../usecases/provision/admin';
import { provePush } from '../usecases/push-decision';
import { remoteRelay } from './relay-push';
import { createServices, type InvocationContext } from './services';

/** The handler of each admin function. */
type AdminHandlers = {
  [Name in keyof AdminFunctions]: (
    services: Services,
    payload: unknown,
    caller: Caller,
  ) => Promise<AdminResult<AdminFunctions[Name]['value']>>;
};

const handlers: AdminHandlers = {
  getOverview,
  getWizard,
  listConnections,
  createConnection,
  confirmConnection,
  rotateConnection,
  revokeConnection,
  choosePush: async (services, payload, caller) => {
    const chosen = await choosePush(services, payload, caller);
    if (chosen.ok && chosen.value.connectionId !== null) await provePush(services, remoteRelay);
    return chosen;
  },
  countOlderRequests,
  startBackfill,
  getSettings,
  saveSettings,
  testRule,
  searchProjects,
  getProject,
  getIssueType,
  checkPaths,
  searchGroups,
  listProjectRoles,
  searchPeople,
  nameObjects,
  listActivity,
  getActivity,
  exportActivity,
  listFailures,
  retryRequest,
  retryAll,
  getHealth,
  listFilters,
  createFilter: (services, payload) => createFilter(services, createJiraFilters(asUser()), payload),
  setUpProject: (services, payload) => setUpProject(setUpServices(services), payload),
  checkManualSteps: (services, payload) => checkManualSteps(services, setUpServices(services), payload),
};

/** Key of module `jira:issuePanel` in the manifest. */
const PANEL_MODULE = 'issue-panel';

/** A set-up begins no further call after so long; the page calls again, in milliseconds. */
const SET_UP_MS = 4000;

const resolver = new Resolver();
for (const [name, handle] of Object.entries(handlers)) {
  // Whoever can load any page of the app can call any function of its resolver, so the right is checked here, every time.
  resolver.define(name, async (request: Request<unknown>) => {
    if (!(await isJiraAdministrator(asUser()))) return failed({ code: 'not_administrator' });
    return handle(createServices(invocationOf(request)), request.payload, callerOf(request));
  });
}

/** Resolver of the admin page, in a function of its own. */
export const adminResolver = resolver.getDefinitions();

const wait = (millis: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, millis));

/** Id of module `jira:issuePanel` in this environment. */
function panelModuleId(): string {
  const app = getAppContext();
  return moduleIdOf(app.appAri.toString(), app.environmentAri.toString(), PANEL_MODULE);
}

/** Jira by the rights of the person who opened the page. */
function asUser(): JiraClient {
  return createJiraClient('user');
}

function setUpServices(services: Services): SetUpServices {
  const endsAt = services.now() + SET_UP_MS;
  const deadline = { isOver: () => services.now() > endsAt };
  const siteUrl = () => services.door.siteUrl();
  const { activity, now, newId } = services;
  const provision = {
    ...{ activity, now, newId, siteUrl },
    jira: createJiraProvisioning(asUser(), { deadline, wait }, panelModuleId),
    proof: createProjectProof(createJiraClient('app'), deadline),
    provision: provisionStore,
  };
  return {
    goOn: (input) => setUpProjectForPage(provision, input, deadline),
    lookAtManualSteps: (input) => checkManualStepsForPage(provision, input, deadline),
    siteUrl,
  };
}

function invocationOf(request: Request<unknown>): InvocationContext {
  const installContext: unknown = request.context.installContext;
  return typeof installContext === 'string' ? { installContext } : {};
}

/** The account that the platform names; what the page sends is not looked at for this. */
function callerOf(request: Request<unknown>): Caller {
  const accountId: unknown = request.context.accountId;
  return typeof accountId === 'string' ? { accountId } : {};
}
