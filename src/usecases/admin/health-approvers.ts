import type { HealthCheck } from '../../../contract/admin';
import { namesNobody } from '../../domain/card';
import type { RoutingTarget, Settings } from '../../domain/settings';
import type { Services } from '../ports';
import { check, warning } from './health-check';

/** Whether there is somebody who decides, for each rule, and whether all that the lists name still is there. */
export async function checkApprovers(services: Services, settings: Settings): Promise<HealthCheck[]> {
  const named = targetsOf(settings);
  const targets = named.map(({ target }) => target);
  return [
    ...named.map(({ ruleId, name, target }) => ({
      ...checkList(name, target),
      ...(ruleId !== undefined && { subject: { ruleId } }),
    })),
    ...(await checkRoles(services, targets)),
    ...(await checkDirectory(services, targets)),
  ];
}

function targetsOf(settings: Settings): { ruleId?: string; name: string; target: RoutingTarget }[] {
  return [
    ...settings.rules.map(({ id, name, then }) => ({ ruleId: id, name: `rule “${name}”`, target: then })),
    { name: 'everything else', target: settings.catchAll },
  ];
}

function checkList(name: string, { approvers }: RoutingTarget): HealthCheck {
  const ok = !namesNobody(approvers);
  return check('approvers', ok, {
    good: `Approvers are chosen for ${name}.`,
    bad: `The list of approvers for ${name} is empty, so nobody decides such requests in Jira.`,
    fix: 'Choose groups or people who may approve.',
  });
}

/** Whether the project roles that the lists name still are there, and somebody is in them. */
async function checkRoles(services: Services, targets: readonly RoutingTarget[]): Promise<HealthCheck[]> {
  const byProject = new Map<string, Set<string>>();
  for (const { projectId, approvers } of targets)
    byProject.set(projectId, new Set([...(byProject.get(projectId) ?? []), ...approvers.projectRoleIds]));
  const checks: HealthCheck[] = [];
  for (const [projectId, roleIds] of byProject)
    for (const roleId of roleIds)
      checks.push(
        ...(await checkRole(services, projectId, roleId)).map((found) => ({
          ...found,
          subject: { projectId },
        })),
      );
  return checks;
}

async function checkRole(services: Services, projectId: string, roleId: string): Promise<HealthCheck[]> {
  const actors = await services.people.roleActors(projectId, roleId);
  if (!actors.ok) {
    if (actors.problem.kind !== 'not_found') return [];
    const text = `Project role ${roleId} of project ${projectId} no longer exists. Nobody decides by it.`;
    return [{ code: 'roles', ok: false, text, fix: 'Choose the approvers again.' }];
  }
  if (actors.value.accountIds.length + actors.value.groupIds.length > 0) return [];
  return [
    warning(
      'roles',
      `Nobody is in project role ${roleId} of project ${projectId}, whose members may approve.`,
      'Put people or groups into the role, in the settings of the project.',
    ),
  ];
}

/** Whether the groups and people that the settings name still are there. */
async function checkDirectory(services: Services, targets: readonly RoutingTarget[]): Promise<HealthCheck[]> {
  const groupIds = [...new Set(targets.flatMap(({ approvers }) => approvers.groupIds))];
  const accountIds = [
    ...new Set(targets.flatMap(({ approvers, watchers }) => [...approvers.accountIds, ...watchers])),
  ];
  const groups = await services.projects.missingGroups(groupIds);
  const missing = groups.ok ? groups.value : [];
  const people = await services.catalogue.nameAccounts(accountIds);
  const active = new Set(
    people.ok ? people.value.flatMap((each) => (each.active ? each.accountId : [])) : [],
  );
  const gone = people.ok ? accountIds.filter((accountId) => !active.has(accountId)) : [];
  return [
    check('groups', missing.length === 0, {
      good: 'All approver groups exist.',
      bad: `Approver groups that no longer exist: ${missing.length}. Nobody decides by them.`,
      fix: 'Choose the approvers again.',
    }),
    check('people', gone.length === 0, {
      good: 'All approvers and watchers have an active account.',
      bad: `Approvers or watchers without an active account: ${gone.length}.`,
      fix: 'Choose the approvers and watchers again.',
    }),
  ];
}
