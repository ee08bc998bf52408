import type { Clock } from '../clock';

/** Longest machine time until the clock is looked at again, since it may have been moved. */
const LOOK_MS = 10;

interface Entry {
  dueAt: number;
  counts: boolean;
  run: () => Promise<void>;
}

/** What is still to be done, at which time of the sandbox's clock, and whether anything is left. */
export class Agenda {
  private entries: Entry[] = [];
  private running = 0;
  private timer: NodeJS.Timeout | undefined;
  private immediate: NodeJS.Immediate | undefined;
  private readonly waiting = new Set<() => void>();
  private isClosed = false;

  constructor(private readonly clock: Clock) {}

  /**
   * Runs a task at a time. Tasks that count keep `idle` waiting; those that come round for ever do not, except while they run.
   * @returns a function that takes it off the agenda.
   */
  at(dueAt: number, run: () => Promise<void>, counts = true): () => void {
    if (this.isClosed) return () => undefined;
    const entry = { dueAt, counts, run };
    this.entries.push(entry);
    this.schedule();
    return () => {
      this.entries = this.entries.filter((other) => other !== entry);
      this.check();
    };
  }

  /** Counts a piece of work as running until it settles. */
  async track<T>(work: Promise<T>): Promise<T> {
    this.running += 1;
    try {
      return await work;
    } finally {
      this.running -= 1;
      // What the end of this work sets off comes first.
      setImmediate(() => {
        this.check();
      });
    }
  }

  /** Resolves when nothing runs and no counting task is left; with `dueOnly` tasks of a later time do not count. */
  async idle(dueOnly: boolean): Promise<void> {
    // Events of a REST call that has just been answered are put on the agenda by then.
    await new Promise((resolve) => setImmediate(resolve));
    while (!this.isClosed && (this.running > 0 || this.isSomethingLeft(dueOnly)))
      await new Promise<void>((resolve) => {
        const look = setTimeout(done, LOOK_MS);
        const waiting = this.waiting;
        function done(): void {
          clearTimeout(look);
          waiting.delete(done);
          resolve();
        }
        waiting.add(done);
      });
  }

  /** Drops everything. */
  close(): void {
    this.isClosed = true;
    this.entries = [];
    clearTimeout(this.timer);
    clearImmediate(this.immediate);
    this.check();
  }

  private isSomethingLeft(dueOnly: boolean): boolean {
    const now = this.clock.now();
    return this.entries.some((entry) => entry.counts && (!dueOnly || entry.dueAt <= now));
  }

  private schedule(): void {
    clearTimeout(this.timer);
    if (this.entries.length === 0 || this.isClosed) return;
    const wait = Math.min(...this.entries.map(({ dueAt }) => dueAt)) - this.clock.now();
    if (wait <= 0) {
      this.immediate ??= setImmediate(() => {
        this.immediate = undefined;
        this.runDue();
      });
      return;
    }
    this.timer = setTimeout(
      () => {
        this.runDue();
      },
      Math.min(LOOK_MS, this.clock.machineMillis(wait)),
    );
    this.timer.unref();
  }

  private runDue(): void {
    const now = this.clock.now();
    const due = this.entries.filter(({ dueAt }) => dueAt <= now).sort((a, b) => a.dueAt - b.dueAt);
    this.entries = this.entries.filter(({ dueAt }) => dueAt > now);
    for (const { run } of due) void this.track(run());
    this.schedule();
  }

  private check(): void {
    for (const done of [...this.waiting]) done();
  }
}
