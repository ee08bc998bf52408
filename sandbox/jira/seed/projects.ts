import { COST_CENTRE } from '../field-definitions';
import type { PermissionScheme, Project, ProjectType, RoleActors, ScreenField } from '../model';
import type { JiraStore } from '../store';
import { PROJECT_PERMISSIONS } from '../permissions';
import { MEMBER_PERMISSIONS, registerSchemes, seedType } from './defaults';
import type { SandboxPerson, SeededGroups } from './people';
import {
  openWorkflow,
  requestWorkflow,
  seedStatus,
  type RequestStatuses,
  type SeededParts,
} from './workflows';

/** How the seeded projects are to be. */
export interface ProjectSeed {
  people: Readonly<Record<string, SandboxPerson>>;
  groups: SeededGroups;
  projectType: Project['typeKey'];
  initialStatus: 'pending' | 'backlog';
}

const SCREEN: ScreenField[] = [
  { fieldId: 'summary', required: true },
  { fieldId: 'issuetype', required: true },
  { fieldId: 'project', required: true },
  { fieldId: 'reporter', required: true },
  { fieldId: 'description' },
  { fieldId: 'labels' },
  { fieldId: 'assignee' },
  { fieldId: 'priority' },
];

/** Creates statuses, workflows and the projects TAR, OPS (a workflow of its own words) and HELP (a service project). */
export function seedProjects(
  store: JiraStore,
  parts: SeededParts,
  seed: ProjectSeed,
): { id: string; key: 'TAR'; issueTypeId: string; statuses: RequestStatuses } {
  const accessRequest = seedType(store, 'Access request');
  const task = seedType(store, 'Task');
  const backlog = seedStatus(store, 'Backlog', 'TODO');
  const statuses: RequestStatuses = {
    pending: seedStatus(store, 'Pending', 'IN_PROGRESS'),
    approved: seedStatus(store, 'Approved', 'DONE'),
    denied: seedStatus(store, 'Denied', 'DONE'),
    expired: seedStatus(store, 'Expired', 'DONE'),
  };
  const workflow = requestWorkflow(
    store,
    parts,
    statuses,
    seed.initialStatus === 'backlog' ? backlog : undefined,
  );
  const operations = openWorkflow(store, 'Operations workflow', [
    backlog,
    seedStatus(store, 'Waiting', 'IN_PROGRESS'),
    seedStatus(store, 'Granted', 'DONE'),
    seedStatus(store, 'Refused', 'DONE'),
    seedStatus(store, 'Lapsed', 'DONE'),
  ]);
  const project = (key: string, name: string, typeKey: Project['typeKey'], issueTypes: ProjectType[]) =>
    seedProject(store, seed, parts, { key, name, typeKey, issueTypes });
  const typed = (issueTypeId: string, flow: ProjectType['workflow'], screen = SCREEN): ProjectType => ({
    issueTypeId,
    workflow: flow,
    createScreen: screen,
    editScreen: screen.filter(({ fieldId }) => fieldId !== 'project' && fieldId !== 'issuetype'),
  });
  const tar = project('TAR', 'Teleport access requests', seed.projectType, [
    typed(accessRequest, workflow),
    typed(task, workflow),
  ]);
  project('OPS', 'Operations', 'software', [
    typed(accessRequest, operations, [...SCREEN, { fieldId: 'duedate' }]),
    typed(task, operations, [...SCREEN, { fieldId: COST_CENTRE, required: true }]),
  ]);
  project('HELP', 'Help desk', 'service_desk', [typed(accessRequest, workflow), typed(task, operations)]);
  return { id: tar.id, key: 'TAR', issueTypeId: accessRequest, statuses };
}

function seedProject(
  store: JiraStore,
  seed: ProjectSeed,
  parts: SeededParts,
  basics: Pick<Project, 'key' | 'name' | 'typeKey' | 'issueTypes'>,
): Project {
  const { administrators, member, viewer, app } = parts.roles;
  const actors = (groupIds: string[]): RoleActors => ({ accountIds: [], groupIds });
  const created: Project = {
    ...basics,
    id: store.nextId('project'),
    leadAccountId: seed.people.admin?.accountId ?? '',
    archived: false,
    permissions: permissionScheme(parts),
    roles: {
      [administrators]: actors([seed.groups.administrators]),
      [member]: actors([seed.groups.users, seed.groups.approvers]),
      [viewer]: actors([seed.groups.viewers]),
      [app]: actors([]),
    },
    properties: new Map(),
    nextNumber: 1,
  };
  store.projects.set(created.id, created);
  registerSchemes(store, created);
  return created;
}

function permissionScheme({ roles }: SeededParts): PermissionScheme {
  return Object.fromEntries(
    Object.keys(PROJECT_PERMISSIONS).map((key) => [
      key,
      [
        { type: 'projectRole' as const, value: roles.administrators },
        { type: 'projectRole' as const, value: roles.app },
        ...(MEMBER_PERMISSIONS.has(key) ? [{ type: 'projectRole' as const, value: roles.member }] : []),
        ...(key === 'BROWSE_PROJECTS' ? [{ type: 'projectRole' as const, value: roles.viewer }] : []),
      ],
    ]),
  );
}
