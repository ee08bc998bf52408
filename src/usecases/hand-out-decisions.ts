import type { Decision } from '../../contract/decision';
import { isAvailable, isPast, LOAN_MS, type LiveDecision } from '../domain/live-decision';
import { isSameDecision, makeDecision, refuse, settleCard } from './decide-from-card';
import { judgeCard, type Judgement } from './judge-card';
import type { JiraProblem, Services } from './ports';

/** Decisions checked and handed out in one call; the rest comes with the next. */
const MAX_AT_ONCE = 10;

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
  const due = listed.filter((live) => isAvailable(live, services.now())).slice(0, MAX_AT_ONCE);
  const handed: Decision[] = [];
  for (const candidate of due) {
    const decision = await handOut(services, connectionId, candidate);
    if (decision !== undefined) handed.push(decision);
  }
  return handed;
}

async function handOut(
  services: Services,
  connectionId: string,
  candidate: LiveDecision,
): Promise<Decision | undefined> {
  const { cluster, requestId } = candidate.decision;
  // The list comes from an index that lags; what counts is the record itself.
  const live = await services.decisions.read(cluster, requestId);
  if (live === undefined || !isAvailable(live, services.now())) return undefined;
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
      await refuse(services, judgement);
      return undefined;
    case 'decides':
      return lend(services, connectionId, live, judgement);
  }
}

/**
 * The request is resolved, but nobody reported what became of its decision: a relay may have carried it out and died. The
 * relay that asks now finds the decision's id in Teleport or not; telling so is all that it can do with a decision that is
 * past its end.
 */
async function lendForOutcome(
  services: Services,
  connectionId: string,
  live: LiveDecision,
): Promise<Decision> {
  await services.decisions.write({ ...live, lentUntil: services.now() + LOAN_MS });
  return { ...live.decision, connectionId, notAfter: live.decision.decidedAt };
}

async function lend(
  services: Services,
  connectionId: string,
  live: LiveDecision,
  judgement: Judgement & { kind: 'decides' },
): Promise<Decision | undefined> {
  const { card, move } = judgement;
  const refused = async (code: 'too_late' | 'changed_since_shown') => {
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
  await services.decisions.write({ decision, lentUntil: services.now() + LOAN_MS });
  return decision;
}

function waitOf(problem: JiraProblem): number {
  const seconds = 'retryAfterSeconds' in problem ? problem.retryAfterSeconds : undefined;
  return seconds === undefined ? LOAN_MS : seconds * 1000;
}
