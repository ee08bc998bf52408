import { randomBytes } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { z } from 'zod';
import type { Clock } from '../clock';
import { readBody } from '../http';
import type { Identity } from './identity';
import { LIMITS, type RateWindow } from './limits';
import type { Manifest } from './manifest';
import type { Random } from './random';
import type { Runtime } from './runtime';
import type { ForgeFaults } from './types';
import type { WebTriggerUrls } from './web-trigger-urls';

/** What a function must return (Forge, web trigger reference). */
const answerSchema = z.object({
  statusCode: z.int().min(200).max(599),
  statusText: z.string().optional(),
  headers: z.record(z.string(), z.array(z.string())).default({}),
  body: z.string().optional(),
});

/** Limits that web triggers and pages share. */
export interface UserLedRates {
  minute: RateWindow;
  second: RateWindow;
}

/** Parts that web triggers need. */
export interface WebTriggerParts {
  manifest: Manifest;
  identity: Identity;
  urls: WebTriggerUrls;
  runtime: Runtime;
  clock: Clock;
  faults: ForgeFaults;
  random: Random;
  rates: UserLedRates;
}

/** The public addresses of web triggers. The platform authenticates nobody there. */
export class WebTriggers {
  constructor(private readonly parts: WebTriggerParts) {}

  /** Answers a request below `/public/` or `/x1/`. */
  async handle(request: IncomingMessage, response: ServerResponse, url: URL): Promise<void> {
    const [, , id = '', ...rest] = url.pathname.split('/');
    const moduleKey = this.parts.urls.moduleOf(id);
    const trigger = this.parts.manifest.modules.webtrigger.find(({ key }) => key === moduleKey);
    if (trigger === undefined) {
      response.writeHead(404).end();
      return;
    }
    const isWithinRate = this.takeRate();
    for (const [name, value] of this.rateHeaders()) response.setHeader(name, value);
    if (!isWithinRate) {
      response.writeHead(429).end();
      return;
    }
    const body = await readBody(request, LIMITS.payloadBytes);
    if (body === undefined) {
      response.writeHead(413).end();
      return;
    }
    const { onWebTriggerCall } = this.parts.faults;
    if (onWebTriggerCall?.({ moduleKey: trigger.key, body, answer: undefined }, 'before') === 'lose') {
      response.destroy();
      return;
    }
    const result = await this.parts.runtime.invoke({
      cause: 'web_trigger',
      functionKey: trigger.function,
      moduleKey: trigger.key,
      moduleType: 'core:webtrigger',
      timeoutMs: LIMITS.webTriggerMs,
      event: {
        method: request.method ?? 'GET',
        path: url.pathname,
        userPath: rest.length === 0 ? '' : `/${rest.join('/')}`,
        headers: this.headersOf(request),
        queryParameters: parametersOf(url),
        // Left out, not empty, when there is none.
        ...(body === '' ? {} : { body }),
        context: { cloudId: this.parts.identity.cloudId, moduleKey: trigger.key },
        contextToken: randomBytes(24).toString('base64url'),
      },
    });
    const answered = result.kind === 'returned' ? answerSchema.safeParse(result.value).data?.body : undefined;
    if (onWebTriggerCall?.({ moduleKey: trigger.key, body, answer: answered }, 'after') === 'lose') {
      response.destroy();
      return;
    }
    if (result.kind === 'timed_out' || result.kind === 'aborted') response.writeHead(504).end();
    else if (result.kind === 'threw') response.writeHead(500).end();
    else answer(response, result.value);
  }

  private takeRate(): boolean {
    const { clock, faults, rates } = this.parts;
    if (faults.webTriggerRateLimitNext > 0) {
      faults.webTriggerRateLimitNext -= 1;
      return false;
    }
    const now = clock.now();
    return rates.second.take(now) && rates.minute.take(now);
  }

  private rateHeaders(): [string, string][] {
    const { clock, rates } = this.parts;
    const now = clock.now();
    return [
      ['X-Ratelimit-Limit', String(rates.minute.limit)],
      ['X-Ratelimit-Remaining', String(rates.minute.remaining(now))],
      ['X-Ratelimit-Reset', String(Math.floor(rates.minute.resetsAt(now) / 1_000))],
    ];
  }

  /** A repeated header is several entries of one name; which case a name comes in is anybody's guess, so it varies. */
  private headersOf({ rawHeaders }: IncomingMessage): Record<string, string[]> {
    const byName = new Map<string, { shown: string; values: string[] }>();
    for (let at = 0; at < rawHeaders.length; at += 2) {
      const [name = '', value = ''] = rawHeaders.slice(at, at + 2);
      const known = byName.get(name.toLowerCase()) ?? { shown: this.anyCase(name), values: [] };
      known.values.push(value);
      byName.set(name.toLowerCase(), known);
    }
    return Object.fromEntries([...byName.values()].map(({ shown, values }) => [shown, values]));
  }

  private anyCase(name: string): string {
    const forms = [
      name,
      name.toLowerCase(),
      name.replace(/(^|-)([a-z])/g, (_whole, dash: string, letter: string) => dash + letter.toUpperCase()),
    ];
    return forms[Math.floor(this.parts.random.next() * forms.length)] ?? name;
  }
}

function parametersOf(url: URL): Record<string, string[]> {
  const names = new Set(url.searchParams.keys());
  return Object.fromEntries([...names].map((name) => [name, url.searchParams.getAll(name)]));
}

function answer(response: ServerResponse, value: unknown): void {
  const parsed = answerSchema.safeParse(value);
  if (!parsed.success || Buffer.byteLength(parsed.data.body ?? '') > LIMITS.payloadBytes) {
    response.writeHead(500).end();
    return;
  }
  const { statusCode, headers, body } = parsed.data;
  response.writeHead(statusCode, headers).end(body ?? '');
}
