import type { JiraCatalogue, ProjectEntry, WorkflowTransition } from '../../../src/usecases/ports-catalogue';
import { CREATE_FIELDS, type FakePeople } from './jira';
import { ISSUE_TYPE, PROJECT, STATUS, type FakeSite } from './jira-site';

/** The project of the fake site as it is chosen. */
export const PROJECT_ENTRY: ProjectEntry = {
  id: PROJECT,
  key: 'TAR',
  name: 'Teleport access requests',
  typeKey: 'software',
  isTeamManaged: false,
  isArchived: false,
};

/** What administrators look up on a fake site. Tests replace the parts that they are about. */
export function fakeCatalogue(site: FakeSite, people: FakePeople): JiraCatalogue {
  const notFound = { ok: false, problem: { kind: 'not_found', detail: 'Jira does not find it.' } } as const;
  return {
    searchProjects: () =>
      site.read('searchProjects', () => ({ ok: true, value: { projects: [PROJECT_ENTRY] } })),
    project: (projectId) =>
      site.read('project', () => (projectId === PROJECT ? { ok: true, value: PROJECT_ENTRY } : notFound)),
    issueTypes: (projectId) =>
      site.read('issueTypes', () =>
        projectId === PROJECT
          ? {
              ok: true,
              value: [
                {
                  ...{ id: ISSUE_TYPE, name: 'Access request', isSubtask: false },
                  statuses: Object.entries(STATUS).map(([name, id]) => ({
                    id,
                    name,
                    category: categoryOf(name),
                  })),
                },
              ],
            }
          : notFound,
      ),
    createFields: () => site.read('createFields', () => ({ ok: true, value: CREATE_FIELDS })),
    resolutions: () => site.read('resolutions', () => ({ ok: true, value: [{ id: '9', name: 'Done' }] })),
    workflow: () =>
      site.read('workflow', () => ({
        ok: true,
        value: site.transitions.map(({ from, to }): WorkflowTransition => ({
          from,
          to,
          isInitial: false,
          isGuarded: false,
        })),
      })),
    findIssueIn: (_place, statusId) =>
      site.read('findIssueIn', () => ({
        ok: true,
        value: [...site.issues.values()].find((issue) => issue.statusId === statusId)?.id,
      })),
    searchGroups: () =>
      site.read('searchGroups', () => ({
        ok: true,
        value: { groups: [{ id: 'group-1', name: 'One' }], total: 1 },
      })),
    searchPeople: (query) =>
      site.read('searchPeople', () => ({
        ok: true,
        value: [...people.accounts.values()]
          .filter(({ accountId }) => accountId.startsWith(query))
          .map(({ accountId }) => ({ accountId, name: accountId })),
      })),
    nameAccounts: (accountIds) =>
      site.read('nameAccounts', () => ({
        ok: true,
        value: [...people.accounts.values()]
          .filter(({ accountId }) => accountIds.includes(accountId))
          .map(({ accountId, active }) => ({ accountId, name: accountId, active })),
      })),
    nameGroups: (groupIds) =>
      site.read('nameGroups', () => ({
        ok: true,
        value: groupIds.map((id) => ({ id, name: `name of ${id}` })),
      })),
    nameProjects: (projectIds) =>
      site.read('nameProjects', () => ({
        ok: true,
        value: projectIds.includes(PROJECT) ? [PROJECT_ENTRY] : [],
      })),
  };
}

function categoryOf(name: string): string {
  return ['approved', 'denied', 'expired'].includes(name) ? 'done' : 'indeterminate';
}
