import * as z from 'zod';
import type { AdminResult, FailureView } from '../../../contract/admin';
import { hasIssue, type Link } from '../../domain/link';
import { retryRequest as retry } from '../apply-request';
import type { Services } from '../ports';
import { knownLinks } from './known-links';
import { badInput, isoTime, succeeded, type Caller } from './results';

const MAX_FAILURES = 200;
/** A resolver has 25 s; no Jira write is begun after this many milliseconds. */
const RETRY_BUDGET_MS = 15_000;
/** Retrying all begins with no further request after this many milliseconds, so that a page is answered soon. */
const RETRY_ALL_MS = 3500;
/** What failed so lately was just tried, in milliseconds. */
const JUST_TRIED_MS = 60_000;

const retryInput = z.object({ cluster: z.string().min(1).max(253), requestId: z.string().min(1).max(1024) });

/** Requests that are not in step, the longest failing first, each with its reason and next attempt. */
export async function listFailures(services: Services): Promise<AdminResult<{ failures: FailureView[] }>> {
  const { links } = await knownLinks(services);
  const failures = links
    .flatMap((link) => failureOf(link) ?? [])
    .sort((a, b) => Date.parse(a.at) - Date.parse(b.at));
  return succeeded({ failures: failures.slice(0, MAX_FAILURES) });
}

/** Brings one request in step now. */
export async function retryRequest(
  services: Services,
  payload: unknown,
): Promise<AdminResult<{ result: string; text?: string }>> {
  const input = retryInput.safeParse(payload);
  if (!input.success) return badInput(input.error);
  const answer = await retryNow(services, input.data);
  return succeeded({ result: answer.result, ...('text' in answer && { text: answer.text }) });
}

/** Retries what fails, one after the other, as far as the time of one call goes; what was just tried is left for later. */
export async function retryAll(
  services: Services,
  _payload: unknown,
  caller: Caller,
): Promise<AdminResult<{ retried: number; mended: number; remaining: number }>> {
  const startedAt = services.now();
  const listed = await listFailures(services);
  if (!listed.ok) return listed;
  const due = listed.value.failures.filter(({ at }) => startedAt - Date.parse(at) > JUST_TRIED_MS);
  let retried = 0;
  let mended = 0;
  for (const { cluster, requestId } of due) {
    if (services.now() - startedAt > RETRY_ALL_MS) break;
    const answer = await retryNow(services, { cluster, requestId });
    retried += 1;
    if (answer.result !== 'failed' && answer.result !== 'deferred') mended += 1;
  }
  if (retried > 0)
    await services.activity.add({
      kind: 'retry',
      code: 'all',
      text: `Requests that failed were tried again: ${retried}, of which ${mended} are in step now.`,
      ...caller,
    });
  return succeeded({ retried, mended, remaining: due.length - retried });
}

async function retryNow(
  services: Services,
  { cluster, requestId }: { cluster: string; requestId: string },
): ReturnType<typeof retry> {
  const startedAt = services.now();
  const context = {
    stored: await services.settings.read(),
    cluster,
    mirrorSince: 0,
    deadline: { isOver: () => services.now() - startedAt > RETRY_BUDGET_MS },
  };
  return retry(services, context, requestId);
}

/** Why a request is not in step; `undefined` when it is, or is being created. */
export function failureOf(link: Link): FailureView | undefined {
  if (link.phase === 'creating' || link.failure === undefined) return undefined;
  const { code, text, at, nextAttemptAt } = link.failure;
  return {
    cluster: link.cluster,
    requestId: link.requestId,
    ...(hasIssue(link) && { issueKey: link.issue.key }),
    code,
    text,
    at: isoTime(at),
    nextAttemptAt: isoTime(nextAttemptAt),
  };
}
