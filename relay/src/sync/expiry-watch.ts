import type { Clock } from '../ports';

const FOREVER = 60 * 60_000;

/** Calls back when pending requests are past their end, since Teleport's own word about it comes minutes later or never. */
export class ExpiryWatch {
  /** When each request is due, Unix milliseconds. */
  private readonly due = new Map<string, number>();
  private nextWakeAt = Infinity;
  private wake = new AbortController();

  constructor(
    private readonly clock: Clock,
    private readonly onDue: (requestId: string) => Promise<void>,
  ) {}

  /** Watches a request until `dueAt`, Unix milliseconds; an earlier date for the same request is replaced. */
  set(requestId: string, dueAt: number): void {
    this.due.set(requestId, dueAt);
    if (dueAt < this.nextWakeAt) this.wake.abort();
  }

  clear(requestId: string): void {
    this.due.delete(requestId);
  }

  /** Runs until the signal. */
  async run(signal: AbortSignal): Promise<void> {
    signal.addEventListener('abort', () => this.wake.abort(), { once: true });
    while (!signal.aborted) {
      this.wake = new AbortController();
      this.nextWakeAt = Infinity;
      for (const dueAt of this.due.values()) this.nextWakeAt = Math.min(this.nextWakeAt, dueAt);
      await this.clock.sleep(
        Math.max(0, Math.min(FOREVER, this.nextWakeAt - this.clock.now())),
        this.wake.signal,
      );
      const now = this.clock.now();
      const overdue = [...this.due].filter(([, dueAt]) => dueAt <= now).map(([requestId]) => requestId);
      for (const requestId of overdue) {
        this.due.delete(requestId);
        await this.onDue(requestId);
      }
    }
  }
}
