import type { Clock } from '../clock';
import type { JiraSite } from '../jira/site';

/** What a sandboxed Forge platform needs. */
export interface ForgeOptions {
  /** The app's `manifest.yml`. */
  manifestFile: string;
  /** The bundle of the app's functions, CommonJS, as the Forge bundler or esbuild makes it. */
  bundleFile: string;
  /** The folder that the paths of the manifest's resources start from. */
  staticDir: string;
  jira: JiraSite;
  clock?: Clock;
  /** Port on loopback of web triggers, pages and JWKS; a free one when left out. */
  port?: number;
  /** Remote key to base address. A remote that is not here answers as the platform does for one it does not know. */
  remotes?: Record<string, string>;
  /** How late product events come, in milliseconds of the sandbox's clock: always so, or at random between the two. */
  eventDelayMs?: number | readonly [number, number];
  /** Makes everything random repeatable. */
  seed?: number;
  /** How far queries of the key-value store lag behind writes, in milliseconds of the sandbox's clock; 20 when left out. */
  queryLagMs?: number;
  /** Whether scheduled triggers run by themselves from the start; not when left out. */
  scheduler?: boolean;
  /** Account id of the person who opens a page when its address does not say (`?as=`). */
  viewer?: string;
  /** Variables that the manifest refers to as `${NAME}`; the manifest's own defaults stand in. */
  environment?: Readonly<Record<string, string>>;
}

/** The part of the platform that a call of a function goes to. */
export type PlatformTarget = 'jira' | 'kvs' | 'queue' | 'graphql' | 'privacy' | 'remote' | 'egress';

/** One call of a function to the platform. */
export interface PlatformCall {
  functionKey: string;
  target: PlatformTarget;
  method: string;
  /** Path with query as the app gave it; for egress the whole address. */
  path: string;
  /** Counts the calls of one invocation from 1. */
  ordinal: number;
  /** What the app sent, as text; empty when nothing. It tells faults which key, issue or request a call is about. */
  body: string;
}

/** A call with what came of it. */
export interface FinishedPlatformCall extends Omit<PlatformCall, 'body'> {
  /** HTTP status of the answer; `undefined` when the app got no answer. */
  status: number | undefined;
  /** Machine milliseconds. */
  ms: number;
}

/** How an invocation ended. `aborted` means that a fault cut it off; nothing it returned afterwards counted. */
export type InvocationOutcome = 'running' | 'ok' | 'threw' | 'timed_out' | 'aborted';

/** What caused an invocation. */
export type InvocationCause = 'resolver' | 'web_trigger' | 'product_event' | 'queue' | 'schedule';

/** One run of a function. */
export interface InvocationRecord {
  id: string;
  cause: InvocationCause;
  functionKey: string;
  moduleKey: string;
  /** Unix milliseconds of the sandbox's clock. */
  startedAt: number;
  /** Machine milliseconds; 0 while it runs. */
  ms: number;
  outcome: InvocationOutcome;
  /** The error's text when it threw. */
  error: string | undefined;
  platformCalls: readonly FinishedPlatformCall[];
}

/** A line that the app printed. */
export interface LogLine {
  /** Unix milliseconds of the sandbox's clock. */
  at: number;
  level: 'debug' | 'log' | 'info' | 'warn' | 'error';
  text: string;
  functionKey: string | undefined;
  invocationId: string | undefined;
}

/** A call of a web trigger from outside. */
export interface WebTriggerCall {
  moduleKey: string;
  body: string;
  /** The answer's body; `undefined` before the function ran, or when it gave none. */
  answer: string | undefined;
}

