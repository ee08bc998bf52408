import { readFileSync } from 'node:fs';
import { createRequire, isBuiltin } from 'node:module';
import { dirname } from 'node:path';
import { formatWithOptions } from 'node:util';
import { compileFunction, runInThisContext } from 'node:vm';
import type { Clock } from '../clock';
import { timerMillis } from './timer-millis';
import type { LogLine } from './types';

/** What the app finds in place of the machine's globals. */
export interface AppSurroundings {
  clock: Clock;
  /** The app's environment variables (`forge variables`). */
  variables: Readonly<Record<string, string>>;
  /** Answers calls of the Forge packages: target, path, init. */
  forgeFetch: (target: unknown, path: unknown, init?: unknown) => Promise<unknown>;
  /** The runtime object of the current invocation. */
  runtime: () => unknown;
  /** Fetch through the platform's outbound proxy. */
  fetch: (input: unknown, init?: unknown) => Promise<unknown>;
  print: (level: LogLine['level'], text: string) => void;
}

/** Makes module instances of one bundle. */
export interface AppLoader {
  /** Runs the bundle's top level afresh. @returns its exports. */
  load(surroundings: AppSurroundings): Readonly<Record<string, unknown>>;
}

/** Functions reach the network through the platform alone; timers would go past the sandbox's clock (Forge, Node runtime). */
const REFUSED_MODULES = new Set([
  ...['net', 'tls', 'http', 'https', 'http2', 'dgram', 'dns', 'dns/promises'],
  ...['child_process', 'cluster', 'worker_threads', 'vm', 'repl', 'inspector', 'module'],
  ...['timers', 'timers/promises'],
]);

const LEVELS = ['debug', 'log', 'info', 'warn', 'error'] as const;

/** The machine's own `Error`, which is the one the bundle knows; a test runner may have another. */
const RealError: ErrorConstructor = runInThisContext('Error') as ErrorConstructor;

/** An error that is an `Error` to the app. */
export function errorForApp(message: string, facts: Readonly<Record<string, unknown>> = {}): Error {
  return Object.assign(new RealError(message), facts);
}

/** A copy of JSON-like data whose objects are the bundle's own, whatever test runner made the original. */
export function copyForApp(value: unknown): unknown {
  if (value === undefined) return undefined;
  const realJson = runInThisContext('JSON') as typeof JSON;
  return realJson.parse(JSON.stringify(value)) as unknown;
}

type BundleFunction = (...scope: readonly unknown[]) => void;

/** Compiles a bundle, whose file stays as it is: the names that it looks up are bound around it. */
export function createAppLoader(bundleFile: string): AppLoader {
  const source = readFileSync(bundleFile, 'utf8');
  const names = [
    ...['module', 'exports', 'require', '__filename', '__dirname'],
    ...['global', 'globalThis', 'process', 'console', 'fetch', 'Date'],
    ...['setTimeout', 'clearTimeout', 'setInterval', 'clearInterval'],
  ];
  const bundle = compileFunction(source, names, { filename: bundleFile }) as BundleFunction;
  const requireBuiltin = createBuiltinRequire(bundleFile);
  return {
    load(surroundings) {
      const appModule: { exports: Record<string, unknown> } = { exports: {} };
      const scope = createGlobals(surroundings);
      bundle(
        ...[appModule, appModule.exports, requireBuiltin, bundleFile, dirname(bundleFile)],
        ...[scope, scope, scope.process, scope.console, scope.fetch, scope.Date],
        ...[scope.setTimeout, scope.clearTimeout, scope.setInterval, scope.clearInterval],
      );
      return appModule.exports;
    },
  };
}

function createBuiltinRequire(bundleFile: string): (name: string) => unknown {
  const require = createRequire(bundleFile);
  return (name) => {
    const bare = name.replace(/^node:/, '');
    if (!isBuiltin(name)) throw errorForApp(`The bundle asks for ${name}, which it should contain.`);
    if (REFUSED_MODULES.has(bare))
      throw errorForApp(`A Forge function cannot use ${name} here: the platform is its only door.`);
    return require(name) as unknown;
  };
}

/** Each instance has a global object of its own, which inherits what it does not replace. */
function createGlobals(surroundings: AppSurroundings): Record<string, unknown> {
  const real = runInThisContext('globalThis') as typeof globalThis;
  const scope: Record<string, unknown> = {};
  for (const [name, descriptor] of Object.entries(Object.getOwnPropertyDescriptors(real))) {
    // Getters of the real object refuse any other `this`.
    if (descriptor.get !== undefined)
      Object.defineProperty(scope, name, {
        configurable: true,
        get: () => Reflect.get(real, name) as unknown,
        set: (value: unknown) => Object.defineProperty(scope, name, { value, writable: true }),
      });
    else Object.defineProperty(scope, name, { ...descriptor, configurable: true });
  }
  const define = (name: string, value: unknown): void => {
    Object.defineProperty(scope, name, { value, writable: true, configurable: true, enumerable: true });
  };
  const timers = createTimers(surroundings.clock);
  define('global', scope);
  define('globalThis', scope);
  define('process', createProcess(surroundings.variables));
  define('console', createConsole(surroundings.print));
  define('fetch', surroundings.fetch);
  define('Date', createDate(surroundings.clock));
  for (const [name, timer] of Object.entries(timers)) define(name, timer);
  define('__forge_fetch__', surroundings.forgeFetch);
  Object.defineProperty(scope, '__forge_runtime__', { get: surroundings.runtime, configurable: true });
  return scope;
}

function createProcess(variables: Readonly<Record<string, string>>): object {
  return Object.create(process, { env: { value: { ...variables }, enumerable: true } }) as object;
}

function createConsole(print: AppSurroundings['print']): object {
  const lines = LEVELS.map((level) => [
    level,
    (...parts: unknown[]) => {
      print(level, formatWithOptions({ breakLength: Infinity }, ...parts));
    },
  ]);
  return Object.fromEntries(lines) as object;
}

/** `Date` that tells the sandbox's time. */
function createDate(clock: Clock): object {
  const RealDate = runInThisContext('Date') as DateConstructor;
  return new Proxy(RealDate, {
    apply: () => new RealDate(clock.now()).toString(),
    construct: (target, values: unknown[], newTarget): object =>
      Reflect.construct(target, values.length === 0 ? [clock.now()] : values, newTarget) as object,
    get: (target, name, receiver): unknown =>
      name === 'now' ? () => clock.now() : (Reflect.get(target, name, receiver) as unknown),
  });
}

/** Timers that wait for the sandbox's time; they do not keep the process alive. */
function createTimers(clock: Clock): Readonly<Record<string, unknown>> {
  type Callback = (...values: unknown[]) => void;
  return {
    setTimeout: (callback: Callback, millis = 0, ...values: unknown[]) =>
      setTimeout(callback, timerMillis(clock, millis), ...values).unref(),
    setInterval: (callback: Callback, millis = 0, ...values: unknown[]) =>
      setInterval(callback, timerMillis(clock, millis), ...values).unref(),
    clearTimeout: (timer: NodeJS.Timeout | undefined) => {
      clearTimeout(timer);
    },
    clearInterval: (timer: NodeJS.Timeout | undefined) => {
      clearInterval(timer);
    },
  };
}
