import { randomUUID } from 'node:crypto';
import { Agent, request, type Dispatcher } from 'undici';
import type { z } from 'zod';
import type { Pairing } from '../../../contract/pairing-token';
import {
  applyAnswer,
  describeResults,
  helloAnswer,
  inboxError,
  openAnswer,
  type InboxRequest,
  type OpenLink,
} from '../../../contract/relay-inbox';
import { signRequest, verifyAnswer } from '../../../contract/signing';
import { CONTRACT_VERSION } from '../../../contract/version';
import type { AppResult, Clock, JiraApp, Log } from '../ports';

/** How to reach the app. */
export interface InboxClientOptions {
  pairing: Pairing;
  clock: Clock;
  /** Deadline of one call in machine milliseconds; the platform itself allows a function 55 s. */
  callWithinMs: number;
  /** Where calls about requests are noted down, with the id that the app notes as well. */
  log?: Log;
  dispatcher?: Dispatcher;
}

/** Largest answer of a web trigger (Forge, invocation limits). */
const MAX_ANSWER_BYTES = 5_000_000;
/** No cluster has so many pages of links; a loop of page tokens ends here. */
const MAX_OPEN_PAGES = 1000;

/**
 * The app behind its web trigger: each call is signed, and only an answer whose signature fits the very call counts. What
 * the platform says by itself (not found, too many requests, failures) carries no signature and is only taken as a hint.
 */
export function createJiraApp(options: InboxClientOptions): JiraApp & { close(): Promise<void> } {
  const dispatcher = options.dispatcher ?? new Agent({ connections: 4, keepAliveTimeout: 30_000 });
  const send = <T>(message: InboxRequest, answer: z.ZodType<T>, signal: AbortSignal): Promise<AppResult<T>> =>
    call(options, dispatcher, message, answer, signal);
  const v = CONTRACT_VERSION;
  return {
    hello: (message, signal) => send({ v, op: 'hello', ...message }, helloAnswer, signal),
    open: async (cluster, signal, pages = MAX_OPEN_PAGES) => {
      const links: OpenLink[] = [];
      let pageToken: string | undefined;
      for (let page = 0; page < pages; page += 1) {
        const answer = await send({ v, op: 'open', cluster, pageToken }, openAnswer, signal);
        if (!answer.ok) return answer;
        links.push(...answer.value.links);
        pageToken = answer.value.nextPageToken;
        if (pageToken === undefined) return { ok: true, value: links };
      }
      if (pages < MAX_OPEN_PAGES) return { ok: true, value: links };
      return unreachable('the app’s list of links does not end');
    },
    apply: async (cluster, items, signal) => {
      const callId = randomUUID();
      const requests = items.map(({ requestId }) => requestId).join(', ');
      // The app logs the same id of the call and the same requests, so one can be followed through both logs.
      options.log?.info('telling the app of requests', { callId, requests });
      const message: InboxRequest = { v, op: 'apply', cluster, items: [...items] };
      const answer = await call(options, dispatcher, message, applyAnswer, signal, callId);
      const result = answer.ok ? describeResults(answer.value.results) : answer.kind;
      options.log?.info('the app answered', { callId, result });
      return answer.ok ? { ok: true, value: answer.value.results } : answer;
    },
    close: () => dispatcher.close(),
  };
}

async function call<T>(
  options: InboxClientOptions,
  dispatcher: Dispatcher,
  message: InboxRequest,
  answer: z.ZodType<T>,
  signal: AbortSignal,
  callId = randomUUID(),
): Promise<AppResult<T>> {
  const { pairing, clock } = options;
  const body = JSON.stringify(message);
  const id = { connectionId: pairing.connectionId, keyId: pairing.keyId, uuid: callId };
  const key = { keyId: pairing.keyId, secret: pairing.secret };
  const headers = signRequest({ role: 'relay-to-app', id, keys: [key], body, now: clock.now() / 1000 });
  const reply = await post(options, dispatcher, body, headers, signal);
  if (!reply.ok) return reply;
  const { status } = reply.value;
  const verified = verifyAnswer({
    role: 'relay-to-app-answer',
    requestId: headers['webhook-id'],
    headers: reply.value.headers,
    status,
    body: reply.value.body,
    keys: [key],
    maxBodyBytes: MAX_ANSWER_BYTES,
    now: clock.now() / 1000,
  });
  if (!verified.ok) return readUnsigned(status, reply.value.headers);
  if (status === 200) {
    const parsed = answer.safeParse(parseJson(reply.value.body));
    return parsed.success
      ? { ok: true, value: parsed.data }
      : unreachable(
          'the app answered in a form that this relay does not understand; are both of one version?',
        );
  }
  const refused = inboxError.safeParse(parseJson(reply.value.body));
  if (!refused.success) return unreachable(`the app answered with status ${status}`);
  return { ok: false, kind: 'refused', code: refused.data.code, text: REFUSALS[refused.data.code] };
}

