import { until, type World } from '../../support/world';

/** The Teleport user of the sandbox's relay. */
const RELAY_USER = 'bot-jira-relay';
/** Calls of the Auth Service by which a decision could get in. */
const DECIDING_CALLS = ['SetAccessRequestState', 'SubmitAccessReview'];

/** Quick hellos, so that a decision which could get through would do so while a test looks. */
export const QUICK = { timing: { hello_at_most_every: 0.1 } };

/** How many calls reached Teleport that could decide a request. */
export function decidingCalls(world: World): number {
  const { calls } = world.sandbox.teleport.control;
  return DECIDING_CALLS.reduce((sum, name) => sum + (calls[name] ?? 0), 0);
}

/** What the relay did to a request, by Teleport's audit log. */
export function doneByRelay(world: World, requestId: string): (string | undefined)[] {
  return world.sandbox.teleport.cluster.audit
    .filter(({ id, user }) => id === requestId && user === RELAY_USER)
    .map(({ state }) => state);
}

/** Waits until nothing is under way and the relay has twice asked for decisions since. */
export async function settled(world: World): Promise<void> {
  await world.quiet();
  await hellos(world, 2);
  await world.quiet();
}

/** Waits until the app has answered the relay so many times. */
export async function hellos(world: World, count: number): Promise<void> {
  const { invocations } = world.sandbox.forge;
  const latest = invocations.at(-1);
  await until(`${count} more calls of the relay`, () => {
    const since = latest === undefined ? 0 : invocations.indexOf(latest) + 1;
    return (
      invocations.slice(since).filter(({ cause, outcome }) => cause === 'web_trigger' && outcome === 'ok')
        .length >= count
    );
  });
}

/**
 * Carries out an attack and proves that Teleport was left alone: no call that could decide came there, and the request is
 * pending as before.
 */
export async function leavesUntouched(
  world: World,
  requestId: string,
  attack: () => Promise<unknown>,
): Promise<void> {
  const before = decidingCalls(world);
  await attack();
  await settled(world);
  expect(decidingCalls(world)).toBe(before);
  expect(doneByRelay(world, requestId)).toEqual([]);
  expect(world.stateOf(requestId)).toBe('PENDING');
}
