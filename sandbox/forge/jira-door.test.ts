import { startFixture, type Fixture } from './fixture-app';

let fixture: Fixture;
beforeEach(async () => {
  fixture = await startFixture();
});
afterEach(() => fixture.stop());

interface Answer {
  status: number;
  headers: Record<string, string>;
  body: string;
}
interface Seen {
  method: string;
  url: string;
  headers: Record<string, string>;
  body: string;
}

async function jira(who: string, path: string, init?: unknown): Promise<Answer & { seen: Seen }> {
  const { value, error } = await fixture.run('jira', who, path, init);
  if (error !== undefined) throw Object.assign(new Error(error.message), error);
  const answer = value as Answer;
  return { ...answer, seen: JSON.parse(answer.body) as Seen };
}

describe('a call of Jira', () => {
  it('goes out as it is, with the rights of the app', async () => {
    const { seen } = await jira('app', '/rest/api/3/issue?x=%20', {
      method: 'POST',
      headers: {
        'Content-Type': 'application/json',
        'X-Atlassian-Webhook-Trace': 't',
        Authorization: 'Basic own',
      },
      body: '{"a":1}',
    });
    expect(seen).toMatchObject({ method: 'POST', url: '/rest/api/3/issue?x=%20', body: '{"a":1}' });
    expect(seen.headers).toMatchObject({
      'x-principal': 'app',
      'content-type': 'application/json',
      'x-atlassian-webhook-trace': 't',
    });
    expect(seen.headers).not.toHaveProperty('authorization');
  });

  it('goes out as the person of the invocation, or as nobody', async () => {
    expect((await jira('user', '/rest/api/3/myself')).seen.headers['x-principal']).toBe('alice');
    expect((await jira('none', '/rest/api/3/myself')).seen.headers).not.toHaveProperty('x-principal');
  });

  it('cannot be made for another person, which the manifest does not allow', async () => {
    await expect(jira('bob', '/rest/api/3/myself')).rejects.toMatchObject({
      name: 'NEEDS_AUTHENTICATION_ERR',
    });
  });

  it('gives back status and headers untouched, redirects too', async () => {
    expect(await jira('app', '/rest/limited')).toMatchObject({
      status: 429,
      headers: { 'retry-after': '7', 'ratelimit-reason': 'jira-burst-based' },
    });
    expect((await fixture.run('jira', 'app', '/rest/moved')).value).toMatchObject({ status: 302 });
  });

  it('stays on the site', async () => {
    await expect(jira('app', '//elsewhere.invalid/rest')).rejects.toMatchObject({ status: 403 });
  });
});
