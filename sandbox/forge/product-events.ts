import type { Clock } from '../clock';
import type { JiraEvent } from '../jira/site';
import type { Agenda } from './agenda';
import { readRetry } from './faults';
import { LIMITS } from './limits';
import type { Manifest } from './manifest';
import type { Random } from './random';
import type { InvocationResult, Runtime } from './runtime';
import type { ForgeFaults } from './types';

/** How long the platform waits before it tries again by itself; the first wait, doubled each time. */
const PLATFORM_RETRY_MS = 5_000;

type Trigger = Manifest['modules']['trigger'][number];

/** Parts that event delivery needs. */
export interface ProductEventParts {
  manifest: Manifest;
  runtime: Runtime;
  agenda: Agenda;
  clock: Clock;
  faults: ForgeFaults;
  random: Random;
}

interface RetryContext {
  retryCount: number;
  retryReason: string;
  retryData: unknown;
}

/**
 * Delivers product events to triggers (Forge, trigger module and Jira events): late, in no order, perhaps twice, those over 200 kB
 * never. A function that throws has had its chance; one that returns an `InvocationError` or dies is tried up to four times more.
 */
export class ProductEvents {
  private isStopped = false;

  constructor(private readonly parts: ProductEventParts) {}

  /** Takes an event from the site. */
  accept(event: JiraEvent): void {
    if (this.isStopped) return;
    for (const trigger of this.parts.manifest.modules.trigger) {
      if (!trigger.events.includes(event.eventType)) continue;
      if (trigger.filter.ignoreSelf && event.isCausedByApp) continue;
      this.send(trigger, event);
    }
  }

  /** Delivers nothing any more. */
  stop(): void {
    this.isStopped = true;
  }

  private send(trigger: Trigger, event: JiraEvent): void {
    const { clock, faults, random } = this.parts;
    const body = this.bodyOf(event);
    if (Buffer.byteLength(JSON.stringify(body)) > LIMITS.eventBytes) return;
    if (random.chance(faults.events.drop)) return;
    const copies = random.chance(faults.events.duplicate) ? 2 : 1;
    for (let copy = 0; copy < copies; copy += 1) {
      const delay = random.within(faults.events.delayMs) + random.within([0, faults.events.shuffleMs]);
      this.schedule(trigger, body, clock.now() + delay, undefined);
    }
  }

  private bodyOf({ eventType, actorAccountId, isCausedByApp, trace, body }: JiraEvent): object {
    return {
      ...body,
      eventType,
      selfGenerated: isCausedByApp,
      timestamp: String(this.parts.clock.now()),
      ...(actorAccountId === undefined ? {} : { atlassianId: actorAccountId }),
      // Other apps' values are not shown.
      ...(isCausedByApp && trace !== undefined ? { webhookTraceValue: trace } : {}),
    };
  }

  private schedule(
    trigger: Trigger,
    body: object,
    dueAt: number,
    retryContext: RetryContext | undefined,
  ): void {
    this.parts.agenda.at(dueAt, async () => {
      if (this.isStopped) return;
      const result = await this.parts.runtime.invoke({
        cause: 'product_event',
        functionKey: trigger.function,
        moduleKey: trigger.key,
        moduleType: 'core:trigger',
        timeoutMs: LIMITS.eventMs,
        event: retryContext === undefined ? body : { ...body, retryContext },
      });
      this.retry(trigger, body, retryContext?.retryCount ?? 0, result);
    });
  }

  private retry(trigger: Trigger, body: object, retryCount: number, result: InvocationResult): void {
    if (result.kind === 'threw' || retryCount >= LIMITS.eventRetries) return;
    const now = this.parts.clock.now();
    if (result.kind === 'returned') {
      const asked = readRetry(result.value);
      if (asked === undefined) return;
      const { retryAfterMs, retryReason, retryData } = asked;
      const context = { retryCount: retryCount + 1, retryReason, retryData };
      this.schedule(trigger, body, now + retryAfterMs, context);
      return;
    }
    const retryReason = result.kind === 'timed_out' ? 'FUNCTION_TIME_OUT' : 'FUNCTION_OUT_OF_MEMORY';
    const context = { retryCount: retryCount + 1, retryReason, retryData: null };
    this.schedule(trigger, body, now + PLATFORM_RETRY_MS * 2 ** retryCount, context);
  }
}
