import { random } from '../../sandbox/jira/random';
import type { World } from '../support/world';

/** What can go wrong with a call to the key-value store. */
type Stroke = 'rateLimitNext' | 'failNext' | 'conflictNext';

const KINDS: readonly Stroke[] = ['rateLimitNext', 'failNext', 'conflictNext'];

/** Lets a share of the app's calls to the key-value store fail, beside what else is watched. */
export class StoreTrouble {
  readonly strokes: Record<Stroke, number> = { rateLimitNext: 0, failNext: 0, conflictNext: 0 };
  private isOver = false;

  constructor(world: World, share: number, seed: number) {
    const { faults } = world.sandbox.forge;
    const next = random(seed);
    const others = faults.onPlatformCall;
    faults.onPlatformCall = (call, phase) => {
      if (!this.isOver && call.target === 'kvs' && phase === 'before' && next() < share) {
        const kind = KINDS[Math.floor(next() * KINDS.length)] ?? 'failNext';
        // A conflict waits for the next write that can meet one; the others strike this very call.
        faults.kvs[kind] = 1;
        this.strokes[kind] += 1;
      }
      return others?.(call, phase) ?? 'continue';
    };
  }

  end(): void {
    this.isOver = true;
  }
}
