import type { IssueLink } from '../domain/link';
import type { JiraProblem, Services } from './ports';

/**
 * What it means that Jira does not find a linked issue: with its project in sight the issue is gone; without it nothing can be
 * said of the issue, which may well be there still (Jira answers 404 to both).
 */
export async function whyNotFound(
  services: Pick<Services, 'projects'>,
  link: IssueLink,
  problem: JiraProblem,
): Promise<
  { kind: 'detached'; link: IssueLink; code: 'issue_gone' } | { kind: 'problem'; problem: JiraProblem }
> {
  const isVisible = await services.projects.isVisible(link.issue.projectId);
  if (!isVisible.ok) return { kind: 'problem', problem: isVisible.problem };
  return isVisible.value ? { kind: 'detached', link, code: 'issue_gone' } : { kind: 'problem', problem };
}
