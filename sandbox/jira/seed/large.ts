import { randomUUID } from 'node:crypto';
import type { Project } from '../model';
import { SYSTEM_WORKFLOW, typeOnDefaultScreens } from '../project-schemes';
import type { JiraStore } from '../store';

const PROJECTS = 1000;
const STATUSES = 500;
const GROUPS = 5000;

/** Fills a site up to the size of a large company's: 1,000 projects, 500 statuses and 5,000 groups more. */
export function makeLarge(store: JiraStore, leadAccountId: string): void {
  for (let number = 1; number <= GROUPS; number += 1) {
    const groupId = randomUUID();
    store.groups.set(groupId, { groupId, name: `team-${padded(number)}` });
  }
  for (let number = 1; number <= STATUSES; number += 1) {
    const id = store.nextId('large-status');
    const category = (['TODO', 'IN_PROGRESS', 'DONE'] as const)[number % 3] ?? 'TODO';
    store.statuses.set(id, { id, name: `Step ${padded(number)}`, description: '', category });
  }
  const workflow = store.configuration.workflows.get(SYSTEM_WORKFLOW);
  const [type] = store.issueTypes.values();
  if (workflow === undefined || type === undefined)
    throw new Error('a site is made large after its defaults');
  for (let number = 1; number <= PROJECTS; number += 1) {
    const project: Project = {
      ...{ id: store.nextId('large-project'), key: `P${padded(number)}`, name: `Project ${padded(number)}` },
      ...{
        typeKey: 'business' as const,
        leadAccountId,
        archived: false,
        nextNumber: 1,
        properties: new Map(),
      },
      issueTypes: [typeOnDefaultScreens(type.id, workflow)],
      permissions: store.configuration.permissionSchemes.get(0)?.grants ?? {},
      roles: {
        ...Object.fromEntries(
          [...store.configuration.defaultActors].map(([roleId, groupIds]) => [
            roleId,
            { accountIds: [], groupIds: [...groupIds] },
          ]),
        ),
        // Apps that are installed later join this role in every project.
        [store.appRoleId]: { accountIds: [], groupIds: [] },
      },
    };
    store.projects.set(project.id, project);
  }
}

function padded(number: number): string {
  return String(number).padStart(4, '0');
}
