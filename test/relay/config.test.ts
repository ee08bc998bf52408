import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdtempSync } from 'node:fs';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { build } from 'esbuild';
import { encodePairingToken } from '../../contract/pairing-token';

/** The real relay process with bad configurations: exit code 2, one line for each problem, no secret. */

const folder = mkdtempSync(join(tmpdir(), 'relay-process-'));
const program = join(folder, 'main.cjs');
const secret = randomBytes(32).toString('base64url');
const token = encodePairingToken({
  webTriggerUrl: 'https://example.com/x1/inbox',
  connectionId: 'c-1',
  keyId: 'k-1',
  secret,
  cloudId: 'cloud',
  appId: 'app',
  environmentId: 'env',
});

beforeAll(async () => {
  await build({
    entryPoints: [join(__dirname, '..', '..', 'relay', 'src', 'main.ts')],
    outfile: program,
    bundle: true,
    platform: 'node',
    format: 'cjs',
    target: 'node20',
    logLevel: 'silent',
  });
});
afterAll(() => rm(folder, { recursive: true }));

interface Ended {
  code: number | null;
  stdout: string;
  lines: string[];
}

async function run(args: string[], env: Record<string, string> = {}): Promise<Ended> {
  const child = spawn(process.execPath, [program, ...args], {
    env: { PATH: process.env['PATH'] ?? '', ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let stdout = '';
  let stderr = '';
  child.stdout.on('data', (bytes: Buffer) => (stdout += bytes.toString()));
  child.stderr.on('data', (bytes: Buffer) => (stderr += bytes.toString()));
  const code = await new Promise<number | null>((resolve) => child.once('close', resolve));
  return { code, stdout, lines: stderr.split('\n').filter((line) => line !== '') };
}

let count = 0;
async function start(yaml: string, env: Record<string, string> = {}): Promise<Ended> {
  count += 1;
  const file = join(folder, `relay${count}.yaml`);
  await writeFile(file, yaml);
  return run(['start', '-c', file], env);
}

const LINE = /^[^:]+.*: found .+; expected .+$/;

function expectNoSecret({ stdout, lines }: Ended): void {
  const text = stdout + lines.join('\n');
  for (const part of [token.slice(5, 25), token.slice(-20), secret.slice(0, 12)])
    expect(text).not.toContain(part);
}

test('nothing configured: each missing thing has its line', async () => {
  const ended = await start('{}\n');
  expect(ended).toMatchObject({ code: 2, stdout: '' });
  expect(ended.lines.map((line) => line.split(':', 1)[0])).toEqual([
    'teleport.address',
    'decisions.mode',
    'teleport.identity_file',
    'jira_app.pairing_token',
  ]);
  ended.lines.forEach((line) => expect(line).toMatch(LINE));
});

test('file and environment are told apart, and nothing of a token is printed', async () => {
  const ended = await start(
    `teleport: { address: nowhere, identity_file: ${folder}/none }\njira_app: { pairing_token: ${token} }\ndecisions: { mode: "${token}" }\n`,
    { RELAY_JIRA_APP_PAIRING_TOKEN: token, RELAY_LOG_LEVEL: 'all' },
  );
  expect(ended.code).toBe(2);
  expect(ended.lines.map((line) => line.split(':', 1)[0])).toEqual([
    'teleport.address',
    'decisions.mode',
    'RELAY_LOG_LEVEL',
    'jira_app.pairing_token',
  ]);
  ended.lines.forEach((line) => expect(line).toMatch(LINE));
  expectNoSecret(ended);
});

test('a token on a broken line of the file is not repeated', async () => {
  const ended = await start(`jira_app:\n  pairing_token: "${token}\n  more: [\n`);
  expect(ended.code).toBe(2);
  expect(ended.lines.length).toBeGreaterThan(0);
  ended.lines.forEach((line) =>
    expect(line).toMatch(/at line \d+, column \d+; expected a YAML 1\.2 mapping of settings$/),
  );
  expectNoSecret(ended);
});

test('a file that is not there, and one that is a directory', async () => {
  const missing = await run(['start', '--config', join(folder, 'none.yaml')]);
  expect(missing.code).toBe(2);
  expect(missing.lines).toEqual([expect.stringContaining('found no such file; expected a readable file')]);
  await mkdir(join(folder, 'directory'));
  const directory = await run(['start', '-c', join(folder, 'directory')]);
  expect(directory.code).toBe(2);
  expect(directory.lines).toEqual([expect.stringContaining('found a directory; expected a readable file')]);
});

test.each([[[]], [['stop']], [['start', '--token', token]], [['start', token]]])(
  'a command line that is not understood (case %#) ends with 2 and does not repeat it',
  async (args: string[]) => {
    const ended = await run(args);
    expect(ended.code).toBe(2);
    expect(ended.lines).toHaveLength(1);
    expectNoSecret(ended);
  },
);
