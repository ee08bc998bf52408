import { asApp, asUser, type Route } from '@forge/api';
import type { z } from 'zod';
import { cleanLine, shorten } from '../domain/text';
import type { JiraProblem, JiraResult } from '../usecases/ports';

/** On whose behalf Jira is asked: the app itself, or the person who opened the page. */
export type Principal = 'app' | 'user';

/** A call of Jira's REST API. */
export interface JiraRequest {
  route: Route;
  method?: 'GET' | 'POST' | 'PUT' | 'DELETE';
  body?: unknown;
}

/** A call takes at most this long, in milliseconds; then its outcome is uncertain. */
const TIMEOUT_MS = 8000;
/** Wait when Jira asks to slow down without saying for how long, in seconds. */
const DEFAULT_RETRY_SECONDS = 5;
const HOUR_MS = 3_600_000;
/** Marks the app's own writes in the events that they cause (Forge, Jira events, webhookTraceValue). */
export const TRACE_VALUE = 'teleport-access-requests';

/** Calls Jira and checks the answer against its schema. */
export interface JiraClient {
  call<T>(request: JiraRequest, answer: z.ZodType<T>): Promise<JiraResult<T>>;
  /** For calls whose answer holds nothing of interest. */
  send(request: JiraRequest): Promise<JiraResult<void>>;
}

/** Until when Jira wants no calls of the app on a site, Unix milliseconds; kept while the function stays warm. */
export interface QuotaPause {
  until: number;
  /** The same for single issues, by id: whatever else happens to an issue must wait as long as the call that was told to. */
  issues?: Map<string, number>;
}

/** So many issues are remembered before those whose wait is over are forgotten. */
const REMEMBERED_ISSUES = 500;

/** Who asks, and for how long they were told to wait. */
export interface ClientOptions {
  pause?: QuotaPause;
  /** Calls that somebody waits for are tried although the quota is used up; all others are held back until it is there again. */
  isUrgent?: boolean;
  /** Told until when the quota is used up (Unix milliseconds), so that other invocations know. */
  onQuota?: (until: number) => Promise<void>;
}

/** A client for the given principal. Calls are held back while the site's quota is used up. */
export function createJiraClient(principal: Principal, options: ClientOptions = {}): JiraClient {
  const settings = { principal, pause: { until: 0 }, isUrgent: false, ...options };
  return {
    async call(request, answer) {
      const result = await fetchText(settings, request);
      if (!result.ok) return result;
      const parsed = answer.safeParse(parseJson(result.value));
      if (parsed.success) return { ok: true, value: parsed.data };
      const places = [...new Set(parsed.error.issues.map((issue) => issue.path.join('.')))]
        .slice(0, 5)
        .join(', ');
      // Written or not: Jira accepted it, but what it did cannot be told from the answer.
      return {
        ok: false,
        problem: {
          kind: 'uncertain',
          detail: shorten(`Jira answered in an unexpected shape (${places}).`, 300),
        },
      };
    },
    async send(request) {
      const result = await fetchText(settings, request);
      return result.ok ? { ok: true, value: undefined } : result;
    },
  };
}

async function fetchText(
  options: ClientOptions & { principal: Principal; pause: QuotaPause },
  request: JiraRequest,
): Promise<JiraResult<string>> {
  const { principal, pause, isUrgent, onQuota } = options;
  const issueId = /^\/rest\/api\/3\/issue\/(\d+)/.exec(request.route.value)?.[1];
  const quotaUntil = isUrgent === true ? 0 : pause.until;
  const pausedMs = Math.max(quotaUntil, pause.issues?.get(issueId ?? '') ?? 0) - Date.now();
  if (pausedMs > 0) return { ok: false, problem: rateLimited(Math.ceil(pausedMs / 1000), 'asked before') };
  const api = principal === 'app' ? asApp() : asUser();
  const body = request.body === undefined ? undefined : JSON.stringify(request.body);
  const call = api
    .requestJira(request.route, {
      method: request.method ?? 'GET',
      headers: {
        Accept: 'application/json',
        'X-Atlassian-Webhook-Trace': TRACE_VALUE,
        ...(body === undefined ? {} : { 'Content-Type': 'application/json' }),
      },
      ...(body === undefined ? {} : { body }),
    })
    .then(async (response) => {
      const text = await response.text();
      if (response.status < 300) return { ok: true, value: text } as const;
      const header = (name: string) => response.headers.get(name);
      const problem = problemOf(response.status, header, text);
      // Bursts and limits of one issue concern that issue only; a used-up quota concerns all calls.
      if (problem.kind === 'rate_limited') {
        const until = Date.now() + problem.retryAfterSeconds * 1000;
        if (issueId !== undefined) pauseIssue(pause.issues, issueId, until);
        if (isQuota(header('RateLimit-Reason'))) {
          pause.until = until;
          await onQuota?.(until);
        }
      }
      return { ok: false, problem } as const;
    })
    .catch((error: unknown) => ({ ok: false, problem: problemOfThrown(error) }) as const);
  return withTimeout(call);
}

