import { AsyncLocalStorage } from 'node:async_hooks';
import { randomBytes, randomUUID } from 'node:crypto';
import type { Response } from 'undici';
import type { Clock } from '../clock';
import type { Agenda } from './agenda';
import { copyForApp, createAppLoader, errorForApp, type AppLoader } from './app-loader';
import type { Identity } from './identity';
import type { PlatformLatency } from './latency';
import { LIMITS, RateWindow } from './limits';
import type { Manifest } from './manifest';
import { createRuntimeObject, installationOf } from './runtime-object';
import { timerMillis } from './timer-millis';
import type {
  FinishedPlatformCall,
  ForgeFaults,
  InvocationCause,
  InvocationRecord,
  LogLine,
  PlatformCall,
  PlatformTarget,
} from './types';

const KEPT_INVOCATIONS = 2_000;
const KEPT_LINES = 5_000;

/** What to run and for whom. */
export interface InvocationRequest {
  cause: InvocationCause;
  functionKey: string;
  moduleKey: string;
  moduleType: string;
  /** Milliseconds of the sandbox's clock. */
  timeoutMs: number;
  /** The function's first argument, JSON. */
  event: unknown;
  /** The person on whose behalf it runs, if any. */
  accountId?: string;
  /** How many queue events led to this one, each pushed by the one before. */
  chain?: number;
}

/** How an invocation ended. */
export type InvocationResult =
  | { kind: 'returned'; value: unknown }
  | { kind: 'threw'; error: unknown }
  | { kind: 'timed_out' }
  | { kind: 'aborted' };

/** A running invocation, as the parts of the platform that it calls see it. */
export interface Invocation {
  readonly id: string;
  readonly request: InvocationRequest;
  /** For tracing headers. */
  readonly traceId: string;
  /** What an invocation may fetch from outside in a minute. */
  readonly egress: RateWindow;
  /** Ends with the invocation: connections that it left open are closed then. */
  readonly ended: AbortSignal;
}

interface RunningInvocation extends Invocation {
  readonly record: InvocationRecord;
  readonly calls: FinishedPlatformCall[];
  readonly runtime: object;
  readonly end: (result: InvocationResult) => void;
  readonly closing: AbortController;
  isOver: boolean;
  ordinal: number;
}

/** A call of the app to one part of the platform, and what answers it. */
export interface OpenedDoor {
  target: PlatformTarget;
  method: string;
  path: string;
  /** What the app sent, as text. */
  body: string;
  answer: (invocation: Invocation) => Promise<Response>;
}

/** The doors out of an invocation. They throw an error for the app when nothing answers such a call. */
export interface Doors {
  platform(target: unknown, path: unknown, init: unknown): OpenedDoor;
  egress(input: unknown, init: unknown): OpenedDoor;
}

/** What a runtime needs. */
export interface RuntimeParts {
  manifest: Manifest;
  identity: Identity;
  clock: Clock;
  agenda: Agenda;
  faults: ForgeFaults;
  latency: PlatformLatency;
  doors: Doors;
  bundleFile: string;
}

type Handler = (event: unknown, context: unknown) => unknown;

/** Runs the app's functions, each invocation with a runtime object of its own. */
export class Runtime {
  readonly invocations: InvocationRecord[] = [];
  readonly logs: LogLine[] = [];
  private readonly current = new AsyncLocalStorage<RunningInvocation>();
  private readonly loader: AppLoader;
  private readonly exportNames: ReadonlyMap<string, string>;
  private exported: Readonly<Record<string, unknown>> | undefined;
  private readonly underWay = new Set<RunningInvocation>();
  private isStopped = false;

  /** @throws Error when the bundle does not load or lacks a function of the manifest. */
  constructor(private readonly parts: RuntimeParts) {
    this.loader = createAppLoader(parts.bundleFile);
    this.exportNames = new Map(
      parts.manifest.modules.function.map(({ key, handler }) => [
        key,
        handler.slice(handler.indexOf('.') + 1),
      ]),
    );
    for (const functionKey of this.exportNames.keys()) this.handlerOf(functionKey);
  }

