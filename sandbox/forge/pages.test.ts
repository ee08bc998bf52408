import { startFixture, type Fixture } from './fixture-app';

let fixture: Fixture;
beforeEach(async () => {
  fixture = await startFixture();
});
afterEach(() => fixture.stop());

async function openPage(path: string): Promise<{ status: number; html: string; data: Map<string, string> }> {
  const answer = await fetch(`${fixture.forge.url}${path}`);
  const html = await answer.text();
  const data = new Map(
    [...html.matchAll(/data-(\w+)="([^"]*)"/g)].map(([, name = '', value = '']) => [name, value]),
  );
  return { status: answer.status, html, data };
}

async function bridge(body: unknown): Promise<{ status: number; body: Record<string, unknown> }> {
  const answer = await fetch(`${fixture.forge.url}/bridge`, { method: 'POST', body: JSON.stringify(body) });
  return { status: answer.status, body: (await answer.json()) as Record<string, unknown> };
}

describe('an outer page', () => {
  it('shows the app in a frame of another origin', async () => {
    const { status, html, data } = await openPage('/admin?as=alice');
    expect(status).toBe(200);
    const src = /<iframe[^>]* src="([^"]+)"/.exec(html)?.[1] ?? '';
    expect(new URL(src).origin).toBe(data.get('app'));
    expect(new URL(src).origin).not.toBe(fixture.forge.url);
  });

  it('has to know who looks, and says the name as text', async () => {
    expect((await openPage('/admin')).status).toBe(400);
    expect((await openPage('/pages/settings?as=%3Cb%3E')).html).toContain('<code>&lt;b&gt;</code>');
    expect((await openPage('/pages/other?as=alice')).status).toBe(404);
  });
});

describe("the app's resources", () => {
  it('come with the bridge first and the policy that Forge has', async () => {
    const { data } = await openPage('/admin?as=alice');
    const answer = await fetch(`${data.get('app') ?? ''}/page/index.html`);
    expect(await answer.text()).toMatch(
      /<head><script src="\/__forge\/bridge\.js" data-host="http:[^"]+"><\/script>/,
    );
    const policy = answer.headers.get('content-security-policy') ?? '';
    const directive = (name: string) => policy.split('; ').find((each) => each.startsWith(`${name} `)) ?? '';
    expect(directive('script-src')).toContain("'self'");
    for (const name of ['script-src', 'style-src', 'default-src'])
      expect(directive(name)).not.toContain('unsafe');
    expect(directive('frame-ancestors')).toContain(fixture.forge.url);
    expect(directive('sandbox')).not.toContain('allow-top-navigation');
  });

  it.each(['/page/../manifest.yml', '/page/%2e%2e/manifest.yml', '/nothing/index.html', '/page/nothing.js'])(
    'hold nothing at %s',
    async (path) => {
      const { data } = await openPage('/admin?as=alice');
      expect((await fetch(`${data.get('app') ?? ''}${path}`)).status).toBe(404);
    },
  );

  it('report what the policy forbids', async () => {
    const { data } = await openPage('/admin?as=alice');
    const report = { 'csp-report': { 'violated-directive': 'style-src', 'blocked-uri': 'inline' } };
    await fetch(`${data.get('app') ?? ''}/__forge/csp-report`, {
      method: 'POST',
      body: JSON.stringify(report),
    });
    expect(fixture.forge.cspViolations).toEqual(['style-src inline']);
  });
});

describe('the bridge', () => {
  it('calls the resolver as whoever the page was opened by', async () => {
    const session = (await openPage('/admin?as=bob')).data.get('session');
    const payload = { functionKey: 'request', payload: { accountId: 'alice' } };
    const { body } = await bridge({ session, command: 'invoke', payload });
    expect(body).toMatchObject({ value: { context: { accountId: 'bob' }, payload: { accountId: 'alice' } } });
    expect((await bridge({ session, command: 'getContext' })).body).toMatchObject({
      value: { accountId: 'bob', moduleKey: 'settings', extension: { type: 'jira:adminPage' } },
    });
  });

  it('answers no other command and no unknown page, and passes errors on', async () => {
    const session = (await openPage('/admin?as=bob')).data.get('session');
    expect((await bridge({ session, command: 'fetchProduct' })).status).toBe(400);
    expect((await bridge({ session: 'made-up', command: 'getContext' })).status).toBe(400);
    const failed = await bridge({ session, command: 'invoke', payload: { functionKey: 'throw' } });
    expect(failed).toEqual({ status: 500, body: { error: 'told to' } });
  });
});
