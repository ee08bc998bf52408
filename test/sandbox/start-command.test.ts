import { spawn, type ChildProcess } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';

/* `npm start` and `npm run sandbox` as processes of their own: what they print, how soon they work, and what they leave behind. */

const ROOT = join(__dirname, '..', '..');
/** Issue 2: from the command to an answering board. */
const BOARD_WITHIN_MS = 10_000;
/** Far from the friendly ports, so that a sandbox somebody runs at the same time is left alone. */
const PORT_BASE = '47600';

const account = z.strictObject({ accountId: z.string(), email: z.string(), token: z.string() });
const jira = z.strictObject({ baseUrl: z.url(), users: z.record(z.string(), account) });
const teleport = z.strictObject({
  authAddr: z.string().regex(/^127\.0\.0\.1:\d+$/),
  proxyAddr: z.string(),
  cluster: z.string(),
  identities: z.record(z.string(), z.string()),
});
const forge = z.strictObject({ webTriggers: z.record(z.string(), z.url()), jwks: z.url() });
const whole = z.strictObject({
  web: z.url(),
  board: z.url(),
  admin: z.url(),
  console: z.url(),
  jira,
  teleport,
  forge,
  relay: z.strictObject({ config: z.string(), health: z.url(), pid: z.int().positive() }),
});

interface Run {
  child: ChildProcess;
  stdout(): string;
  stderr(): string;
  /** Exit code. */
  ended: Promise<number | null>;
}

const runs: Run[] = [];

function sandbox(...args: string[]): Run {
  const program = ['scripts/with-dependencies.mjs', 'sandbox/main.ts', ...args];
  const child = spawn(process.execPath, program, { cwd: ROOT, stdio: ['ignore', 'pipe', 'pipe'] });
  const texts = { stdout: '', stderr: '' };
  child.stdout.on('data', (chunk: Buffer) => (texts.stdout += chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => (texts.stderr += chunk.toString()));
  const ended = new Promise<number | null>((resolve) => child.once('close', resolve));
  const run = { child, stdout: () => texts.stdout, stderr: () => texts.stderr, ended };
  runs.push(run);
  return run;
}

/** The first line that it prints, as JSON. */
async function description(run: Run): Promise<unknown> {
  while (!run.stdout().includes('\n')) {
    if (run.child.exitCode !== null) throw new Error(`It ended: ${run.stderr()}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  return JSON.parse(run.stdout());
}

const answers = async (url: string): Promise<boolean> =>
  fetch(url).then(
    (response) => response.ok,
    () => false,
  );

afterEach(async () => {
  for (const run of runs.splice(0)) {
    run.child.kill('SIGTERM');
    await run.ended;
  }
});

describe('npm start', () => {
  it('answers with the board in time, prints one line of JSON, and leaves nothing behind', async () => {
    const begun = performance.now();
    const run = sandbox('--json', '--port-base', PORT_BASE);
    const printed = whole.parse(await description(run));
    expect(await answers(printed.board)).toBe(true);
    expect(performance.now() - begun).toBeLessThan(BOARD_WITHIN_MS);

    for (const url of [printed.web, printed.console, printed.forge.jwks, `${printed.relay.health}/readyz`])
      expect([url, await answers(url)]).toEqual([url, true]);
    const { email, token } = printed.jira.users['bob']!;
    const authorization = `Basic ${Buffer.from(`${email}:${token}`).toString('base64')}`;
    const myself = await fetch(`${printed.jira.baseUrl}/rest/api/3/myself`, { headers: { authorization } });
    expect(await myself.json()).toMatchObject({ accountId: printed.jira.users['bob']!.accountId });
    const files = [printed.relay.config, printed.teleport.identities['alice']!];
    expect(files.map((file) => existsSync(file))).toEqual([true, true]);

    run.child.kill('SIGTERM');
    expect(await run.ended).toBe(0);
    expect(run.stdout().trim().split('\n')).toHaveLength(1);
    expect(files.map((file) => existsSync(file))).toEqual([false, false]);
    expect(() => process.kill(printed.relay.pid, 0)).toThrow('ESRCH');
    expect(await answers(printed.board)).toBe(false);
  }, 40_000);

  it('says that the relay has died', async () => {
    const run = sandbox('--json', '--port-base', PORT_BASE);
    const { relay, web } = whole.parse(await description(run));
    process.kill(relay.pid, 'SIGKILL');
    while (!run.stderr().includes('The relay ended by SIGKILL'))
      await new Promise((resolve) => setTimeout(resolve, 20));
    const state: unknown = await (await fetch(`${web}/api/state`)).json();
    expect(state).toMatchObject({
      parts: expect.arrayContaining([expect.objectContaining({ key: 'relay', state: 'down' })]) as unknown,
    });
  }, 40_000);

  it('tells people where to click', async () => {
    const run = sandbox('--port-base', PORT_BASE);
    while (!run.stdout().includes('ready after')) {
      if (run.child.exitCode !== null) throw new Error(`It ended: ${run.stderr()}`);
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    expect(run.stdout()).toMatch(/Start here +http:\/\/127\.0\.0\.1:\d+\n/);
    run.child.kill('SIGINT');
    expect(await run.ended).toBe(0);
  }, 40_000);

  it('refuses what it does not understand with one line and code 2', async () => {
    const run = sandbox('mars');
    expect(await run.ended).toBe(2);
    expect(run.stdout()).toBe('');
    expect(run.stderr().trim().split('\n')).toHaveLength(1);
  });
});

describe('npm run sandbox', () => {
  it('starts Teleport alone', async () => {
    const run = sandbox('teleport', '--json', '--port-base', PORT_BASE);
    const printed = z.strictObject({ console: z.url(), teleport }).parse(await description(run));
    expect(await answers(`${printed.console}/webapi/ping`)).toBe(true);
  }, 20_000);

  it('starts Jira alone, and the Forge platform on it', async () => {
    const site = z
      .strictObject({ board: z.url(), jira })
      .parse(await description(sandbox('jira', '--json', '--port-base', PORT_BASE)));
    const run = sandbox('forge', '--json', '--port-base', PORT_BASE, '--jira', site.jira.baseUrl);
    const printed = z.strictObject({ admin: z.url(), forge }).parse(await description(run));
    expect(Object.keys(printed.forge.webTriggers)).toEqual(['relay-inbox']);
    const unsigned = await fetch(printed.forge.webTriggers['relay-inbox']!, { method: 'POST', body: '{}' });
    expect(unsigned.status).toBe(401);
  }, 30_000);

  it('starts the Forge platform with a Jira of its own', async () => {
    const run = sandbox('forge', '--json', '--port-base', PORT_BASE);
    const printed = z
      .strictObject({ board: z.url(), jira, admin: z.url(), forge })
      .parse(await description(run));
    expect(await answers(printed.board)).toBe(true);
  }, 30_000);
});
