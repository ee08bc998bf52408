import { z } from 'zod';
import {
  inboxRequest,
  MAX_INBOX_BODY_BYTES,
  type ApplyAnswer,
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
import type { Services } from './ports';

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
  const trust = await services.connections.readTrust(message.id.connectionId);
  const keys = trust === undefined ? [] : liveKeys(trust.keys, services.now());
  const key = findSigningKey(message, 'relay-to-app', call.body, keys);
  if (trust === undefined || key === undefined) return drop(services, 'signature');
  const answer = await answerVerified(services, trust, call.body);
  return sign(services, key, message.rawId, answer.status, JSON.stringify(answer.body));
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
    await services.activity.add({
      kind: 'message_refused',
      code: parsed.error.body.code,
      text: `A message of the relay was not understood. ${parsed.detail}`,
      cluster: trust.state === 'confirmed' ? trust.cluster.name : undefined,
    });
    return parsed.error;
  }
  const { request } = parsed;
  if (request.op === 'hello') return { status: 200, body: await answerHello(services, trust, request) };
  if (trust.state !== 'confirmed') return refuse(400, 'not_confirmed');
  if (request.cluster !== trust.cluster.name) {
    await services.activity.add({
      kind: 'message_refused',
      code: 'wrong_cluster',
      text: `A relay paired for ${trust.cluster.name} sent requests of another cluster; nothing was done.`,
      cluster: trust.cluster.name,
    });
    return refuse(400, 'wrong_cluster');
  }
  if (request.op === 'open') return { status: 200, body: await answerOpen(services, request) };
  return { status: 200, body: await answerApply(services, trust.mirrorSince, request) };
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
  const context: ApplyContext = {
    stored: await services.settings.read(),
    cluster: request.cluster,
    mirrorSince,
    deadline: { isOver: () => services.now() - startedAt > WRITE_BUDGET_MS },
  };
  const results: ApplyResult[] = [];
  const waiting = [...request.items];
  const work = async (): Promise<void> => {
    for (let item = waiting.shift(); item !== undefined; item = waiting.shift()) {
      results.push(await applyRequest(services, context, item));
    }
  };
  await Promise.all(Array.from({ length: APPLY_CONCURRENCY }, work));
  return { v: CONTRACT_VERSION, op: 'apply', results };
}
