import {
  createTeleport,
  type TeleportClient,
  type TeleportOptions,
} from '../../../relay/src/teleport/client';
import { requestOver } from '../../../relay/src/http/over-socket';
import { TeleportError, type Log, type LogFacts } from '../../../relay/src/ports';
import type { TeleportSandbox } from '../../../sandbox/teleport';

/** Everything that was logged, by level. */
export interface LogLine {
  level: 'debug' | 'info' | 'warn' | 'error';
  message: string;
  facts: LogFacts;
}

/** A log that keeps its lines. */
export function keepingLog(): Log & { lines: LogLine[] } {
  const lines: LogLine[] = [];
  const at =
    (level: LogLine['level']) =>
    (message: string, facts: LogFacts = {}): void =>
      void lines.push({ level, message, facts });
  return { lines, debug: at('debug'), info: at('info'), warn: at('warn'), error: at('error') };
}

/** Makes the relay's own clients of a simulated cluster, over real sockets, and closes them together. */
export class Clients {
  private readonly open: TeleportClient[] = [];
  readonly log = keepingLog();

  constructor(private readonly sandbox: () => TeleportSandbox) {}

  connect(address: string, options: Partial<TeleportOptions> = {}): TeleportClient {
    const teleport = createTeleport({
      address,
      identityFile: this.sandbox().identities['bot-jira-relay'] ?? '',
      timing: { teleport_call_within: 10, keepalive_every: 60, keepalive_within: 20, retry_first: 0.1 },
      log: this.log,
      requestOver,
      webCaFile: this.sandbox().frontDoors?.webCaFile,
      env: {},
      ...options,
    });
    this.open.push(teleport);
    return teleport;
  }

  close(): void {
    this.open.splice(0).forEach((teleport) => teleport.close());
    this.log.lines.splice(0);
  }
}

/** A signal that ends a test's waiting before the test itself is ended. */
export function soon(): AbortSignal {
  return AbortSignal.timeout(15_000);
}

/** The failure of a call. @throws Error when it did not fail as calls to Teleport do. */
export async function failureOf(work: Promise<unknown>): Promise<TeleportError> {
  const error: unknown = await work.then(
    () => 'no failure',
    (reason: unknown) => reason,
  );
  if (error instanceof TeleportError) return error;
  throw new Error(`expected a TeleportError, got ${String(error)}`);
}

/** Tries until it works. */
export async function eventually<T>(attempt: () => T | Promise<T>, withinMs = 12_000): Promise<T> {
  const until = Date.now() + withinMs;
  for (;;) {
    try {
      return await attempt();
    } catch (error) {
      if (Date.now() > until) throw error;
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }
}
