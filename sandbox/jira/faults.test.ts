import { JiraPerson } from './client';
import { planFaults, type Fault, type JiraCall } from './faults';
import { document, startTestSite, type TestSite } from './testing';

let site: TestSite;
let id: string;
beforeEach(async () => {
  site = await startTestSite();
  id = await site.createRequest('r-1');
});
afterEach(() => site.jira.stop());

const once = (fault: Fault) => {
  site.jira.faults.next = () => {
    site.jira.faults.next = undefined;
    return fault;
  };
};
const comment = () => site.app.call('POST', `issue/${id}/comment`, { body: document('x') });
const written = () => site.jira.store.findIssue(id)?.comments.length;

test('a limit is told before anything ran', async () => {
  once({ kind: 'rate_limited', reason: 'jira-quota-tenant-based', retryAfterSeconds: 7 });
  const answer = await comment();
  expect(answer.status).toBe(429);
  expect(answer.headers.get('retry-after')).toBe('7');
  expect(answer.headers.get('ratelimit-reason')).toBe('jira-quota-tenant-based');
  once({ kind: 'gateway_limited' });
  const plain = await comment();
  expect([plain.status, plain.headers.get('retry-after')]).toEqual([429, null]);
  expect(written()).toBe(0);
});

test('a failure comes before or after the effect', async () => {
  once({ kind: 'error_before', status: 503 });
  expect((await comment()).status).toBe(503);
  expect(written()).toBe(0);
  once({ kind: 'error_after', status: 500 });
  expect((await comment()).status).toBe(500);
  expect(written()).toBe(1);
  expect(site.jira.calls.all.at(-1)).toMatchObject({ status: 500, executed: true });
});

test.each([
  ['timeout_before', 0],
  ['timeout_after', 1],
] as const)('%s never answers', async (kind, effects) => {
  once({ kind });
  const headers = { ...site.jira.site.authorize({ kind: 'app' }), 'content-type': 'application/json' };
  const url = `${site.jira.baseUrl}/rest/api/3/issue/${id}/comment`;
  const body = JSON.stringify({ body: document('x') });
  const waiting = fetch(url, { method: 'POST', headers, body, signal: AbortSignal.timeout(150) });
  await expect(waiting).rejects.toThrow('aborted due to timeout');
  expect(written()).toBe(effects);
  expect(site.jira.calls.all.at(-1)).toMatchObject({ status: undefined });
});

test('held calls end with the site', async () => {
  site.jira.faults.next = () => ({ kind: 'timeout_before' });
  const held = new JiraPerson(site.jira.baseUrl, site.jira.site.authorize({ kind: 'app' })).call(
    'GET',
    'myself',
  );
  const ended = expect(held).rejects.toThrow();
  while (site.jira.calls.all.at(-1)?.route !== '/rest/api/3/myself')
    await new Promise((resolve) => setImmediate(resolve));
  await site.jira.stop();
  await ended;
  site = await startTestSite();
});

test('a plan lets its share of calls go wrong, the same for the same seed', () => {
  const call: JiraCall = {
    method: 'GET',
    route: '/rest/api/3/myself',
    path: '/rest/api/3/myself',
    body: undefined,
    kind: 'app',
    accountId: undefined,
    app: undefined,
    status: undefined,
    executed: false,
    at: 0,
  };
  const run = (seed: number) => {
    const plan = planFaults({ share: 0.1, seed, only: ({ kind }) => kind === 'app' });
    return Array.from({ length: 2000 }, () => plan(call)?.kind);
  };
  const kinds = run(7);
  expect(kinds).toEqual(run(7));
  expect(kinds).not.toEqual(run(8));
  const failed = kinds.filter((kind) => kind !== undefined);
  expect(failed.length).toBeGreaterThan(140);
  expect(failed.length).toBeLessThan(260);
  expect(new Set(failed).size).toBe(6);
  expect(planFaults({ share: 1, seed: 1, only: () => false })(call)).toBeUndefined();
});
