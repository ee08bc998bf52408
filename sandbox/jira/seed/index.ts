import { Credentials } from '../credentials';
import type { Project } from '../model';
import type { JiraStore } from '../store';
import { ENGLISH, GERMAN, seedDefaults } from './defaults';
import { seedGermanProject } from './german';
import { makeLarge } from './large';
import { seedOtherKinds } from './other-kinds';
import { groupsByName, seedPeople, type SandboxPerson } from './people';
import { seedProjects } from './projects';
import { seedParts, type RequestStatuses } from './workflows';

/** What a seeded site starts with. */
export interface SeededSite {
  people: Record<string, SandboxPerson>;
  groups: Record<string, string>;
  /** Absent on a bare site. */
  project: { id: string; key: 'TAR'; issueTypeId: string; statuses: RequestStatuses } | undefined;
  credentials: Credentials;
}

/** OAuth scopes of the other apps on the site, enough to get in the way. */
const OTHER_APP_SCOPES = ['read:jira-work', 'write:jira-work', 'read:jira-user'];

/** What a site is to start with. */
export interface SeedOptions {
  projectType: Project['typeKey'];
  initialStatus: 'pending' | 'backlog';
  /** Without projects. */
  bare: boolean;
  /** A German site has one project, ZUGRIFF, and no TAR. */
  language: 'en' | 'de';
  size: 'small' | 'large';
  /** Whether a team-managed project and one of product discovery are there, too. */
  otherKinds: boolean;
}

/** Fills a store with the cast, the projects and two other apps: `another-app` and `automation`. */
export function seedSite(store: JiraStore, options: SeedOptions): SeededSite {
  const { people, groups } = seedPeople(store);
  store.globalPermissions.set('ADMINISTER', [groups.administrators]);
  store.globalPermissions.set('USER_PICKER', [groups.administrators, groups.users]);
  store.globalPermissions.set('BULK_CHANGE', [groups.administrators, groups.users]);
  const parts = seedParts(store, options.language);
  const isBare = options.bare || options.language === 'de';
  const project = isBare ? undefined : seedProjects(store, parts, { people, groups, ...options });
  seedDefaults(store, parts, groups, options.language === 'de' ? GERMAN : ENGLISH);
  const lead = people.admin?.accountId ?? '';
  if (options.language === 'de') seedGermanProject(store, parts, lead);
  if (options.size === 'large') makeLarge(store, lead);
  if (options.otherKinds) {
    const { administrators, users, approvers } = groups;
    seedOtherKinds(store, parts, { leadAccountId: lead, administrators, members: [users, approvers] });
  }
  const credentials = new Credentials(store, people);
  credentials.installApp('another-app', OTHER_APP_SCOPES);
  credentials.installApp('automation', OTHER_APP_SCOPES);
  return { people, groups: groupsByName(groups), project, credentials };
}
