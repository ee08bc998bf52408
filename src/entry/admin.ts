import Resolver, { type Request } from '@forge/resolver';
import type { AdminFunctions, AdminResult } from '../../contract/admin';
import { createJiraClient } from '../jira/client';
import { isJiraAdministrator } from '../jira/people';
import { listActivity, listFailures, retryRequest } from '../usecases/admin/activity';
import {
  confirmConnection,
  createConnection,
  listConnections,
  revokeConnection,
  rotateConnection,
} from '../usecases/admin/connections';
import { failed, type Caller } from '../usecases/admin/results';
import { getHealth, getSettings, saveSettings } from '../usecases/admin/settings';
import type { Services } from '../usecases/ports';
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
  listConnections,
  createConnection,
  confirmConnection,
  rotateConnection,
  revokeConnection,
  getSettings,
  saveSettings,
  listActivity,
  getHealth,
  listFailures,
  retryRequest,
};

const resolver = new Resolver();
for (const [name, handle] of Object.entries(handlers)) {
  // Whoever can load any page of the app can call any function of its resolver, so the right is checked here, every time.
  resolver.define(name, async (request: Request<unknown>) => {
    if (!(await isJiraAdministrator(createJiraClient('user')))) return failed({ code: 'not_administrator' });
    return handle(createServices(invocationOf(request)), request.payload, callerOf(request));
  });
}

/** Resolver of the admin page, in a function of its own. */
export const adminResolver = resolver.getDefinitions();

function invocationOf(request: Request<unknown>): InvocationContext {
  const installContext: unknown = request.context.installContext;
  return typeof installContext === 'string' ? { installContext } : {};
}

/** The account that the platform names; what the page sends is not looked at for this. */
function callerOf(request: Request<unknown>): Caller {
  const accountId: unknown = request.context.accountId;
  return typeof accountId === 'string' ? { accountId } : {};
}
