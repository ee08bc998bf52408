import type { Clock } from '../../../relay/src/ports';

interface Sleeper {
  wakeAt: number;
  wake: () => void;
}

/** A clock that stands still until a test moves it; sleepers wake in the order of their times. */
export class ManualClock implements Clock {
  private sleepers: Sleeper[] = [];

  constructor(private time = Date.UTC(2026, 10, 24, 14, 0, 0)) {}

  now(): number {
    return this.time;
  }

  sleep(milliseconds: number, signal: AbortSignal): Promise<void> {
    if (signal.aborted) return Promise.resolve();
    return new Promise((resolve) => {
      const wake = (): void => {
        signal.removeEventListener('abort', wake);
        this.sleepers = this.sleepers.filter((sleeper) => sleeper.wake !== wake);
        resolve();
      };
      signal.addEventListener('abort', wake, { once: true });
      this.sleepers.push({ wakeAt: this.time + milliseconds, wake });
    });
  }

  /** Moves the time on, letting everything that is due happen at its own moment. */
  async advance(milliseconds: number): Promise<void> {
    const end = this.time + milliseconds;
    await settle();
    for (;;) {
      const next = this.sleepers.filter((each) => each.wakeAt <= end).sort((a, b) => a.wakeAt - b.wakeAt)[0];
      if (next === undefined) break;
      this.time = Math.max(this.time, next.wakeAt);
      next.wake();
      await settle();
    }
    this.time = end;
    await settle();
  }
}

/** Lets all promises that are ready run. */
export async function settle(): Promise<void> {
  for (let turn = 0; turn < 5; turn += 1) await new Promise((resolve) => setImmediate(resolve));
}
