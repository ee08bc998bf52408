import { setTimeout as sleep } from 'node:timers/promises';
import { RequestState } from '../../relay/src/teleport/gen/types';
import type { Issue } from '../../sandbox/jira';
import { press, viewOf } from '../../test/attacks/support/panel';
import type { World } from '../../test/support/world';
import { askAtOnce, isInStep } from './crowd';
import { elapsedUntil, percentilesOf, type Percentiles } from './stopwatch';

/** How each latency is told in the results. */
export const LATENCIES = [
  'event_to_issue',
  'teleport_decision_to_card',
  'button_to_teleport',
  'card_to_teleport',
] as const;
export type Latency = (typeof LATENCIES)[number];

/**
 * How long each is let alone after it was measured. What follows, such as comments and the repeated outcome, is mostly over by then,
 * and the store's 4,000 read units a minute (Forge, KVS limits) suffice: a decision in Jira takes about forty.
 */
const PAUSE_MS: Readonly<Record<Latency, number>> = {
  event_to_issue: 100,
  teleport_decision_to_card: 250,
  button_to_teleport: 700,
  card_to_teleport: 700,
};

interface Card {
  id: string;
  issue: Issue;
}

const MEASURES: Readonly<Record<Latency, (world: World) => Promise<number>>> = {
  event_to_issue: async (world) => {
    const { store } = world.sandbox.jira;
    const before = store.issues.size;
    const begunAt = performance.now();
    const [id = ''] = askAtOnce(world, 1);
    const elapsed = await elapsedUntil('an issue', begunAt, () => store.issues.size > before);
    await elapsedUntil('the link', begunAt, () => isInStep(world, id));
    return elapsed;
  },
  teleport_decision_to_card: async (world) => {
    const { id, issue } = await ask(world);
    const begunAt = performance.now();
    world.sandbox.teleport.cluster.setState('admin', {
      ID: id,
      State: RequestState.APPROVED,
      Delegator: '',
      Reason: 'as agreed',
      Annotations: undefined,
      Roles: [],
    });
    return elapsedUntil('the card in Approved', begunAt, () => world.slotOf(issue) === 'approved');
  },
  button_to_teleport: async (world) => {
    const card = await ask(world);
    const { grantDigest } = await viewOf(world, card);
    const begunAt = performance.now();
    const [elapsed] = await Promise.all([
      untilApproved(world, card, begunAt),
      press(world, card, { grantDigest }),
    ]);
    return elapsed;
  },
  card_to_teleport: async (world) => {
    const card = await ask(world);
    const begunAt = performance.now();
    const [elapsed] = await Promise.all([
      untilApproved(world, card, begunAt),
      world.move(card.issue, 'approved'),
    ]);
    return elapsed;
  },
};

/** Measures one after the other, after a first few that warm up what any system has warm. */
export async function measureLatency(world: World, name: Latency, samples: number): Promise<Percentiles> {
  const warmUp = Math.ceil(samples / 10);
  const measured: number[] = [];
  for (let index = 0; index < warmUp + samples; index += 1) {
    const elapsed = await MEASURES[name](world);
    if (index >= warmUp) measured.push(elapsed);
    await sleep(PAUSE_MS[name]);
  }
  await world.quiet();
  return percentilesOf(measured);
}

/**
 * The same where the relay comes for decisions at its own pace: many wait at once, each asked for at another moment of `everyMs`,
 * so that waiting for all takes not much longer than waiting for one.
 */
export async function measureWhenCollected(
  world: World,
  name: 'button_to_teleport' | 'card_to_teleport',
  samples: number,
  everyMs: number,
): Promise<Percentiles> {
  const measured = await Promise.all(
    Array.from({ length: samples }, async (_, index) => {
      await sleep((index * everyMs) / samples);
      return MEASURES[name](world);
    }),
  );
  await world.quiet();
  return percentilesOf(measured);
}

async function ask(world: World): Promise<Card> {
  world.forgetPace();
  const [id = ''] = askAtOnce(world, 1);
  await elapsedUntil('the request in step', performance.now(), () => isInStep(world, id));
  return { id, issue: await world.issueOf(id) };
}

function untilApproved(world: World, { id }: Card, begunAt: number): Promise<number> {
  return elapsedUntil('the approval in Teleport', begunAt, () => world.stateOf(id) === 'APPROVED');
}
