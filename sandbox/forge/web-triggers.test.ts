import { request } from 'undici';
import { SandboxClock } from '../clock';
import { startFixture, type Fixture } from './fixture-app';

let fixture: Fixture;
beforeEach(async () => {
  fixture = await startFixture();
});
afterEach(() => fixture.stop());

const hook = () => fixture.forge.webTriggers.hook ?? '';
const post = (behave: string, body = 'x') => fetch(`${hook()}?behave=${behave}`, { method: 'POST', body });

interface Seen {
  request: {
    method: string;
    path: string;
    userPath: string;
    headers: Record<string, string[]>;
    queryParameters: Record<string, string[]>;
    body?: string;
  };
  context: { installContext: string; principal?: unknown };
}

describe('a call', () => {
  it('reaches the function with all that came, and its answer goes back whole', async () => {
    const { statusCode, headers, body } = await request(`${hook()}/more/path?a=1&a=2&b=`, {
      method: 'PUT',
      headers: ['X-One', 'first', 'x-one', 'second', 'content-type', 'text/plain'],
      body: 'héllo',
    });
    const seen = (await body.json()) as Seen;
    expect(statusCode).toBe(202);
    expect(headers['x-seen']).toEqual(['a', 'b']);
    expect(seen.request).toMatchObject({ method: 'PUT', userPath: '/more/path', body: 'héllo' });
    expect(seen.request.queryParameters).toEqual({ a: ['1', '2'], b: [''] });
    const one = Object.entries(seen.request.headers).filter(([name]) => name.toLowerCase() === 'x-one');
    expect(one).toEqual([[expect.any(String), ['first', 'second']]]);
    expect(seen.context.installContext).toBe(`ari:cloud:jira::site/${fixture.forge.cloudId}`);
    expect(seen.context.principal).toBeUndefined();
  });

  it('gives names of headers in a case that nobody can rely on', async () => {
    const forms = new Set<string>();
    for (let at = 0; at < 30; at += 1) {
      const seen = (await (await fetch(hook(), { headers: { 'webhook-id': '1' } })).json()) as Seen;
      for (const name of Object.keys(seen.request.headers)) if (/^webhook-id$/i.test(name)) forms.add(name);
    }
    expect([...forms].sort()).toEqual(['Webhook-Id', 'webhook-id']);
  });

  it('has no body when none was sent', async () => {
    const seen = (await (await fetch(hook())).json()) as Seen;
    expect(seen.request).not.toHaveProperty('body');
  });

  it.each([
    ['bad', 500],
    ['throw', 500],
  ])('answers a function that does %s without detail', async (behave, status) => {
    const answer = await post(behave);
    expect([answer.status, await answer.text()]).toEqual([status, '']);
  });

  it('tells how much of the rate is left, and refuses over 300 a second', async () => {
    const fixed = await startFixture({}, new SandboxClock(0.000_001));
    const url = fixed.forge.webTriggers.hook ?? '';
    const first = await fetch(url);
    expect(first.headers.get('x-ratelimit-limit')).toBe('7000');
    expect(first.headers.get('x-ratelimit-remaining')).toBe('6999');
    const answers = await Promise.all(Array.from({ length: 300 }, () => fetch(url)));
    expect(answers.filter(({ status }) => status === 429)).toHaveLength(1);
    await fixed.stop();
  });

  it('over 5 MB is refused', async () => {
    expect((await post('ok', 'x'.repeat(5_000_001))).status).toBe(413);
    expect((await post('ok', 'x'.repeat(4_999_999))).status).toBe(500);
  });

  it('answers 504 at 55 seconds, after which the function reaches nothing', async () => {
    const fast = await startFixture({}, new SandboxClock(1_000));
    const answer = await fetch(`${fast.forge.webTriggers.hook ?? ''}?behave=late`);
    expect(answer.status).toBe(504);
    await new Promise((resolve) => setTimeout(resolve, 40));
    expect(fast.forge.kvs.dump()).toEqual([]);
    expect(fast.forge.invocations.at(-1)?.outcome).toBe('timed_out');
    await fast.stop();
  });

  it('answers 504 when the invocation is killed', async () => {
    fixture.forge.faults.onPlatformCall = () => 'abort';
    expect((await post('kvs')).status).toBe(504);
  });

  it.each([
    ['before', 0],
    ['after', 1],
  ] as const)('is lost on the way, %s the function ran', async (losing, runs) => {
    fixture.forge.faults.onWebTriggerCall = (_call, phase) => (phase === losing ? 'lose' : 'continue');
    await expect(post('ok')).rejects.toThrow('fetch failed');
    expect(fixture.forge.invocations).toHaveLength(runs);
  });

  it('to an unknown address is not found', async () => {
    expect((await fetch(`${fixture.forge.url}/public/nothing`)).status).toBe(404);
  });
});

describe('addresses', () => {
  it('stay the same, until a new one is forced', async () => {
    const { value: first } = await fixture.run('getUrl', 'hook');
    expect(first).toBe(hook());
    expect(first).toMatch(/\/public\/[0-9a-f-]{36}$/);
    const { value: second } = await fixture.run('getUrl', 'hook', true);
    expect(second).not.toBe(first);
    expect((await fetch(String(first))).status).toBe(202);
    expect((await fixture.run('queryUrls')).value).toEqual([
      { moduleKey: 'hook', url: first },
      { moduleKey: 'hook', url: second },
    ]);
  });

  it('are gone once deleted or uninstalled', async () => {
    const url = hook();
    await fixture.run('deleteUrl', url);
    expect((await fetch(url)).status).toBe(404);
    expect((await fixture.run('deleteUrl', url)).error?.message).toContain('not found');
    const { value: renewed } = await fixture.run('getUrl', 'hook');
    expect(renewed).not.toBe(url);
    await fixture.forge.uninstall();
    expect((await fetch(String(renewed))).status).toBe(404);
  });

  it('exist for declared triggers only', async () => {
    expect((await fixture.run('getUrl', 'nothing')).error?.message).toContain(
      'Failed to get web trigger URL',
    );
  });
});
