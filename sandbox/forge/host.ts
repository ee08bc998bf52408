import { randomUUID } from 'node:crypto';
import { Agent } from 'undici';
import { systemClock } from '../clock';
import { listenHttp, sendJson } from '../http';
import { Agenda } from './agenda';
import { createDoors } from './doors';
import { Egress } from './egress';
import { createFaults } from './faults';
import { InvocationTokens } from './fit';
import { createIdentity, moduleIdOf } from './identity';
import { JiraDoor } from './jira-door';
import { Kvs } from './kvs';
import { PlatformLatency } from './latency';
import { LIMITS, RateWindow } from './limits';
import { readManifest } from './manifest';
import { startPages } from './pages';
import { ProductEvents } from './product-events';
import { Queues } from './queue';
import { Random } from './random';
import { Remotes } from './remotes';
import { invokeResolver } from './resolver';
import { Runtime } from './runtime';
import { Scheduler } from './scheduler';
import type { ForgeOptions, ForgeSandbox } from './types';
import { WebTriggerUrls } from './web-trigger-urls';
import { WebTriggers } from './web-triggers';

const JWKS_PATH = '/.well-known/jwks.json';
const DEFAULT_QUERY_LAG_MS = 20;

/**
 * Starts the platform and installs the app on the Jira site.
 * @throws Error when the manifest or the bundle cannot be deployed, or the port is taken.
 */
export async function startForge(options: ForgeOptions): Promise<ForgeSandbox> {
  const { jira, clock = systemClock, seed = 1 } = options;
  const manifest = readManifest(options.manifestFile, options.environment);
  const identity = createIdentity(manifest, jira.cloudId, randomUUID);
  const faults = createFaults(options.eventDelayMs);
  const random = new Random(seed);
  const agenda = new Agenda(clock);
  const connections = new Agent({ keepAliveTimeout: 30_000, connections: 32 });
  const tokens = new InvocationTokens(identity, clock);
  const kvs = new Kvs({
    ...{ clock, faults, queryLagMs: options.queryLagMs ?? DEFAULT_QUERY_LAG_MS },
    entities: manifest.app.storage?.entities ?? [],
  });
  const remotes = new Remotes(manifest, options.remotes ?? {}, tokens, clock, connections);
  const rates = {
    minute: new RateWindow(LIMITS.userLedPerMinute, 60_000),
    second: new RateWindow(LIMITS.userLedPerSecond, 1_000),
  };

  const baseUrl = (): string => listener.url;
  const urls = new WebTriggerUrls(manifest, identity, clock, baseUrl);
  const doors = createDoors({
    ...{ manifest, kvs, remotes, urls, faults },
    jira: new JiraDoor(jira, manifest, connections),
    egress: new Egress(manifest, remotes, clock, connections),
    queues: () => queues,
  });
  const { bundleFile, staticDir, viewer } = options;
  const latency = new PlatformLatency(faults, clock, random);
  const runtime = new Runtime({ manifest, identity, clock, agenda, faults, latency, doors, bundleFile });
  const common = { manifest, identity, runtime, agenda, clock, faults, random };
  const queues = new Queues(common);
  const events = new ProductEvents(common);
  const scheduler = new Scheduler(common);
  const webTriggers = new WebTriggers({ ...common, urls, rates });
  const resolver = { manifest, identity, runtime, clock, rates, siteUrl: jira.baseUrl };
  const appAccountId = await jira.installApp({
    name: manifest.modules.pages[0]?.title ?? 'Forge app',
    scopes: manifest.permissions.scopes.map(({ name }) => name),
    projectPermissions: manifest.modules.projectPermissions.map(({ key, name }) => ({
      key: moduleIdOf(identity, key),
      name,
    })),
  });
  const pages = await startPages({ manifest, resolver, staticDir, site: jira, platformUrl: baseUrl, viewer });
  const listener = await listenHttp(async (request, response) => {
    const url = new URL(request.url ?? '/', 'http://localhost');
    if (/^\/(?:public|x1)\//.test(url.pathname)) await webTriggers.handle(request, response, url);
    else if (url.pathname === JWKS_PATH) sendJson(response, 200, await tokens.jwks());
    else if (!(await pages.handle(request, response, url))) response.writeHead(404).end();
  }, options.port).catch(async (error: unknown) => {
    await pages.stop();
    throw error;
  });
  urls.createAll();
  const unsubscribe = jira.onEvent((event) => {
    events.accept(event);
  });
  if (options.scheduler === true) scheduler.start();

  const endInstallation = (): void => {
    unsubscribe();
    scheduler.stop();
    events.stop();
    queues.stop();
    runtime.stop();
    urls.clear();
    agenda.close();
  };
  return {
    ...{ url: listener.url, jwksUrl: `${listener.url}${JWKS_PATH}`, appAccountId, clock, faults },
    cloudId: identity.cloudId,
    appId: identity.appId,
    environmentId: identity.environmentId,
    installationId: identity.installationId,
    get webTriggers() {
      return urls.byModule();
    },
    invokeResolver: (moduleKey, accountId, functionKey, payload, issue) =>
      invokeResolver(resolver, { moduleKey, accountId, functionKey, payload, issue }),
    runScheduledTrigger: (moduleKey) => scheduler.runNow(moduleKey),
    scheduler,
    kvs: kvs.inspection(),
    invocations: runtime.invocations,
    logs: runtime.logs,
    cspViolations: pages.violations,
    idle: (which) => agenda.idle(which?.dueOnly ?? false),
    reloadApp: () => {
      runtime.reload();
    },
    setRemote: (key, baseUrl) => {
      remotes.setAddress(key, baseUrl);
    },
    uninstall: () => {
      endInstallation();
      return Promise.resolve();
    },
    describe: () => ({ webTriggers: urls.byModule(), jwks: `${listener.url}${JWKS_PATH}` }),
    stop: async () => {
      endInstallation();
      await Promise.all([listener.close(), pages.stop(), connections.destroy()]);
    },
  };
}
