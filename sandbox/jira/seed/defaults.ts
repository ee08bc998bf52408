import type { DefaultActors, PermissionSchemeRecord } from '../configuration';
import type { PermissionScheme, Project, Workflow } from '../model';
import { PROJECT_PERMISSIONS } from '../permissions';
import { SYSTEM_WORKFLOW } from '../project-schemes';
import type { JiraStore } from '../store';
import type { SeededGroups } from './people';
import { openWorkflow, seedStatus, type SeededParts } from './workflows';

/** What members of a project may do; apps and administrators may do everything. */
export const MEMBER_PERMISSIONS = new Set([
  'BROWSE_PROJECTS',
  'CREATE_ISSUES',
  'EDIT_ISSUES',
  'ASSIGN_ISSUES',
  'ASSIGNABLE_USER',
  'ADD_COMMENTS',
  'EDIT_OWN_COMMENTS',
  'DELETE_OWN_COMMENTS',
  'LINK_ISSUES',
  'MOVE_ISSUES',
  'SCHEDULE_ISSUES',
  'TRANSITION_ISSUES',
]);

/** Words in which a site was set up by its first administrator. */
export interface SiteWords {
  statuses: readonly [string, string, string];
  task: string;
}

export const ENGLISH: SiteWords = { statuses: ['To Do', 'In Progress', 'Done'], task: 'Task' };
export const GERMAN: SiteWords = { statuses: ['Zu erledigen', 'In Arbeit', 'Fertig'], task: 'Aufgabe' };

/** What a new Jira site has before anybody creates a project: statuses, a type, a workflow, schemes and members of roles. */
export function seedDefaults(
  store: JiraStore,
  parts: SeededParts,
  groups: SeededGroups,
  words: SiteWords,
): void {
  const { configuration } = store;
  const [toDo, inProgress, done] = words.statuses;
  const workflow = openWorkflow(store, SYSTEM_WORKFLOW, [
    seedStatus(store, toDo, 'TODO'),
    seedStatus(store, inProgress, 'IN_PROGRESS'),
    seedStatus(store, done, 'DONE'),
  ]);
  configuration.workflows.set(workflow.name, workflow);
  if (![...store.issueTypes.values()].some(({ name }) => name === words.task)) seedType(store, words.task);
  seedType(store, 'Epic', 1);
  seedType(store, 'Sub-task', -1);
  const scheme: PermissionSchemeRecord = {
    ...{ id: 0, name: 'Default Permission Scheme', description: '' },
    grants: defaultGrants(parts),
  };
  configuration.permissionSchemes.set(0, scheme);
  const actors: DefaultActors = new Map([[parts.roles.administrators, [groups.administrators]]]);
  configuration.defaultActors = actors;
  store.appRoleId = parts.roles.app;
}

/** Creates an issue type. @returns its id. */
export function seedType(store: JiraStore, name: string, hierarchyLevel = 0): string {
  const id = store.nextId('issuetype');
  store.issueTypes.set(id, { id, name, description: '', subtask: hierarchyLevel < 0, hierarchyLevel });
  return id;
}

/** Makes the workflows and schemes of a seeded project known, as if an administrator had set them up. */
export function registerSchemes(store: JiraStore, project: Project): void {
  const { configuration } = store;
  const byType: [string, Workflow][] = project.issueTypes.map(({ issueTypeId, workflow }) => [
    issueTypeId,
    workflow,
  ]);
  for (const [, workflow] of byType) configuration.workflows.set(workflow.name, workflow);
  const workflowSchemeId = Number(store.nextId('workflowscheme'));
  configuration.workflowSchemes.set(workflowSchemeId, {
    ...{ id: workflowSchemeId, name: `${project.key}: Workflow Scheme`, description: '' },
    defaultWorkflow: byType[0]?.[1].name ?? SYSTEM_WORKFLOW,
    issueTypeMappings: Object.fromEntries(byType.map(([issueTypeId, { name }]) => [issueTypeId, name])),
  });
  const issueTypeSchemeId = store.nextId('issuetypescheme');
  configuration.issueTypeSchemes.set(issueTypeSchemeId, {
    ...{ id: issueTypeSchemeId, name: `${project.key}: Work Type Scheme`, description: '' },
    ...{ defaultIssueTypeId: undefined, issueTypeIds: byType.map(([issueTypeId]) => issueTypeId) },
  });
  configuration.schemesOf.set(project.id, { workflowSchemeId, issueTypeSchemeId });
  if (configuration.permissionSchemeOf(project) !== undefined) return;
  const id = Number(store.nextId('permissionscheme'));
  const name = `${project.key} Permission Scheme`;
  configuration.permissionSchemes.set(id, { id, name, description: '', grants: project.permissions });
}

/** Administrators and apps may do everything, everybody with a licence what members may; the public may look at nothing. */
function defaultGrants({ roles }: SeededParts): PermissionScheme {
  return Object.fromEntries(
    Object.keys(PROJECT_PERMISSIONS).map((key) => [
      key,
      [
        { type: 'projectRole' as const, value: roles.administrators },
        { type: 'projectRole' as const, value: roles.app },
        ...(MEMBER_PERMISSIONS.has(key) ? [{ type: 'applicationRole' as const }] : []),
      ],
    ]),
  );
}
