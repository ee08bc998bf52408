import type { ApplyItem } from '../../../contract/relay-inbox';
import { FakeJiraApp } from '../../../test/support/relay/fake-jira-app';
import { accessRequest } from '../../../test/support/relay/fake-teleport';
import { ManualClock, settle } from '../../../test/support/relay/manual-clock';
import { RecordingLog, RecordingMetrics } from '../../../test/support/relay/recorders';
import type { AccessRequest } from '../ports';
import { DeliveryQueue, mergeItems } from './delivery-queue';
import { toSnapshot } from './snapshot';

const START = Date.UTC(2026, 10, 24, 14, 0, 0);

function item(id: string, overrides: Partial<AccessRequest> = {}, observedAt = START): ApplyItem {
  const request = accessRequest({ id, ...overrides });
  return {
    requestId: id,
    snapshot: toSnapshot(request, { cluster: 'test.cluster', webUrl: undefined, observedAt }),
  };
}

const outcome: NonNullable<ApplyItem['outcome']> = {
  decisionId: 'c:10001:7',
  outcome: { kind: 'applied' },
  at: '2026-11-24T14:00:00Z',
};

describe('DeliveryQueue', () => {
  let clock: ManualClock;
  let app: FakeJiraApp;
  let metrics: RecordingMetrics;
  let delivered: ApplyItem[];
  let queue: DeliveryQueue;
  let stopping: AbortController;
  let aborting: AbortController;
  let running: Promise<void>;

  beforeEach(() => {
    clock = new ManualClock(START);
    app = new FakeJiraApp();
    metrics = new RecordingMetrics();
    delivered = [];
    stopping = new AbortController();
    aborting = new AbortController();
    queue = new DeliveryQueue({
      apply: (items) => app.apply('test.cluster', items),
      onDelivered: (each) => delivered.push(each),
      clock,
      log: new RecordingLog(),
      metrics,
      retry: { firstMs: 1000, atMostMs: 45_000 },
    });
    queue.setOpen(true);
    running = queue.run(stopping.signal, aborting.signal);
  });

  afterEach(async () => {
    stopping.abort();
    await running;
  });

  it('tells the app at once and forgets what it dealt with', async () => {
    queue.offer(item('one'));
    await settle();
    expect(app.applied.map((each) => each.requestId)).toEqual(['one']);
    expect(delivered).toHaveLength(1);
    expect(queue.waitingCount).toBe(0);
  });

  it('keeps everything while it is closed', async () => {
    queue.setOpen(false);
    queue.offer(item('one'));
    await clock.advance(3_600_000);
    expect(app.batches).toEqual([]);
    queue.setOpen(true);
    await settle();
    expect(app.applied).toHaveLength(1);
  });

  it('never has the same request in two calls at once, and sends only the newest of what came meanwhile', async () => {
    const release = app.block();
    queue.offer(item('one'));
    await settle();
    queue.offer(item('one', { state: 'APPROVED' }, START + 1000));
    queue.offer(item('one', { state: 'APPROVED', resolveReason: 'fine' }, START + 2000));
    await settle();
    expect(app.batches).toHaveLength(1);
    release();
    await settle();
    expect(app.batches).toHaveLength(2);
    expect(app.batches[1]).toHaveLength(1);
    expect(app.batches[1]![0]!.snapshot).toMatchObject({ state: 'APPROVED', resolveReason: 'fine' });
  });

  it('sends at most ten requests in a call and at most two calls at once', async () => {
    const release = app.block();
    for (let index = 0; index < 45; index += 1) queue.offer(item(`request-${index}`));
    await settle();
    expect(app.mostCallsUnderWay).toBe(2);
    release();
    await settle();
    await clock.advance(10);
    expect(app.mostCallsUnderWay).toBe(2);
    expect(Math.max(...app.batches.map((batch) => batch.length))).toBe(10);
    expect(new Set(app.applied.map((each) => each.requestId)).size).toBe(45);
  });

  it('keeps a delay that the app asks for in full, even when there is news', async () => {
    let asks = true;
    app.onItem = ({ requestId }) =>
      asks ? { requestId, result: 'deferred', seconds: 300, text: 'Jira asks to slow down' } : undefined;
    queue.offer(item('one'));
    await settle();
    asks = false;
    queue.offer(item('one', { state: 'DENIED' }, START + 5000));
    await clock.advance(299_000);
    expect(app.batches).toHaveLength(1);
    await clock.advance(1000);
    expect(app.batches).toHaveLength(2);
    expect(app.applied[0]!.snapshot!.state).toBe('DENIED');
  });

  it('tries a failure again when its time comes, or at once when there is news', async () => {
    app.onItem = ({ requestId }) => ({
      requestId,
      result: 'failed',
      code: 'transition_missing',
      text: 'no way there',
      retryAfterSeconds: 300,
    });
    queue.offer(item('one'));
    await settle();
    expect(queue.failures).toEqual([
      { requestId: 'one', code: 'transition_missing', text: 'no way there', nextAttemptAt: START + 300_000 },
    ]);
    await clock.advance(299_999);
    expect(app.batches).toHaveLength(1);
    await clock.advance(1);
    expect(app.batches).toHaveLength(2);
    queue.offer(item('one', { state: 'APPROVED' }, START + 1));
    await settle();
    expect(app.batches).toHaveLength(3);
  });

  it('tries news at once that arrived while a call was failing', async () => {
    const release = app.block();
    queue.offer(item('one'));
    await settle();
    queue.offer(item('one', { state: 'APPROVED' }, START + 1));
    let fails = true;
    app.onItem = ({ requestId }) => {
      if (!fails) return undefined;
      fails = false;
      return { requestId, result: 'failed', code: 'jira_refused', text: 'no', retryAfterSeconds: 300 };
    };
    release();
    await settle();
    expect(app.applied.map((each) => each.snapshot!.state)).toEqual(['APPROVED']);
  });

  it('slows down for an app that cannot be reached, loses nothing, and obeys the platform’s delay', async () => {
    app.onApply = () => ({ ok: false, kind: 'unreachable', text: 'status 503', retryAfterSeconds: 90 });
    queue.offer(item('one'));
    queue.offer(item('two'));
    await settle();
    expect(app.batches).toHaveLength(1);
    await clock.advance(89_000);
    expect(app.batches).toHaveLength(1);
    expect(queue.failingSince).toBe(START);
    app.onApply = undefined;
    await clock.advance(1000);
    expect(app.applied.map((each) => each.requestId).sort()).toEqual(['one', 'two']);
    expect(queue.failingSince).toBeUndefined();
  });

  it('makes few attempts while the app refuses connections', async () => {
    app.onApply = () => ({ ok: false, kind: 'unreachable', text: 'refused' });
    queue.offer(item('one'));
    await clock.advance(60_000);
    expect(app.batches.length).toBeLessThanOrEqual(10);
    const after = app.batches.length;
    await clock.advance(600_000);
    expect(app.batches.length - after).toBeLessThanOrEqual(20);
  });

  it('does not let a request that the app cannot read hold up the others', async () => {
    app.onApply = (items) =>
      items.some((each) => each.requestId === 'poison')
        ? { ok: false, kind: 'refused', code: 'bad_message', text: 'not understood' }
        : undefined;
    for (const id of ['one', 'poison', 'two']) queue.offer(item(id));
    await clock.advance(10);
    expect(app.applied.map((each) => each.requestId).sort()).toEqual(['one', 'two']);
    expect(queue.failures).toMatchObject([{ requestId: 'poison', code: 'unexpected' }]);
    expect(app.batches.length).toBeLessThanOrEqual(4);
    await clock.advance(300_000);
    expect(app.batches.filter((batch) => batch[0]!.requestId === 'poison')).toHaveLength(2);
  });

  it('keeps a request back while it is held', async () => {
    queue.hold('one');
    queue.offer(item('one'));
    await clock.advance(5000);
    expect(app.batches).toEqual([]);
    queue.offer({ ...item('one', { state: 'APPROVED' }, START + 1), outcome });
    queue.release('one');
    await settle();
    expect(app.batches).toHaveLength(1);
    expect(app.applied[0]).toMatchObject({ outcome, snapshot: { state: 'APPROVED' } });
    queue.hold('two');
    queue.release('two');
    expect(queue.waitingCount).toBe(0);
  });

  it('tells an item again that the app left out of its answer', async () => {
    let leavesOut = true;
    app.onApply = () => {
      if (!leavesOut) return undefined;
      leavesOut = false;
      return { ok: true, value: [] };
    };
    queue.offer(item('one'));
    await clock.advance(1000);
    expect(app.applied).toHaveLength(1);
  });

  it('lets a call that is under way end when it stops', async () => {
    const release = app.block();
    queue.offer(item('one'));
    await settle();
    stopping.abort();
    let isOver = false;
    void running.then(() => (isOver = true));
    await settle();
    expect(isOver).toBe(false);
    release();
    await running;
    expect(delivered).toHaveLength(1);
  });

  it('measures how much waits and for how long', async () => {
    queue.setOpen(false);
    queue.offer(item('one'));
    await clock.advance(30_000);
    queue.offer(item('two'));
    queue.measure();
    expect(metrics.lastQueue).toEqual({ depth: 2, oldestAgeSeconds: 30 });
  });
});

