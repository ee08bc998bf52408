import { startFixture, type Fixture } from './fixture-app';

let fixture: Fixture;
beforeEach(async () => {
  fixture = await startFixture();
});
afterEach(() => fixture.stop());

const run = (what: string, ...args: unknown[]) => fixture.run(what, ...args);
const code = async (what: string, ...args: unknown[]) => (await run(what, ...args)).error?.code;
const seconds = (value: number) => ({ ttl: { value, unit: 'SECONDS' } });

describe('values', () => {
  it('are copies, read back by key at once', async () => {
    expect((await run('get', 'a')).value).toBeUndefined();
    await run('set', 'a', { list: [1, { deep: true }] });
    expect((await run('get', 'a')).value).toEqual({ list: [1, { deep: true }] });
    await run('remove', 'a');
    await run('remove', 'a');
    expect((await run('get', 'a')).value).toBeUndefined();
  });

  it('tell when they were made and changed, when asked', async () => {
    await run('set', 'a', 1);
    const before = fixture.clock.now();
    fixture.clock.move(5_000);
    await run('set', 'a', 2, seconds(60));
    const options = { metadataFields: ['CREATED_AT', 'UPDATED_AT', 'EXPIRE_TIME'] };
    const { value } = await run('get', 'a', options);
    const { createdAt, updatedAt, expireTime } = value as {
      createdAt: number;
      updatedAt: number;
      expireTime: string;
    };
    expect(createdAt).toBeLessThanOrEqual(before);
    expect(updatedAt).toBeGreaterThanOrEqual(before + 5_000);
    expect(Date.parse(expireTime)).toBe(updatedAt + 60_000);
  });

  it('can be made only when the key is free', async () => {
    const policy = { keyPolicy: 'FAIL_IF_EXISTS' };
    expect((await run('set', 'a', 1, policy)).error).toBeUndefined();
    expect(await code('set', 'a', 2, policy)).toBe('KEY_CONFLICT');
    expect((await run('get', 'a')).value).toBe(1);
  });

  it('give back what was or is there, when asked', async () => {
    await run('set', 'a', 1);
    const { value } = await run('set', 'a', 2, { keyPolicy: 'OVERRIDE', returnValue: 'PREVIOUS' });
    expect(value).toMatchObject({ key: 'a', value: 1 });
  });

  it('vanish after their time, or later when told so', async () => {
    await run('set', 'a', 1, seconds(10));
    fixture.clock.move(11_000);
    expect((await run('get', 'a')).value).toBeUndefined();
    fixture.forge.faults.kvs.readableAfterExpiryMs = 60_000;
    expect((await run('get', 'a')).value).toBe(1);
    expect(await code('set', 'b', 1, { ttl: { value: 367, unit: 'DAYS' } })).toBe('VALIDATION_ERROR');
  });

  it.each([
    ['', 'KEY_TOO_SHORT'],
    ['a/b', 'INVALID_KEY'],
    ['ä', 'INVALID_KEY'],
    ['  ', 'INVALID_KEY'],
    ['a'.repeat(501), 'KEY_TOO_LONG'],
  ])('refuse the key %j', async (key, expected) => {
    expect(await code('set', key, 1)).toBe(expected);
  });

  it.each(['a', 'a:b.c_d-e#f', 'a b', 'a'.repeat(500)])('accept the key %j', async (key) => {
    expect((await run('set', key, 1)).error).toBeUndefined();
  });

  it('may have 240 KiB and 31 levels, not more', async () => {
    const most = 'x'.repeat(240 * 1024 - 2);
    expect((await run('set', 'a', most)).error).toBeUndefined();
    expect(await code('set', 'a', `${most}x`)).toBe('MAX_SIZE');
    expect((await run('deep', 31)).error).toBeUndefined();
    expect(await code('deep', 32)).toBe('MAX_DEPTH');
  });
});

