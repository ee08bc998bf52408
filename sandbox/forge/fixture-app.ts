import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { build } from 'esbuild';
import { SandboxClock } from '../clock';
import { listenHttp, readBody, sendJson } from '../http';
import type { JiraEvent, JiraPrincipal, JiraSite } from '../jira/site';
import { startForge } from './host';
import type { ForgeOptions, ForgeSandbox } from './types';

/* A small Forge app and a small Jira site, for the tests of the platform. */

const MANIFEST = `
app:
  id: ari:cloud:ecosystem::app/11111111-2222-4333-8444-555555555555
  runtime: { name: nodejs24.x }
  storage:
    entities:
      - name: car
        attributes: { brand: { type: string }, doors: { type: integer } }
        indexes: [doors, { name: by-brand, partition: [brand], range: [doors] }]
environment:
  variables: [{ key: ADDRESS, default: https://relay.invalid }]
modules:
  jira:adminPage: [{ key: settings, title: Fixture, resource: page, resolver: { function: resolver } }]
  webtrigger: [{ key: hook, function: hook, urlFormat: v2, response: { type: dynamic } }]
  trigger:
    - { key: changes, function: changes, events: ['avi:jira:updated:issue'], filter: { ignoreSelf: true } }
    - { key: all-changes, function: all-changes, events: ['avi:jira:created:issue'] }
  consumer: [{ key: jobs-consumer, queue: jobs, function: jobs }, { key: long-consumer, queue: long, function: long-jobs }]
  scheduledTrigger: [{ key: tick, function: tick, interval: fiveMinute }]
  function:
    - { key: resolver, handler: index.resolver }
    - { key: hook, handler: index.hook }
    - { key: changes, handler: index.changes }
    - { key: all-changes, handler: index.changes }
    - { key: jobs, handler: index.jobs }
    - { key: long-jobs, handler: index.jobs, timeoutSeconds: 900 }
    - { key: tick, handler: index.tick }
resources: [{ key: page, path: page }]
remotes: [{ key: relay, baseUrl: '\${ADDRESS}', operations: [compute] }]
permissions:
  scopes: [read:jira-work, storage:app]
  external: { fetch: { backend: [{ remote: relay }, { address: 'https://*.example.com' }] } }
`;

