import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { SandboxClock } from '../clock';
import { buildFixtureApp, startFixture, type Fixture } from './fixture-app';
import { startForge } from './host';

let fixture: Fixture;
beforeEach(async () => {
  fixture = await startFixture();
});
afterEach(() => fixture.stop());

describe('an invocation', () => {
  it('knows where it runs, by the ids of the installation', async () => {
    const { value } = await fixture.run('context');
    expect(value).toMatchObject({
      appAri: `ari:cloud:ecosystem::app/${fixture.forge.appId}`,
      environmentAri: `ari:cloud:ecosystem::environment/${fixture.forge.appId}/${fixture.forge.environmentId}`,
      installationAri: `ari:cloud:ecosystem::installation/${fixture.forge.installationId}`,
      moduleKey: 'settings',
      scopes: ['read:jira-work', 'storage:app'],
    });
    expect(fixture.jira.installed).toEqual([
      { name: 'Fixture', scopes: ['read:jira-work', 'storage:app'], projectPermissions: [] },
    ]);
  });

  it('has a token of its own, also while others run', async () => {
    const [first, second] = await Promise.all([fixture.run('token'), fixture.run('token')]);
    const [before, after] = first.value as string[];
    expect(before).toBe(after);
    expect(second.value).not.toContain(before);
  });

  it('sees the sandbox clock, and timers wait by it', async () => {
    fixture.clock.move(86_400_000);
    const { value } = await fixture.run('clock');
    const [now, made, fixed, isDate] = value as [number, number, number, boolean];
    expect(Math.abs(now - fixture.clock.now())).toBeLessThan(1_000);
    expect(Math.abs(made - now)).toBeLessThan(100);
    expect([fixed, isDate]).toEqual([5, true]);
  });

  it('does not reach the network, the machine or its environment past the platform', async () => {
    for (const name of ['net', 'node:https', 'child_process', 'timers'])
      expect((await fixture.run('module', name)).error?.message).toContain('platform is its only door');
    expect((await fixture.run('environment')).value).toEqual([]);
    expect((await fixture.run('globalFetch', fixture.jira.baseUrl)).error).toMatchObject({
      name: 'REQUEST_EGRESS_ALLOWLIST_ERR',
      status: 403,
      isError: true,
    });
  });

  it('shares its module with warm ones until a cold start', async () => {
    expect((await fixture.run('warm')).value).toEqual({ loads: 1, warmCalls: 1 });
    expect((await fixture.run('warm')).value).toEqual({ loads: 1, warmCalls: 2 });
    fixture.forge.reloadApp();
    expect((await fixture.run('warm')).value).toEqual({ loads: 1, warmCalls: 1 });
    fixture.forge.faults.alwaysCold = true;
    expect((await fixture.run('warm')).value).toEqual({ loads: 1, warmCalls: 1 });
  });

  it('loses what it did not wait for', async () => {
    await fixture.run('unawaited');
    await new Promise((resolve) => setTimeout(resolve, 30));
    expect(fixture.forge.kvs.dump().map(({ key }) => key)).not.toContain('second');
  });

  it('is logged with its calls', async () => {
    await fixture.run('two');
    const record = fixture.forge.invocations.at(-1);
    expect(record).toMatchObject({
      cause: 'resolver',
      functionKey: 'resolver',
      moduleKey: 'settings',
      outcome: 'ok',
    });
    expect(
      record?.platformCalls.map(({ target, method, path, status }) => [target, method, path, status]),
    ).toEqual([
      ['kvs', 'POST', '/api/v1/set', 204],
      ['kvs', 'POST', '/api/v1/set', 204],
    ]);
  });
});

describe('a fault at a platform call', () => {
  it.each([
    ['before', []],
    ['after', ['one']],
  ] as const)('%s it kills the invocation there', async (phase, written) => {
    fixture.forge.faults.onPlatformCall = (call, at) =>
      call.ordinal === 1 && at === phase ? 'abort' : 'continue';
    await expect(fixture.run('two')).rejects.toThrow('did not answer in time');
    await new Promise((resolve) => setTimeout(resolve, 20));
    expect(fixture.forge.kvs.dump().map(({ key }) => key)).toEqual(written);
    expect(fixture.forge.invocations.at(-1)?.outcome).toBe('aborted');
  });
});

describe('stopping', () => {
  it('ends what runs, as aborted', async () => {
    const other = await startFixture();
    const ended = expect(other.run('behave', 'hang')).rejects.toThrow('did not answer in time');
    await other.stop();
    await ended;
    expect(other.forge.invocations.at(-1)?.outcome).toBe('aborted');
  });
});

describe('two platforms in one process', () => {
  it('keep apart', async () => {
    const other = await startFixture();
    await fixture.run('set', 'key', { of: 'first' });
    await other.run('set', 'key', { of: 'second' });
    expect((await fixture.run('get', 'key')).value).toEqual({ of: 'first' });
    expect((await other.run('get', 'key')).value).toEqual({ of: 'second' });
    expect((await other.run('warm')).value).toEqual({ loads: 1, warmCalls: 1 });
    await other.stop();
  });
});

describe('deploying', () => {
  async function deploy(file: string, content: string): Promise<unknown> {
    const dir = await buildFixtureApp();
    writeFileSync(join(dir, file), content);
    const isBundle = file.endsWith('.cjs');
    return startForge({
      manifestFile: join(dir, isBundle ? 'manifest.yml' : file),
      bundleFile: join(dir, isBundle ? file : 'index.cjs'),
      ...{ staticDir: dir, jira: fixture.jira, clock: new SandboxClock() },
    });
  }

  it('refuses a bundle that calls the platform outside an invocation', async () => {
    await expect(
      deploy('outside.cjs', 'global.__forge_fetch__({ type: "kvs" }, "/api/v1/get")'),
    ).rejects.toThrow('outside an invocation');
  });

  it('refuses a bundle without a function of the manifest', async () => {
    await expect(deploy('empty.cjs', '')).rejects.toThrow('no export for function resolver');
  });

  const base = 'app: { id: "ari:cloud:ecosystem::app/11111111-2222-4333-8444-555555555555" }\n';
  it.each([
    ['modules: { "jira:issueGlance": [{ key: x }] }', 'jira:issueGlance is not modelled'],
    [
      'modules: { trigger: [{ key: t, function: f, events: ["avi:jira:created:issue"], filter: { expression: "true" } }] }',
      'filter expressions are not modelled',
    ],
    ['modules: { consumer: [{ key: c, queue: q, function: gone }] }', 'function gone is not declared'],
    [
      'modules: { webtrigger: [{ key: w, function: f, response: { type: dynamic } }], function: [{ key: f, handler: a.b, timeoutSeconds: 9 }] }',
      'may not have a timeout',
    ],
    ['modules: { function: [{ key: f, handler: "a.${NOWHERE}" }] }', 'NOWHERE has no value'],
  ])('refuses %s', async (modules, problem) => {
    const manifest = `${base}${modules}\npermissions: { scopes: [] }\n`;
    await expect(deploy('bad.yml', manifest)).rejects.toThrow(problem);
  });
});
