import { SandboxClock } from '../clock';
import { startFixture, type Fixture } from './fixture-app';

let fixture: Fixture;
beforeEach(async () => {
  fixture = await startFixture();
});
afterEach(() => fixture.stop());

const call = (functionKey: string, payload?: unknown, accountId = 'alice') =>
  fixture.forge.invokeResolver('settings', accountId, functionKey, payload);

describe("a page's call", () => {
  it('has the account from the platform, whatever the payload says', async () => {
    const request = (await call(
      'request',
      { accountId: 'mallory', context: { accountId: 'mallory' } },
      'bob',
    )) as {
      context: Record<string, unknown>;
    };
    expect(request.context).toMatchObject({
      accountId: 'bob',
      moduleKey: 'settings',
      cloudId: fixture.forge.cloudId,
      installContext: `ari:cloud:jira::site/${fixture.forge.cloudId}`,
      extension: { type: 'jira:adminPage' },
    });
    expect((await call('request')) as object).toHaveProperty('payload', {});
  });

  it('gets what JSON keeps of the result', async () => {
    expect(await fixture.run('dates')).toEqual({ value: { at: '1970-01-01T00:00:00.000Z' } });
  });

  it('fails as the function does', async () => {
    await expect(call('throw')).rejects.toThrow('told to');
    await expect(call('nothing')).rejects.toThrow("Resolver has no definition for 'nothing'.");
    expect(fixture.forge.invocations.at(-1)).toMatchObject({
      outcome: 'threw',
      error: expect.stringContaining('nothing') as string,
    });
    await expect(fixture.forge.invokeResolver('hook', 'alice', 'do', {})).rejects.toThrow('no resolver');
  });

  it('carries at most 500 KB there and 5 MB back', async () => {
    await expect(call('request', { text: 'x'.repeat(500_000) })).rejects.toThrow('at most 500 KB');
    await expect(call('big', { bytes: 5_000_000 })).rejects.toThrow('over 5 MB');
    expect(await call('big', { bytes: 4_999_000 })).toHaveLength(4_999_000);
  });

  it('takes at most 25 seconds', async () => {
    const fast = await startFixture({}, new SandboxClock(1_000));
    await expect(fast.forge.invokeResolver('settings', 'alice', 'hang', {})).rejects.toThrow('in time');
    await fast.stop();
  });
});
