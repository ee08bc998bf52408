import { randomUUID } from 'node:crypto';
import type { Clock } from '../clock';
import type { Identity } from './identity';
import { LIMITS } from './limits';
import type { Manifest, PageModule } from './manifest';
import type { Runtime } from './runtime';
import type { UserLedRates } from './web-triggers';

/** Why a page's call of its resolver failed. */
export class ResolverCallError extends Error {
  constructor(
    readonly status: number,
    message: string,
  ) {
    super(message);
  }
}

/** Parts that resolver calls need. */
export interface ResolverParts {
  manifest: Manifest;
  identity: Identity;
  runtime: Runtime;
  clock: Clock;
  rates: UserLedRates;
  siteUrl: string;
}

/** The issue that a page was opened on, as the platform describes it (Forge, jira:issuePanel, extension context). */
export interface IssueContext {
  id: string;
  key?: string;
  type?: string;
  typeId?: string;
  project?: { id: string; key: string; type: string };
}

/** The context that a page gets (Forge bridge, view context). */
export function pageContext(
  parts: ResolverParts,
  page: PageModule,
  accountId: string,
  issue?: IssueContext,
): object {
  return { accountId, ...contextOf(parts, page, issue) };
}

/** The context without the account, which a resolver is told beside it. */
function contextOf(
  { identity, siteUrl }: ResolverParts,
  page: PageModule,
  issue: IssueContext | undefined,
): object {
  const { project, ...shown } = issue ?? {};
  const { cloudId, environmentId, environmentType, appAri } = identity;
  return {
    ...{ cloudId, environmentId, environmentType, siteUrl },
    localId: `${appAri}/${environmentId}/static/${page.key}`,
    moduleKey: page.key,
    locale: 'en-US',
    timezone: 'Etc/UTC',
    extension:
      issue === undefined
        ? { type: page.type, location: `${siteUrl}/jira/settings/apps` }
        : {
            ...{ type: page.type, issue: shown, project, isNewToIssue: false },
            location: `${siteUrl}/browse/${issue.key ?? issue.id}`,
          },
  };
}

/**
 * Calls a function of a page's resolver as the bridge does: the account comes from the platform, beside the context and not in it.
 * @returns the result after JSON.
 * @throws ResolverCallError when it throws, takes too long, or passes a limit.
 */
export async function invokeResolver(
  parts: ResolverParts,
  call: {
    moduleKey: string;
    accountId: string;
    functionKey: string;
    payload: unknown;
    issue?: IssueContext | undefined;
  },
): Promise<unknown> {
  const page = parts.manifest.modules.pages.find(({ key }) => key === call.moduleKey);
  if (page?.resolver === undefined)
    throw new ResolverCallError(404, `The module ${call.moduleKey} has no resolver.`);
  const now = parts.clock.now();
  if (!parts.rates.second.take(now) || !parts.rates.minute.take(now))
    throw new ResolverCallError(429, 'Too many invocations.');
  const payloadText = JSON.stringify(call.payload ?? {});
  if (Buffer.byteLength(payloadText) > LIMITS.bridgeRequestBytes)
    throw new ResolverCallError(413, 'A call from a page carries at most 500 KB.');
  const result = await parts.runtime.invoke({
    cause: 'resolver',
    functionKey: page.resolver.function,
    moduleKey: page.key,
    moduleType: page.type,
    timeoutMs: LIMITS.resolverMs,
    accountId: call.accountId,
    event: {
      call: {
        functionKey: call.functionKey,
        payload: JSON.parse(payloadText) as unknown,
        jobId: randomUUID(),
      },
      context: contextOf(parts, page, call.issue),
    },
  });
  if (result.kind === 'threw') throw new ResolverCallError(500, messageOf(result.error));
  if (result.kind !== 'returned') throw new ResolverCallError(504, 'The function did not answer in time.');
  const text = result.value === undefined ? undefined : JSON.stringify(result.value);
  if (text === undefined) return undefined;
  if (Buffer.byteLength(text) > LIMITS.payloadBytes)
    throw new ResolverCallError(500, 'The answer is over 5 MB.');
  return JSON.parse(text) as unknown;
}

/** The bridge shows the page what the function threw. */
function messageOf(error: unknown): string {
  return typeof error === 'object' &&
    error !== null &&
    'message' in error &&
    typeof error.message === 'string'
    ? error.message
    : 'The function failed.';
}
