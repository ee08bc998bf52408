import type { Decision } from '../../../contract/decision';
import type { PanelRefusal } from '../../../contract/issue-page';
import { isOutcomeOpen, isPast, type LiveDecision } from '../../domain/live-decision';
import { settleCard } from '../decide-from-card';
import { lendForOutcome, lendOnce, waitOf } from '../lend';
import type { Services } from '../ports';
import { judgeAccount, readPanelCard } from './judge';
import { rememberWithdrawn, withdraw } from './withdraw';

/**
 * Lends a decision made by button, after everything was checked again: the issue is linked and in place, the account may decide
 * now, the request asks for what was shown, and the decision is not past its end. What fails is withdrawn and told.
 *
 * @returns the decision to carry, or `undefined` when there is none.
 */
export async function handOutPanelDecision(
  services: Services,
  connectionId: string,
  live: LiveDecision,
): Promise<Decision | undefined> {
  const { decision } = live;
  const reading = await readPanelCard(services, decision.issue.id);
  switch (reading.kind) {
    case 'problem':
      await services.decisions.write({ ...live, lentUntil: services.now() + waitOf(reading.problem) });
      return undefined;
    case 'not_linked':
      await rememberWithdrawn(services, decision, 'issue_gone');
      await services.decisions.remove(decision.cluster, decision.requestId);
      return undefined;
    case 'detached':
      await rememberWithdrawn(
        services,
        decision,
        reading.code === 'issue_gone' ? 'issue_gone' : 'issue_moved',
      );
      await settleCard(services, reading);
      return undefined;
    case 'linked':
      break;
  }
  const { card } = reading;
  // Resolved meanwhile, perhaps by this very decision: the relay that asks next can tell.
  if (card.snapshot.state !== 'PENDING') return lendForOutcome(services, connectionId, live);
  const end = async (code: PanelRefusal): Promise<Decision | undefined> => {
    if (isOutcomeOpen(live, services.now())) return lendForOutcome(services, connectionId, live);
    const problem = await withdraw(services, card, decision, code);
    if (problem !== undefined)
      await services.decisions.write({ ...live, lentUntil: services.now() + waitOf(problem) });
    return undefined;
  };
  if (isPast(live, services.now())) return end('too_late');
  if (card.snapshot.grantDigest !== decision.grantDigest) return end('changed_since_shown');
  const judged = await judgeAccount(services, card, decision.actor.accountId);
  if (!judged.ok) {
    await services.decisions.write({ ...live, lentUntil: services.now() + waitOf(judged.problem) });
    return undefined;
  }
  const permission = judged.value.may[decision.verdict];
  if (!permission.allowed) return end(permission.code);
  // Another connection stands for the cluster now; its relay will ask for the decision.
  if (judged.value.connectionId !== connectionId) return undefined;
  return lendOnce(services, live, { ...decision, connectionId });
}
