import { setTimeout as wait } from 'node:timers/promises';
import type { Clock } from '../clock';
import type { Random } from './random';
import { timerMillis } from './timer-millis';
import type { ForgeFaults, PlatformTarget } from './types';

type Range = readonly [least: number, most: number];

/**
 * Milliseconds that things take at the platform. Atlassian publishes none of these; developers report a few milliseconds for
 * the store and one to three seconds for a cold start of a large bundle, less for a small one.
 */
const REALISTIC_PLATFORM_MS = {
  /** From the caller to the function and back, each time. */
  invocation: [40, 120],
  /** More where no instance of the app is free: one that starts. */
  coldStart: [600, 1_200],
  kvs: [5, 15],
  queue: [15, 40],
  remote: [20, 60],
} as const satisfies Record<string, Range>;

/** How long the platform takes, by the switch of the faults. Jira has a switch of its own. */
export class PlatformLatency {
  /** Instances of the app that are started and have nothing to do. */
  private free = 0;
  private generation = 0;

  constructor(
    private readonly faults: ForgeFaults,
    private readonly clock: Clock,
    private readonly random: Random,
  ) {}

  /** Instances that were started before are of no use any more. */
  forgetInstances(): void {
    this.free = 0;
    this.generation += 1;
  }

  /**
   * Takes an instance for a function. @returns what gives it back, and the wait until the function would begin; `undefined`
   * where there is none.
   */
  begin(): { giveBack: () => void; wait: Promise<void> | undefined } {
    const { generation } = this;
    const isCold = this.free === 0;
    if (!isCold) this.free -= 1;
    return {
      wait: this.faults.latency === 'realistic' ? this.start(isCold) : undefined,
      giveBack: () => {
        if (generation === this.generation) this.free += 1;
      },
    };
  }

  /** The wait while a call of a function to a part of the platform is on its way; `undefined` where there is none. */
  pass(target: PlatformTarget): Promise<void> | undefined {
    if (this.faults.latency !== 'realistic') return undefined;
    if (target !== 'kvs' && target !== 'queue' && target !== 'remote') return undefined;
    return this.wait(this.random.within(REALISTIC_PLATFORM_MS[target]));
  }

  private start(isCold: boolean): Promise<void> {
    const { coldStart, invocation } = REALISTIC_PLATFORM_MS;
    return this.wait(this.random.within(invocation) + (isCold ? this.random.within(coldStart) : 0));
  }

  private async wait(millis: number): Promise<void> {
    await wait(timerMillis(this.clock, millis));
  }
}
