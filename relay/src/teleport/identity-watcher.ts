import type { Clock } from '../ports';
import type { Identity } from './identity';

/** A connection is renewed when its certificate has at most this share of its life left … */
const LAST_SHARE_OF_LIFE = 0.1;
/** … or this many milliseconds. */
const LAST_MS = 120_000;

/** What a watcher looks at and what it may do. */
export interface WatchedIdentity {
  /** Looks at the file. */
  reload(): void;
  /** The identity that the file holds now; `undefined` while it never held one. */
  newest(): Identity | undefined;
  /** The identity that the open connection was made with; `undefined` while there is none. */
  inUse(): Identity | undefined;
  reconnect(): void;
}

/**
 * Whether a connection made with `inUse` should give way to one with `newest` at `now` (Unix milliseconds): its certificate
 * is about to end, and the file holds one that ends later.
 */
export function isRenewalDue(inUse: Identity, newest: Identity, now: number): boolean {
  const end = inUse.notAfter.getTime();
  const margin = Math.max(LAST_MS, (end - inUse.notBefore.getTime()) * LAST_SHARE_OF_LIFE);
  return now >= end - margin && newest.notAfter.getTime() > end;
}

/** Looks at the identity file every `everyMs` until the signal ends, and renews the connection when that is due. */
export async function watchIdentity(
  watched: WatchedIdentity,
  everyMs: number,
  clock: Clock,
  signal: AbortSignal,
): Promise<void> {
  for (;;) {
    await clock.sleep(everyMs, signal);
    if (signal.aborted) return;
    watched.reload();
    const inUse = watched.inUse();
    const newest = watched.newest();
    if (inUse !== undefined && newest !== undefined && isRenewalDue(inUse, newest, clock.now()))
      watched.reconnect();
  }
}
