import { InvocationError, InvocationErrorCode, Queue, type AsyncEvent } from '@forge/events';
import * as z from 'zod';
import { TRACE_VALUE } from '../jira/client';
import { handleCardChange } from '../usecases/decide-from-card';
import { pushWaiting } from '../usecases/push-waiting';
import { remoteRelay } from './relay-push';
import { createServices, type InvocationContext } from './services';

const QUEUE_KEY = 'board-changes';

/** The part of a Jira event that counts; the rest is re-read from Jira (Forge, Jira events). */
const jiraEvent = z.object({
  eventType: z.string(),
  selfGenerated: z.boolean().optional(),
  webhookTraceValue: z.string().optional(),
  issue: z.object({ id: z.string() }),
});

const QUEUE_RETRY_SECONDS = 30;
const FIRST_RETRY_SECONDS = 5;
const MAX_RETRY_SECONDS = 900;

/** When a wait that Jira asked for is over, Unix milliseconds. */
const retryData = z.object({ notBefore: z.number() });

const queued = z.object({ issueId: z.string() });

/** Trigger `issue-changed`: hands changes of linked issues to the queue and leaves at once. */
export async function onIssueChanged(
  event: unknown,
  context: InvocationContext,
): Promise<InvocationError | undefined> {
  const parsed = jiraEvent.safeParse(event);
  if (!parsed.success || parsed.data.selfGenerated === true || parsed.data.webhookTraceValue === TRACE_VALUE)
    return undefined;
  const issueId = parsed.data.issue.id;
  const services = createServices(context);
  if ((await services.links.findByIssue(issueId)) === undefined) {
    // Most changes on a site concern issues that are none of ours.
    if (Math.random() < 0.01)
      services.log.info('change of an issue without a request (1 in 100 is logged)', { issueId });
    return undefined;
  }
  try {
    await new Queue({ key: QUEUE_KEY }).push({
      body: { issueId },
      concurrency: { key: `issue-${issueId}`, limit: 1 },
    });
    return undefined;
  } catch (error) {
    services.log.warn('a change could not be queued', { error: error instanceof Error ? error.name : '' });
    return retryAfter(QUEUE_RETRY_SECONDS, {});
  }
}

/** Consumer of `board-changes`: judges one card. Waits that Jira asks for are kept in full, however long. */
export async function onBoardChange(
  event: AsyncEvent,
  context: InvocationContext,
): Promise<InvocationError | undefined> {
  const body = queued.safeParse(event.body);
  if (!body.success) return undefined;
  const waited = retryData.safeParse(event.retryContext?.retryData);
  const notBefore = waited.success ? waited.data.notBefore : 0;
  const services = createServices(context);
  const leftSeconds = Math.ceil((notBefore - services.now()) / 1000);
  if (leftSeconds > 0) return retryAfter(leftSeconds, { notBefore });
  const outcome = await handleCardChange(services, body.data.issueId);
  if (outcome.kind === 'decision_waits') await pushWaiting(services, remoteRelay, body.data.issueId);
  if (outcome.kind !== 'again') return undefined;
  const { problem } = outcome;
  const asked = 'retryAfterSeconds' in problem ? problem.retryAfterSeconds : undefined;
  const retries = event.retryContext?.retryCount ?? 0;
  const seconds = asked ?? Math.min(MAX_RETRY_SECONDS, FIRST_RETRY_SECONDS * 2 ** Math.min(retries, 8));
  return retryAfter(seconds, { notBefore: services.now() + seconds * 1000 });
}

/** Asks the platform to call again; it waits at most 15 minutes at a time (Forge, async events). */
function retryAfter(seconds: number, data: Record<string, number>): InvocationError {
  return new InvocationError({
    retryAfter: Math.min(MAX_RETRY_SECONDS, seconds),
    retryReason: InvocationErrorCode.FUNCTION_RETRY_REQUEST,
    retryData: data,
  });
}