const REFUSALS: Readonly<Record<z.infer<typeof inboxError>['code'], string>> = {
  bad_message: 'the app did not understand the relay’s message',
  unknown_version: 'app and relay speak different versions of their messages; update the older one',
  not_confirmed: 'a Jira administrator has not confirmed this cluster yet',
  wrong_cluster: 'the connection belongs to another cluster',
};

interface Reply {
  status: number;
  headers: Record<string, string | string[] | undefined>;
  body: string;
}

async function post(
  options: InboxClientOptions,
  dispatcher: Dispatcher,
  body: string,
  headers: Readonly<Record<string, string>>,
  signal: AbortSignal,
): Promise<AppResult<Reply>> {
  const deadline = new AbortController();
  const timer = setTimeout(() => deadline.abort(), options.callWithinMs);
  const stop = (): void => deadline.abort();
  signal.addEventListener('abort', stop, { once: true });
  try {
    const response = await request(options.pairing.webTriggerUrl, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...headers },
      body,
      dispatcher,
      signal: deadline.signal,
    });
    const text = await readText(response.body);
    if (text === undefined) return unreachable('the app’s answer is too large');
    return { ok: true, value: { status: response.statusCode, headers: response.headers, body: text } };
  } catch (error) {
    if (signal.aborted) return unreachable('the relay is stopping');
    if (deadline.signal.aborted) return unreachable('the app did not answer in time');
    return unreachable(describeNetworkError(error));
  } finally {
    clearTimeout(timer);
    signal.removeEventListener('abort', stop);
  }
}

async function readText(body: Dispatcher.ResponseData['body']): Promise<string | undefined> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of body) {
    const bytes: unknown = chunk;
    if (!(bytes instanceof Uint8Array)) continue;
    size += bytes.length;
    if (size > MAX_ANSWER_BYTES) return undefined;
    chunks.push(Buffer.from(bytes));
  }
  return Buffer.concat(chunks).toString('utf8');
}

/** What an answer without a valid signature hints at (Forge, web triggers). */
function readUnsigned(status: number, headers: Reply['headers']): AppResult<never> {
  switch (status) {
    case 401:
      return unreachable(
        'the app does not accept this relay’s key: it was revoked or has run out, or the clocks differ by more than 5 minutes',
      );
    case 404:
    case 410:
      return {
        ok: false,
        kind: 'uninstalled',
        text: 'the app or its web trigger no longer exists on the Jira site',
      };
    case 413:
      return unreachable('the message is too large for the app');
    case 200:
      return unreachable('the answer is not signed by the app, so it is dropped');
    default:
      return unreachable(`the platform answered with status ${status}`, retryAfter(headers['retry-after']));
  }
}

/** The delay of a Retry-After header in seconds; dates are read as well. */
function retryAfter(value: string | string[] | undefined): number | undefined {
  if (typeof value !== 'string') return undefined;
  const seconds = /^\d+$/.test(value) ? Number(value) : (Date.parse(value) - Date.now()) / 1000;
  return Number.isFinite(seconds) && seconds > 0 ? seconds : undefined;
}

function describeNetworkError(error: unknown): string {
  const code = typeof error === 'object' && error !== null && 'code' in error ? String(error.code) : '';
  switch (code) {
    case 'ECONNREFUSED':
      return 'the app’s address refuses connections';
    case 'ENOTFOUND':
    case 'EAI_AGAIN':
      return 'the app’s host name cannot be resolved';
    default:
      return `the connection to the app failed${code === '' ? '' : ` (${code})`}`;
  }
}

function unreachable(text: string, retryAfterSeconds?: number): AppResult<never> {
  return {
    ok: false,
    kind: 'unreachable',
    text,
    ...(retryAfterSeconds === undefined ? {} : { retryAfterSeconds }),
  };
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
