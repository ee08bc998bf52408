import type { AsyncEvent } from '@forge/events';
import * as z from 'zod';
import { STATUS } from '../../test/support/fakes/jira-site';
import { readDecision, servicesWithCard } from '../../test/support/fakes/samples';
import { createFakeServices, type FakeServices } from '../../test/support/fakes/services';
import { onBoardChange, onIssueChanged } from './issue-changed';

let services: FakeServices;
const push = jest.fn<Promise<void>, [unknown]>();

jest.mock('./services', () => ({ createServices: () => services }));
jest.mock('@forge/api', () => ({}));
jest.mock('@forge/events', () => ({
  ...jest.requireActual<object>('@forge/events'),
  Queue: class {
    push = push;
  },
}));

const event = (issueId: string, more: object = {}) => ({
  eventType: 'avi:jira:updated:issue',
  issue: { id: issueId },
  ...more,
});
const queued = (body: Record<string, unknown>, retryContext?: AsyncEvent['retryContext']): AsyncEvent => ({
  queueName: 'board-changes',
  jobId: 'j',
  eventId: 'e',
  body,
  ...(retryContext && { retryContext }),
});
const retry = z.object({
  _retry: z.literal(true),
  retryOptions: z.object({ retryAfter: z.number(), retryData: z.record(z.string(), z.unknown()) }),
});
/** What is asked of the platform, as it goes over the wire; `undefined` when the event is done with. */
const optionsOf = (answer: unknown) =>
  answer === undefined ? undefined : retry.parse(JSON.parse(JSON.stringify(answer))).retryOptions;

beforeEach(() => {
  push.mockReset().mockResolvedValue();
});

describe('the trigger', () => {
  it('queues the change of a linked issue, one at a time for each issue', async () => {
    const made = await servicesWithCard();
    services = made.services;
    expect(await onIssueChanged(event(made.issueId), {})).toBeUndefined();
    expect(push).toHaveBeenCalledWith({
      body: { issueId: made.issueId },
      concurrency: { key: `issue-${made.issueId}`, limit: 1 },
    });
  });

  it.each<[string, (issueId: string) => unknown]>([
    ['an issue without a request', () => event('4711')],
    ['what the app did itself', (id) => event(id, { selfGenerated: true })],
    ['an echo of its own call', (id) => event(id, { webhookTraceValue: 'teleport-access-requests' })],
    ['nonsense', () => ({ issue: 7 })],
  ])('queues nothing for %s', async (_, make) => {
    const made = await servicesWithCard();
    services = made.services;
    const { reads } = services.kvs;
    expect(await onIssueChanged(make(made.issueId), {})).toBeUndefined();
    expect(push).not.toHaveBeenCalled();
    expect(services.kvs.reads - reads).toBeLessThanOrEqual(1);
  });

  it('asks to be called again when the queue does not take it', async () => {
    const made = await servicesWithCard();
    services = made.services;
    push.mockRejectedValue(new Error('down'));
    expect(optionsOf(await onIssueChanged(event(made.issueId), {}))).toMatchObject({ retryAfter: 30 });
  });
});

describe('the consumer', () => {
  it('judges the card', async () => {
    const { services: made, issueId } = await servicesWithCard();
    services = made;
    services.site.move(issueId, STATUS.approved, 'approver-1');
    expect(await onBoardChange(queued({ issueId }), {})).toBeUndefined();
    expect(await readDecision(services)).toBeDefined();
  });

  it('keeps a wait of more than the platform’s 15 minutes in full, without asking Jira meanwhile', async () => {
    const { services: made, issueId } = await servicesWithCard();
    services = made;
    services.site.move(issueId, STATUS.denied, 'approver-1');
    services.site.fail('read', { rateLimitedSeconds: 2000 });
    let options = optionsOf(await onBoardChange(queued({ issueId }), {}));
    const waits: number[] = [];
    while (options !== undefined) {
      waits.push(options.retryAfter);
      services.clock.pass(options.retryAfter);
      const retryContext = { retryCount: waits.length, retryReason: '', retryData: options.retryData };
      options = optionsOf(await onBoardChange(queued({ issueId }, retryContext), {}));
    }
    expect(waits).toEqual([900, 900, 200]);
    expect(await readDecision(services)).toBeDefined();
  });

  it('waits longer and longer while Jira does not answer', async () => {
    const { services: made, issueId } = await servicesWithCard();
    services = made;
    services.site.move(issueId, STATUS.approved, 'approver-1');
    const waits: (number | undefined)[] = [];
    for (const retryCount of [0, 1, 5, 60]) {
      services.site.fail('read', 'uncertain_before');
      const retryContext = { retryCount, retryReason: '', retryData: {} };
      waits.push(optionsOf(await onBoardChange(queued({ issueId }, retryContext), {}))?.retryAfter);
    }
    expect(waits).toEqual([5, 10, 160, 900]);
  });

  it('drops a body that it does not know', async () => {
    services = createFakeServices();
    expect(await onBoardChange(queued({ issue: 1 }), {})).toBeUndefined();
  });
});