/** Switches for what goes wrong. All are off at first, but for event delays that the options ask for. */
export interface ForgeFaults {
  /**
   * Asked before and after each call of a function to the platform; `abort` kills the invocation there as a timeout or lack of
   * memory would: the call and all later ones never answer, and whatever the function returns is thrown away.
   */
  onPlatformCall?: ((call: PlatformCall, phase: 'before' | 'after') => 'continue' | 'abort') | undefined;
  /**
   * Asked before a web trigger's function runs and after it has: `lose` cuts the connection there, so the call never comes, or
   * its answer never does.
   */
  onWebTriggerCall?: ((call: WebTriggerCall, phase: 'before' | 'after') => 'continue' | 'lose') | undefined;
  events: {
    /** Probability that an event never comes. */
    drop: number;
    /** Probability that an event comes twice. */
    duplicate: number;
    /** Gives each event a random extra delay of up to so many milliseconds of the sandbox's clock, so that they overtake each other. */
    shuffleMs: number;
    delayMs: number | readonly [number, number];
  };
  /** Accounts whose owners left, as the privacy API tells apps that report them. */
  closedAccounts: Set<string>;
  queue: {
    /** Probability that a job is accepted and never runs. */
    drop: number;
    duplicate: number;
    shuffleMs: number;
  };
  schedule: {
    /** Probability that a run is left out. */
    skip: number;
    duplicate: number;
  };
  kvs: {
    /** Answers the next so many calls with 429. */
    rateLimitNext: number;
    /** Answers the next so many calls with 500. */
    failNext: number;
    /** Makes so many writes with FAIL_IF_EXISTS report a conflict although the key is free, as after a lost answer. */
    conflictNext: number;
    /** Lets expired values be read for so long, in milliseconds; real ones may stay for 48 hours. */
    readableAfterExpiryMs: number;
    /** Rates are not counted, for worlds that are filled in minutes with what comes together in weeks. */
    unlimited: boolean;
    /** Queries see nothing of what was written while this is set. */
    freezeQueries: boolean;
  };
  /** Web triggers answer 429 for the next so many calls. */
  webTriggerRateLimitNext: number;
  /** Every invocation gets a fresh instance of the app's modules. */
  alwaysCold: boolean;
  /** How long the platform itself takes: `zero`, or about as long as the real one (`latency.ts`), with cold starts. */
  latency: 'zero' | 'realistic';
}

/** Units and requests of the key-value store since the last reset; a unit is each started 10 KB of a request (Forge, KVS limits). */
export interface KvsCounters {
  readUnits: number;
  writeUnits: number;
  /** What is billed: the bytes of each request, and 1 KB at least. */
  readBytes: number;
  writeBytes: number;
  reads: number;
  writes: number;
  deletes: number;
  queries: number;
  requests: number;
}

/** A view into the app's key-value store for tests. */
export interface KvsInspection {
  /** Keys with values, expired ones left out, in order of keys; secrets are not among them. */
  dump(prefix?: string): { key: string; value: unknown; expiresAt: number | undefined }[];
  /** Secrets with their values. */
  dumpSecrets(): { key: string; value: unknown }[];
  /** @returns the value, or `undefined`. */
  peek(key: string): unknown;
  /** Writes past the app, limits and counters. */
  poke(key: string, value: unknown): void;
  /** Removes past the app. */
  remove(key: string): void;
  counters(): KvsCounters;
  /** Sets the counters back to 0; data stay. */
  resetCounters(): void;
  /** Removes everything. */
  clear(): void;
}

/** A Forge platform with one app installed on one Jira site. */
export interface ForgeSandbox {
  readonly url: string;
  readonly cloudId: string;
  /** The bare UUID out of the manifest's ARI. */
  readonly appId: string;
  readonly environmentId: string;
  readonly installationId: string;
  readonly appAccountId: string;
  /** Address by module key; each web trigger of the manifest has one from the start. */
  readonly webTriggers: Readonly<Record<string, string>>;
  readonly jwksUrl: string;
  readonly clock: Clock;
  /**
   * Calls a function of a page's resolver as the bridge does. The account comes from the platform, never from the payload; the
   * issue is what the page's context claims, which a page can change.
   * @throws Error when the function throws, takes over 25 s, or a limit of the bridge is passed.
   */
  invokeResolver(
    moduleKey: string,
    accountId: string,
    functionKey: string,
    payload: unknown,
    issue?: { id: string; key?: string },
  ): Promise<unknown>;
  /** Runs a scheduled trigger now and waits for its end; a throw of the function is logged, as on the platform. */
  runScheduledTrigger(moduleKey: string): Promise<void>;
  readonly scheduler: { start(): void; stop(): void; readonly running: boolean };
  readonly faults: ForgeFaults;
  readonly kvs: KvsInspection;
  /** The latest 2,000 invocations, oldest first. */
  readonly invocations: readonly InvocationRecord[];
  /** The latest 5,000 lines, oldest first. */
  readonly logs: readonly LogLine[];
  /** What browsers reported that the pages' Content-Security-Policy forbade: directive and blocked address. */
  readonly cspViolations: readonly string[];
  /**
   * Resolves when no product event, queue job or invocation is left. With `dueOnly` those that wait for a later time do not
   * count (delayed events, retries); without it they do, so move the clock or use a fast one.
   */
  idle(options?: { dueOnly?: boolean }): Promise<void>;
  /** Gives the next invocation a fresh instance of the app's modules: a cold start. */
  reloadApp(): void;
  /** Sets or removes (with `undefined`) the address of a remote. */
  setRemote(key: string, baseUrl: string | undefined): void;
  /** Ends the installation: web triggers answer 404, nothing runs any more, data can no longer be reached. */
  uninstall(): Promise<void>;
  describe(): { webTriggers: Record<string, string>; jwks: string };
  stop(): Promise<void>;
}
