import { setTimeout as sleep } from 'node:timers/promises';
import type { Clock } from '../../sandbox/clock';

/** The app takes ten moves of one person in a minute of the clock; one may slip into the next minute. */
const MOVES_A_MINUTE = 7;
const LOOK_EVERY_MS = 20;

/** People who take turns at moving cards, none so fast that it looks as if nobody read what was moved. */
export class Approvers {
  private readonly moves = new Map<string, number>();

  constructor(
    private readonly clock: Clock,
    private readonly people: readonly string[],
  ) {}

  /** @returns who moves the next card, as soon as somebody may. */
  async next(): Promise<string> {
    for (;;) {
      const minute = Math.floor(this.clock.now() / 60_000);
      for (const person of this.people) {
        const turn = `${person} ${minute}`;
        const moved = this.moves.get(turn) ?? 0;
        if (moved >= MOVES_A_MINUTE) continue;
        this.moves.set(turn, moved + 1);
        return person;
      }
      await sleep(LOOK_EVERY_MS);
    }
  }
}