  /** The next invocation is a cold start. */
  reload(): void {
    this.exported = undefined;
    this.parts.latency.forgetInstances();
  }

  /** Starts nothing any more; what still runs ends here and gets no further answer from the platform. */
  stop(): void {
    this.isStopped = true;
    for (const { end } of this.underWay) end({ kind: 'aborted' });
  }

  /** Runs a function to its end, its timeout or a fault. What a function does after that reaches nothing. */
  async invoke(request: InvocationRequest): Promise<InvocationResult> {
    if (this.isStopped) return { kind: 'aborted' };
    return this.parts.agenda.track(this.run(request));
  }

  private async run(request: InvocationRequest): Promise<InvocationResult> {
    if (this.parts.faults.alwaysCold) this.reload();
    const { giveBack, wait } = this.parts.latency.begin();
    if (wait !== undefined) await wait;
    if (this.isStopped) return { kind: 'aborted' };
    const handler = this.handlerOf(request.functionKey);
    const begun = performance.now();
    const ended = deferred<InvocationResult>();
    const invocation = this.createInvocation(request, ended.resolve);
    this.underWay.add(invocation);
    const timer = setTimeout(
      () => {
        ended.resolve({ kind: 'timed_out' });
      },
      timerMillis(this.parts.clock, request.timeoutMs),
    );
    const context = {
      installContext: this.parts.identity.contextAri,
      installation: installationOf(this.parts.identity),
      ...(request.accountId === undefined ? {} : { principal: { accountId: request.accountId } }),
    };
    void this.current.run(invocation, async () => {
      try {
        ended.resolve({ kind: 'returned', value: await handler(copyForApp(request.event), context) });
      } catch (error) {
        ended.resolve({ kind: 'threw', error });
      }
    });
    const result = await ended.promise;
    clearTimeout(timer);
    this.underWay.delete(invocation);
    giveBack();
    invocation.isOver = true;
    invocation.closing.abort();
    invocation.record.ms = performance.now() - begun;
    invocation.record.outcome = result.kind === 'returned' ? 'ok' : result.kind;
    if (result.kind === 'threw') this.reportThrow(invocation, result.error);
    return result;
  }

  private createInvocation(
    request: InvocationRequest,
    end: (result: InvocationResult) => void,
  ): RunningInvocation {
    const { clock, identity, manifest } = this.parts;
    const id = randomUUID();
    const traceId = randomBytes(16).toString('hex');
    const startedAt = clock.now();
    const calls: FinishedPlatformCall[] = [];
    const { cause, functionKey, moduleKey, moduleType, accountId, timeoutMs } = request;
    const record: InvocationRecord = {
      ...{ id, cause, functionKey, moduleKey, startedAt, ms: 0 },
      ...{ outcome: 'running', error: undefined, platformCalls: calls },
    };
    this.invocations.push(record);
    if (this.invocations.length > KEPT_INVOCATIONS) this.invocations.shift();
    const runtime = createRuntimeObject(identity, manifest, {
      ...{ invocationId: id, functionKey, moduleKey, moduleType, accountId, traceId },
      remainingMs: () => Math.max(0, startedAt + timeoutMs - clock.now()),
    });
    const egress = new RateWindow(LIMITS.egressPerMinutePerInvocation, 60_000);
    const closing = new AbortController();
    return {
      ...{ id, request, traceId, egress, record, calls, runtime, end, closing },
      ...{ ended: closing.signal, isOver: false, ordinal: 0 },
    };
  }

