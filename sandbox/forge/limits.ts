/** The platform's limits (Forge, limits of invocations, async events and web triggers), times in milliseconds, sizes in bytes. */
export const LIMITS = {
  resolverMs: 25_000,
  eventMs: 25_000,
  webTriggerMs: 55_000,
  functionMs: 55_000,
  bridgeRequestBytes: 500_000,
  payloadBytes: 5_000_000,
  eventBytes: 200_000,
  eventRetries: 4,
  retryDataBytes: 4_096,
  maxRetryAfterSeconds: 900,
  /** UI and web triggers together, per installation. */
  userLedPerMinute: 7_000,
  userLedPerSecond: 300,
  egressPerMinutePerInvocation: 100,
  remoteMs: 25_000,
} as const;

/** Counts within fixed windows of time, as the platform does. */
export class RateWindow {
  private window = -1;
  private used = 0;

  constructor(
    readonly limit: number,
    private readonly windowMs: number,
  ) {}

  /** Takes `amount` of the window that holds `now`. @returns whether there was room; nothing is taken when not. */
  take(now: number, amount = 1): boolean {
    this.enter(now);
    if (this.used + amount > this.limit) return false;
    this.used += amount;
    return true;
  }

  /** What is left of the window that holds `now`. */
  remaining(now: number): number {
    this.enter(now);
    return this.limit - this.used;
  }

  /** Unix milliseconds at which the next window begins. */
  resetsAt(now: number): number {
    return (Math.floor(now / this.windowMs) + 1) * this.windowMs;
  }

  private enter(now: number): void {
    const window = Math.floor(now / this.windowMs);
    if (window === this.window) return;
    this.window = window;
    this.used = 0;
  }
}
