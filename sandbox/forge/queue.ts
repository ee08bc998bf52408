import { randomUUID } from 'node:crypto';
import { z } from 'zod';
import type { Clock } from '../clock';
import type { Agenda } from './agenda';
import { readRetry } from './faults';
import { LIMITS, RateWindow } from './limits';
import type { Manifest } from './manifest';
import type { Random } from './random';
import type { Runtime } from './runtime';
import type { ForgeFaults } from './types';

const MAX_EVENTS = 50;
const MAX_PUSH_BYTES = 200 * 1024;
const MAX_LONG_EVENT_BYTES = 100 * 1024;
const EVENTS_PER_MINUTE = 500;
const MAX_CHAIN = 1_000;
const WINDOW_MS = 24 * 3_600_000;
const FIRST_BACKOFF_MS = 1_000;
const MAX_BACKOFF_MS = 900_000;
/** Older jobs are forgotten; their events still run. */
const KEPT_JOBS = 5_000;

const pushed = z.object({
  queueName: z.string(),
  jobId: z.string().min(1),
  payload: z
    .array(
      z.object({
        body: z.record(z.string(), z.unknown()),
        delayInSeconds: z.number().min(0).max(900).default(0),
        concurrency: z.object({ key: z.string().min(1), limit: z.int().min(1) }).optional(),
      }),
    )
    .min(1),
});
const jobNamed = z.object({ queueName: z.string(), jobId: z.string() });

type PushedEvent = z.infer<typeof pushed>['payload'][number];

/** An answer of the queue's API. */
export interface QueueAnswer {
  status: number;
  body?: unknown;
}

interface QueueEvent {
  readonly id: string;
  readonly pushedEvent: PushedEvent;
  readonly job: Job;
  readonly chain: number;
  readonly endsAt: number;
  /** Retries that the function asked for. */
  retryCount: number;
  /** Retries of any kind, for the backoff. */
  attempts: number;
  retry: { retryReason: string; retryData: unknown } | undefined;
  state: 'in_progress' | 'success' | 'failed' | 'cancelled';
}

interface Job {
  readonly id: string;
  readonly queueName: string;
  readonly events: QueueEvent[];
}

/** Parts that the queues need. */
export interface QueueParts {
  manifest: Manifest;
  runtime: Runtime;
  agenda: Agenda;
  clock: Clock;
  faults: ForgeFaults;
  random: Random;
}

/**
 * Async events (Forge events API and limits): at least once, in no order, within 24 hours; a throw or timeout is tried again with
 * growing waits, an `InvocationError` after the time it asks for.
 */
export class Queues {
  private readonly jobs = new Map<string, Job>();
  private readonly rate = new RateWindow(EVENTS_PER_MINUTE, 60_000);
  /** Consumer runs by concurrency key: how many run, and who waits. */
  private readonly lanes = new Map<string, { running: number; waiting: (() => void)[] }>();
  private isStopped = false;

  constructor(private readonly parts: QueueParts) {}

  /** Answers a push. `chain` counts the events that led to it. */
  push(bodyText: string, chain: number): QueueAnswer {
    const parsed = pushed.safeParse(JSON.parse(bodyText));
    if (!parsed.success) return refused(400, z.prettifyError(parsed.error));
    const { queueName, jobId, payload } = parsed.data;
    const consumer = this.consumerOf(queueName);
    if (consumer === undefined) return refused(400, `No consumer of queue ${queueName} is declared.`);
    const bytes = Buffer.byteLength(JSON.stringify(payload));
    if (payload.length > MAX_EVENTS || bytes > MAX_PUSH_BYTES)
      return { status: 413, body: { errorMessage: `At most ${MAX_EVENTS} events and 200 KB a push.` } };
    if (
      consumer.timeoutMs > LIMITS.functionMs &&
      payload.some((event) => sizeOf(event) > MAX_LONG_EVENT_BYTES)
    )
      return { status: 413, body: { errorMessage: 'Events of long-running consumers are at most 100 KB.' } };
    if (chain > MAX_CHAIN) return refused(405, 'The limit on cyclic invocation has been reached.');
    if (!this.rate.take(this.parts.clock.now(), payload.length)) return refused(429, 'Too many requests.');
    const job: Job = { id: jobId, queueName, events: [] };
    this.jobs.set(jobId, job);
    for (const oldest of [...this.jobs.keys()].slice(0, -KEPT_JOBS)) this.jobs.delete(oldest);
    for (const event of payload) this.accept(job, event, chain);
    return { status: 201 };
  }

  /** Answers a question for a job's numbers. */
  stats(bodyText: string): QueueAnswer {
    const job = this.findJob(bodyText);
    if (job === undefined) return refused(404, 'No such job.');
    const count = (...states: QueueEvent['state'][]) =>
      job.events.filter(({ state }) => states.includes(state)).length;
    const body = {
      success: count('success'),
      inProgress: count('in_progress'),
      failed: count('failed', 'cancelled'),
    };
    return { status: 200, body };
  }

  /** Cancels what of a job has not begun. */
  cancel(bodyText: string): QueueAnswer {
    const job = this.findJob(bodyText);
    if (job === undefined) return refused(404, 'No such job.');
    for (const event of job.events) if (event.state === 'in_progress') event.state = 'cancelled';
    return { status: 204 };
  }