describe('queries', () => {
  beforeEach(async () => {
    for (let at = 0; at < 25; at += 1) fixture.forge.kvs.poke(`p:${String(at).padStart(3, '0')}`, at);
    fixture.forge.kvs.poke('q:0', 'other');
  });

  it('page in order of keys, ten by default', async () => {
    const first = (await run('query', 'p:')).value as { results: { value: number }[]; nextCursor: string };
    expect(first.results.map(({ value }) => value)).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
    const rest = (await run('query', 'p:', 100, first.nextCursor)).value as typeof first;
    expect(rest.results).toHaveLength(15);
    expect(rest.nextCursor).toBeUndefined();
    expect(await code('query', 'p:', 101)).toBe('VALIDATION_ERROR');
  });

  it('go on where they were when the last key is gone', async () => {
    const first = (await run('query', 'p:')).value as { nextCursor: string };
    fixture.forge.kvs.remove('p:009');
    const { results } = (await run('query', 'p:', 1, first.nextCursor)).value as {
      results: { key: string }[];
    };
    expect(results.map(({ key }) => key)).toEqual(['p:010']);
  });

  it('find no secrets', async () => {
    await run('setSecret', 'p:secret', 's');
    expect((await run('getSecret', 'p:secret')).value).toBe('s');
    expect((await run('get', 'p:secret')).value).toBeUndefined();
    const { results } = (await run('query', 'p:', 100)).value as { results: unknown[] };
    expect(results).toHaveLength(25);
    expect(fixture.forge.kvs.dump().map(({ key }) => key)).not.toContain('p:secret');
    expect(fixture.forge.kvs.dumpSecrets()).toEqual([{ key: 'p:secret', value: 's' }]);
  });
});

describe('the index that queries read', () => {
  it('lags behind writes and deletions, while reads by key do not', async () => {
    const lagging = await startFixture({ queryLagMs: 60_000 });
    const keys = async () =>
      ((await lagging.run('query', 'a')).value as { results: { key: string }[] }).results.map(
        ({ key }) => key,
      );
    await lagging.run('set', 'a', 1);
    expect((await lagging.run('get', 'a')).value).toBe(1);
    expect(await keys()).toEqual([]);
    lagging.clock.move(60_000);
    expect(await keys()).toEqual(['a']);
    await lagging.run('remove', 'a');
    expect(await keys()).toEqual(['a']);
    await lagging.stop();
  });

  it('stands still while it is frozen', async () => {
    fixture.forge.faults.kvs.freezeQueries = true;
    await run('set', 'a', 1);
    expect((await run('query', 'a')).value).toMatchObject({ results: [] });
    fixture.forge.faults.kvs.freezeQueries = false;
    expect((await run('query', 'a')).value).toMatchObject({ results: [{ key: 'a', value: 1 }] });
  });
});

describe('transactions and batches', () => {
  const pairs = (count: number, value: unknown = 1) =>
    Array.from({ length: count }, (_unused, at) => [`t:${at}`, value]);

  it('write all or nothing', async () => {
    expect((await run('transact', pairs(24), ['gone'])).error).toBeUndefined();
    expect(await code('transact', [...pairs(1, 'new'), ['bad/key', 1]])).toBe('INVALID_KEY');
    expect(fixture.forge.kvs.peek('t:0')).toBe(1);
  });

  it('are refused over 25 operations, over 4 MB, or with a key twice', async () => {
    expect(await code('transact', pairs(26))).toBe('VALIDATION_ERROR');
    expect(await code('transactBig', 20, 210_000)).toBe('MAX_SIZE');
    expect(await code('transact', [...pairs(1), ...pairs(1)])).toBe('VALIDATION_ERROR');
    expect(fixture.forge.kvs.dump('t:')).toEqual([]);
  });

  it('come as batches too, which say what they did not find', async () => {
    const items = [1, 2].map((at) => ({ key: `b:${at}`, value: at }));
    expect((await run('batchSet', items)).value).toMatchObject({
      successfulKeys: [{ key: 'b:1' }, { key: 'b:2' }],
    });
    expect((await run('batchGet', [{ key: 'b:1' }, { key: 'b:9' }])).value).toMatchObject({
      successfulKeys: [{ key: 'b:1', value: 1 }],
      failedKeys: [{ key: 'b:9', error: { code: 'KEY_NOT_FOUND' } }],
    });
    await run('batchDelete', [{ key: 'b:1' }]);
    expect(fixture.forge.kvs.dump('b:').map(({ key }) => key)).toEqual(['b:2']);
  });
});

