import { Response } from 'undici';
import { z } from 'zod';
import { errorForApp } from './app-loader';
import type { Egress } from './egress';
import type { JiraDoor } from './jira-door';
import type { Kvs } from './kvs';
import type { Manifest } from './manifest';
import type { QueueAnswer, Queues } from './queue';
import type { Remotes } from './remotes';
import { bodyText, jsonResponse, proxyError, readInit, type AppRequest } from './requests';
import type { Doors, Invocation, OpenedDoor } from './runtime';
import type { ForgeFaults } from './types';
import type { WebTriggerUrls } from './web-trigger-urls';

/** The targets that the Forge packages name. */
const targetSchema = z.union([
  z.object({ type: z.literal('kvs'), provider: z.literal('app'), remote: z.literal('kvs') }),
  z.object({ type: z.literal('frc'), remote: z.string() }),
  z.object({
    type: z.literal('fpp'),
    remote: z.literal('jira'),
    provider: z.enum(['app', 'user', 'none']),
    accountId: z.string().optional(),
  }),
  z.object({ type: z.literal('fpp'), remote: z.literal('stargate'), provider: z.literal('app') }),
]);

/** The braces arrive as they stand; the platform fills them in. */
const QUEUE_PATH =
  /^\/webhook\/queue\/(publish|stats|cancel)\/\{contextAri\}\/\{environmentId\}\/\{appId\}\/\{appVersion\}$/;

/** Everything that an invocation can reach. */
export interface DoorParts {
  manifest: Manifest;
  kvs: Kvs;
  jira: JiraDoor;
  remotes: Remotes;
  egress: Egress;
  urls: WebTriggerUrls;
  queues: () => Queues;
  faults: ForgeFaults;
}

/** Opens the door that a call asks for. */
export function createDoors(parts: DoorParts): Doors {
  return {
    platform(givenTarget, givenPath, init) {
      const parsed = targetSchema.safeParse(givenTarget);
      if (!parsed.success || typeof givenPath !== 'string')
        throw errorForApp(`This platform does not model the target ${JSON.stringify(givenTarget)}.`);
      const target = parsed.data;
      const path = givenPath;
      if (target.type === 'kvs') return openKvs(parts, path, readInit(init));
      if (target.type === 'frc') {
        const { request, answer } = parts.remotes.prepare(target.remote, path, init);
        return { target: 'remote', method: request.method, path, body: bodyText(request), answer };
      }
      if (target.remote === 'stargate') return openGateway(parts, path, readInit(init));
      const { request, answer } = parts.jira.prepare(target, path, init);
      return { target: 'jira', method: request.method, path, body: bodyText(request), answer };
    },
    egress(input, init) {
      const { url, request, answer } = parts.egress.prepare(input, init);
      return { target: 'egress', method: request.method, path: url, body: bodyText(request), answer };
    },
  };
}

function openKvs({ kvs, manifest }: DoorParts, path: string, request: AppRequest): OpenedDoor {
  const hasScope = manifest.permissions.scopes.some(({ name }) => name === 'storage:app');
  return {
    ...{ target: 'kvs', method: request.method, path, body: bodyText(request) },
    answer: () => {
      if (!hasScope) return Promise.resolve(proxyError(403, 'MISSING_SCOPE'));
      const { status, body } = kvs.handle(request.method, path, bodyText(request));
      return Promise.resolve(jsonResponse(status, body));
    },
  };
}

const ACCOUNTS_PATH = '/app/report-accounts';
const MAX_ACCOUNTS = 90;
const accountsBody = z.strictObject({
  accounts: z
    .array(z.strictObject({ accountId: z.string().min(1), updatedAt: z.iso.datetime() }))
    .min(1)
    .max(MAX_ACCOUNTS),
});

/** Which of the reported accounts are closed; nothing to say is an answer without a body (Forge, user privacy). */
function answerAccounts(
  manifest: Manifest,
  faults: ForgeFaults,
  text: string,
): ReturnType<typeof jsonResponse> {
  if (!manifest.permissions.scopes.some(({ name }) => name === 'report:personal-data'))
    return proxyError(403, 'MISSING_SCOPE');
  const parsed = accountsBody.safeParse(parseJson(text));
  if (!parsed.success) return jsonResponse(400, { message: 'invalid accounts' });
  const closed = parsed.data.accounts.filter(({ accountId }) => faults.closedAccounts.has(accountId));
  if (closed.length === 0) return new Response(null, { status: 204 });
  return jsonResponse(200, { accounts: closed.map(({ accountId }) => ({ accountId, status: 'closed' })) });
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function openGateway(
  { urls, queues, manifest, faults }: DoorParts,
  path: string,
  request: AppRequest,
): OpenedDoor {
  const { method } = request;
  if (path === '/graphql')
    return {
      ...{ target: 'graphql', method, path, body: bodyText(request) },
      answer: () => {
        const { status, body } = urls.handle(bodyText(request));
        return Promise.resolve(jsonResponse(status, body));
      },
    };
  if (path === ACCOUNTS_PATH)
    return {
      ...{ target: 'privacy', method, path, body: bodyText(request) },
      answer: () => Promise.resolve(answerAccounts(manifest, faults, bodyText(request))),
    };
  const [, operation] = QUEUE_PATH.exec(path) ?? [];
  if (operation === undefined) throw errorForApp(`This platform does not model ${method} ${path}.`);
  return {
    ...{ target: 'queue', method, path, body: bodyText(request) },
    answer: (invocation) => {
      const { status, body } = answerQueue(queues(), operation, bodyText(request), invocation);
      return Promise.resolve(jsonResponse(status, body));
    },
  };
}

function answerQueue(queues: Queues, operation: string, text: string, invocation: Invocation): QueueAnswer {
  if (operation === 'publish') return queues.push(text, (invocation.request.chain ?? 0) + 1);
  return operation === 'stats' ? queues.stats(text) : queues.cancel(text);
}
