import { SandboxClock } from '../clock';
import { startFixture, type Fixture } from './fixture-app';

let fixture: Fixture;
beforeEach(async () => {
  fixture = await startFixture();
});
afterEach(() => fixture.stop());

const push = async (events: unknown, queue = 'jobs') => {
  const { value, error } = await fixture.run('push', queue, events);
  return { jobId: (value as { jobId: string } | undefined)?.jobId ?? '', error };
};
const due = () => fixture.forge.idle({ dueOnly: true });
const begun = () =>
  fixture.printed().flatMap(({ begin }) => (begin === undefined ? [] : [begin as Record<string, unknown>]));
const stats = async (jobId: string) => (await fixture.run('stats', 'jobs', jobId)).value;

describe('a pushed event', () => {
  it('reaches the consumer with its job', async () => {
    const { jobId } = await push({ body: { n: 1 }, concurrency: { key: 'k', limit: 1 } });
    await fixture.forge.idle();
    expect(begun()).toEqual([
      {
        body: { n: 1 },
        queueName: 'jobs',
        jobId,
        eventId: expect.any(String) as string,
        concurrency: { key: 'k', limit: 1 },
      },
    ]);
    expect(await stats(jobId)).toEqual({ success: 1, inProgress: 0, failed: 0 });
  });

  it('never runs when the platform drops it', async () => {
    fixture.forge.faults.queue.drop = 1;
    await push({ body: { n: 1 } });
    await fixture.forge.idle();
    expect(begun()).toEqual([]);
    fixture.forge.faults.queue.drop = 0;
    await push({ body: { n: 2 } });
    await fixture.forge.idle();
    expect(begun()).toHaveLength(1);
  });

  it('waits as long as it was told', async () => {
    const { jobId } = await push({ body: { n: 1 }, delayInSeconds: 60 });
    await due();
    expect(begun()).toEqual([]);
    expect(await stats(jobId)).toEqual({ success: 0, inProgress: 1, failed: 0 });
    fixture.clock.move(60_000);
    await fixture.forge.idle();
    expect(begun()).toHaveLength(1);
  });

  it('comes again after the time that an InvocationError asks for', async () => {
    await push({ body: { behave: 'retry', once: true } });
    await due();
    fixture.clock.move(29_000);
    await due();
    expect(begun()).toHaveLength(1);
    fixture.clock.move(1_000);
    await fixture.forge.idle();
    expect(begun()[1]?.retryContext).toMatchObject({
      retryCount: 1,
      retryReason: 'FUNCTION_RETRY_REQUEST',
      retryData: { mark: 7 },
    });
  });

  it('comes again after a throw, without raising the count, until a day is over', async () => {
    const { jobId } = await push({ body: { behave: 'throw' } });
    await due();
    fixture.clock.move(1_000);
    await due();
    expect(begun()).toHaveLength(2);
    expect(begun()[1]).not.toHaveProperty('retryContext');
    fixture.clock.move(24 * 3_600_000);
    await due();
    expect(await stats(jobId)).toEqual({ success: 0, inProgress: 0, failed: 1 });
    await fixture.forge.idle();
  });

  it('comes again when the invocation was killed', async () => {
    let kills = 1;
    fixture.forge.faults.onPlatformCall = ({ functionKey }) =>
      functionKey === 'jobs' && kills-- > 0 ? 'abort' : 'continue';
    await push({ body: { behave: 'kvs' } });
    await due();
    expect(fixture.forge.kvs.peek('touched')).toBeUndefined();
    fixture.clock.move(1_000);
    await fixture.forge.idle();
    expect(fixture.forge.kvs.peek('touched')).toBeDefined();
  });

  it('is cancelled with its job', async () => {
    const { jobId } = await push({ body: { n: 1 }, delayInSeconds: 60 });
    await fixture.run('cancel', 'jobs', jobId);
    fixture.clock.move(60_000);
    await fixture.forge.idle();
    expect(begun()).toEqual([]);
    expect((await fixture.run('cancel', 'jobs', 'unknown')).error?.name).toBe('JobDoesNotExistError');
  });
});

describe('concurrency', () => {
  const order = () => fixture.printed().map((line) => ('begin' in line ? 'begin' : 'end'));

  it('of one makes events of a key wait for each other', async () => {
    await push([1, 2, 3].map(() => ({ body: { behave: 'wait' }, concurrency: { key: 'k', limit: 1 } })));
    await fixture.forge.idle();
    expect(order()).toEqual(['begin', 'end', 'begin', 'end', 'begin', 'end']);
  });

  it('of two lets two run', async () => {
    await push([1, 2, 3].map(() => ({ body: { behave: 'wait' }, concurrency: { key: 'k', limit: 2 } })));
    await fixture.forge.idle();
    expect(order().slice(0, 2)).toEqual(['begin', 'begin']);
    expect(order().slice(2, 3)).toEqual(['end']);
  });
});

describe('pushing', () => {
  it('refuses what the platform refuses, past the checks of the package', async () => {
    expect((await push({ body: {} }, 'nobody')).error?.name).toBe('InternalServerError');
    expect((await push({ body: { text: 'x'.repeat(150_000) } }, 'long')).error?.name).toBe(
      'PayloadTooBigError',
    );
    expect((await push({ body: { text: 'x'.repeat(150_000) } })).error).toBeUndefined();
    expect((await push({ body: { text: 'x'.repeat(210_000) } })).error?.name).toBe('PayloadTooBigError');
    expect((await push(Array.from({ length: 51 }, () => ({ body: {} })))).error?.name).toBe(
      'TooManyEventsError',
    );
  });

  it('is bounded to 500 events a minute', async () => {
    const many = Array.from({ length: 50 }, () => ({ body: {}, delayInSeconds: 900 }));
    for (let at = 0; at < 10; at += 1) expect((await push(many)).error).toBeUndefined();
    expect((await push({ body: {} })).error?.name).toBe('RateLimitError');
    fixture.clock.move(60_000);
    expect((await push({ body: {} })).error).toBeUndefined();
  });
});

describe('delivery', () => {
  it('may double and reorder events, the same way for a seed', async () => {
    const orders: unknown[] = [];
    for (const seed of [7, 7]) {
      const other = await startFixture({ seed }, new SandboxClock(1_000));
      Object.assign(other.forge.faults.queue, { duplicate: 0.5, shuffleMs: 20_000 });
      await other.run(
        'push',
        'jobs',
        Array.from({ length: 12 }, (_unused, n) => ({ body: { n } })),
      );
      await other.forge.idle();
      orders.push(
        other.forge.logs
          .filter(({ text }) => text.includes('begin'))
          .map(({ text }) => /"n":\d+/.exec(text)?.[0]),
      );
      await other.stop();
    }
    const [first, second] = orders as [string[], string[]];
    expect(first.length).toBeGreaterThan(12);
    expect(new Set(first).size).toBe(12);
    expect(first).not.toEqual([...first].sort());
    expect(second.slice().sort()).toEqual(first.slice().sort());
  });
});