describe('entities', () => {
  it('are found by declared indexes and written under conditions', async () => {
    await run('setCar', 'one', { brand: 'x', doors: 3 });
    await run('setCar', 'two', { brand: 'x', doors: 5 });
    await run('setCar', 'three', { brand: 'y', doors: 5 });
    const keys = async (what: string, ...args: unknown[]) =>
      ((await run(what, ...args)).value as { results: { key: string }[] }).results.map(({ key }) => key);
    expect(await keys('cars', 'x', 3)).toEqual(['two', 'one']);
    expect(await keys('cars', 'x', 4)).toEqual(['two']);
    expect(await keys('carsWithDoors', 5)).toEqual(['three', 'two']);
    expect(await code('setCarIf', 'one', { brand: 'x', doors: 4 }, 9)).toBe('CONDITIONAL_CHECK_FAILED');
    expect((await run('setCarIf', 'one', { brand: 'x', doors: 4 }, 3)).error).toBeUndefined();
    expect((await run('getCar', 'one')).value).toEqual({ brand: 'x', doors: 4 });
    expect((await run('get', 'one')).value).toBeUndefined();
  });
});

describe('units and rates', () => {
  it('are counted by each started 10 KB of a request', async () => {
    await run('set', 'a', 'x'.repeat(25_000));
    await run('get', 'a');
    await run('get', 'nothing');
    await run(
      'batchSet',
      [1, 2, 3].map((at) => ({ key: `b:${at}`, value: 'x'.repeat(2_000) })),
    );
    expect(fixture.forge.kvs.counters()).toMatchObject({
      writeUnits: 4,
      readUnits: 4,
      reads: 2,
      writes: 4,
      requests: 4,
    });
    fixture.forge.kvs.resetCounters();
    expect(fixture.forge.kvs.counters().requests).toBe(0);
  });

  it('are bounded per minute; the next minute is new', async () => {
    const big = 'x'.repeat(239_000);
    expect((await run('fill', 'k', 166, 239_000)).error).toBeUndefined();
    expect(await code('set', 'last', big)).toBe('RATE_LIMIT_EXCEEDED');
    expect(fixture.forge.kvs.peek('last')).toBeUndefined();
    fixture.clock.move(60_000);
    expect((await run('set', 'last', big)).error).toBeUndefined();
  });

  it('are bounded per key and second', async () => {
    const big = 'x'.repeat(239_000);
    const codes = [];
    for (let at = 0; at < 5; at += 1) codes.push(await code('set', 'hot', big));
    expect(codes.at(-1)).toBe('RATE_LIMIT_EXCEEDED');
  });
});

describe('faults', () => {
  it('refuse, fail or report a conflict so many times', async () => {
    const { kvs } = fixture.forge.faults;
    kvs.rateLimitNext = 1;
    expect(await code('get', 'a')).toBe('RATE_LIMIT_EXCEEDED');
    kvs.failNext = 1;
    expect(await code('get', 'a')).toBe('INTERNAL_SERVER_ERROR');
    kvs.conflictNext = 1;
    expect(await code('set', 'a', 1, { keyPolicy: 'FAIL_IF_EXISTS' })).toBe('KEY_CONFLICT');
    expect((await run('set', 'a', 1, { keyPolicy: 'FAIL_IF_EXISTS' })).error).toBeUndefined();
  });
});