  /** Delivers nothing any more. */
  stop(): void {
    this.isStopped = true;
    for (const lane of this.lanes.values()) for (const proceed of lane.waiting.splice(0)) proceed();
  }

  private accept(job: Job, pushedEvent: PushedEvent, chain: number): void {
    const { clock, faults, random } = this.parts;
    const now = clock.now();
    const event: QueueEvent = {
      ...{ id: randomUUID(), pushedEvent, job, chain, endsAt: now + WINDOW_MS },
      ...{ retryCount: 0, attempts: 0, retry: undefined, state: 'in_progress' as const },
    };
    job.events.push(event);
    if (random.chance(faults.queue.drop)) return;
    const copies = random.chance(faults.queue.duplicate) ? 2 : 1;
    for (let copy = 0; copy < copies; copy += 1) {
      const extra = random.within([0, faults.queue.shuffleMs]);
      this.schedule(event, now + pushedEvent.delayInSeconds * 1_000 + extra);
    }
  }

  private schedule(event: QueueEvent, dueAt: number): void {
    this.parts.agenda.at(dueAt, () => this.deliver(event));
  }

  private async deliver(event: QueueEvent): Promise<void> {
    const release = await this.enterLane(event);
    try {
      if (event.state !== 'cancelled' && !this.isStopped) await this.run(event);
    } finally {
      release();
    }
  }

  private async run(event: QueueEvent): Promise<void> {
    const { clock, runtime } = this.parts;
    const consumer = this.consumerOf(event.job.queueName);
    if (consumer === undefined) return;
    const result = await runtime.invoke({
      cause: 'queue',
      functionKey: consumer.functionKey,
      moduleKey: consumer.moduleKey,
      moduleType: 'core:consumer',
      timeoutMs: consumer.timeoutMs,
      event: this.shownEvent(event),
      chain: event.chain,
    });
    if (this.isStopped) return;
    const retry = result.kind === 'returned' ? readRetry(result.value) : undefined;
    if (result.kind === 'returned' && retry === undefined) {
      event.state = 'success';
      return;
    }
    event.attempts += 1;
    const backoff = Math.min(MAX_BACKOFF_MS, FIRST_BACKOFF_MS * 2 ** (event.attempts - 1));
    const dueAt = clock.now() + (retry?.retryAfterMs ?? backoff);
    if (retry !== undefined) {
      event.retryCount += 1;
      event.retry = retry;
    }
    if (dueAt > event.endsAt) event.state = 'failed';
    else this.schedule(event, dueAt);
  }

  private shownEvent({ id, job, pushedEvent, retryCount, retry, endsAt }: QueueEvent): object {
    const { body, delayInSeconds, concurrency } = pushedEvent;
    const window = { startTime: endsAt - WINDOW_MS, remainingTimeMs: endsAt - this.parts.clock.now() };
    return {
      ...{ body, queueName: job.queueName, jobId: job.id, eventId: id },
      ...(delayInSeconds > 0 ? { delayInSeconds } : {}),
      ...(concurrency === undefined ? {} : { concurrency }),
      ...(retry === undefined ? {} : { retryContext: { retryCount, ...retry, retentionWindow: window } }),
    };
  }

  /** Waits for a place under the event's concurrency key. @returns what gives the place back. */
  private async enterLane({ job, pushedEvent: { concurrency } }: QueueEvent): Promise<() => void> {
    if (concurrency === undefined) return () => undefined;
    const name = `${job.queueName} ${concurrency.key}`;
    const lane = this.lanes.get(name) ?? { running: 0, waiting: [] };
    this.lanes.set(name, lane);
    if (lane.running >= concurrency.limit)
      await new Promise<void>((proceed) => {
        lane.waiting.push(proceed);
      });
    else lane.running += 1;
    return () => {
      // The place passes straight on to whoever waits.
      const next = lane.waiting.shift();
      if (next !== undefined) next();
      else lane.running -= 1;
      if (lane.running === 0) this.lanes.delete(name);
    };
  }

  private findJob(bodyText: string): Job | undefined {
    const parsed = jobNamed.safeParse(JSON.parse(bodyText));
    if (!parsed.success) return undefined;
    const job = this.jobs.get(parsed.data.jobId);
    return job?.queueName === parsed.data.queueName ? job : undefined;
  }

  private consumerOf(
    queueName: string,
  ): { moduleKey: string; functionKey: string; timeoutMs: number } | undefined {
    const { consumer: consumers, function: functions } = this.parts.manifest.modules;
    const consumer = consumers.find(({ queue }) => queue === queueName);
    if (consumer === undefined) return undefined;
    const seconds = functions.find(({ key }) => key === consumer.function)?.timeoutSeconds;
    const timeoutMs = seconds === undefined ? LIMITS.functionMs : seconds * 1_000;
    return { moduleKey: consumer.key, functionKey: consumer.function, timeoutMs };
  }
}

function sizeOf(event: PushedEvent): number {
  return Buffer.byteLength(JSON.stringify(event));
}

function refused(status: number, message: string): QueueAnswer {
  return { status, body: { code: status, message } };
}
