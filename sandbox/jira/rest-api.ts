import type { IncomingMessage, ServerResponse } from 'node:http';
import { setTimeout as wait } from 'node:timers/promises';
import { readBody, sendJson } from '../http';
import type { CallLog } from './call-log';
import type { Caller } from './credentials';
import { ApiError, invalidPayload } from './errors';
import type { Fault, JiraCall, JiraFaults } from './faults';
import { parseJson } from './json';
import type { Json } from './model';
import { random } from './random';
import { limitHeaders, RateLimits } from './rate-limits';
import { IssueRenderer } from './render-issue';
import type { Reply, Route } from './route';
import { matchRoute, type Match } from './router';
import { scopesSuffice } from './scopes';
import { gatewayUrl, type SiteState } from './site-state';

/** An answer before it is sent; `hold` gives none and leaves the connection open. */
type Outcome =
  { kind: 'answer'; status: number; body?: Json; headers?: Record<string, string> } | { kind: 'hold' };

/** How long a call takes with realistic latency, in milliseconds of the clock: at least, and at random so much more. */
const REALISTIC_MS = { least: 40, spread: 210 };

/** Jira REST v3 over HTTP: who calls, faults, limits, scopes, then the operation itself. */
export class RestApi {
  private readonly limits: RateLimits;
  private readonly chance: () => number;

  constructor(
    private readonly state: SiteState,
    private readonly faults: JiraFaults,
    private readonly calls: CallLog,
    seed: number,
  ) {
    this.limits = new RateLimits(state.store.clock, faults);
    this.chance = random(seed + 1);
  }

