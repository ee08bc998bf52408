import { handOut } from './hand-out-decisions';
import type { Services } from './ports';
import { choiceFor, deliverNow, type RemoteRelay } from './push-decision';

/**
 * Pushes the decision that waits about an issue's request, after everything was checked again as when a relay collects it. Where
 * there is no push, nothing happens: the relay collects it.
 */
export async function pushWaiting(services: Services, relay: RemoteRelay, issueId: string): Promise<void> {
  const reference = await services.links.findByIssue(issueId);
  if (reference === undefined) return;
  const live = await services.decisions.read(reference.cluster, reference.requestId);
  if (live === undefined) return;
  const { connectionId } = live.decision;
  if ((await choiceFor(services, connectionId)) === undefined) return;
  const decision = await handOut(services, connectionId, live);
  if (decision !== undefined) await deliverNow(services, relay, decision);
}
