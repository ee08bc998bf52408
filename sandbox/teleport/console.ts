import type { ServerResponse } from 'node:http';
import { join } from 'node:path';
import { z } from 'zod';
import { RequestState, type AccessRequestV3 } from '../../relay/src/teleport/gen/types';
import { listenHttp, readBody, sendJson, type HttpListener } from '../http';
import { sendAsset, sendPage } from '../pages';
import type { TeleportSandbox } from './index';

const WEB = join(__dirname, 'web');
const MAX_BODY_BYTES = 64_000;
const SHOWN_AUDIT_EVENTS = 30;

const asked = z.object({
  as: z.string(),
  roles: z.array(z.string()).default([]),
  reason: z.string().default(''),
  hours: z.number().positive().max(336).optional(),
  resources: z.array(z.object({ kind: z.string(), name: z.string() })).default([]),
});
const acted = z.object({
  as: z.string(),
  id: z.string(),
  action: z.enum(['approve', 'deny', 'delete', 'set-approve', 'set-deny']),
  reason: z.string().default(''),
});

/** The cluster's web address: a small console for people, discovery for clients, and the sandbox's switches. */
export async function startConsole(teleport: () => TeleportSandbox, port: number): Promise<HttpListener> {
  return listenHttp(async (request, response) => {
    const path = new URL(request.url ?? '/', 'http://localhost').pathname;
    if (request.method === 'GET') await answerGet(teleport(), path, response);
    else if (request.method === 'POST')
      await answerPost(teleport(), path, await readBody(request, MAX_BODY_BYTES), response);
    else notFound(response);
  }, port);
}

async function answerGet(teleport: TeleportSandbox, path: string, response: ServerResponse): Promise<void> {
  if (path === '/' || path.startsWith('/web/requests')) await sendPage(response, WEB, 'console.html');
  else if (path.startsWith('/assets/')) await sendAsset(response, WEB, path.slice('/assets/'.length));
  else if (path === '/webapi/ping' || path === '/webapi/find') sendJson(response, 200, discovery(teleport));
  else if (path === '/api/state') sendJson(response, 200, await consoleState(teleport));
  else notFound(response);
}

async function answerPost(
  teleport: TeleportSandbox,
  path: string,
  body: string | undefined,
  response: ServerResponse,
): Promise<void> {
  const acts: Record<string, () => unknown> = {
    '/api/requests': () => createRequest(teleport, read(asked, body)),
    '/api/actions': () => act(teleport, read(acted, body)),
    '/_sandbox/cut': () => {
      teleport.control.cutWatchers();
    },
    '/_sandbox/restart': () => teleport.control.restart(),
    '/_sandbox/sweep': () => {
      teleport.cluster.sweep();
    },
  };
  const chosen = Object.hasOwn(acts, path) ? acts[path] : undefined;
  if (chosen === undefined) notFound(response);
  else await answer(response, chosen);
}

function notFound(response: ServerResponse): void {
  sendJson(response, 404, { message: 'not found' });
}

/** Reads what the page sent. @throws Error that names the fields that do not fit. */
function read<T>(schema: z.ZodType<T>, text: string | undefined): T {
  const problem = (words: string) => new Error(`This cannot be read: ${words}.`);
  let body: unknown;
  try {
    body = JSON.parse(text ?? '');
  } catch {
    throw problem('it is not JSON or too long');
  }
  const result = schema.safeParse(body);
  if (result.success) return result.data;
  throw problem(result.error.issues.map((issue) => `${issue.path.join('.')}: ${issue.message}`).join('; '));
}

async function answer(response: ServerResponse, act: () => unknown): Promise<void> {
  try {
    sendJson(response, 200, { ok: true, result: await act() });
  } catch (error) {
    sendJson(response, 400, { ok: false, message: reasonOf(error) });
  }
}

/** Teleport's own words where it refused, without the gRPC code before them. */
function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return 'It failed.';
  return 'details' in error && typeof error.details === 'string' ? error.details : error.message;
}

function discovery(teleport: TeleportSandbox): object {
  return {
    auth: { type: 'local' },
    proxy: { ssh: { public_addr: new URL(teleport.webUrl).host }, tls_routing_enabled: true },
    server_version: '18.3.0',
    min_client_version: '17.0.0',
    cluster_name: teleport.clusterName,
  };
}

async function createRequest(teleport: TeleportSandbox, input: z.infer<typeof asked>): Promise<string> {
  const person = await teleport.connectAs(input.as);
  return person.request({
    roles: input.roles,
    reason: input.reason,
    resources: input.resources,
    ...(input.hours === undefined ? {} : { maxDuration: new Date(teleport.now() + input.hours * 3_600_000) }),
  });
}

async function act(teleport: TeleportSandbox, input: z.infer<typeof acted>): Promise<void> {
  const person = await teleport.connectAs(input.as);
  switch (input.action) {
    case 'approve':
    case 'deny':
      await person.review(input.id, input.action, input.reason);
      return;
    case 'set-approve':
      return person.setState(input.id, 'approve', input.reason);
    case 'set-deny':
      return person.setState(input.id, 'deny', input.reason);
    case 'delete':
      return person.delete(input.id);
  }
}

async function consoleState(teleport: TeleportSandbox): Promise<object> {
  const admin = await teleport.connectAs('admin');
  const requests = await admin.list();
  const { users, roles, audit } = teleport.cluster;
  const conditionsOf = (user: string) =>
    (users[user]?.roles ?? []).flatMap((role) => roles[role]?.request ?? []);
  const people = Object.keys(users).filter((name) => users[name]?.isBot !== true);
  return {
    cluster: teleport.clusterName,
    now: teleport.now(),
    users: people.map((name) => ({
      name,
      requestable: [...new Set(conditionsOf(name).flatMap((condition) => condition.roles ?? []))],
      canAskForResources: conditionsOf(name).some((condition) => condition.searchAsRoles !== undefined),
    })),
    requests: requests.map(view).sort((a, b) => b.created.localeCompare(a.created)),
    audit: audit.slice(-SHOWN_AUDIT_EVENTS).reverse(),
    auditTotal: audit.length,
  };
}

function view(request: AccessRequestV3) {
  const spec = request.Spec;
  return {
    id: request.Metadata?.Name ?? '',
    user: spec?.User ?? '',
    roles: spec?.Roles ?? [],
    resources: (spec?.RequestedResourceIDs ?? []).map((resource) => `${resource.Kind}/${resource.Name}`),
    state: RequestState[spec?.State ?? RequestState.NONE],
    reason: spec?.RequestReason ?? '',
    resolveReason: spec?.ResolveReason ?? '',
    created: spec?.Created?.toISOString() ?? '',
    pendingUntil: spec?.ResourceExpiry?.toISOString() ?? '',
    accessUntil: spec?.Expires?.toISOString() ?? '',
    reviews: (spec?.Reviews ?? []).map((review) => ({
      author: review.Author,
      verdict: RequestState[review.ProposedState],
      reason: review.Reason,
    })),
    thresholds: (spec?.Thresholds ?? []).map((threshold, index) => {
      const counted = (state: RequestState) =>
        (spec?.Reviews ?? []).filter(
          (review) => review.ProposedState === state && review.ThresholdIndexes.includes(index),
        ).length;
      return {
        name: threshold.Name,
        filter: threshold.Filter,
        approve: threshold.Approve,
        deny: threshold.Deny,
        approvals: counted(RequestState.APPROVED),
        denials: counted(RequestState.DENIED),
      };
    }),
  };
}
