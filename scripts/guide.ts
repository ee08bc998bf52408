import { spawn } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePort } from '../sandbox/ports';
import { confirm, pair, saveSettings, settingsFor } from '../sandbox/set-up';
import { startSandbox } from '../sandbox/start';

/*
 * `npm run guide`: performs the shell commands of docs/set-up.md that need no live Jira or Teleport, in their order and in one shell, at
 * the sandbox's front doors. What a person does on the app's page in between is done as a Jira administrator.
 */

const root = join(__dirname, '..');
/** Where the guide's relay answers; replaced by a port that is free. */
const HEALTH = '127.0.0.1:8090';
const WITHIN_MS = 60_000;

/** The commands of a guide: its blocks of `sh`, but for those marked `live` or `slow`, without their indentation. */
export function commandsOf(markdown: string): string[] {
  return [...markdown.matchAll(/^( *)```sh([^\n]*)\n([\s\S]*?)^ *```$/gm)].flatMap(
    ([, indent = '', mark = '', text = '']) =>
      mark.trim() === '' ? [text.replaceAll(new RegExp(`^${indent}`, 'gm'), '')] : [],
  );
}

/** Performs the guide. @returns what the commands printed. @throws Error with it when one of them fails. */
export async function performGuide(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'relay-guide-'));
  const sandbox = await startSandbox({ setUp: 'none' });
  try {
    const { admin, teleport, jira } = sandbox;
    await saveSettings(admin, settingsFor(jira));
    const { connectionId, pairingToken } = await pair(admin, 'Guide');
    const token = join(folder, 'pairing-token');
    await writeFile(token, pairingToken, { mode: 0o600 });
    const health = `127.0.0.1:${await freePort()}`;
    const commands = commandsOf(await readFile(join(root, 'docs', 'set-up.md'), 'utf8'));
    const script = commands
      .join('\n')
      .replaceAll(HEALTH, health)
      .replaceAll('relay.yaml', join(folder, 'relay.yaml'));
    const cluster = { name: teleport.clusterName, caFingerprint: teleport.caFingerprint };
    const [printed] = await Promise.all([
      shell(`set -euo pipefail\n${script}`, {
        TELEPORT_ADDRESS: teleport.authAddress,
        IDENTITY: teleport.identities['bot-jira-relay'] ?? '',
        PAIRING_TOKEN: token,
        RELAY_HTTP_HEALTH_ADDRESS: health,
      }),
      confirm(admin, connectionId, cluster),
    ]);
    return printed;
  } finally {
    await sandbox.stop();
    await rm(folder, { recursive: true, force: true });
  }
}

function shell(script: string, environment: Readonly<Record<string, string>>): Promise<string> {
  return new Promise((resolve, reject) => {
    const child = spawn('bash', ['-c', script], {
      cwd: root,
      env: { ...process.env, ...environment },
      stdio: ['ignore', 'pipe', 'pipe'],
      detached: true,
    });
    // What the guide starts in the background ends with it.
    const endAll = (): void => {
      if (child.pid !== undefined) process.kill(-child.pid, 'SIGKILL');
    };
    const timer = setTimeout(endAll, WITHIN_MS);
    child.on('exit', () => {
      clearTimeout(timer);
      try {
        endAll();
      } catch {
        // There was nothing left.
      }
    });
    let text = '';
    for (const stream of [child.stdout, child.stderr])
      stream.setEncoding('utf8').on('data', (chunk: string) => {
        text += chunk;
      });
    child.on('error', reject);
    child.on('close', (code) => {
      if (code === 0) resolve(text);
      else reject(new Error(`The guide's commands ended with ${code ?? 'a signal'}.\n${text}`));
    });
  });
}

if (require.main === module)
  performGuide().then(
    (printed) => {
      console.log(printed);
    },
    (cause: unknown) => {
      console.error(cause instanceof Error ? cause.message : cause);
      process.exitCode = 1;
    },
  );