  private handlerOf(functionKey: string): Handler {
    // Outside any invocation, even when one set off the run that needs a fresh instance.
    this.exported ??= this.current.exit(() => this.loadApp());
    const name = this.exportNames.get(functionKey);
    const handler = name === undefined ? undefined : this.exported[name];
    if (typeof handler !== 'function')
      throw new Error(`The bundle has no export for function ${functionKey}.`);
    return (event, context): unknown => Reflect.apply(handler, undefined, [event, context]);
  }

  private loadApp(): Readonly<Record<string, unknown>> {
    const { clock, doors } = this.parts;
    return this.loader.load({
      clock,
      variables: {},
      // The storage package looks for it at import, when there is none; the API package then says that it found none.
      runtime: () => this.current.getStore()?.runtime,
      forgeFetch: (target, path, init) => {
        const invocation = this.running('The Forge platform');
        return this.pass(invocation, doors.platform(target, path, init));
      },
      fetch: async (input, init) => {
        const invocation = this.running('fetch');
        return this.pass(invocation, doors.egress(input, init));
      },
      print: (level, text) => {
        this.print(level, text);
      },
    });
  }

  private running(what: string): RunningInvocation {
    const invocation = this.current.getStore();
    if (invocation === undefined)
      throw errorForApp(`${what} was used outside an invocation, where there is no installation to act for.`);
    return invocation;
  }

  /** Lets a call through, unless its invocation is over or a fault ends it here: then it never answers. */
  private async pass(invocation: RunningInvocation, door: OpenedDoor): Promise<Response> {
    if (invocation.isOver || this.isStopped) return never();
    invocation.ordinal += 1;
    const { target, method, path, body } = door;
    const named = {
      functionKey: invocation.request.functionKey,
      target,
      method,
      path,
      ordinal: invocation.ordinal,
    };
    const call: PlatformCall = { ...named, body };
    const finished: FinishedPlatformCall = { ...named, status: undefined, ms: 0 };
    invocation.calls.push(finished);
    if (this.parts.faults.onPlatformCall?.(call, 'before') === 'abort') return this.abort(invocation);
    const begun = performance.now();
    const wait = this.parts.latency.pass(target);
    if (wait !== undefined) await wait;
    const response = await door.answer(invocation);
    finished.ms = performance.now() - begun;
    // Over or aborted: the platform did it, but the app never learns.
    if (this.hasEnded(invocation)) return never();
    if (this.parts.faults.onPlatformCall?.(call, 'after') === 'abort') return this.abort(invocation);
    finished.status = response.status;
    return response;
  }

  private hasEnded(invocation: RunningInvocation): boolean {
    return invocation.isOver || this.isStopped;
  }

  private abort(invocation: RunningInvocation): Promise<never> {
    invocation.isOver = true;
    invocation.end({ kind: 'aborted' });
    return never();
  }

  private reportThrow(invocation: RunningInvocation, error: unknown): void {
    const text = textOfError(error);
    invocation.record.error = text;
    this.current.run(invocation, () => {
      this.print('error', text);
    });
  }

  private print(level: LogLine['level'], text: string): void {
    const invocation = this.current.getStore();
    const functionKey = invocation?.request.functionKey;
    this.logs.push({ at: this.parts.clock.now(), level, text, functionKey, invocationId: invocation?.id });
    if (this.logs.length > KEPT_LINES) this.logs.shift();
  }
}

/** Errors of the bundle are of another realm under a test runner, so they are known by their shape. */
function textOfError(error: unknown): string {
  if (
    typeof error === 'object' &&
    error !== null &&
    'message' in error &&
    typeof error.message === 'string'
  ) {
    const name = 'name' in error && typeof error.name === 'string' ? error.name : 'Error';
    return `${name}: ${error.message}`;
  }
  return String(error);
}

function never(): Promise<never> {
  return new Promise(() => undefined);
}

function deferred<T>(): { promise: Promise<T>; resolve: (value: T) => void } {
  let resolve: (value: T) => void = () => undefined;
  const promise = new Promise<T>((done) => {
    resolve = done;
  });
  return { promise, resolve };
}
