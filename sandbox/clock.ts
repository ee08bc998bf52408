/** Where simulators take the time from, so that tests can move or hurry it. */
export interface Clock {
  /** Unix milliseconds. */
  now(): number;
  /** Machine milliseconds that pass while this clock goes on by `millis`. */
  machineMillis(millis: number): number;
}

/** The machine's clock. */
export const systemClock: Clock = { now: () => Date.now(), machineMillis: (millis) => millis };

/** A clock that runs `rate` times as fast as the machine's since `epoch` and can be moved forward. */
export class SandboxClock implements Clock {
  private shift = 0;

  constructor(
    readonly rate = 1,
    /** Unix milliseconds of the machine's clock at which both clocks agree. */
    readonly epoch = Date.now(),
  ) {}

  now(): number {
    return Math.floor(this.epoch + (Date.now() - this.epoch) * this.rate + this.shift);
  }

  machineMillis(millis: number): number {
    return millis / this.rate;
  }

  /** Moves the clock by so many milliseconds. */
  move(millis: number): void {
    this.shift += millis;
  }
}
