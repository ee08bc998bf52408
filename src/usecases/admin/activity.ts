import { z } from 'zod';
import type { ActivityView, AdminResult, FailureView } from '../../../contract/admin';
import { hasIssue, type Link } from '../../domain/link';
import { retryRequest as retry } from '../apply-request';
import type { Services } from '../ports';
import { badInput, isoTime, succeeded } from './results';

const PAGE_SIZE = 50;
const MAX_FAILURES = 200;
/** A resolver has 25 s; no Jira write is begun after this many milliseconds. */
const RETRY_BUDGET_MS = 15_000;

const listInput = z.object({ pageToken: z.string().max(4096).optional() });
const retryInput = z.object({ cluster: z.string().min(1).max(253), requestId: z.string().min(1).max(1024) });

/** A page of the activity list, newest first. */
export async function listActivity(
  services: Services,
  payload: unknown,
): Promise<AdminResult<{ entries: ActivityView[]; nextPageToken?: string }>> {
  const input = listInput.safeParse(payload);
  if (!input.success) return badInput(input.error);
  const { entries, ...rest } = await services.activity.list(PAGE_SIZE, input.data.pageToken);
  const views = entries.map(({ id, at, kind, code, text, cluster, requestId, issueKey, accountId }) => ({
    id,
    at: isoTime(at),
    kind,
    text,
    ...(code !== undefined && { code }),
    ...(cluster !== undefined && { cluster }),
    ...(requestId !== undefined && { requestId }),
    ...(issueKey !== undefined && { issueKey }),
    ...(accountId !== undefined && { accountId }),
  }));
  return succeeded({ entries: views, ...rest });
}

/** Requests that are not in step, each with its reason and next attempt. */
export async function listFailures(services: Services): Promise<AdminResult<{ failures: FailureView[] }>> {
  const connections = await services.connections.listStatus();
  const failures: FailureView[] = [];
  for (const cluster of new Set(connections.flatMap((connection) => connection.cluster?.name ?? []))) {
    let pageToken: string | undefined;
    do {
      const page = await services.links.list(cluster, pageToken);
      failures.push(...page.links.flatMap(failureOf));
      pageToken = page.nextPageToken;
    } while (pageToken !== undefined && failures.length < MAX_FAILURES);
  }
  return succeeded({ failures: failures.slice(0, MAX_FAILURES) });
}

/** Brings one request in step now. */
export async function retryRequest(
  services: Services,
  payload: unknown,
): Promise<AdminResult<{ result: string; text?: string }>> {
  const input = retryInput.safeParse(payload);
  if (!input.success) return badInput(input.error);
  const startedAt = services.now();
  const context = {
    stored: await services.settings.read(),
    cluster: input.data.cluster,
    mirrorSince: 0,
    deadline: { isOver: () => services.now() - startedAt > RETRY_BUDGET_MS },
  };
  const answer = await retry(services, context, input.data.requestId);
  return succeeded({ result: answer.result, ...('text' in answer && { text: answer.text }) });
}

function failureOf(link: Link): FailureView[] {
  if (link.phase === 'creating' || link.failure === undefined) return [];
  const { code, text, at, nextAttemptAt } = link.failure;
  return [
    {
      cluster: link.cluster,
      requestId: link.requestId,
      ...(hasIssue(link) && { issueKey: link.issue.key }),
      code,
      text,
      at: isoTime(at),
      nextAttemptAt: isoTime(nextAttemptAt),
    },
  ];
}
