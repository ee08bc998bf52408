/** Factor by which waits grow. */
const GROWTH = 1.7;
/** Share of a wait that is left to chance, so that many relays do not come back at once. */
const JITTER = 0.2;

/** Waits that grow with each failure in a row. */
export class Backoff {
  private failures = 0;

  constructor(
    private readonly firstMs: number,
    private readonly atMostMs: number,
    private readonly random: () => number = Math.random,
  ) {}

  /** The next wait in milliseconds, between 80 % and 120 % of its nominal length. */
  next(): number {
    const nominal = Math.min(this.atMostMs, this.firstMs * GROWTH ** this.failures);
    this.failures += 1;
    return nominal * (1 - JITTER + 2 * JITTER * this.random());
  }

  /** Something came through: the next failure starts from the first wait again. */
  reset(): void {
    this.failures = 0;
  }
}