  async handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(request.url ?? '/', this.state.baseUrl);
    const text = await readBody(request);
    const method = request.method ?? 'GET';
    const match = matchRoute(method, url.pathname);
    const caller = this.state.credentials.identify(request.headers.authorization);
    const body = text === undefined || text === '' ? undefined : parseJson(text);
    const call: JiraCall = {
      method,
      route: match.kind === 'route' ? `${match.base}${match.route.template}` : undefined,
      path: `${url.pathname}${url.search}`,
      body,
      kind: caller?.kind ?? 'anonymous',
      accountId: caller?.account.accountId,
      app: caller?.app?.name,
      status: undefined,
      executed: false,
      at: this.state.store.clock.now(),
    };
    this.calls.add(call);
    const fault = this.faults.next?.(call);
    await this.delay(fault);
    const outcome = this.faulty(fault, call, () =>
      this.answer(request, url, match, caller, { call, text, body }),
    );
    if (outcome.kind === 'hold') return;
    call.status = outcome.status;
    sendJson(response, outcome.status, outcome.body, outcome.headers);
  }

  private async delay(fault: Fault | undefined): Promise<void> {
    const latency =
      this.faults.latency === 'realistic' ? REALISTIC_MS.least + this.chance() * REALISTIC_MS.spread : 0;
    const millis = this.state.store.clock.machineMillis(latency) + (fault?.kind === 'slow' ? fault.ms : 0);
    if (millis > 0) await wait(millis);
  }

  private faulty(fault: Fault | undefined, call: JiraCall, run: () => Outcome): Outcome {
    switch (fault?.kind) {
      case undefined:
      case 'slow':
        return run();
      case 'rate_limited': {
        const { reason, retryAfterSeconds } = fault;
        const resetAt = call.at + retryAfterSeconds * 1000;
        return tooMany(limitHeaders({ reason, retryAfterSeconds, limit: 100, remaining: 0, resetAt }));
      }
      case 'gateway_limited':
        return {
          kind: 'answer',
          status: 429,
          body: { code: 429, message: 'Too many requests' },
          headers: { 'X-Failure-Category': 'FAILURE_CLIENT_RATE_LIMIT' },
        };
      case 'task_running':
        return errors(409, ['Another workflow configuration update task is ongoing. Try again later.']);
      case 'error_before':
        return failure(fault.status);
      case 'error_after':
        run();
        return failure(fault.status);
      case 'timeout_before':
        return { kind: 'hold' };
      case 'timeout_after':
        run();
        return { kind: 'hold' };
    }
  }

  private answer(
    request: IncomingMessage,
    url: URL,
    match: Match,
    caller: Caller | undefined,
    sent: { call: JiraCall; text: string | undefined; body: Json | undefined },
  ): Outcome {
    if (caller === undefined) return unauthorized('Client must be authenticated to access this resource.');
    if (match.kind === 'none') return errors(404, ['No operation of the REST API has this path.']);
    if (match.kind === 'method') return errors(405, ['Method not allowed']);
    const { route, params } = match;
    if (caller.app !== undefined && !scopesSuffice(route, caller.app.scopes))
      return unauthorized('Unauthorized; scope does not match');
    const limited = this.limits.admit({
      app: caller.app?.name,
      operation: `${route.method} ${route.template}`,
      method: route.method,
      writes: route.writes === true ? this.state.store.findIssue(params.issueIdOrKey ?? '')?.id : undefined,
    });
    if (limited !== undefined) return tooMany(limitHeaders(limited));
    return this.run(request, url, { route, params, caller }, sent);
  }

  private run(
    request: IncomingMessage,
    url: URL,
    target: { route: Route; params: Record<string, string>; caller: Caller },
    sent: { call: JiraCall; text: string | undefined; body: Json | undefined },
  ): Outcome {
    const { route, params, caller } = target;
    const base = caller.app === undefined ? this.state.baseUrl : gatewayUrl(this.state.cloudId);
    const trace = request.headers['x-atlassian-webhook-trace'];
    try {
      this.checkBody(request, route, sent);
      const reply: Reply = route.handle({
        site: this.state,
        caller,
        acting: {
          caller,
          origin: request.headers['x-sandbox-origin'] === 'ui' ? 'ui' : 'api',
          trace: typeof trace === 'string' ? trace : undefined,
        },
        render: new IssueRenderer(this.state.store, this.state.permissions, base, caller.account),
        params,
        query: url.searchParams,
        body: sent.body,
        hasContentType: request.headers['content-type'] !== undefined,
      });
      sent.call.executed = true;
      if (caller.app !== undefined) this.limits.charge(caller.app.name, reply.points ?? 1);
      return {
        kind: 'answer',
        status: reply.status,
        headers: {
          ...reply.headers,
          ...(caller.app === undefined ? {} : this.limits.quotaHeaders(caller.app.name)),
        },
        ...(reply.body === undefined ? {} : { body: reply.body }),
      };
    } catch (error) {
      if (error instanceof ApiError) return errors(error.status, error.errorMessages, error.errors);
      throw error;
    }
  }

  /** Bodies are JSON and say so. @throws ApiError 400, 413 or 415. */
  private checkBody(
    request: IncomingMessage,
    route: Route,
    sent: { text: string | undefined; body: Json | undefined },
  ): void {
    if (sent.text === undefined) throw new ApiError(413, ['The request is too large.']);
    if (route.method === 'GET' || route.method === 'DELETE' || sent.text === '') return;
    if (!(request.headers['content-type'] ?? '').startsWith('application/json'))
      throw new ApiError(415, ['Unsupported Media Type']);
    if (sent.body === undefined) throw invalidPayload();
  }
}

function errors(
  status: number,
  errorMessages: readonly string[],
  byField: Readonly<Record<string, string>> = {},
): Outcome {
  return { kind: 'answer', status, body: { errorMessages: [...errorMessages], errors: { ...byField } } };
}

function unauthorized(message: string): Outcome {
  return { kind: 'answer', status: 401, body: { code: 401, message } };
}

function failure(status: number): Outcome {
  return { kind: 'answer', status, body: { code: status, message: 'The service failed.' } };
}

function tooMany(headers: Record<string, string>): Outcome {
  return { kind: 'answer', status: 429, body: { code: 429, message: 'Rate limit exceeded.' }, headers };
}
