import { setTimeout as sleep } from 'node:timers/promises';
import type { Issue } from '../../sandbox/jira';
import { random } from '../../sandbox/jira/random';
import { Approvers } from './approvers';
import { memberOf, type Slot, type World } from '../support/world';
import { hasLiveDecision, linkedIssueId, showsState } from './end-state';

/** How a request ends, and what must then stand on its issue. */
interface Fate {
  name: string;
  slot: Slot;
  state: 'PENDING' | 'APPROVED' | 'DENIED' | 'GONE';
  /** How the app's comments begin, oldest first. */
  comments: readonly string[];
  /** How often the relay set the request's state. */
  decided: 0 | 1;
}

const FATES = {
  approvedByReview: {
    name: 'approved by a review in Teleport',
    ...{ slot: 'approved', state: 'APPROVED', comments: ['bob approves', 'Approved'], decided: 0 },
  },
  deniedByReview: {
    name: 'denied by a review in Teleport',
    ...{ slot: 'denied', state: 'DENIED', comments: ['bob denies', 'Denied'], decided: 0 },
  },
  stateSet: {
    name: 'approved by tctl',
    ...{ slot: 'approved', state: 'APPROVED', comments: ['Approved'], decided: 0 },
  },
  expired: { name: 'expired', slot: 'expired', state: 'GONE', comments: ['Expired'], decided: 0 },
  removed: {
    name: 'removed in Teleport',
    ...{ slot: 'expired', state: 'GONE', comments: ['Expired'], decided: 0 },
  },
  approvedByCard: {
    name: 'approved by its card',
    ...{ slot: 'approved', state: 'APPROVED', comments: ['Approved'], decided: 1 },
  },
  deniedByCard: {
    name: 'denied by its card',
    ...{ slot: 'denied', state: 'DENIED', comments: ['Denied'], decided: 1 },
  },
  pending: { name: 'still pending', slot: 'pending', state: 'PENDING', comments: [], decided: 0 },
} as const satisfies Record<string, Fate>;

/** A request of the population. */
export interface Member {
  id: string;
  fate: Fate;
}

export interface PopulationOptions {
  size: number;
  seed: number;
  /** Requests that are created at once. */
  burst: number;
  /** Machine milliseconds from one burst to the next at most. */
  burstEveryMs: number;
  /** Milliseconds of the sandbox's clock until a request that nobody answers ends. */
  expiresAfterMs?: number;
}

/** What is decided at once: people are many, but not all of them click in the same instant. */
const AT_ONCE = 12;
const EXPIRES_AFTER_MS = 240_000;
const WITHIN_MS = 90_000;
const LOOK_EVERY_MS = 60;

/** Creates requests in bursts and lets each meet a fate that the seed chooses. @returns them, once all was done to them. */
export async function populate(world: World, options: PopulationOptions): Promise<Member[]> {
  const next = random(options.seed);
  const fates: readonly Fate[] = Object.values(FATES);
  const approvers = new Approvers(world.sandbox.clock, ['bob', 'carol']);
  const members: Member[] = [];
  const under: Promise<void>[] = [];
  while (members.length < options.size) {
    const size = Math.min(options.burst, options.size - members.length);
    const chosen = Array.from(
      { length: size },
      () => fates[Math.floor(next() * fates.length)] ?? FATES.pending,
    );
    const burst = await Promise.all(
      chosen.map((fate, index) => create(world, fate, members.length + index, options.expiresAfterMs)),
    );
    members.push(...burst);
    // The next burst does not wait for requests whose creation takes its time to be certain.
    const met = atMost(AT_ONCE, burst, (member) => meet(world, approvers, member));
    under.push(met);
    await Promise.race([met, sleep(options.burstEveryMs)]);
  }
  await Promise.all(under);
  return members;
}

async function create(
  world: World,
  fate: Fate,
  index: number,
  expiresAfterMs = EXPIRES_AFTER_MS,
): Promise<Member> {
  const end = world.sandbox.clock.now() + expiresAfterMs;
  const id = await world.ask({
    reason: `request ${index}`,
    ...(fate === FATES.expired && { maxDuration: new Date(end) }),
  });
  return { id, fate };
}

