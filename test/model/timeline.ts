import type { Clock } from '../../relay/src/ports';
import type { FakeClock } from '../support/fakes/effects';

interface Sleeper {
  wakeAt: number;
  wake: () => void;
}

/** The one time of a whole model world: the app's clock, which relays' clocks are set by, with everything that waits for it. */
export class Timeline {
  private sleepers = new Set<Sleeper>();

  constructor(private readonly clock: FakeClock) {}

  now(): number {
    return this.clock.now();
  }

  sleep(milliseconds: number, signal?: AbortSignal): Promise<void> {
    if (signal?.aborted === true) return Promise.resolve();
    return new Promise((resolve) => {
      const wake = (): void => {
        signal?.removeEventListener('abort', wake);
        this.sleepers.delete(sleeper);
        resolve();
      };
      // Times are whole milliseconds, as those of machines are.
      const sleeper = { wakeAt: this.clock.now() + Math.ceil(milliseconds), wake };
      signal?.addEventListener('abort', wake, { once: true });
      this.sleepers.add(sleeper);
    });
  }

  /** Moves the time on, letting everything that is due happen at its own moment. */
  async advance(seconds: number): Promise<void> {
    const end = this.clock.time + seconds * 1000;
    await settle();
    for (;;) {
      let next: Sleeper | undefined;
      for (const each of this.sleepers)
        if (each.wakeAt <= end && (next === undefined || each.wakeAt < next.wakeAt)) next = each;
      if (next === undefined) break;
      this.clock.time = Math.max(this.clock.time, next.wakeAt);
      next.wake();
      await settle();
    }
    this.clock.time = Math.max(this.clock.time, end);
    await settle();
  }
}

/** A relay's clock: the world's, off by some seconds. */
export class SkewedClock implements Clock {
  offsetMs = 0;

  constructor(private readonly timeline: Timeline) {}

  now(): number {
    return this.timeline.now() + this.offsetMs;
  }

  sleep(milliseconds: number, signal: AbortSignal): Promise<void> {
    return this.timeline.sleep(milliseconds, signal);
  }
}

/** Lets all promises that are ready run. */
async function settle(): Promise<void> {
  for (let turn = 0; turn < 2; turn += 1) await new Promise((resolve) => setImmediate(resolve));
}
