import { InvocationError, InvocationErrorCode, Queue, type AsyncEvent } from '@forge/events';
import { z } from 'zod';
import { TRACE_VALUE } from '../jira/client';
import { handleCardChange } from '../usecases/decide-from-card';
import { createServices, type InvocationContext } from './services';

const QUEUE_KEY = 'board-changes';

/** The part of a Jira event that counts; the rest is re-read from Jira (Forge, Jira events). */
const jiraEvent = z.object({
  eventType: z.string(),
  selfGenerated: z.boolean().optional(),
  webhookTraceValue: z.string().optional(),
  issue: z.object({ id: z.string() }),
});

const queued = z.object({ issueId: z.string() });

/** Trigger `issue-changed`: hands changes of linked issues to the queue and leaves at once. */
export async function onIssueChanged(event: unknown, context: InvocationContext): Promise<void> {
  const parsed = jiraEvent.safeParse(event);
  if (!parsed.success || parsed.data.selfGenerated === true || parsed.data.webhookTraceValue === TRACE_VALUE)
    return;
  const issueId = parsed.data.issue.id;
  const services = createServices(context);
  if ((await services.links.findByIssue(issueId)) === undefined) {
    // Most changes on a site concern issues that are none of ours.
    if (Math.random() < 0.01)
      services.log.info('change of an issue without a request (1 in 100 is logged)', { issueId });
    return;
  }
  await new Queue({ key: QUEUE_KEY }).push({
    body: { issueId },
    concurrency: { key: `issue-${issueId}`, limit: 1 },
  });
}

/** Consumer of `board-changes`: judges one card. */
export async function onBoardChange(
  event: AsyncEvent,
  context: InvocationContext,
): Promise<InvocationError | undefined> {
  const body = queued.safeParse(event.body);
  if (!body.success) return undefined;
  const outcome = await handleCardChange(createServices(context), body.data.issueId);
  if (outcome.kind !== 'again') return undefined;
  const retryAfter = outcome.problem.kind === 'rate_limited' ? outcome.problem.retryAfterSeconds : 5;
  return new InvocationError({
    retryAfter: Math.min(900, retryAfter),
    retryReason: InvocationErrorCode.FUNCTION_RETRY_REQUEST,
    retryData: {},
  });
}
