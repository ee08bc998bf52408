import { spawn } from 'node:child_process';
import { randomBytes, randomUUID } from 'node:crypto';
import { mkdtempSync } from 'node:fs';
import { chmod, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { z } from 'zod';
import { parse } from 'yaml';
import { decodePairingToken, encodePairingToken } from '../../contract/pairing-token';
import { version } from '../../package.json';
import { startTeleport, type TeleportSandbox } from '../../sandbox/teleport';
import { eventually } from '../support/relay/real-teleport';
import { RelayProgram } from '../support/relay/relay-program';
import { Terminal } from '../support/relay/terminal';

/** The command line of the real relay: configure, check, help. */

const folder = mkdtempSync(join(tmpdir(), 'relay-configure-'));
const tokenFile = join(folder, 'token');
const secret = randomBytes(32).toString('base64url');
let sandbox: TeleportSandbox;
let identity = '';

beforeAll(async () => {
  sandbox = await startTeleport({ dataDir: folder });
  identity = sandbox.identities['bot-jira-relay'] ?? '';
  await RelayProgram.build(folder);
  const ids = { connectionId: 'c-1', keyId: 'k-1', cloudId: randomUUID(), appId: 'app', environmentId: 'e' };
  const token = encodePairingToken({ webTriggerUrl: 'http://127.0.0.1:9/inbox', secret, ...ids });
  await writeFile(tokenFile, token, { mode: 0o600 });
});
afterAll(async () => {
  await sandbox.stop();
  await rm(folder, { recursive: true });
});

async function relay(...args: string[]) {
  const child = spawn(process.execPath, [join(folder, 'relay.cjs'), ...args], {
    cwd: folder,
    env: { PATH: process.env['PATH'] ?? '' },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let stdout = '';
  let stderr = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => (stdout += text));
  child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text));
  const code = await new Promise<number | null>((resolve) => child.once('close', resolve));
  expect(stdout + stderr).not.toContain(secret);
  return { code, stdout, stderr };
}

const answers = (mode = 'set-state') => [
  ...['--address', sandbox.authAddress, '--identity', identity],
  ...['--pairing-token-file', tokenFile, '--mode', mode],
];

test('writes a commented file for its owner alone, which the relay takes', async () => {
  const file = join(folder, 'made.yaml');
  const made = await relay('configure', '-o', file, ...answers(), '--approver-identity', 'trait');
  expect(made).toMatchObject({ code: 0, stdout: '' });
  expect(made.stderr).not.toContain('still to do');
  expect((await stat(file)).mode & 0o777).toBe(0o600);
  const text = await readFile(file, 'utf8');
  expect(text).toContain('#   review-as-bot: a decision in Jira is one review');
  expect(text).toContain('#   email: the e-mail address in Jira is the user name in Teleport');
  expect(parse(text)).toEqual({
    teleport: { address: sandbox.authAddress, identity_file: identity },
    jira_app: { pairing_token_file: tokenFile },
    decisions: { mode: 'set-state', approver_identity: 'trait' },
  });

  const checked = await relay('check', '-c', file);
  expect(checked.code).toBe(1);
  expect(checked.stdout).toMatch(/^ok +way in +direct: /m);
  expect(checked.stdout).toMatch(/^ok +set a state +granted/m);
  expect(checked.stdout).toMatch(/^failed +Jira app +the app’s address refuses connections — /m);
  const json = await relay('check', '-c', file, '--json');
  const findings = z.object({ result: z.string(), checks: z.array(z.object({ check: z.string() })) });
  expect(findings.parse(JSON.parse(json.stdout))).toMatchObject({ result: 'failed' });
});

test('overwrites only when it is told to, and closes the file to others then', async () => {
  const file = join(folder, 'there.yaml');
  await writeFile(file, 'old');
  await chmod(file, 0o644);
  const refused = await relay('configure', '-o', file, ...answers('observe'));
  expect(refused.code).toBe(2);
  expect(refused.stderr).toContain('--force overwrites it');
  expect(await readFile(file, 'utf8')).toBe('old');
  expect((await relay('configure', '-o', file, ...answers('observe'), '--force')).code).toBe(0);
  expect(await readFile(file, 'utf8')).toContain('mode: "observe"');
  expect((await stat(file)).mode & 0o777).toBe(0o600);
});

test('without a terminal every missing answer is a line, with what there is to choose', async () => {
  const { code, stderr } = await relay('configure', '-o', join(folder, 'none.yaml'), '--mode', 'set-state');
  expect(code).toBe(2);
  const lines = stderr.trim().split('\n');
  expect(lines.map((line) => line.split(':')[0])).toEqual([
    '--address',
    '--identity',
    '--pairing-token-file',
    '--approver-identity',
  ]);
  expect(lines.at(-1)).toContain('expected trait, email, any');
});

test.each([
  [['--mode', 'rule-the-world'], '--mode: found "rule-the-world"'],
  [['--address', 'nowhere'], '--address: found "nowhere"'],
  [['--approver-identity', 'nobody'], '--approver-identity: found "nobody"'],
])('a wrong answer is refused before anything is written: %p', async (change, words) => {
  const file = join(folder, 'wrong.yaml');
  const given = [...answers(), '--approver-identity', 'any', ...change];
  const { code, stderr } = await relay('configure', '-o', file, ...given);
  expect(code).toBe(2);
  expect(stderr).toContain(words);
  await expect(stat(file)).rejects.toMatchObject({ code: 'ENOENT' });
});