const SOURCE = `
import { asApp, asUser, requestJira, assumeTrustedRoute, getAppContext, invokeRemote, webTrigger, fetch as forgeFetch } from '@forge/api';
import { kvs, WhereConditions, Filter, FilterConditions } from '@forge/kvs';
import { Queue, InvocationError } from '@forge/events';
import Resolver from '@forge/resolver';

let loads = (globalThis.loads ?? 0) + 1;
globalThis.loads = loads;
let warmCalls = 0;
const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
const read = async (response) => ({ status: response.status, headers: Object.fromEntries(response.headers), body: await response.text() });
const entity = () => kvs.entity('car');

async function behave(how) {
  if (how === 'throw') throw new TypeError('a secret detail');
  if (how === 'hang') await new Promise(() => undefined);
  if (how === 'retry') return new InvocationError({ retryAfter: 30, retryReason: 'FUNCTION_RETRY_REQUEST', retryData: { mark: 7 } });
  if (how === 'kvs') await kvs.set('touched', { at: Date.now() });
  if (how === 'wait') await sleep(40);
}

const calls = {
  get: (key, options) => kvs.get(key, options),
  set: (key, value, options) => kvs.set(key, value, options),
  deep: (depth) => { let value = 1; for (let at = 0; at < depth; at += 1) value = { value }; return kvs.set('deep', value); },
  fill: async (prefix, count, bytes) => { for (let at = 0; at < count; at += 1) await kvs.set(prefix + at, 'x'.repeat(bytes)); },
  transactBig: (count, bytes) => calls.transact(Array.from({ length: count }, (_, at) => ['t:' + at, 'x'.repeat(bytes)])),
  remove: (key) => kvs.delete(key),
  getSecret: (key) => kvs.getSecret(key),
  setSecret: (key, value) => kvs.setSecret(key, value),
  query: async (prefix, limit, cursor) => {
    let query = kvs.query().where('key', WhereConditions.beginsWith(prefix));
    if (limit) query = query.limit(limit);
    if (cursor) query = query.cursor(cursor);
    return query.getMany();
  },
  transact: (sets, deletes = []) => {
    const transaction = kvs.transact();
    for (const [key, value] of sets) transaction.set(key, value);
    for (const key of deletes) transaction.delete(key);
    return transaction.execute();
  },
  batchSet: (items) => kvs.batchSet(items),
  batchGet: (items) => kvs.batchGet(items),
  batchDelete: (items) => kvs.batchDelete(items),
  setCar: (key, value) => entity().set(key, value),
  getCar: (key) => entity().get(key),
  cars: (brand, atLeast) => entity().query().index('by-brand', { partition: [brand] }).where(WhereConditions.greaterThanEqualTo(atLeast)).sort('DESC').getMany(),
  carsWithDoors: (doors) => entity().query().index('by-key').filters(new Filter().and('doors', FilterConditions.equalTo(doors))).getMany(),
  setCarIf: (key, value, doors) => kvs.transact().set(key, value, { entityName: 'car', conditions: new Filter().and('doors', FilterConditions.equalTo(doors)) }).execute(),
  jira: async (who, path, init) => {
    const door = who === 'app' ? asApp() : who === 'user' ? asUser() : who === 'none' ? { requestJira } : asUser(who);
    return read(await door.requestJira(assumeTrustedRoute(path), init));
  },
  push: async (queue, events) => new Queue({ key: queue }).push(events),
  stats: (queue, jobId) => new Queue({ key: queue }).getStats(jobId),
  cancel: (queue, jobId) => new Queue({ key: queue }).cancel(jobId),
  getUrl: (key, force) => webTrigger.getUrl(key, force),
  queryUrls: () => webTrigger.queryUrls(),
  deleteUrl: (url) => webTrigger.deleteUrl(url),
  remote: async (key, path, init = {}) => read(await invokeRemote(key, { path, ...init })),
  fetch: async (url) => read(await forgeFetch(url)),
  globalFetch: async (url) => read(await fetch(url)),
  context: () => { const app = getAppContext(); return { appAri: String(app.appAri), environmentAri: String(app.environmentAri), installationAri: String(app.installationAri), moduleKey: app.moduleKey, invocationId: app.invocationId, remaining: app.invocationRemainingTimeInMillis(), scopes: app.permissions.scopes }; },
  token: async () => { const before = global.__forge_runtime__.proxy.token; await sleep(20); return [before, global.__forge_runtime__.proxy.token]; },
  clock: () => [Date.now(), new Date().getTime(), new Date(5).getTime(), new Date() instanceof Date],
  module: (name) => { require(name); },
  environment: () => Object.keys(process.env),
  warm: () => { warmCalls += 1; return { loads, warmCalls }; },
  unawaited: () => { void kvs.set('first', 1).then(() => kvs.set('second', 2)); },
  two: async () => { await kvs.set('one', 1); await kvs.set('two', 2); return 'both'; },
  dates: () => ({ at: new Date(0), nothing: undefined }),
  big: (bytes) => 'x'.repeat(bytes),
  behave,
};

const resolver = new Resolver();
resolver.define('do', async ({ payload: { what, args = [] } }) => {
  try {
    return { value: await calls[what](...args) };
  } catch (error) {
    return { error: { name: error.name === 'Error' ? error.constructor.name : error.name, code: error.code, status: error.status, message: error.message, isError: error instanceof Error } };
  }
});
resolver.define('request', (request) => request);
resolver.define('throw', () => { throw new Error('told to'); });
resolver.define('hang', () => behave('hang'));
resolver.define('big', ({ payload }) => calls.big(payload.bytes));
const resolverFunction = resolver.getDefinitions();
export { resolverFunction as resolver };

export async function hook(request, context) {
  const how = request.queryParameters.behave?.[0];
  if (how === 'bad') return { status: 200 };
  if (how === 'late') { await sleep(60_000); await kvs.set('late', 1); }
  await behave(how);
  return { statusCode: 202, headers: { 'X-Seen': ['a', 'b'] }, body: JSON.stringify({ request, context }) };
}
export async function changes(event, context) {
  console.log(JSON.stringify({ event, context }));
  return behave(event.issue.behave);
}
export async function jobs(event) {
  console.log(JSON.stringify({ begin: event }));
  const result = await behave(event.retryContext && event.body.once ? 'ok' : event.body.behave);
  if (event.body.pushAgain) await new Queue({ key: 'jobs' }).push({ body: event.body });
  console.log(JSON.stringify({ end: event.body }));
  return result;
}
export async function tick(event, context) {
  console.warn('tick', event.context.moduleKey, context.installContext);
  return { statusCode: 204 };
}
`;

const PAGE =
  '<!doctype html><html><head><title>x</title><script src="./app.js" defer></script></head></html>';

/** The whole bridge package, for a test to call by hand. */
const PAGE_SCRIPT = `import * as bridge from '@forge/bridge'; window.bridge = bridge;`;

