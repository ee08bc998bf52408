import { randomUUID } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Clock } from '../clock';
import { listenHttp, sendJson } from '../http';
import { prepareDocumentCheck } from './adf';
import { CallLog } from './call-log';
import { Control } from './control';
import type { Credentials } from './credentials';
import type { Plan, UnprovenBehaviour } from './configuration';
import { noJiraFaults, type JiraFaults } from './faults';
import { servePage } from './pages';
import { RestApi } from './rest-api';
import { seedSite, type SeededSite, type SeedOptions } from './seed';
import type { JiraSite } from './site';
import { createSiteState } from './site-state';
import { JiraStore } from './store';

export interface ServerOptions extends SeedOptions {
  clock: Clock;
  port: number;
  searchLagMs: number;
  seed: number;
  plan: Plan;
  unproven: Partial<UnprovenBehaviour>;
}

/** A listening site. */
export interface JiraServer {
  baseUrl: string;
  store: JiraStore;
  seeded: SeededSite;
  credentials: Credentials;
  faults: JiraFaults;
  calls: CallLog;
  site: JiraSite;
  showAppPages: (url: string) => void;
  stop(): Promise<void>;
}

/** Seeds a site and serves its pages, its REST API and the sandbox's own addresses under `/_sandbox/`. */
export async function startServer(options: ServerOptions): Promise<JiraServer> {
  const store = new JiraStore(options.clock);
  const seeded = seedSite(store, options);
  const { configuration } = store;
  configuration.plan = options.plan;
  configuration.unproven = { ...configuration.unproven, ...options.unproven };
  configuration.filterLagMs = options.searchLagMs;
  const { credentials } = seeded;
  const faults = noJiraFaults();
  const calls = new CallLog();
  const cloudId = randomUUID();
  let handle: (request: IncomingMessage, response: ServerResponse) => Promise<void> = () =>
    Promise.reject(new Error('the simulated site is still starting'));
  const listener = await listenHttp((request, response) => handle(request, response), options.port);
  const state = createSiteState({
    store,
    cloudId,
    baseUrl: listener.url,
    credentials,
    faults,
    searchLagMs: options.searchLagMs,
    seed: options.seed,
  });
  const site: JiraSite = {
    baseUrl: listener.url,
    cloudId,
    installApp: ({ name, scopes, projectPermissions = [] }) => {
      for (const permission of projectPermissions) store.appPermissions.set(permission.key, permission.name);
      const app = credentials.installApp(name, scopes);
      state.events.productApp = app;
      return Promise.resolve(app.accountId);
    },
    authorize: (principal) => {
      if (state.events.productApp === undefined)
        throw new Error('the app is not installed on the simulated site');
      return credentials.authorize(state.events.productApp, principal);
    },
    isPanelPinned: (moduleId, projectId) =>
      Promise.resolve(store.configuration.pinnedPanels.get(moduleId)?.has(projectId) === true),
    onEvent: (subscriber) => state.events.subscribe(subscriber),
  };
  const api = new RestApi(state, faults, calls, options.seed);
  const control = new Control(state, site, seeded);
  handle = async (request, response) => {
    const { pathname } = new URL(request.url ?? '/', listener.url);
    if (await servePage(request, response, pathname, state.app.pages)) return;
    if (pathname.startsWith('/_sandbox/')) await control.handle(request, response, pathname);
    else if (pathname.startsWith('/rest/')) await api.handle(request, response);
    else sendJson(response, 404, { errorMessages: ['Not found'], errors: {} });
  };
  setImmediate(prepareDocumentCheck);
  return {
    baseUrl: listener.url,
    store,
    seeded,
    credentials,
    faults,
    calls,
    site,
    showAppPages: (url) => {
      state.app.pages = url;
    },
    stop: async () => {
      control.close();
      await listener.close();
    },
  };
}
