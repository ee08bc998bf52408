/** What a function that is killed by the platform leaves behind: nothing runs after it, not even error handling of ours. */
class Killed extends Error {
  override readonly name = 'Killed';
}

/** Whether an error says that the platform killed the function. */
export function isKilled(error: unknown): boolean {
  return error instanceof Killed;
}

/** Outside effects of the fakes, in the order in which they were done; a test may kill the function after any of them. */
export class Effects {
  readonly done: string[] = [];
  private killAt = Number.POSITIVE_INFINITY;

  /** Kills the function right after the effect with this number, counted from the next one (0). */
  killAfter(number: number): void {
    this.killAt = this.done.length + number;
  }

  /** Lets everything run again. */
  revive(): void {
    this.killAt = Number.POSITIVE_INFINITY;
  }

  /** Whether the function is dead: whatever it still computes, nobody hears of it. */
  get isDead(): boolean {
    return this.done.length > this.killAt;
  }

  /** To be called when an effect was done. */
  note(name: string): void {
    this.done.push(name);
    this.mayRun();
  }

  /** To be called before each step outside, reads included: a dead function does nothing more. */
  mayRun(): void {
    if (this.isDead) throw new Killed(`killed after ${this.done.at(-1) ?? 'nothing'}`);
  }
}

/** A clock that stands still until it is moved. */
export class FakeClock {
  constructor(
    /** Unix milliseconds. */
    public time = Date.parse('2026-11-24T14:00:00Z'),
  ) {}

  readonly now = (): number => this.time;

  /** Moves the clock forward. */
  pass(seconds: number): void {
    this.time += seconds * 1000;
  }
}
