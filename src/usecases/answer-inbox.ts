import * as z from 'zod';
import {
  describeResults,
  inboxRequest,
  MAX_INBOX_BODY_BYTES,
  type ApplyAnswer,
  type ApplyItem,
  type ApplyRequest,
  type ApplyResult,
  type HelloAnswer,
  type InboxError,
  type InboxRequest,
  type OpenAnswer,
  type OpenRequest,
} from '../../contract/relay-inbox';
import {
  findSigningKey,
  readSignedMessage,
  signAnswer,
  type ConnectionKey,
  type IncomingHeaders,
  type SignatureHeaders,
} from '../../contract/signing';
import { CONTRACT_VERSION } from '../../contract/version';
import { liveKeys, type ConnectionTrust } from '../domain/connection';
import { hasIssue } from '../domain/link';
import { applyRequest, type ApplyContext } from './apply-request';
import { answerHello } from './hello';
import type { Log, Services } from './ports';

/** An answer to a call of the web trigger. */
export interface InboxResponse {
  status: number;
  headers: Partial<SignatureHeaders>;
  body: string;
}

/** No Jira write is begun later than this after the call came in, in milliseconds. */
const WRITE_BUDGET_MS = 20_000;
/** Requests of one `apply` that are worked on at the same time. */
const APPLY_CONCURRENCY = 5;
const OPEN_PAGES_PER_CALL = 10;
/** What a broken relay sends again and again makes one entry in this time, in milliseconds. */
const NOTE_EVERY_MS = 3_600_000;
/** Seconds after which a request is tried again whose handling broke off. */
const UNEXPECTED_RETRY_SECONDS = 60;
/** The longest wait that an answer can name, in seconds. */
const MAX_DEFERRED_SECONDS = 86_400;

const CONNECTION_ID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

const envelope = z.object({ v: z.number() });

/**
 * Answers one call of a relay. Order of checks: size, single headers, window, signature, schema; until the signature holds
 * nothing is written anywhere and the answer is empty.
 */
export async function answerInbox(
  services: Services,
  call: { headers: IncomingHeaders; body: string },
): Promise<InboxResponse> {
  const now = services.now() / 1000;
  const read = readSignedMessage({ ...call, maxBodyBytes: MAX_INBOX_BODY_BYTES, now });
  if (!read.ok) return drop(services, read.problem);
  const { message } = read;
  // Ids of connections are made by the app, so anything else costs not even a read.
  if (!CONNECTION_ID.test(message.id.connectionId)) return drop(services, 'signature');
  const trust = await services.connections.readTrust(message.id.connectionId);
  const keys = trust === undefined ? [] : liveKeys(trust.keys, services.now());
  const key = findSigningKey(message, 'relay-to-app', call.body, keys);
  if (trust === undefined || key === undefined) return drop(services, 'signature');
  // Each line of the app's log names the call that led to it, which the relay logs as well.
  const traced = { ...services, log: logOfCall(services.log, message.id.uuid) };
  const answer = await answerVerified(traced, trust, call.body);
  return sign(services, key, message.rawId, answer.status, JSON.stringify(answer.body));
}

function logOfCall(log: Log, callId: string): Log {
  return {
    info: (message, facts) => log.info(message, { callId, ...facts }),
    warn: (message, facts) => log.warn(message, { callId, ...facts }),
  };
}

function drop(services: Services, problem: string): InboxResponse {
  // Anybody can reach the web trigger, so what is logged of strangers is bounded by sampling.
  if (Math.random() < 0.05)
    services.log.warn('call to the relay inbox dropped (1 in 20 is logged)', { problem });
  return { status: problem === 'oversized' ? 413 : 401, headers: {}, body: '' };
}

function sign(
  services: Services,
  key: ConnectionKey,
  requestId: string,
  status: number,
  body: string,
): InboxResponse {
  const now = services.now() / 1000;
  return {
    status,
    headers: signAnswer({ role: 'relay-to-app-answer', requestId, key, status, body, now }),
    body,
  };
}

interface Answer {
  status: number;
  body: HelloAnswer | OpenAnswer | ApplyAnswer | InboxError;
}

async function answerVerified(services: Services, trust: ConnectionTrust, body: string): Promise<Answer> {
  const parsed = parse(body);
  if ('error' in parsed) {
    const { code } = parsed.error.body;
    await noteRefusal(services, trust, code, `A message of the relay was not understood. ${parsed.detail}`);
    return parsed.error;
  }
  const { request } = parsed;
  if (request.op === 'hello') return { status: 200, body: await answerHello(services, trust, request) };
  if (trust.state !== 'confirmed') {
    const text = 'A relay sent requests before its cluster was confirmed; nothing was done.';
    await noteRefusal(services, trust, 'not_confirmed', text);
    return refuse(400, 'not_confirmed');
  }
  if (request.cluster !== trust.cluster.name) {
    const text = `A relay paired for ${trust.cluster.name} sent requests of another cluster; nothing was done.`;
    await noteRefusal(services, trust, 'wrong_cluster', text);
    return refuse(400, 'wrong_cluster');
  }
  // A relay that presented another cluster or CA by its last hello is not talked to until an administrator looked at it.
  const status = await services.connections.readStatus(trust.id);
  if (status?.state === 'mismatch') {
    const text = `A relay that presents another cluster or CA than ${trust.cluster.name} sent requests; nothing was done.`;
    await noteRefusal(services, trust, 'not_confirmed', text);
    return refuse(400, 'not_confirmed');
  }
  if (request.op === 'open') return { status: 200, body: await answerOpen(services, request) };
  const answer = await answerApply(services, trust.mirrorSince, request);
  // The relay logs the same requests, so one can be followed through both logs.
  services.log.info('requests told by a relay', { results: describeResults(answer.results) });
  return { status: 200, body: answer };
}

