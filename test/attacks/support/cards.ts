import { AccessRequestV3, type AccessRequestSpecV3 } from '../../../relay/src/teleport/gen/types';
import type { Issue } from '../../../sandbox/jira';
import type { JiraPerson } from '../../../sandbox/jira/client';
import type { AskedAccess } from '../../../sandbox/teleport/client';
import { keys } from '../../../src/store/keys';
import { until, type World } from '../../support/world';
import { settled } from './teleport-watch';

/** A request with the card that stands for it. */
export interface Card {
  id: string;
  issue: Issue;
}

/** A person asks, and the card is there and at rest. */
export async function ask(world: World, asked: AskedAccess = {}, user = 'alice'): Promise<Card> {
  return cardOf(world, await world.ask({ reason: 'look at a slow query', ...asked }, user));
}

/** A request of any form that the cluster lets its user make. */
export async function askFor(world: World, user: string, spec: Partial<AccessRequestSpecV3>): Promise<Card> {
  const asked = AccessRequestV3.fromPartial({
    Kind: 'access_request',
    Version: 'v3',
    Spec: { User: user, Roles: ['editor'], ...spec },
  });
  return cardOf(world, world.sandbox.teleport.cluster.create(user, asked).Metadata?.Name ?? '');
}

async function cardOf(world: World, id: string): Promise<Card> {
  const issue = await world.issueOf(id);
  await world.quiet();
  return { id, issue };
}

/** An approver moves the card and Teleport follows: proof that what was refused before could have gone through. */
export async function approves(world: World, { id, issue }: Card, person = 'bob'): Promise<void> {
  await world.move(issue, 'approved', person);
  await world.untilState(id, 'APPROVED');
  await settled(world);
}

/** What the app did about a card that it did not accept. */
export interface Refusal {
  code: string;
  /** How the one comment begins. */
  says: string;
  slot?: 'pending' | 'approved' | 'denied' | 'expired';
  /** Whether only Teleport's side could tell. */
  byRelay?: boolean;
  /** Name of whoever is held to have moved the card. */
  by?: string;
}

/** The card stands in the right place, one comment says why, and log and activity list tell of it. */
export function expectRefusal(world: World, { id, issue }: Card, refusal: Refusal): void {
  const { code, says, slot = 'pending', byRelay = false } = refusal;
  expect(world.slotOf(issue)).toBe(slot);
  const said = world.appComments(issue).filter((text) => /^(Put back|Not a|Not accepted)/.test(text));
  expect(said).toEqual([expect.stringContaining(says)]);
  const told = world.activity().filter((entry) => entry.requestId === id);
  expect(told).toContainEqual(
    expect.objectContaining({
      kind: byRelay ? 'refusal' : 'put_back',
      code,
      ...(refusal.by !== undefined && { accountId: accountOf(world, refusal.by) }),
    }),
  );
  const log = byRelay
    ? world.sandbox.relay
        .output()
        .split('\n')
        .filter((line) => line.includes(id))
    : world.sandbox.forge.logs.map(({ text }) => text).filter((text) => text.includes(`"${issue.id}"`));
  // Event and sweep may both be at it in the same moment; the comment and the entry are still one each.
  const lines = log.filter((line) => line.includes(`"${code}"`)).length;
  expect([1, 2]).toContain(lines);
  expectNoPeople(world, log);
}

/** Logs name nobody. */
export function expectNoPeople(world: World, lines: readonly string[]): void {
  const people = Object.values(world.sandbox.jira.people);
  for (const { displayName, email, token } of people)
    for (const word of [displayName, email, token]) expect(lines.join('\n')).not.toContain(word);
}

/** The account id of somebody on the site, a person or an app. */
export function accountOf(world: World, name: string): string {
  const { people, store } = world.sandbox.jira;
  const found = people[name] ?? store.apps.find((app) => app.name === name);
  if (found === undefined) throw new Error(`The site knows no ${name}.`);
  return found.accountId;
}

/** Moves a card as an app does over REST, with a resolution where the transition asks for one. */
export async function moveAsApp(
  world: World,
  app: JiraPerson,
  issue: Issue,
  slot: 'pending' | 'approved' | 'denied',
): Promise<void> {
  const { project, store } = world.sandbox.jira;
  const offered = await app.transitions(issue.key);
  const way = offered.find(({ to }) => to.id === project.statuses[slot]);
  const [resolution] = store.resolutions.keys();
  const plain = await app.call('POST', `issue/${issue.key}/transitions`, { transition: { id: way?.id } });
  if (plain.status < 300) return;
  await app.takeTransition(issue.key, way?.id ?? '', { fields: { resolution: { id: resolution } } });
}

/** The decision that waits for the relay. */
export function waitingDecision(world: World, requestId: string): unknown {
  const { forge, teleport } = world.sandbox;
  return forge.kvs.peek(keys.decision(teleport.clusterName, requestId));
}

/** Moves a card while the relay stands still, waits until its decision waits, does something, and lets the relay go on. */
export async function betweenMoveAndHandOut(
  world: World,
  { id, issue }: Card,
  meanwhile: () => void | Promise<void>,
  move: { slot?: 'approved' | 'denied'; person?: string } = {},
): Promise<void> {
  const { relay } = world.sandbox;
  relay.signal('SIGSTOP');
  try {
    await world.move(issue, move.slot ?? 'approved', move.person ?? 'bob');
    await until('a decision that waits', () => waitingDecision(world, id) !== undefined);
    await meanwhile();
  } finally {
    relay.signal('SIGCONT');
  }
}
