import type { NamedApprovers } from '../domain/comments';
import { isListed, refusalOfAccount, type Mover } from '../domain/card';
import type { IssueSettings } from '../domain/routing';
import type { JiraResult, Services } from './ports';

/**
 * Whether an account is an approver of an issue at this moment: by its groups, by name, by a role of the issue's project, or by
 * the app's own permission there. Any of them is enough; what was read already is looked at first, and Jira is asked further
 * only where the settings name roles or the permission. Anything but a clear yes is a no, or a problem to try again after.
 */
export async function isApproverNow(
  services: Pick<Services, 'people'>,
  mover: Mover,
  { settings, appAccountId, issueId }: { settings: IssueSettings; appAccountId: string; issueId: string },
): Promise<JiraResult<boolean>> {
  const { approvers, projectId } = settings;
  if (refusalOfAccount(mover, appAccountId) !== undefined) return { ok: true, value: false };
  if (isListed(mover, approvers)) return { ok: true, value: true };
  for (const roleId of approvers.projectRoleIds) {
    const actors = clear(await services.people.roleActors(projectId, roleId));
    if (!actors.ok) return actors;
    if (actors.value !== undefined && isListed(mover, { ...approvers, ...actors.value }))
      return { ok: true, value: true };
  }
  if (!approvers.permission) return { ok: true, value: false };
  const may = clear(await services.people.mayDecide(issueId, mover.accountId));
  return may.ok ? { ok: true, value: may.value === true } : may;
}

/** What Jira refused for certain, such as a role that is gone, makes nobody an approver; other problems pass. */
function clear<T>(result: JiraResult<T>): JiraResult<T | undefined> {
  if (result.ok) return result;
  const { kind } = result.problem;
  return kind === 'refused' || kind === 'not_found' ? { ok: true, value: undefined } : result;
}

/** Who may decide, by name as far as Jira tells names just now. */
export async function namedApprovers(
  services: Pick<Services, 'people' | 'catalogue'>,
  { approvers, projectId }: IssueSettings,
): Promise<NamedApprovers> {
  const { groupIds, projectRoleIds, accountIds, permission } = approvers;
  const [groups, roles] = await Promise.all([
    groupIds.length === 0 ? undefined : services.catalogue.nameGroups(groupIds),
    projectRoleIds.length === 0 ? undefined : services.people.projectRoles(projectId),
  ]);
  const chosen = roles?.ok === true ? roles.value.filter(({ id }) => projectRoleIds.includes(id)) : [];
  return {
    groups: groups?.ok === true ? groups.value.map(({ name }) => name) : [],
    roles: chosen.map(({ name }) => name),
    people: accountIds.length,
    permission,
  };
}
