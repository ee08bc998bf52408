import type { World } from '../../test/support/world';
import { askAtOnce, doubles, isInStep, statusOf } from './crowd';
import { relayCounter, startCounting } from './figures';
import { elapsedUntil, rounded } from './stopwatch';
import { RequestState } from '../../relay/src/teleport/gen/types';

const LONGEST_MS = 600_000;

/** What it takes to mirror many requests that appear in one instant. */
export interface Burst {
  requests: number;
  seconds: number;
  issuesPerSecond: number;
  /** Calls that Jira refused, failed, or did not answer. */
  refusedCalls: number;
  duplicates: number;
  kvsWriteUnitsPerRequest: number;
  jiraCallsPerRequest: number;
}

/** Creates requests in one instant and measures until all of them are in step. */
export async function measureBurst(world: World, requests: number): Promise<{ burst: Burst; ids: string[] }> {
  const count = startCounting(world);
  const begunAt = performance.now();
  const ids = askAtOnce(world, requests);
  const waiting = new Set(ids);
  const elapsed = await elapsedUntil(
    'all requests in step',
    begunAt,
    () => allInStep(world, waiting),
    LONGEST_MS,
  );
  const { refusedCalls, kvsWriteUnits, jiraCalls } = count();
  const seconds = elapsed / 1000;
  return {
    ids,
    burst: {
      requests,
      seconds: rounded(seconds, 2),
      issuesPerSecond: rounded(requests / seconds),
      refusedCalls,
      duplicates: doubles(world),
      kvsWriteUnitsPerRequest: rounded(kvsWriteUnits / requests, 2),
      jiraCallsPerRequest: rounded(jiraCalls / requests, 2),
    },
  };
}

/** What it takes a relay to be in step again after it was down. */
export interface Restart {
  openLinks: number;
  changed: number;
  seconds: number;
  /** Calls by which the app was told of requests, and requests told in them. */
  applyCalls: number;
  applied: number;
  jiraCalls: number;
}

/** Ends some requests while the relay is down, starts it and measures until both sides are in step. */
export async function measureRestart(
  world: World,
  ids: readonly string[],
  changed: number,
): Promise<Restart> {
  const { relay, teleport, forge } = world.sandbox;
  await world.quiet();
  await relay.stop();
  const ended = ids.slice(0, changed);
  for (const id of ended) {
    teleport.cluster.setState('admin', {
      ID: id,
      State: RequestState.DENIED,
      Delegator: '',
      Reason: 'no longer needed',
      Annotations: undefined,
      Roles: [],
    });
  }
  await forge.idle({ dueOnly: true });
  const count = startCounting(world);
  const begunAt = performance.now();
  relay.start();
  await relay.untilReady(LONGEST_MS);
  const waiting = new Set(ended);
  await elapsedUntil('all changes on the board', begunAt, () => allEnded(world, waiting), LONGEST_MS);
  await untilNothingWaits(world);
  const seconds = rounded((performance.now() - begunAt) / 1000, 2);
  await forge.idle({ dueOnly: true });
  const { applyCalls, jiraCalls } = count();
  const applied = await relayCounter(world, 'deliveries_total', ['deferred', 'unreachable']);
  return { openLinks: ids.length, changed, seconds, applyCalls, applied, jiraCalls };
}

/** Looks only at what was not so when last looked at: there may be thousands. */
function allInStep(world: World, waiting: Set<string>): boolean {
  return allGone(waiting, (id) => isInStep(world, id));
}

function allEnded(world: World, waiting: Set<string>): boolean {
  const denied = world.sandbox.jira.project.statuses['denied'];
  return allGone(waiting, (id) => statusOf(world, id) === denied);
}

function allGone(waiting: Set<string>, isSo: (id: string) => boolean): boolean {
  for (const id of waiting) {
    if (!isSo(id)) return false;
    waiting.delete(id);
  }
  return true;
}

async function untilNothingWaits({ sandbox }: World): Promise<void> {
  let waiting = 1;
  while (waiting > 0) ({ waiting } = await sandbox.relay.status());
}
