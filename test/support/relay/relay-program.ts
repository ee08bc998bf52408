import { spawn, type ChildProcess } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { build } from 'esbuild';
import { encodePairingToken, type Pairing } from '../../../contract/pairing-token';
import { freePort } from '../../../sandbox/ports';

/** A relay process. */
export interface RunningRelay {
  /** Base address of its health server. */
  url: string;
  child: ChildProcess;
  /** What was printed so far. */
  output(): string;
}

/** What a relay process is started with, beside its defaults. */
export interface RelayStart {
  name: string;
  address: string;
  identityFile: string;
  pairing: Pairing;
  /** YAML of further sections. */
  more?: string;
}

/** The real relay as one file, run as real processes that end with the test. */
export class RelayProgram {
  private readonly children: ChildProcess[] = [];

  private constructor(
    private readonly folder: string,
    private readonly file: string,
  ) {}

  /** Bundles the relay as it is in the repository now. */
  static async build(folder: string): Promise<RelayProgram> {
    const file = join(folder, 'relay.cjs');
    await build({
      entryPoints: [join(__dirname, '..', '..', '..', 'relay', 'src', 'main.ts')],
      outfile: file,
      bundle: true,
      platform: 'node',
      format: 'cjs',
      target: 'node20',
      logLevel: 'silent',
    });
    return new RelayProgram(folder, file);
  }

  async start({ name, address, identityFile, pairing, more = '' }: RelayStart): Promise<RunningRelay> {
    const tokenFile = join(this.folder, `${name}.token`);
    await writeFile(tokenFile, encodePairingToken(pairing), { mode: 0o600 });
    const port = await freePort();
    const config = join(this.folder, `${name}.yaml`);
    await writeFile(
      config,
      `teleport: { address: "${address}", identity_file: ${identityFile} }
jira_app: { pairing_token_file: ${tokenFile} }
decisions: { mode: observe }
http: { health_address: "127.0.0.1:${port}" }
${more}`,
    );
    const child = spawn(process.execPath, [this.file, 'start', '-c', config], {
      env: { PATH: process.env['PATH'] ?? '' },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    this.children.push(child);
    let text = '';
    for (const stream of [child.stdout, child.stderr])
      stream.setEncoding('utf8').on('data', (piece: string) => (text += piece));
    return { url: `http://127.0.0.1:${port}`, child, output: () => text };
  }

  /** Ends all processes. */
  async stop(): Promise<void> {
    await Promise.all(this.children.map(stopped));
  }
}

async function stopped(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = new Promise((resolve) => child.once('exit', resolve));
  child.kill('SIGKILL');
  await ended;
}