async function meet(world: World, approvers: Approvers, { id, fate }: Member): Promise<void> {
  const { teleport } = world.sandbox;
  switch (fate) {
    case FATES.approvedByReview:
    case FATES.deniedByReview: {
      const verdict = fate === FATES.approvedByReview ? 'approve' : 'deny';
      const reviewer = await teleport.connectAs('bob');
      await reviewer.review(id, verdict, `as agreed for ${id.slice(0, 8)}`);
      return;
    }
    case FATES.stateSet:
      return (await teleport.connectAs('admin')).setState(id, 'approve', 'by hand');
    case FATES.removed:
      await seen(`an issue of ${id}`, () => linkedIssueId(world, id) !== undefined);
      return (await teleport.connectAs('admin')).delete(id);
    case FATES.approvedByCard:
    case FATES.deniedByCard: {
      await seen(`${id} on the board`, () => showsState(world, id, 'PENDING'));
      const slot = fate === FATES.approvedByCard ? 'approved' : 'denied';
      return world.move(await world.issueOf(id), slot, await approvers.next());
    }
    default:
      return;
  }
}

/**
 * What is wrong at the end, for each request with which anything is.
 *
 * @param options.mayBeUnheard whether a request that nobody answers may come and go while no relay could hear of it.
 */
export function wrongOnes(
  world: World,
  members: readonly Member[],
  options: { mayBeUnheard?: boolean } = {},
): unknown[] {
  const { jira, teleport } = world.sandbox;
  const issues = new Map<string, Issue[]>();
  for (const issue of jira.store.issues.values()) {
    const id = String(memberOf(issue.properties.get('teleport-access')?.value, 'requestId'));
    issues.set(id, [...(issues.get(id) ?? []), issue]);
  }
  const decided = new Map<string, number>();
  for (const { id, type, user } of teleport.cluster.audit)
    if (type === 'access_request.update' && user === 'bot-jira-relay')
      decided.set(id, (decided.get(id) ?? 0) + 1);
  return members.flatMap((member) => {
    const { id, fate } = member;
    const isUnheard = fate === FATES.expired && !issues.has(id) && world.linkOf(id) === undefined;
    if (isUnheard && options.mayBeUnheard === true && world.stateOf(id) === 'GONE') return [];
    const problems = faultsOf(world, member, issues.get(id) ?? [], decided.get(id) ?? 0);
    return problems.length === 0 ? [] : [{ id, fate: fate.name, problems, link: world.linkOf(id) }];
  });
}

/** What is wrong with one request; empty when all is as it must be. */
function faultsOf(world: World, { id, fate }: Member, issues: readonly Issue[], decided: number): string[] {
  const problems: string[] = [];
  const linked = issues.filter((issue) => issue.id === linkedIssueId(world, id));
  const [issue] = linked;
  if (issue === undefined || linked.length !== 1)
    return [`${linked.length} of ${issues.length} issues are linked`];
  for (const double of issues.filter((other) => other !== issue)) {
    const words = world.appComments(double);
    const isClosed =
      world.slotOf(double) === 'expired' && words.length === 1 && words[0]?.includes('is a double');
    if (isClosed !== true)
      problems.push(`a second issue ${double.key} in ${world.slotOf(double) ?? 'no slot'}`);
  }
  if (world.slotOf(issue) !== fate.slot)
    problems.push(`in ${world.slotOf(issue) ?? 'no slot'}, not ${fate.slot}`);
  const words = world.appComments(issue);
  const isAsExpected =
    words.length === fate.comments.length && fate.comments.every((begin, at) => words[at]?.startsWith(begin));
  if (!isAsExpected) problems.push(`comments: ${JSON.stringify(words)}`);
  if (issue.remoteLinks.length !== 1) problems.push(`${issue.remoteLinks.length} links to Teleport`);
  const state = world.stateOf(id);
  const isPastEnd = fate === FATES.expired && state === 'PENDING';
  if (state !== fate.state && !isPastEnd) problems.push(`${state} in Teleport`);
  const shown = fate.state === 'GONE' ? 'EXPIRED' : fate.state;
  if (!showsState(world, id, shown)) problems.push(`the link does not show ${shown}`);
  if (decided !== fate.decided) problems.push(`decided ${decided} times`);
  if (hasLiveDecision(world, id)) problems.push('a decision is left');
  return problems;
}

/** Waits until something is so, without looking too often: many wait at the same time. */
async function seen(what: string, look: () => boolean): Promise<void> {
  const giveUpAt = Date.now() + WITHIN_MS;
  while (!look()) {
    if (Date.now() > giveUpAt) throw new Error(`Not within ${WITHIN_MS / 1000} s: ${what}`);
    await sleep(LOOK_EVERY_MS);
  }
}

/** Runs a task for each item, so many at once. */
async function atMost<T>(limit: number, items: readonly T[], run: (item: T) => Promise<void>): Promise<void> {
  const waiting = [...items];
  const work = async (): Promise<void> => {
    for (let item = waiting.shift(); item !== undefined; item = waiting.shift()) await run(item);
  };
  await Promise.all(Array.from({ length: limit }, work));
}
