import type { Progress } from '../../../contract/issue-page';
import { isPast, type LiveDecision, type SettledDecision } from '../../domain/live-decision';
import type { IssueLink } from '../../domain/link';
import type { Services } from '../ports';

/** Where the newest decision of a request stands, as one person sees it. Others appear as not being that person, no more. */
export async function progressOf(
  services: Services,
  link: Pick<IssueLink, 'cluster' | 'requestId'>,
  accountId: string,
): Promise<Progress> {
  const { cluster, requestId } = link;
  const [snapshot, live, settled] = await Promise.all([
    services.links.readSnapshot(cluster, requestId),
    services.decisions.read(cluster, requestId),
    services.decisions.readSettled(cluster, requestId),
  ]);
  const waits =
    live !== undefined && live.decision.id !== settled?.decisionId && !isPast(live, services.now());
  return {
    state: snapshot?.state ?? 'PENDING',
    ...(waits && { waiting: viewWaiting(live, accountId) }),
    ...(settled !== undefined && { last: viewSettled(settled, accountId) }),
  };
}

function viewWaiting({ decision }: LiveDecision, accountId: string): Progress['waiting'] {
  const { id, verdict, source, actor, decidedAt, notAfter } = decision;
  return { decisionId: id, verdict, source, isMine: actor.accountId === accountId, decidedAt, notAfter };
}

function viewSettled(settled: SettledDecision, accountId: string): Progress['last'] {
  const { decisionId, verdict, at, outcome } = settled;
  return {
    ...{ decisionId, outcome, isMine: settled.accountId === accountId },
    at: new Date(at).toISOString(),
    ...(verdict !== undefined && { verdict }),
  };
}