/** A Jira site that answers with what it was asked. */
export interface FixtureJira extends JiraSite {
  emit(event: Partial<JiraEvent>): void;
  readonly installed: { name: string; scopes: readonly string[] }[];
  stop(): Promise<void>;
}

async function startFixtureJira(): Promise<FixtureJira> {
  const listeners = new Set<(event: JiraEvent) => void>();
  const installed: FixtureJira['installed'] = [];
  const listener = await listenHttp(async (request, response) => {
    const body = await readBody(request);
    if (request.url === '/rest/limited')
      sendJson(response, 429, {}, { 'Retry-After': '7', 'RateLimit-Reason': 'jira-burst-based' });
    else if (request.url === '/rest/moved') response.writeHead(302, { location: '/rest/limited' }).end();
    else
      sendJson(response, 200, { method: request.method, url: request.url, headers: request.headers, body });
  });
  return {
    baseUrl: listener.url,
    cloudId: 'c10d0000-0000-4000-8000-000000000001',
    installed,
    installApp(app) {
      installed.push(app);
      return Promise.resolve('app-account');
    },
    authorize: (principal: JiraPrincipal) => ({
      'x-principal': principal.kind === 'app' ? 'app' : principal.accountId,
    }),
    isPanelPinned: () => Promise.resolve(true),
    onEvent(listen) {
      listeners.add(listen);
      return () => listeners.delete(listen);
    },
    emit(event) {
      const whole: JiraEvent = {
        eventType: 'avi:jira:updated:issue',
        actorAccountId: 'alice',
        isCausedByApp: false,
        trace: undefined,
        body: { issue: { id: '1' } },
        ...event,
      };
      for (const listen of listeners) listen(whole);
    },
    stop: () => listener.close(),
  };
}

/** A platform with the small app installed on the small site, and short ways to use them. */
export interface Fixture {
  forge: ForgeSandbox;
  jira: FixtureJira;
  clock: SandboxClock;
  /** Runs one of the app's calls as a person. */
  run(what: string, ...args: readonly unknown[]): Promise<FixtureResult>;
  /** JSON lines that the app printed, parsed. */
  printed(): Record<string, unknown>[];
  stop(): Promise<void>;
}

/** What a call of the app came to. */
export interface FixtureResult {
  value?: unknown;
  error?: { name: string; code?: string; status?: number; message: string; isError: boolean };
}

let bundle: Promise<string> | undefined;

/** Compiles the small app once per process. @returns the folder that holds it. */
export function buildFixtureApp(): Promise<string> {
  bundle ??= (async () => {
    const dir = mkdtempSync(join(tmpdir(), 'forge-fixture-'));
    process.once('exit', () => {
      rmSync(dir, { recursive: true, force: true });
    });
    writeFileSync(join(dir, 'manifest.yml'), MANIFEST);
    mkdirSync(join(dir, 'page'));
    writeFileSync(join(dir, 'page', 'index.html'), PAGE);
    await build({
      stdin: { contents: SOURCE, resolveDir: __dirname, loader: 'js' },
      ...{ bundle: true, platform: 'node', format: 'cjs', target: 'node20' },
      outfile: join(dir, 'index.cjs'),
    });
    await build({
      stdin: { contents: PAGE_SCRIPT, resolveDir: __dirname, loader: 'js' },
      ...{ bundle: true, platform: 'browser', format: 'iife', target: 'es2022' },
      outfile: join(dir, 'page', 'app.js'),
    });
    return dir;
  })();
  return bundle;
}

/** Starts the small site, the platform and the app; the clock runs as the machine's until it is moved. */
export async function startFixture(
  options: Partial<ForgeOptions> = {},
  clock = new SandboxClock(),
): Promise<Fixture> {
  const dir = await buildFixtureApp();
  const jira = await startFixtureJira();
  const forge = await startForge({
    ...{ manifestFile: join(dir, 'manifest.yml'), bundleFile: join(dir, 'index.cjs'), staticDir: dir },
    ...{ jira, clock, queryLagMs: 0 },
    ...options,
  });
  return {
    forge,
    jira,
    clock,
    run: async (what, ...args) =>
      (await forge.invokeResolver('settings', 'alice', 'do', { what, args })) as FixtureResult,
    printed: () =>
      forge.logs
        .filter(({ text }) => text.startsWith('{'))
        .map(({ text }) => JSON.parse(text) as Record<string, unknown>),
    stop: async () => {
      await forge.stop();
      await jira.stop();
    },
  };
}
