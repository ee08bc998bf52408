import { ratedClock } from '../../../relay/src/clock';
import type { Teleport } from '../../../relay/src/ports';
import { Mirror } from '../../../relay/src/sync/mirror';
import { eventually, keepingLog, type LogLine } from './real-teleport';
import { RecordingMetrics } from './recorders';

/** A relay's mirror of a cluster, with what it heard and logged. */
export interface Followed {
  mirror: Mirror;
  offered: Set<string>;
  lines: LogLine[];
}

const following: (() => Promise<void>)[] = [];

/** Follows a cluster with the default times, on a clock that runs `rate` times as fast as the machine's. */
export function follow(teleport: Teleport, rate = 1): Followed {
  const offered = new Set<string>();
  const log = keepingLog();
  const mirror = new Mirror({
    teleport,
    open: () => Promise.resolve({ ok: true, value: [] }),
    offer: (item) => void offered.add(item.requestId),
    isWaiting: () => false,
    webUrl: undefined,
    clock: ratedClock(Date.now(), rate),
    log,
    metrics: new RecordingMetrics(),
    timing: {
      listEvery: 600_000,
      streamSilentAfter: 1_800_000,
      streamInitWithin: 30_000,
      expiryGrace: 60_000,
      retryFirst: 1000,
      retryAtMost: 45_000,
    },
  });
  mirror.allow(0);
  const stop = new AbortController();
  const running = mirror.run(stop.signal);
  following.push(async () => {
    stop.abort();
    await running;
  });
  return { mirror, offered, lines: log.lines };
}

/** Waits until a mirror has listed and follows. */
export async function inStep({ mirror }: Followed, withinMs?: number): Promise<void> {
  await eventually(() => expect(mirror.phase.phase).toBe('following'), withinMs);
}

/** Ends all that was followed in this file. */
export async function stopFollowing(): Promise<void> {
  await Promise.all(following.splice(0).map((stop) => stop()));
}
