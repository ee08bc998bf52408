/** A JSON value. */
export type Json = null | boolean | number | string | Json[] | { [key: string]: Json };

/** A Jira account (Jira REST v3, User). */
export interface Account {
  accountId: string;
  displayName: string;
  /** The address the account signs in with; whether others see it is `emailVisible`. */
  email: string | undefined;
  emailVisible: boolean;
  accountType: 'atlassian' | 'app' | 'customer';
  appType?: 'service' | 'agent';
  active: boolean;
  guest: boolean;
  groupIds: string[];
}

export interface Group {
  groupId: string;
  name: string;
}

export interface Status {
  id: string;
  name: string;
  description: string;
  category: 'TODO' | 'IN_PROGRESS' | 'DONE';
  /** The team-managed project that it belongs to; absent when it is of the whole site. */
  projectId?: string;
}

export interface IssueType {
  id: string;
  name: string;
  description: string;
  subtask: boolean;
  hierarchyLevel: number;
  /** The team-managed project that it belongs to; absent when it is of the whole site. */
  projectId?: string;
}

export interface Resolution {
  id: string;
  name: string;
  description: string;
}

/** Conditions of a transition, named as Jira's workflow API names its rules. */
export type Condition =
  | {
      /** Any match lets pass. */
      ruleKey: 'system:restrict-issue-transition';
      roleIds?: string[];
      groupIds?: string[];
      permissionKeys?: string[];
    }
  | {
      /** `users`: only through the API; `usersAndAPI`: nobody. */
      ruleKey: 'system:restrict-from-all-users';
      restrictMode: 'users' | 'usersAndAPI';
    }
  | {
      /** Whoever moved the issue from the one status to the other may not take this transition. */
      ruleKey: 'system:separation-of-duties';
      fromStatusId: string;
      toStatusId: string;
    };

/** A field on a screen. */
export interface ScreenField {
  fieldId: string;
  required?: boolean;
}

/** What a transition does to fields by itself (`system:update-field`, mode replace). */
export interface FieldUpdate {
  field: 'resolution';
  /** Resolution id, or null to clear it. */
  value: string | null;
}

export interface Transition {
  id: string;
  name: string;
  type: 'INITIAL' | 'GLOBAL' | 'DIRECTED';
  /** Source status ids of a directed transition. */
  from: string[];
  to: string;
  /** All must hold. */
  conditions: Condition[];
  screen?: ScreenField[];
  updates?: FieldUpdate[];
}

export interface Workflow {
  id: string;
  name: string;
  description?: string;
  statusIds: string[];
  transitions: Transition[];
}

/** Who holds a permission in a permission scheme. */
export type Holder =
  | { type: 'projectRole' | 'group' | 'user'; value: string }
  /** Everybody, signed in or not; the simulator models no anonymous access. */
  | { type: 'anyone' | 'projectLead' }
  /** Everybody with a licence; guests and customers have none. */
  | { type: 'applicationRole' }
  | { type: 'reporter' | 'assignee' };

/** Project permission key → holders. */
export type PermissionScheme = Record<string, Holder[]>;

/** Members of a project role. */
export interface RoleActors {
  accountIds: string[];
  groupIds: string[];
}

export interface ProjectType {
  issueTypeId: string;
  workflow: Workflow;
  createScreen: ScreenField[];
  editScreen: ScreenField[];
}

export interface Project {
  id: string;
  key: string;
  name: string;
  description?: string;
  typeKey: 'business' | 'software' | 'service_desk' | 'product_discovery';
  /** Its statuses and types are its own, it has no schemes, and whoever administers it changes its workflow. */
  isTeamManaged?: boolean;
  leadAccountId: string;
  archived: boolean;
  /** In the trash: nobody sees it, yet it keeps its key and name. */
  deleted?: boolean;
  issueTypes: ProjectType[];
  permissions: PermissionScheme;
  /** Role id → members. */
  roles: Record<string, RoleActors>;
  properties: Map<string, Json>;
  /** Number of the next issue key. */
  nextNumber: number;
}

export interface HistoryItem {
  field: string;
  fieldId?: string;
  fieldtype: 'jira' | 'custom';
  from: string | null;
  fromString: string | null;
  to: string | null;
  toString: string | null;
}

/** An entry of an issue's changelog. */
export interface History {
  id: string;
  authorId: string;
  /** Unix milliseconds. */
  created: number;
  items: HistoryItem[];
  historyMetadata?: Json;
}

export interface Comment {
  id: string;
  authorId: string;
  updateAuthorId: string;
  body: Json;
  /** Unix milliseconds. */
  created: number;
  updated: number;
  properties: Map<string, Json>;
  visibility?: { type: 'role' | 'group'; value: string; identifier: string };
}

/** An entity property and who wrote it last. */
export interface IssueProperty {
  value: Json;
  writtenBy: string;
  /** Unix milliseconds. */
  writtenAt: number;
}

/** A remote link; fields that the last write left out are null. */
export interface RemoteLink {
  id: number;
  globalId: string | null;
  application: { type: string | null; name: string | null };
  relationship: string | null;
  object: {
    url: string;
    title: string;
    summary: string | null;
    icon: Json;
    status: Json;
  };
}

export interface Issue {
  id: string;
  key: string;
  projectId: string;
  issueTypeId: string;
  statusId: string;
  summary: string;
  description: Json;
  labels: string[];
  creatorId: string;
  reporterId: string;
  assigneeId: string | null;
  resolutionId: string | null;
  /** Unix milliseconds. */
  resolvedAt: number | null;
  priorityId: string;
  duedate: string | null;
  /** Values of custom fields by field id. */
  custom: Record<string, Json>;
  /** Unix milliseconds. */
  created: number;
  updated: number;
  watcherIds: string[];
  comments: Comment[];
  histories: History[];
  properties: Map<string, IssueProperty>;
  remoteLinks: RemoteLink[];
  /** Keys the issue had in other projects; they still lead to it. */
  oldKeys: string[];
  archived: boolean;
}

/** An index definition of an app for an entity property (Forge manifest, `jira:entityProperty`). */
export interface PropertyIndex {
  propertyKey: string;
  values: { path: string; type: 'number' | 'string' | 'text' | 'user' | 'date'; searchAlias?: string }[];
}

/** An app on the site: its system user and the OAuth scopes it was granted. */
export interface AppInstallation {
  name: string;
  accountId: string;
  scopes: readonly string[];
}
