import type { JiraResult, Place } from './ports';

/** A field of the create screen of an issue type, as the app may set it. */
export interface CreateField {
  id: string;
  name: string;
  /** Jira's type, for example `option`; `document` for a text that is stored with formatting. */
  type: string;
  /** Type of the entries of an `array`. */
  itemType: string | undefined;
  required: boolean;
  hasDefault: boolean;
  /** Values to choose from, with what goes into `defaults`. */
  choices: { id: string; label: string }[] | undefined;
}

/** A project as it is chosen. */
export interface ProjectEntry {
  id: string;
  key: string;
  name: string;
  typeKey: string;
  isTeamManaged: boolean;
  isArchived: boolean;
}

/** A transition of a workflow. Without `from` it leads from everywhere. */
export interface WorkflowTransition {
  from: string[] | undefined;
  to: string;
  isInitial: boolean;
  /** Whether conditions may keep the app from taking it. */
  isGuarded: boolean;
}

/** What administrators look up to choose from, by the app's rights. */
export interface JiraCatalogue {
  /** Projects that can be mapped, by name or key, from the given place on. */
  searchProjects(
    query: string,
    startAt: number,
  ): Promise<JiraResult<{ projects: ProjectEntry[]; nextStartAt?: number }>>;
  project(projectId: string): Promise<JiraResult<ProjectEntry>>;
  /** Issue types of a project with their statuses. */
  issueTypes(projectId: string): Promise<
    JiraResult<
      {
        id: string;
        name: string;
        isSubtask: boolean;
        statuses: { id: string; name: string; category: string }[];
      }[]
    >
  >;
  createFields(place: Place): Promise<JiraResult<CreateField[]>>;
  resolutions(): Promise<JiraResult<{ id: string; name: string }[]>>;
  /** The transitions of the workflow; refused where the app lacks the right to read workflows. */
  workflow(place: Place): Promise<JiraResult<WorkflowTransition[]>>;
  /** Any issue that stands in a status. */
  findIssueIn(place: Place, statusId: string): Promise<JiraResult<string | undefined>>;
  searchGroups(
    query: string,
    limit: number,
  ): Promise<JiraResult<{ groups: { id: string; name: string }[]; total: number }>>;
  searchPeople(
    query: string,
    limit: number,
  ): Promise<JiraResult<{ accountId: string; name: string; avatarUrl?: string }[]>>;
  /** Present names. What Jira does not know is left out. */
  nameAccounts(
    accountIds: readonly string[],
  ): Promise<JiraResult<{ accountId: string; name: string; active: boolean }[]>>;
  nameGroups(groupIds: readonly string[]): Promise<JiraResult<{ id: string; name: string }[]>>;
  nameProjects(projectIds: readonly string[]): Promise<JiraResult<ProjectEntry[]>>;
}

/** Saved filters of the person who opened the page. */
export interface JiraFilters {
  create(filter: { name: string; jql: string; description: string }): Promise<JiraResult<{ id: string }>>;
}
