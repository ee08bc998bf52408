import { until, type World } from '../support/world';
import { hasLiveDecision, showsState } from './end-state';

/** A recovery may take the longest search for an uncertain issue, 430 s of the sandbox's clock. */
const RECOVERED_WITHIN_MS = 40_000;

/** What a request goes through, from its creation until nothing more happens. */
export interface Life {
  name: string;
  /** @returns the request's id, once both sides are at rest. */
  live: (world: World, reason: string) => Promise<string>;
}

/** Created, then approved by a review with words in Teleport. */
export const reviewed: Life = {
  name: 'approved by a review in Teleport',
  live: async (world, reason) => {
    const requestId = await begin(world, reason);
    const reviewer = await world.sandbox.teleport.connectAs('bob');
    await reviewer.review(requestId, 'approve', 'needed for the release');
    await until(
      `${requestId} shown as approved`,
      () => showsState(world, requestId, 'APPROVED'),
      RECOVERED_WITHIN_MS,
    );
    await rest(world);
    return requestId;
  },
};

/** Created, then approved by moving its card, with a reason in a comment. */
export const decidedByCard: Life = {
  name: 'approved by moving its card',
  live: async (world, reason) => {
    const requestId = await begin(world, reason);
    const issue = await world.issueOf(requestId);
    await world.sandbox.jira.connectAs('bob').comment(issue.key, 'reason: the release is tonight');
    await world.move(issue, 'approved');
    await world.untilState(requestId, 'APPROVED', RECOVERED_WITHIN_MS);
    await until(
      `${requestId} shown as approved`,
      () => showsState(world, requestId, 'APPROVED'),
      RECOVERED_WITHIN_MS,
    );
    await until(
      `${requestId} without a decision under way`,
      () => !hasLiveDecision(world, requestId),
      RECOVERED_WITHIN_MS,
    );
    await rest(world);
    return requestId;
  },
};

/** Created, then its card moved by somebody who may not decide, so it is put back. */
export const putBack: Life = {
  name: 'its card put back',
  live: async (world, reason) => {
    const requestId = await begin(world, reason);
    const issue = await world.issueOf(requestId);
    await world.move(issue, 'approved', 'alice');
    await until(
      `${issue.key} put back`,
      () => world.slotOf(issue) === 'pending' && world.appComments(issue).length > 0,
      RECOVERED_WITHIN_MS,
    );
    await rest(world);
    return requestId;
  },
};

async function begin(world: World, reason: string): Promise<string> {
  const requestId = await world.ask({ reason });
  await until(
    `${requestId} shown as pending`,
    () => showsState(world, requestId, 'PENDING'),
    RECOVERED_WITHIN_MS,
  );
  await rest(world);
  return requestId;
}

/** Waits until nothing is left to do on either side, retries for a later time included. */
async function rest(world: World): Promise<void> {
  await world.quiet();
  await world.sandbox.forge.idle();
  await world.quiet();
}

/** The id of the request that was asked for with this reason; `undefined` before it is created. */
export function requestByReason(world: World, reason: string): string | undefined {
  const found = world.sandbox.teleport.cluster
    .list(undefined)
    .find((request) => request.Spec?.RequestReason === reason);
  return found?.Metadata?.Name;
}
