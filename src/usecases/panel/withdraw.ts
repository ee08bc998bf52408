import type { Decision } from '../../../contract/decision';
import type { PanelRefusal } from '../../../contract/issue-page';
import { panelRefusalText, withdrawnComment } from '../../domain/panel-words';
import type { JiraProblem, Services } from '../ports';
import { say } from '../say';
import type { PanelCard } from './judge';

/**
 * Ends a decision that no longer may go to Teleport: says so on the issue, to the administrator, and to whoever waits at the
 * page; then removes it.
 *
 * @returns the problem, when Jira did not take the comment and all is to be tried again.
 */
export async function withdraw(
  services: Services,
  card: PanelCard,
  decision: Decision,
  code: PanelRefusal,
): Promise<JiraProblem | undefined> {
  const { issue, appAccountId, settings, link } = card;
  const audience = {
    issueId: issue.id,
    known: issue.comments,
    appAccountId,
    internal: settings.internalComments,
  };
  const said = await say(services, audience, [{ comment: withdrawnComment(decision, code) }]);
  if (!said.ok && (said.problem.kind === 'rate_limited' || said.problem.kind === 'uncertain'))
    return said.problem;
  await rememberWithdrawn(services, decision, code);
  await services.decisions.remove(link.cluster, link.requestId);
  return undefined;
}

/** Tells administrator and page that a decision did not go to Teleport. */
export async function rememberWithdrawn(
  services: Services,
  decision: Decision,
  code: PanelRefusal,
): Promise<void> {
  const { id, cluster, requestId, verdict, actor } = decision;
  services.log.info('a decision made by button was withdrawn', { code, issueId: decision.issue.id });
  await services.activity.addOnce({
    ...recordOf(decision),
    id: `withdrawn-${id}`,
    at: Date.parse(decision.decidedAt),
    kind: 'refusal',
    code,
    text: `A decision to ${verdict} made by button did not go to Teleport: ${panelRefusalText(code)}`,
    outcome: 'withdrawn',
  });
  await services.decisions.writeSettled(cluster, requestId, {
    decisionId: id,
    verdict,
    accountId: actor.accountId,
    at: services.now(),
    outcome: { kind: 'withdrawn', code },
  });
}

/** Who decided what, where and by which way, for the activity list. */
export function recordOf(decision: Decision) {
  const { id, cluster, requestId, issue, actor, source, verdict, grantDigest } = decision;
  return {
    ...{ cluster, requestId, source, verdict, grantDigest, decisionId: id },
    issueId: issue.id,
    issueKey: issue.key,
    accountId: actor.accountId,
  };
}
