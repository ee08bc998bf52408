import { Credentials } from '../credentials';
import type { Project } from '../model';
import type { JiraStore } from '../store';
import { groupsByName, seedPeople, type SandboxPerson } from './people';
import { seedProjects } from './projects';
import type { RequestStatuses } from './workflows';

/** What a seeded site starts with. */
export interface SeededSite {
  people: Record<string, SandboxPerson>;
  groups: Record<string, string>;
  project: { id: string; key: 'TAR'; issueTypeId: string; statuses: RequestStatuses };
  credentials: Credentials;
}

/** OAuth scopes of the other apps on the site, enough to get in the way. */
const OTHER_APP_SCOPES = ['read:jira-work', 'write:jira-work', 'read:jira-user'];

/** Fills a store with the cast, the projects and two other apps: `another-app` and `automation`. */
export function seedSite(
  store: JiraStore,
  options: { projectType: Project['typeKey']; initialStatus: 'pending' | 'backlog' },
): SeededSite {
  const { people, groups } = seedPeople(store);
  store.globalPermissions.set('ADMINISTER', [groups.administrators]);
  store.globalPermissions.set('USER_PICKER', [groups.administrators, groups.users]);
  store.globalPermissions.set('BULK_CHANGE', [groups.administrators, groups.users]);
  const project = seedProjects(store, { people, groups, ...options });
  const credentials = new Credentials(store, people);
  credentials.installApp('another-app', OTHER_APP_SCOPES);
  credentials.installApp('automation', OTHER_APP_SCOPES);
  return { people, groups: groupsByName(groups), project, credentials };
}
