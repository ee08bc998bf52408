import type { Project } from '../model';
import { typeOnDefaultScreens } from '../project-schemes';
import type { JiraStore } from '../store';
import { PROJECT_PERMISSIONS } from '../permissions';
import { MEMBER_PERMISSIONS, seedType } from './defaults';
import { openWorkflow, seedStatus, type SeededParts } from './workflows';

/**
 * Adds a team-managed project, CREW, and one of product discovery, IDEAS. Their statuses and types are their own, although they
 * are named as those of the site, and their rights hang on roles alone.
 */
export function seedOtherKinds(
  store: JiraStore,
  parts: SeededParts,
  people: { leadAccountId: string; administrators: string; members: readonly string[] },
): void {
  const statuses = [
    ['Waiting for approval', 'TODO'],
    ['Approved', 'DONE'],
    ['Denied', 'DONE'],
    ['Expired', 'DONE'],
  ] as const;
  const ideas = [
    ['Parking lot', 'TODO'],
    ['Done', 'DONE'],
  ] as const;
  const { roles } = parts;
  const add = (
    basics: Pick<Project, 'key' | 'name' | 'typeKey'>,
    typeName: string,
    words: readonly (readonly [string, 'TODO' | 'IN_PROGRESS' | 'DONE'])[],
  ): void => {
    const projectId = store.nextId('project');
    const statusIds = words.map(([name, category]) => seedStatus(store, name, category));
    const issueTypeId = seedType(store, typeName);
    for (const id of statusIds) store.status(id).projectId = projectId;
    store.issueType(issueTypeId).projectId = projectId;
    const workflow = openWorkflow(store, `Software workflow for project ${projectId}`, statusIds);
    store.projects.set(projectId, {
      ...basics,
      ...{ id: projectId, isTeamManaged: true, leadAccountId: people.leadAccountId },
      ...{ archived: false, nextNumber: 1, properties: new Map() },
      issueTypes: [typeOnDefaultScreens(issueTypeId, workflow)],
      permissions: Object.fromEntries(
        Object.keys(PROJECT_PERMISSIONS).map((key) => [
          key,
          [roles.administrators, roles.app, ...(MEMBER_PERMISSIONS.has(key) ? [roles.member] : [])].map(
            (value) => ({ type: 'projectRole' as const, value }),
          ),
        ]),
      ),
      roles: {
        [roles.administrators]: { accountIds: [], groupIds: [people.administrators] },
        [roles.member]: { accountIds: [], groupIds: [...people.members] },
        [roles.app]: { accountIds: [], groupIds: [] },
      },
    });
  };
  add({ key: 'CREW', name: 'Crew board', typeKey: 'software' }, 'Task', statuses);
  add({ key: 'IDEAS', name: 'Ideas', typeKey: 'product_discovery' }, 'Idea', ideas);
}
