import type { Decision } from '../../contract/decision';
import { isAvailable, isPast, LOAN_MS, type LiveDecision } from '../domain/live-decision';
import { isSameDecision, makeDecision, refuse } from './decide-from-card';
import { judgeCard, type Judgement } from './judge-card';
import type { Services } from './ports';

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
      return undefined;
    case 'not_linked':
    case 'detached':
    case 'at_rest':
      await services.decisions.remove(cluster, requestId);
      return undefined;
    case 'refused':
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
  const refused = (code: 'too_late' | 'changed_since_shown' | 'no_connection') =>
    refuse(services, { kind: 'refused', card: judgement.card, code, actor: judgement.mover.accountId });
  if (isPast(live, services.now())) {
    await refused('too_late');
    return undefined;
  }
  if (judgement.card.snapshot.grantDigest !== live.decision.grantDigest) {
    await refused('changed_since_shown');
    return undefined;
  }
  if (judgement.connectionId !== connectionId) {
    await refused('no_connection');
    return undefined;
  }
  // The same move with a reason that came later, or a newer move: what the card says now is what goes out.
  const decision = isSameDecision(live, judgement)
    ? { ...live.decision, reason: (await makeDecision(services, judgement)).reason }
    : await makeDecision(services, judgement);
  await services.decisions.write({ decision, lentUntil: services.now() + LOAN_MS });
  return decision;
}