function pauseIssue(issues: Map<string, number> | undefined, issueId: string, until: number): void {
  if (issues === undefined) return;
  issues.set(issueId, Math.max(until, issues.get(issueId) ?? 0));
  if (issues.size <= REMEMBERED_ISSUES) return;
  const now = Date.now();
  for (const [id, end] of issues) if (end <= now) issues.delete(id);
}

async function withTimeout(call: Promise<JiraResult<string>>): Promise<JiraResult<string>> {
  let timer: NodeJS.Timeout | undefined;
  const timeout = new Promise<JiraResult<string>>((resolve) => {
    timer = setTimeout(
      () => resolve({ ok: false, problem: { kind: 'uncertain', detail: 'Jira did not answer in time.' } }),
      TIMEOUT_MS,
    );
  });
  try {
    return await Promise.race([call, timeout]);
  } finally {
    clearTimeout(timer);
  }
}

/** What a status means (Jira REST v3; the texts are localised, so only field names and status count). */
function problemOf(status: number, header: (name: string) => string | null, text: string): JiraProblem {
  if (status === 429) {
    const reason = header('RateLimit-Reason');
    const seconds = isQuota(reason) ? quotaWait(header) : retryAfter(header('Retry-After'));
    return rateLimited(seconds, reason ?? 'rate limit');
  }
  if (status === 503 && header('Retry-After') !== null) {
    return {
      kind: 'uncertain',
      detail: 'Jira is not available for the moment.',
      retryAfterSeconds: retryAfter(header('Retry-After')),
    };
  }
  if (status >= 500 || status === 408)
    return { kind: 'uncertain', detail: `Jira failed with status ${status}.` };
  if (status === 404)
    return { kind: 'not_found', detail: 'Jira does not find it, or does not show it to the app.' };
  const { fields, messages } = readErrors(text);
  // Written by Jira in the site's language; it may repeat what users wrote.
  const detail = shorten(cleanLine(messages.join(' ')), 300);
  return {
    kind: 'refused',
    status,
    fields,
    detail: `Jira refused with status ${status}${detail === '' ? '' : `: ${detail}`}.`,
  };
}

function rateLimited(retryAfterSeconds: number, reason: string): JiraProblem & { kind: 'rate_limited' } {
  const detail = `Jira asks to slow down (${shorten(cleanLine(reason), 60)}).`;
  return { kind: 'rate_limited', retryAfterSeconds, detail };
}

/**
 * Whether a quota by the hour is used up, which concerns all calls; bursts and writes to one issue concern some only (Jira rate
 * limits, the four values of `RateLimit-Reason`, and one more that is seen).
 */
function isQuota(reason: string | null): boolean {
  return reason?.startsWith('jira-quota-') === true || reason === 'jira-cost-based';
}

/** Seconds until the quota is there again: as Jira says, or else until the full hour, when it is counted anew. */
function quotaWait(header: (name: string) => string | null): number {
  const told = header('Retry-After') ?? header('X-RateLimit-Reset');
  if (told !== null) return retryAfter(told);
  return Math.ceil((HOUR_MS - (Date.now() % HOUR_MS)) / 1000);
}

function retryAfter(value: string | null): number {
  if (value === null) return DEFAULT_RETRY_SECONDS;
  const seconds = /^\d+$/.test(value) ? Number(value) : (Date.parse(value) - Date.now()) / 1000;
  return Number.isFinite(seconds) ? Math.max(1, Math.ceil(seconds)) : DEFAULT_RETRY_SECONDS;
}

/** Field names and messages of an ErrorCollection; other bodies give nothing. */
function readErrors(text: string): { fields: string[]; messages: string[] } {
  const json = parseJson(text);
  if (typeof json !== 'object' || json === null) return { fields: [], messages: [] };
  const errors: Record<string, unknown> = 'errors' in json && isRecord(json.errors) ? json.errors : {};
  const list: unknown[] =
    'errorMessages' in json && Array.isArray(json.errorMessages) ? json.errorMessages : [];
  const messages = [...list, ...Object.values(errors)].filter((message) => typeof message === 'string');
  return { fields: Object.keys(errors), messages };
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function problemOfThrown(error: unknown): JiraProblem {
  const name = error instanceof Error ? error.name : 'unknown error';
  return { kind: 'uncertain', detail: `The call to Jira broke off (${name}).` };
}
