import type { Decision } from '../../contract/decision';
import { isAvailable, isOutcomeOpen, isPast, type LiveDecision } from '../domain/live-decision';
import { isSameDecision, makeDecision, refuse, settleCard } from './decide-from-card';
import { judgeCard, type Judgement } from './judge-card';
import { lendForOutcome, lendOnce, waitOf } from './lend';
import { handOutPanelDecision } from './panel/hand-out';
import type { Services } from './ports';

/** Decisions checked and handed out in one call; the rest comes with the next. */
export const MAX_AT_ONCE = 10;
/** Decisions of one call that are checked at the same time. */
const CONCURRENCY = 5;
/** No check is begun later than this after the first, in milliseconds: what is lent must still reach the relay. */
const BUDGET_MS = 10_000;

/**
 * The decisions that a relay may carry to its cluster now, each lent for a while. Everything is checked again by fresh
 * reads at this moment: who moved the card, whether they are an approver now, whether the issue still says the same.
 */
export async function handOutDecisions(
  services: Services,
  connectionId: string,
  cluster: string,
): Promise<Decision[]> {
  const listed = await services.decisions.list(cluster);
  // Whichever waits the longest comes first, so that no decision waits for ever behind others that Jira holds up.
  const due = listed
    .filter((live) => isAvailable(live, services.now()))
    .sort((a, b) => waitsSince(a) - waitsSince(b))
    .slice(0, MAX_AT_ONCE);
  const handed: Decision[] = [];
  const startedAt = services.now();
  const work = async (): Promise<void> => {
    while (services.now() - startedAt < BUDGET_MS) {
      const candidate = due.shift();
      if (candidate === undefined) return;
      const decision = await handOut(services, connectionId, candidate);
      if (decision !== undefined) handed.push(decision);
    }
  };
  await Promise.all(Array.from({ length: CONCURRENCY }, work));
  return handed;
}

function waitsSince({ decision, lentUntil }: LiveDecision): number {
  return Math.max(lentUntil, Date.parse(decision.decidedAt));
}

/** One of them; what no longer holds is ended instead. */
export async function handOut(
  services: Services,
  connectionId: string,
  candidate: LiveDecision,
): Promise<Decision | undefined> {
  const { cluster, requestId } = candidate.decision;
  // The list comes from an index that lags; what counts is the record itself.
  const live = await services.decisions.read(cluster, requestId);
  if (live === undefined || !isAvailable(live, services.now())) return undefined;
  if (live.decision.source === 'panel') return handOutPanelDecision(services, connectionId, live);
  const judgement = await judgeCard(services, live.decision.issue.id);
  switch (judgement.kind) {
    case 'problem':
      // Looked at again when Jira is expected to answer, so that it takes no other decision's turn until then.
      await services.decisions.write({ ...live, lentUntil: services.now() + waitOf(judgement.problem) });
      return undefined;
    case 'not_linked':
      await services.decisions.remove(cluster, requestId);
      return undefined;
    case 'detached':
    case 'at_rest':
      if (judgement.kind === 'at_rest' && judgement.card.snapshot.state !== 'PENDING')
        return lendForOutcome(services, connectionId, live);
      await settleCard(services, judgement);
      return undefined;
    case 'refused':
      if (isOutcomeOpen(live, services.now())) return lendForOutcome(services, connectionId, live);
      await refuse(services, judgement);
      return undefined;
    case 'decides':
      return lend(services, connectionId, live, judgement);
  }
}

async function lend(
  services: Services,
  connectionId: string,
  live: LiveDecision,
  judgement: Judgement & { kind: 'decides' },
): Promise<Decision | undefined> {
  const { card, move } = judgement;
  const refused = async (code: 'too_late' | 'changed_since_shown') => {
    if (isOutcomeOpen(live, services.now())) return lendForOutcome(services, connectionId, live);
    await refuse(services, { kind: 'refused', card, code, move });
    return undefined;
  };
  // Another connection stands for the cluster now; its relay will ask for the decision.
  if (judgement.connectionId !== connectionId) return undefined;
  const isSame = isSameDecision(live, judgement);
  if (isSame && isPast(live, services.now())) return refused('too_late');
  if (isSame && card.link.shown.grantDigest !== live.decision.grantDigest)
    return refused('changed_since_shown');
  // The same move with a reason that came later, or a newer move: what the card says now is what goes out.
  const now = await makeDecision(services, judgement);
  const decision = isSame ? { ...live.decision, connectionId, reason: now.reason } : now;
  return lendOnce(services, live, decision);
}