describe('mergeItems', () => {
  it('keeps an outcome until it was told', () => {
    const merged = mergeItems({ ...item('one'), outcome }, item('one', { state: 'APPROVED' }, START + 1));
    expect(merged).toMatchObject({ outcome, snapshot: { state: 'APPROVED' } });
  });

  it('makes a pending request that vanished an expired one, with a digest of its own', () => {
    const before = item('one');
    const merged = mergeItems(before, { requestId: 'one', gone: { observedAt: '2026-11-24T14:10:00Z' } });
    expect(merged.gone).toBeUndefined();
    expect(merged.snapshot).toMatchObject({ state: 'EXPIRED', deletedAt: '2026-11-24T14:10:00Z' });
    expect(merged.snapshot!.syncDigest).not.toBe(before.snapshot!.syncDigest);
  });

  it('keeps the decision of a request that vanished afterwards', () => {
    const approved = item('one', { state: 'APPROVED' });
    const merged = mergeItems(approved, { requestId: 'one', gone: { observedAt: '2026-11-24T14:10:00Z' } });
    expect(merged.snapshot).toMatchObject({ state: 'APPROVED', deletedAt: '2026-11-24T14:10:00Z' });
  });

  it('does not let a late snapshot bring a vanished request back', () => {
    const gone = { requestId: 'one', gone: { observedAt: '2026-11-24T14:10:00Z' } };
    expect(mergeItems(gone, item('one')).snapshot).toMatchObject({ state: 'EXPIRED' });
  });
});
