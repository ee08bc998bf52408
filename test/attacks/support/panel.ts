import { randomUUID } from 'node:crypto';
import { z } from 'zod';
import type { IssuePageFunctions } from '../../../contract/issue-page';
import { until, type World } from '../../support/world';
import { accountOf, type Card } from './cards';

const MODULE = 'issue-context';

const refusable = z.union([
  z.object({ allowed: z.literal(true) }),
  z.object({ allowed: z.literal(false), code: z.string() }),
]);
const progress = z.object({
  state: z.string(),
  waiting: z.object({ decisionId: z.string(), verdict: z.string(), isMine: z.boolean() }).optional(),
  last: z
    .object({
      decisionId: z.string(),
      isMine: z.boolean(),
      outcome: z.looseObject({ kind: z.string(), code: z.string().optional() }),
    })
    .optional(),
});
const view = progress.extend({
  request: z.looseObject({ roles: z.array(z.string()), user: z.string() }),
  grantDigest: z.string(),
  isEdited: z.boolean(),
  approvers: z.object({
    groups: z.array(z.string()),
    people: z.array(z.string()),
    roles: z.array(z.string()),
    permission: z.boolean(),
  }),
  may: z.object({ approve: refusable, deny: refusable }),
});
const failure = z.object({ ok: z.literal(false), error: z.object({ code: z.string() }) });
const shown = z.union([z.object({ ok: z.literal(true), value: view }), failure]);
const decided = z.union([
  z.object({
    ok: z.literal(true),
    value: z.union([
      z.object({ result: z.literal('taken'), progress }),
      z.object({ result: z.literal('refused'), code: z.string() }),
    ]),
  }),
  failure,
]);
export type Decided = z.infer<typeof decided>;
type DecidePayload = IssuePageFunctions['decide']['payload'];

/** Calls a function of the page as somebody on the site, on an issue that the page claims to stand on. */
export function callPage(
  world: World,
  person: string,
  name: string,
  payload: unknown,
  issueId: string,
): Promise<unknown> {
  return world.sandbox.forge.invokeResolver(MODULE, accountOf(world, person), name, payload, { id: issueId });
}

/** What the page shows somebody. */
export async function show(world: World, { issue }: Card, person = 'bob'): Promise<z.infer<typeof shown>> {
  return shown.parse(await callPage(world, person, 'show', {}, issue.id));
}

/** The same where something must be shown. */
export async function viewOf(world: World, card: Card, person = 'bob'): Promise<z.infer<typeof view>> {
  const answer = await show(world, card, person);
  if (!answer.ok) throw new Error(`Nothing is shown: ${answer.error.code}.`);
  return answer.value;
}

/** Somebody reads the page and presses a button, or sends what no page would. */
export async function press(
  world: World,
  card: Card,
  changes: Partial<DecidePayload> & { person?: string } = {},
): Promise<Decided> {
  const { person = 'bob', ...asked } = changes;
  const grantDigest = asked.grantDigest ?? (await viewOf(world, card)).grantDigest;
  const payload = { verdict: 'approve', reason: '', uuid: randomUUID(), ...asked, grantDigest };
  return decided.parse(await callPage(world, person, 'decide', payload, card.issue.id));
}

/** The code of a refusal; `taken` where there was none. */
export function resultOf(answer: Decided): string {
  if (!answer.ok) return answer.error.code;
  return answer.value.result === 'taken' ? 'taken' : answer.value.code;
}

/** Presses a button while the relay stands still, does something meanwhile, and lets the relay collect. */
export async function betweenPressAndHandOut(
  world: World,
  card: Card,
  meanwhile: () => void | Promise<void>,
  changes: Partial<DecidePayload> & { person?: string } = {},
): Promise<void> {
  const { relay } = world.sandbox;
  relay.signal('SIGSTOP');
  try {
    expect(resultOf(await press(world, card, changes))).toBe('taken');
    await meanwhile();
  } finally {
    relay.signal('SIGCONT');
  }
  await untilSettled(world, card);
}

/** Waits until no decision about a request is on its way. */
export async function untilSettled(world: World, { id }: Card): Promise<void> {
  await until('the decision settled', () => world.waitingDecision(id) === undefined);
}

/** The outcome that the page tells somebody. */
export async function outcomeAt(world: World, card: Card, person = 'bob'): Promise<string> {
  const { last } = await viewOf(world, card, person);
  return last === undefined ? 'none' : (last.outcome.code ?? last.outcome.kind);
}
