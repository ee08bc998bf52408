import { spawn, type ChildProcess } from 'node:child_process';
import { setTimeout as sleep } from 'node:timers/promises';
import { fetch } from 'undici';
import { z } from 'zod';

/**
 * What the image and the archive start the relay with, since it mostly waits: a small young generation, and one arena of the
 * allocator for all threads.
 */
const NODE_FLAGS = ['--max-semi-space-size=1'];
const SMALL = { MALLOC_ARENA_MAX: '1' };
const KEPT_OUTPUT_BYTES = 2_000_000;
const POLL_MS = 25;
const KILL_AFTER_MS = 10_000;

/** What a relay process is started with. */
export interface RelayProcessOptions {
  /** The relay as one file. */
  bundleFile: string;
  configFile: string;
  /** Base address of its health server. */
  healthUrl: string;
  /** Variables beside those of this process; its own `RELAY_…` variables are never passed on. */
  environment?: Readonly<Record<string, string>>;
}

const relayStatus = z.object({
  state: z.string(),
  ready: z.boolean(),
  problems: z.array(z.string()),
  waiting: z.number(),
  olderRequests: z.number(),
  failed: z.array(z.object({ requestId: z.string(), code: z.string() })),
});

/** How a process ended. */
export interface ProcessEnd {
  code: number | null;
  signal: NodeJS.Signals | null;
}

/** A real relay as a child process, which can be stopped and started again with the same configuration. */
export class RelayProcess {
  private child: ChildProcess | undefined;
  private ended: Promise<ProcessEnd> | undefined;
  private readonly endListeners = new Set<(end: ProcessEnd) => void>();
  private isStopping = false;
  private text = '';

  constructor(private readonly options: RelayProcessOptions) {}

  /** Process id; `undefined` while it does not run. */
  get pid(): number | undefined {
    return this.child?.pid;
  }

  get configFile(): string {
    return this.options.configFile;
  }

  get healthUrl(): string {
    return this.options.healthUrl;
  }

  /** What all runs so far printed, the last two megabytes of it. */
  output(): string {
    return this.text;
  }

  /** Starts the process. It is not ready yet. @throws Error when it runs already. */
  start(): void {
    if (this.child !== undefined) throw new Error('The relay runs already.');
    const { bundleFile, configFile, environment } = this.options;
    const child = spawn(process.execPath, [...NODE_FLAGS, bundleFile, 'start', '-c', configFile], {
      env: { ...withoutRelayVariables(process.env), ...SMALL, ...environment },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const killWithUs = (): void => {
      child.kill('SIGKILL');
    };
    process.once('exit', killWithUs);
    for (const stream of [child.stdout, child.stderr])
      stream.setEncoding('utf8').on('data', (chunk: string) => {
        this.text = (this.text + chunk).slice(-KEPT_OUTPUT_BYTES);
      });
    this.isStopping = false;
    this.child = child;
    this.ended = new Promise((resolve) => {
      child.once('error', (error) => {
        this.text += `${error.message}\n`;
        resolve({ code: null, signal: null });
      });
      child.once('close', (code, signal) => {
        resolve({ code, signal });
      });
    });
    void this.ended.then((end) => {
      process.off('exit', killWithUs);
      this.child = undefined;
      if (!this.isStopping) this.endListeners.forEach((listener) => listener(end));
    });
  }

  /** Tells of an end that nobody asked for. @returns a function that ends the subscription. */
  onUnexpectedEnd(listener: (end: ProcessEnd) => void): () => void {
    this.endListeners.add(listener);
    return () => this.endListeners.delete(listener);
  }

  /**
   * Sends a signal and waits for the end; after ten seconds the process is killed.
   * @returns how it ended; `undefined` when it did not run.
   */
  async stop(signal: NodeJS.Signals = 'SIGTERM'): Promise<ProcessEnd | undefined> {
    const { child, ended } = this;
    if (child === undefined || ended === undefined) return undefined;
    this.isStopping = true;
    child.kill(signal);
    const timer = setTimeout(() => child.kill('SIGKILL'), KILL_AFTER_MS);
    try {
      return await ended;
    } finally {
      clearTimeout(timer);
    }
  }

  /** Sends a signal that does not end the process, such as SIGHUP. */
  signal(signal: NodeJS.Signals): void {
    this.child?.kill(signal);
  }

  /** How the running process ends, whoever ends it. @throws Error when none was ever started. */
  end(): Promise<ProcessEnd> {
    if (this.ended === undefined) throw new Error('The relay was never started.');
    return this.ended;
  }

  /** Waits until `/readyz` says that the relay is in step. @throws Error with its last words when it ends or the time is over. */
  async untilReady(withinMs = 15_000): Promise<void> {
    const giveUpAt = Date.now() + withinMs;
    for (;;) {
      if (this.child === undefined) throw new Error(`The relay ended before it was ready.\n${this.tail()}`);
      if (await this.isReady()) return;
      if (Date.now() > giveUpAt) throw new Error(`The relay is not ready.\n${this.tail()}`);
      await sleep(POLL_MS);
    }
  }

  /** The last lines that it printed. */
  tail(lines = 12): string {
    return this.text.trimEnd().split('\n').slice(-lines).join('\n');
  }

  /** What its `/status` page says. @throws Error when it does not answer. */
  async status(): Promise<z.infer<typeof relayStatus>> {
    const response = await fetch(`${this.options.healthUrl}/status`);
    return relayStatus.parse(await response.json());
  }

  private async isReady(): Promise<boolean> {
    try {
      const response = await fetch(`${this.options.healthUrl}/readyz`);
      await response.text();
      return response.ok;
    } catch {
      return false;
    }
  }
}

function withoutRelayVariables(environment: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  return Object.fromEntries(Object.entries(environment).filter(([name]) => !name.startsWith('RELAY_')));
}
