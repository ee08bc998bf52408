import type { RequestSnapshot } from '../../../contract/access-request';
import type { ReportedOutcome } from '../../../contract/decision';
import type { AppComment } from '../../domain/comments';
import type { IssueLink } from '../../domain/link';
import { decisionComment, lockComment } from '../../domain/panel-words';
import type { Services } from '../ports';

/**
 * What is to be said on an issue beside Teleport's own news: who decided by button, whom Jira's history does not show; and,
 * when access was denied after it had been granted, that running sessions go on.
 */
export async function decisionNews(
  services: Services,
  input: { link: IssueLink; snapshot: RequestSnapshot; outcome: ReportedOutcome | undefined },
): Promise<AppComment[]> {
  const { link, snapshot, outcome } = input;
  const news: AppComment[] = [];
  if (outcome?.decisionId.startsWith('p:') === true) {
    const live = await services.decisions.read(link.cluster, link.requestId);
    if (live?.decision.id === outcome.decisionId)
      news.push(decisionComment(live.decision, await services.door.siteUrl()));
  }
  const wasGranted = link.state === 'APPROVED' || link.state === 'PROMOTED';
  if (wasGranted && snapshot.state === 'DENIED') news.push(lockComment(snapshot.user));
  return news;
}