/** Tells of a verified message that was refused: the log each time, the administrator once in a while for each reason. */
async function noteRefusal(
  services: Services,
  trust: ConnectionTrust,
  code: InboxError['code'],
  text: string,
): Promise<void> {
  services.log.warn('a message of a relay was refused', { code, connectionId: trust.id });
  await services.activity.addOnce({
    id: `refused-${trust.id}-${code}`,
    at: Math.floor(services.now() / NOTE_EVERY_MS) * NOTE_EVERY_MS,
    kind: 'message_refused',
    code,
    text,
    ...(trust.state === 'confirmed' && { cluster: trust.cluster.name }),
  });
}

function parse(
  body: string,
): { request: InboxRequest } | { error: { status: number; body: InboxError }; detail: string } {
  let json: unknown;
  try {
    json = JSON.parse(body);
  } catch {
    return { error: refuse(400, 'bad_message'), detail: 'It is not JSON.' };
  }
  const version = envelope.safeParse(json);
  if (version.success && version.data.v !== CONTRACT_VERSION) {
    return {
      error: refuse(426, 'unknown_version'),
      detail: `It has version ${version.data.v}; this app speaks version ${CONTRACT_VERSION}.`,
    };
  }
  const parsed = inboxRequest.safeParse(json);
  if (parsed.success) return { request: parsed.data };
  const places = [...new Set(parsed.error.issues.map((issue) => issue.path.join('.') || 'message'))].slice(
    0,
    5,
  );
  return { error: refuse(400, 'bad_message'), detail: `Malformed: ${places.join(', ')}.` };
}

function refuse(status: number, code: InboxError['code']): { status: number; body: InboxError } {
  return { status, body: { v: CONTRACT_VERSION, code } };
}

/** The links of requests that Teleport is expected to list, a few pages of the store at a time. */
async function answerOpen(services: Services, request: OpenRequest): Promise<OpenAnswer> {
  const links: OpenAnswer['links'] = [];
  let pageToken = request.pageToken;
  for (let page = 0; page < OPEN_PAGES_PER_CALL; page += 1) {
    const listed = await services.links.list(request.cluster, pageToken);
    for (const link of listed.links) {
      const { requestId, phase } = link;
      if (!hasIssue(link)) links.push({ requestId, syncDigest: '', state: 'PENDING', phase });
      else if (link.listedUntil > services.now()) {
        links.push({ requestId, syncDigest: link.syncDigest, state: link.state, phase });
      }
    }
    pageToken = listed.nextPageToken;
    if (pageToken === undefined) break;
  }
  return {
    v: CONTRACT_VERSION,
    op: 'open',
    links,
    ...(pageToken === undefined ? {} : { nextPageToken: pageToken }),
  };
}

async function answerApply(
  services: Services,
  mirrorSince: number,
  request: ApplyRequest,
): Promise<ApplyAnswer> {
  const startedAt = services.now();
  const [stored, pausedUntil] = await Promise.all([services.settings.read(), services.quota.pausedUntil()]);
  const context: ApplyContext = {
    stored,
    cluster: request.cluster,
    mirrorSince,
    deadline: { isOver: () => services.now() - startedAt > WRITE_BUDGET_MS },
  };
  const pausedMs = pausedUntil - startedAt;
  if (pausedMs > 0) return { v: CONTRACT_VERSION, op: 'apply', results: pausedResults(request, pausedMs) };
  const results: ApplyResult[] = [];
  const waiting = [...request.items];
  const work = async (): Promise<void> => {
    for (let item = waiting.shift(); item !== undefined; item = waiting.shift()) {
      results.push(await applyOne(services, context, item));
    }
  };
  await Promise.all(Array.from({ length: APPLY_CONCURRENCY }, work));
  return { v: CONTRACT_VERSION, op: 'apply', results };
}

/** Mirroring is background work: while the hourly quota of Jira calls is used up, decisions of people go first. */
function pausedResults(request: ApplyRequest, pausedMs: number): ApplyResult[] {
  const seconds = Math.min(MAX_DEFERRED_SECONDS, Math.ceil(pausedMs / 1000));
  const text = 'The hourly quota of Jira calls is used up.';
  return request.items.map(({ requestId }) => ({ requestId, result: 'deferred', seconds, text }));
}

/** One request whose handling breaks off must not keep the others of the call from their answers. */
async function applyOne(services: Services, context: ApplyContext, item: ApplyItem): Promise<ApplyResult> {
  try {
    return await applyRequest(services, context, item);
  } catch (error) {
    const name = error instanceof Error ? error.name : 'unknown error';
    services.log.warn('a request could not be handled', { requestId: item.requestId, error: name });
    return {
      requestId: item.requestId,
      result: 'failed',
      code: 'unexpected',
      text: `The app could not handle the request (${name}).`,
      retryAfterSeconds: UNEXPECTED_RETRY_SECONDS,
    };
  }
}
