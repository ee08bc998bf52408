import { spawn, type ChildProcess } from 'node:child_process';
import { setTimeout as sleep } from 'node:timers/promises';

const WITHIN_MS = 10_000;
const LOOK_EVERY_MS = 20;

/**
 * A program on a real terminal, which `script` of util-linux opens; every Debian has it. What is typed goes in as from a keyboard,
 * and what the terminal shows comes out, its own echo included.
 */
export class Terminal {
  private shown = '';
  private readonly ended: Promise<number | null>;

  private constructor(private readonly child: ChildProcess) {
    for (const stream of [child.stdout, child.stderr])
      stream?.setEncoding('utf8').on('data', (text: string) => (this.shown += text));
    this.ended = new Promise((resolve, reject) => {
      child.once('error', (error: Error) =>
        reject(new Error(`There is no terminal without script(1): ${error.message}`)),
      );
      child.once('close', resolve);
    });
  }

  /** Runs a program. Its words must not need quoting for a shell. */
  static run(words: readonly string[], cwd: string): Terminal {
    const child = spawn('script', ['--quiet', '--return', '--command', words.join(' '), '/dev/null'], {
      cwd,
      env: { PATH: process.env['PATH'] ?? '', TERM: 'xterm' },
      stdio: 'pipe',
    });
    return new Terminal(child);
  }

  /** All that the terminal has shown. */
  get text(): string {
    return this.shown;
  }

  /** Waits until a text is shown that was not there at the last call. @throws Error when it does not come. */
  async sees(text: string): Promise<void> {
    const giveUpAt = Date.now() + WITHIN_MS;
    while (!this.unseen.includes(text)) {
      if (Date.now() > giveUpAt) throw new Error(`Not shown: ${text}. Shown:\n${this.shown}`);
      await sleep(LOOK_EVERY_MS);
    }
    this.seen += this.unseen.indexOf(text) + text.length;
  }

  /** Types, without pressing Enter. */
  type(keys: string): void {
    this.child.stdin?.write(keys);
  }

  /** Types a line. */
  enter(line: string): void {
    this.type(`${line}\r`);
  }

  /** The exit code. */
  async end(): Promise<number | null> {
    const timer = setTimeout(() => this.child.kill('SIGKILL'), WITHIN_MS);
    try {
      return await this.ended;
    } finally {
      clearTimeout(timer);
    }
  }

  /** Takes the terminal away from what still runs on it. */
  close(): void {
    this.child.kill('SIGKILL');
  }

  private seen = 0;
  private get unseen(): string {
    return this.shown.slice(this.seen);
  }
}
