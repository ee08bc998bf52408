import type { Clock } from '../clock';
import { SiteConfiguration } from './configuration';
import type {
  Account,
  AppInstallation,
  Group,
  Issue,
  IssueType,
  Project,
  ProjectType,
  PropertyIndex,
  Resolution,
  Status,
} from './model';

/** What happened to an issue; `issue` is a live object, also after a deletion. */
export interface StoreChange {
  kind: 'created' | 'updated' | 'commented' | 'property' | 'deleted';
  issue: Issue;
}

/** Where Jira's numbering starts; below are ids that the system uses itself. */
const FIRST_ID = 10_000;
/** Kinds begin far apart, so that an id taken for one of another kind is never right by chance. */
const FIRST_IDS: Readonly<Record<string, number>> = {
  history: 200_000,
  comment: 300_000,
  remotelink: 400_000,
  status: 10_100,
  issuetype: 10_200,
  resolution: 10_300,
  role: 10_400,
  workflow: 10_500,
  project: 10_600,
  workflowscheme: 10_700,
  issuetypescheme: 10_800,
  permissionscheme: 10_900,
  filter: 11_000,
  board: 11_100,
  task: 11_200,
  // Those that only make a site large lie apart, so that they meet nobody else's numbers.
  'large-status': 500_000,
  'large-project': 510_000,
};

/** The authoritative state of a simulated site. Only `issue-operations.ts` and the seed write issues. */
export class JiraStore {
  readonly accounts = new Map<string, Account>();
  readonly groups = new Map<string, Group>();
  readonly statuses = new Map<string, Status>();
  readonly issueTypes = new Map<string, IssueType>();
  readonly resolutions = new Map<string, Resolution>();
  readonly projects = new Map<string, Project>();
  /** Role id → name. */
  readonly roles = new Map<string, string>();
  /** The role that every app's system user has in every project. */
  appRoleId = '';
  /** Global permission key → group ids. */
  readonly globalPermissions = new Map<string, string[]>();
  /** Issues by id. */
  readonly issues = new Map<string, Issue>();
  readonly apps: AppInstallation[] = [];
  /** Workflows, schemes, filters and boards. */
  readonly configuration = new SiteConfiguration();
  /** Project permissions that apps define: key → name. Nobody holds them until a permission scheme grants them. */
  readonly appPermissions = new Map<string, string>();
  /** What is searchable by JQL, by property key. */
  readonly propertyIndexes = new Map<string, PropertyIndex>();
  private readonly counters = new Map<string, number>();
  /** Issue ids by present and former key. */
  private readonly keys = new Map<string, string>();
  private readonly listeners = new Set<(change: StoreChange) => void>();

  constructor(readonly clock: Clock) {}

  /** The next id of a kind, as a numeric string, as everywhere in Jira. */
  nextId(kind: string): string {
    const next = this.counters.get(kind) ?? FIRST_IDS[kind] ?? FIRST_ID;
    this.counters.set(kind, next + 1);
    return String(next);
  }

  /** Finds an issue by its id, its key or a key it had before it was moved. */
  findIssue(idOrKey: string): Issue | undefined {
    return this.issues.get(idOrKey) ?? this.issues.get(this.keys.get(idOrKey.toUpperCase()) ?? '');
  }

  /** Gives the issue the next key of a project. @returns the key. */
  nextKey(project: Project, issueId: string): string {
    const key = `${project.key}-${project.nextNumber}`;
    project.nextNumber += 1;
    this.keys.set(key, issueId);
    return key;
  }

  findProject(idOrKey: string): Project | undefined {
    const byId = this.projects.get(idOrKey);
    if (byId !== undefined) return byId;
    const key = idOrKey.toUpperCase();
    return [...this.projects.values()].find((project) => project.key === key);
  }

  /** Issues of a project, oldest first. */
  issuesOf(projectId: string): Issue[] {
    return [...this.issues.values()].filter((issue) => issue.projectId === projectId);
  }

  projectOf(issue: Issue): Project {
    return must(this.projects.get(issue.projectId), `project ${issue.projectId}`);
  }

  /** How the issue's type is set up in its project. */
  typeOf(issue: Issue): ProjectType {
    const found = this.projectOf(issue).issueTypes.find((type) => type.issueTypeId === issue.issueTypeId);
    return must(found, `issue type ${issue.issueTypeId} in project ${issue.projectId}`);
  }

  account(accountId: string): Account {
    return must(this.accounts.get(accountId), `account ${accountId}`);
  }

  status(statusId: string): Status {
    return must(this.statuses.get(statusId), `status ${statusId}`);
  }

  issueType(issueTypeId: string): IssueType {
    return must(this.issueTypes.get(issueTypeId), `issue type ${issueTypeId}`);
  }

  resolution(resolutionId: string): Resolution {
    return must(this.resolutions.get(resolutionId), `resolution ${resolutionId}`);
  }

  /** Whether the account is the system user of an app. */
  isApp(accountId: string): boolean {
    return this.apps.some((app) => app.accountId === accountId);
  }

  /** Tells those who listen, at once. */
  changed(change: StoreChange): void {
    for (const listener of this.listeners) listener(change);
  }

  /** @returns a function that ends the subscription. */
  onChange(listener: (change: StoreChange) => void): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }
}

/** The store refers to itself only by ids it holds; a dangling one is a fault of the simulator. */
function must<T>(value: T | undefined, what: string): T {
  if (value === undefined) throw new Error(`the simulated site has no ${what}`);
  return value;
}