test("takes over the official plugin's file, in which nothing secret is kept", async () => {
  const from = join(folder, 'teleport-jira.toml');
  const apiToken = randomBytes(16).toString('hex');
  await writeFile(
    from,
    `[teleport]\naddr = "${sandbox.authAddress}"\nidentity = "${identity}"\n[jira]\napi_token = "${apiToken}"\n`,
  );
  const file = join(folder, 'from.yaml');
  const rest = ['--pairing-token-file', tokenFile, '--mode', 'observe'];
  const made = await relay('configure', '-o', file, '--from', from, ...rest);
  expect(made.code).toBe(0);
  expect(made.stderr).toContain('[jira] no longer applies');
  expect(made.stderr + (await readFile(file, 'utf8'))).not.toContain(apiToken);
  const checked = await relay('check', '-c', from, ...rest);
  expect(checked.stderr).toContain('note: [jira] no longer applies');
  expect(checked.stdout).toMatch(/^ok +decision mode +observe/m);
});

test.each(['start', 'check', 'configure', 'version'])(
  '%s has a help that names its exit codes',
  async (name) => {
    const { code, stdout } = await relay(name, '--help');
    expect(code).toBe(0);
    expect(stdout).toContain(`Usage: relay ${name}`);
    expect(stdout).toMatch(/Exit codes:\n {2}0 {2}/);
  },
);

test('a relay that starts makes the checks and logs them', async () => {
  const program = await RelayProgram.build(folder);
  const pairing = decodePairingToken(await readFile(tokenFile, 'utf8'));
  if (!pairing.ok) throw new Error(pairing.reason);
  const start = { name: 'started', address: sandbox.authAddress, identityFile: identity };
  const running = await program.start({ ...start, pairing: pairing.pairing });
  try {
    await eventually(() => expect(running.output()).toContain('"message":"checks done"'));
    expect(running.output()).toMatch(/"check":"app","result":"failed".*"message":"a check found something"/);
    expect(running.child.exitCode).toBeNull();
  } finally {
    await program.stop();
  }
});

test('the version, and command lines that are not understood', async () => {
  expect(await relay('version')).toMatchObject({ code: 0, stdout: `${version}\n` });
  expect(await relay('--help')).toMatchObject({ code: 0 });
  for (const args of [[], ['dance'], ['start', 'now'], ['version', '--json'], ['check', '--frob']]) {
    const { code, stderr } = await relay(...args);
    expect([args, code]).toEqual([args, 2]);
    expect(stderr).toContain('relay --help explains');
  }
});

describe('on a terminal', () => {
  const CTRL_C = '\u0003';
  const CTRL_D = '\u0004';
  const terminals: Terminal[] = [];
  const open = (file: string, ...args: string[]): Terminal => {
    const words = [process.execPath, join(folder, 'relay.cjs'), 'configure', '-o', file, ...args];
    const terminal = Terminal.run(words, folder);
    terminals.push(terminal);
    return terminal;
  };
  afterEach(() => {
    for (const terminal of terminals.splice(0)) terminal.close();
  });

  test('asks for what is missing, says what is wrong with an answer, and writes what was answered', async () => {
    const file = join(folder, 'asked.yaml');
    const terminal = open(file);
    await terminal.sees("Teleport's address as host:port");
    terminal.enter('not an address');
    await terminal.sees('--address: found "not an address"');
    await terminal.sees("Teleport's address as host:port");
    terminal.enter(sandbox.authAddress);
    await terminal.sees('Path of the identity file');
    terminal.enter('');
    await terminal.sees('An answer is needed.');
    terminal.enter(identity);
    await terminal.sees('the token itself is never asked for');
    terminal.enter(tokenFile);
    await terminal.sees('  observe: requests are shown in Jira');
    terminal.enter('set_state');
    await terminal.sees('--mode: found "set_state"');
    terminal.enter('set-state');
    await terminal.sees('  trait: a user trait in Teleport');
    terminal.enter('any');
    await terminal.sees(`written: ${file}`);
    await terminal.sees(`next: relay check -c ${file}`);
    expect(await terminal.end()).toBe(0);
    expect(terminal.text).not.toContain(secret);
    expect(parse(await readFile(file, 'utf8'))).toMatchObject({
      teleport: { address: sandbox.authAddress, identity_file: identity },
      decisions: { mode: 'set-state', approver_identity: 'any' },
    });
    expect((await relay('check', '-c', file)).stdout).toMatch(/^ok +set a state +granted/m);
  });

  test('asks only for what no option gave', async () => {
    const terminal = open(join(folder, 'rest.yaml'), ...answers('set-state'));
    await terminal.sees('How the relay proves');
    expect(terminal.text).not.toContain('Path of');
    terminal.enter('trait');
    expect(await terminal.end()).toBe(0);
  });

  test.each([
    ['Ctrl-C', CTRL_C],
    ['the end of input', CTRL_D],
  ])('is given up by %s: nothing is written, and the exit code says so', async (_name, keys) => {
    const file = join(folder, `given-up-${keys.charCodeAt(0)}.yaml`);
    const terminal = open(file);
    await terminal.sees("Teleport's address");
    terminal.enter(sandbox.authAddress);
    await terminal.sees('Path of the identity file');
    terminal.type(keys);
    await terminal.sees('nothing was written');
    expect(await terminal.end()).toBe(130);
    await expect(stat(file)).rejects.toThrow('ENOENT');
  });
});
