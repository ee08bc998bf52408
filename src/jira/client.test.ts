import * as z from 'zod';
import { createJiraClient } from './client';

const answers: { status: number; body?: string; headers?: Record<string, string> }[] = [];
const asked: string[] = [];

jest.mock('@forge/api', () => ({
  asApp: () => ({ requestJira }),
  asUser: () => ({ requestJira }),
}));

async function requestJira(path: string): Promise<Response> {
  asked.push(path);
  const next = answers.shift();
  if (next === undefined) throw new RangeError('alice@example.com');
  return new Response(next.body ?? null, { status: next.status, headers: next.headers ?? {} });
}

const path = { value: '/rest/api/3/x' };
const call = (pause = { until: 0 }) =>
  createJiraClient('app', { pause }).call({ route: path }, z.object({ id: z.string() }));

beforeEach(() => {
  answers.length = 0;
  asked.length = 0;
});

describe('the Jira client', () => {
  it('gives what fits and calls anything else uncertain', async () => {
    answers.push(
      { status: 200, body: '{"id":"1","more":2}' },
      { status: 200, body: '{"id":1}' },
      { status: 200, body: 'no' },
    );
    expect(await call()).toEqual({ ok: true, value: { id: '1' } });
    expect(await call()).toMatchObject({
      problem: { kind: 'uncertain', detail: 'Jira answered in an unexpected shape (id).' },
    });
    expect(await call()).toMatchObject({ problem: { kind: 'uncertain' } });
  });

  it.each<[number, string | undefined, object]>([
    [429, '17', { kind: 'rate_limited', retryAfterSeconds: 17 }],
    [429, undefined, { kind: 'rate_limited', retryAfterSeconds: 5 }],
    [429, 'soon', { kind: 'rate_limited', retryAfterSeconds: 5 }],
    [503, '40', { kind: 'uncertain', retryAfterSeconds: 40 }],
    [503, undefined, { kind: 'uncertain' }],
    [500, undefined, { kind: 'uncertain' }],
    [408, undefined, { kind: 'uncertain' }],
    [404, undefined, { kind: 'not_found' }],
    [403, undefined, { kind: 'refused', status: 403 }],
    [413, undefined, { kind: 'refused', status: 413 }],
  ])('reads status %i with Retry-After %s', async (status, retryAfter, problem) => {
    answers.push({ status, ...(retryAfter !== undefined && { headers: { 'Retry-After': retryAfter } }) });
    expect(await call()).toMatchObject({ ok: false, problem });
  });

  it('names fields that Jira complained about, and cleans and caps its words', async () => {
    const body = JSON.stringify({
      errorMessages: ['a\u202eb\n'.repeat(500)],
      errors: { labels: 'off screen' },
    });
    answers.push({ status: 400, body });
    const result = await call();
    if (result.ok || result.problem.kind !== 'refused') throw new Error('not refused');
    expect(result.problem.fields).toEqual(['labels']);
    expect(result.problem.detail.length).toBeLessThan(400);
    expect(result.problem.detail).not.toMatch(/[\u202e\n]/);
  });

  it('tells of an error that was thrown by its name only', async () => {
    expect(await call()).toEqual({
      ok: false,
      problem: { kind: 'uncertain', detail: 'The call to Jira broke off (RangeError).' },
    });
  });

  it('keeps still for as long as a used-up quota asks, but not for a burst', async () => {
    const pause = { until: 0 };
    answers.push({ status: 429, headers: { 'Retry-After': '60', 'RateLimit-Reason': 'jira-burst-based' } });
    await call(pause);
    answers.push({
      status: 429,
      headers: { 'Retry-After': '60', 'RateLimit-Reason': 'jira-quota-global-based' },
    });
    await call(pause);
    expect(await call(pause)).toMatchObject({ problem: { kind: 'rate_limited', retryAfterSeconds: 60 } });
    expect(asked).toHaveLength(2);
  });

  it.each([
    ['jira-quota-global-based', { 'Retry-After': '60' }, 60],
    ['jira-quota-tenant-based', { 'X-RateLimit-Reset': '2026-11-24T14:50:00Z' }, 20 * 60],
    ['jira-quota-tenant-based', {}, 30 * 60],
    ['jira-burst-based', { 'Retry-After': '60' }, undefined],
    ['jira-per-issue-on-write', { 'Retry-After': '60' }, undefined],
  ])('of a 429 for %s with %j other invocations are told', async (reason, headers, seconds) => {
    jest.useFakeTimers({ now: Date.parse('2026-11-24T14:30:00Z'), doNotFake: ['setTimeout', 'nextTick'] });
    try {
      const onQuota = jest.fn().mockResolvedValue(undefined);
      answers.push({ status: 429, headers: { ...headers, 'RateLimit-Reason': reason } });
      await createJiraClient('app', { onQuota }).send({ route: path });
      const until = seconds === undefined ? undefined : Date.now() + seconds * 1000;
      expect(onQuota.mock.calls).toEqual(until === undefined ? [] : [[until]]);
    } finally {
      jest.useRealTimers();
    }
  });

  it('tries what somebody waits for although the quota is used up', async () => {
    const pause = { until: Date.now() + 60_000 };
    answers.push({ status: 200, body: '{}' });
    expect(await createJiraClient('app', { pause, isUrgent: true }).send({ route: path })).toMatchObject({
      ok: true,
    });
  });

  it('keeps still about an issue for as long as any call about it was told to, and goes on with others', async () => {
    const pause = { until: 0, issues: new Map<string, number>() };
    const ask = (route: string) =>
      createJiraClient('app', { pause }).call({ route: { value: route } }, z.object({ id: z.string() }));
    answers.push({
      status: 429,
      headers: { 'Retry-After': '30', 'RateLimit-Reason': 'jira-per-issue-on-write' },
    });
    answers.push({ status: 200, body: '{"id":"2"}' });
    await ask('/rest/api/3/issue/1/comment');
    expect(await ask('/rest/api/3/issue/1/transitions?expand=x')).toMatchObject({
      problem: { kind: 'rate_limited', retryAfterSeconds: 30 },
    });
    expect(await ask('/rest/api/3/issue/12')).toEqual({ ok: true, value: { id: '2' } });
    expect(asked).toEqual([{ value: '/rest/api/3/issue/1/comment' }, { value: '/rest/api/3/issue/12' }]);
  });
});
