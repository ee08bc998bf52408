import type { Project } from '../model';
import { typeOnDefaultScreens } from '../project-schemes';
import type { JiraStore } from '../store';
import { registerSchemes, seedType } from './defaults';
import { openWorkflow, seedStatus, type SeededParts } from './workflows';

/** Adds project ZUGRIFF, which people made for access requests in their own language, for those who map its statuses. */
export function seedGermanProject(store: JiraStore, parts: SeededParts, leadAccountId: string): Project {
  const workflow = openWorkflow(store, 'Zugriffsanträge', [
    seedStatus(store, 'Ausstehend', 'IN_PROGRESS'),
    seedStatus(store, 'Genehmigt', 'DONE'),
    seedStatus(store, 'Abgelehnt', 'DONE'),
    seedStatus(store, 'Abgelaufen', 'DONE'),
  ]);
  const { administrators } = parts.roles;
  const project: Project = {
    ...{ id: store.nextId('project'), key: 'ZUGRIFF', name: 'Zugriffsanträge', typeKey: 'business' as const },
    ...{ leadAccountId, archived: false, nextNumber: 1, properties: new Map() },
    issueTypes: [typeOnDefaultScreens(seedType(store, 'Zugriffsantrag'), workflow)],
    permissions: store.configuration.permissionSchemes.get(0)?.grants ?? {},
    roles: {
      [administrators]: {
        accountIds: [],
        groupIds: [...(store.configuration.defaultActors.get(administrators) ?? [])],
      },
      [parts.roles.app]: { accountIds: [], groupIds: [] },
    },
  };
  store.projects.set(project.id, project);
  registerSchemes(store, project);
  return project;
}
