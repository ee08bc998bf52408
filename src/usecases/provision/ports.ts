import type { JsonValue } from '../../../contract/canonical-json';
import type { AdfDocument } from '../../domain/adf';
import type { Grant } from '../../domain/provision/permission-scheme';
import type { Plan, ProvisionRun } from '../../domain/provision/run';
import type { WorkflowDocument, WorkflowView } from '../../domain/provision/workflow';
import type { ActivityStore, JiraResult, Services } from '../ports';

/** A project as it is looked up. */
export interface ProjectView {
  id: string;
  key: string;
  name: string;
  description: string;
  typeKey: string;
  archived: boolean;
  /** Team-managed: it has no schemes. */
  simplified: boolean;
}

/** A status with the category that the workflow API names (TODO, IN_PROGRESS, DONE). */
export interface StatusView {
  id: string;
  name: string;
  category: string;
  description: string;
}

/** An issue type of a project with its statuses. */
export interface ProjectTypeView {
  id: string;
  name: string;
  subtask: boolean;
  statuses: { id: string; name: string }[];
}

export interface Named {
  id: string;
  name: string;
}

export interface NamedScheme extends Named {
  description: string;
}

/** Reading projects, by whichever rights the reader has. */
export interface ProjectReading {
  /** A project by id or key; `undefined` when there is none that the reader sees. */
  findProject(idOrKey: string): Promise<JiraResult<ProjectView | undefined>>;
  typesOf(projectId: string): Promise<JiraResult<ProjectTypeView[]>>;
}

/** People, plan, statuses, types and roles of the site. */
export interface SiteProvisioning {
  myAccountId(): Promise<JiraResult<string>>;
  mayAdminister(): Promise<JiraResult<boolean>>;
  plan(projectType: string): Promise<JiraResult<Plan>>;
  statusesById(ids: readonly string[]): Promise<JiraResult<StatusView[]>>;
  /** Statuses of the whole site that have one of these names, with or without regard to case. */
  statusesNamed(names: readonly string[]): Promise<JiraResult<StatusView[]>>;
  createStatuses(
    statuses: readonly { name: string; category: string; description: string }[],
  ): Promise<JiraResult<StatusView[]>>;
  /** Types of the whole site that are neither sub-tasks nor of another level. */
  issueTypes(): Promise<JiraResult<Named[]>>;
  createIssueType(type: { name: string; description: string }): Promise<JiraResult<Named>>;
  roles(): Promise<JiraResult<Named[]>>;
  createRole(role: { name: string; description: string }): Promise<JiraResult<Named>>;
  resolutions(): Promise<JiraResult<Named[]>>;
}

/** Workflows. */
export interface WorkflowProvisioning {
  /** A workflow with its transitions; `undefined` when it is gone. */
  workflowById(id: string): Promise<JiraResult<WorkflowView | undefined>>;
  /** Workflows whose name contains the text, with their transitions. */
  findWorkflows(text: string): Promise<JiraResult<WorkflowView[]>>;
  /** What Jira refuses in a workflow: rules, and everything else. */
  validateWorkflow(document: WorkflowDocument): Promise<JiraResult<{ type: string; message: string }[]>>;
  createWorkflow(document: WorkflowDocument): Promise<JiraResult<Named>>;
}

/** Schemes, and which a project has. */
export interface SchemeProvisioning {
  workflowSchemes(): Promise<JiraResult<(NamedScheme & { workflow: string })[]>>;
  createWorkflowScheme(scheme: {
    name: string;
    description: string;
    workflow: string;
  }): Promise<JiraResult<string>>;
  /** Schemes whose name contains the text, with their types. */
  issueTypeSchemes(text: string): Promise<JiraResult<(NamedScheme & { issueTypeIds: string[] })[]>>;
  createIssueTypeScheme(scheme: {
    name: string;
    description: string;
    issueTypeId: string;
  }): Promise<JiraResult<string>>;
  schemesOf(
    projectId: string,
  ): Promise<JiraResult<{ workflowSchemeId: string | undefined; issueTypeSchemeId: string | undefined }>>;
  assignWorkflowScheme(projectId: string, schemeId: string): Promise<JiraResult<void>>;
  assignIssueTypeScheme(projectId: string, schemeId: string): Promise<JiraResult<void>>;
  permissionSchemes(): Promise<JiraResult<NamedScheme[]>>;
  /** Grants of the scheme that every site has. */
  defaultGrants(): Promise<JiraResult<Grant[]>>;
  createPermissionScheme(scheme: {
    name: string;
    description: string;
    grants: readonly Grant[];
  }): Promise<JiraResult<string>>;
  permissionSchemeOf(projectId: string): Promise<JiraResult<string>>;
  assignPermissionScheme(projectId: string, schemeId: string): Promise<JiraResult<void>>;
}

/** Projects and what belongs to one. */
export interface ProjectProvisioning extends ProjectReading {
  /** Key and name that are free, like the wanted ones. */
  freeProject(wanted: { key: string; name: string }): Promise<JiraResult<{ key: string; name: string }>>;
  createProject(project: {
    key: string;
    name: string;
    description: string;
    type: 'business' | 'software';
    leadAccountId: string;
    /** From schemes, or from Jira's own template when it does not take schemes. */
    from: { workflowSchemeId: string; issueTypeSchemeId: string } | 'template';
  }): Promise<JiraResult<{ id: string; key: string }>>;
  groupsInRole(projectId: string, roleId: string): Promise<JiraResult<string[]>>;
  addGroupsToRole(projectId: string, roleId: string, groupIds: readonly string[]): Promise<JiraResult<void>>;
  /** The receipt that lies in the project; `undefined` without one. */
  readReceipt(projectId: string): Promise<JiraResult<JsonValue | undefined>>;
  writeReceipt(projectId: string, receipt: JsonValue): Promise<JiraResult<void>>;
}

/** Boards of software projects. */
export interface BoardProvisioning {
  boardsOf(projectId: string): Promise<JiraResult<Named[]>>;
  /** The filter of that name that the clicking administrator owns. */
  findFilter(name: string, accountId: string): Promise<JiraResult<string | undefined>>;
  createFilter(filter: { name: string; jql: string; projectId: string }): Promise<JiraResult<string>>;
  createBoard(board: { name: string; filterId: string; projectKey: string }): Promise<JiraResult<string>>;
  /** Status ids of each column. */
  columnsOf(boardId: string): Promise<JiraResult<{ name: string; statusIds: string[] }[]>>;
}

/** The app's issue panel in whole projects. */
export interface PanelProvisioning {
  isPanelPinned(projectId: string): Promise<JiraResult<boolean>>;
  /** Begins to pin it. @returns the id of the task in which Jira does so. */
  pinPanel(projectId: string): Promise<JiraResult<string>>;
  taskState(taskId: string): Promise<JiraResult<'running' | 'complete' | 'failed'>>;
}

/** Everything that is set up in Jira, by the rights of the administrator who clicks. Nothing here deletes. */
export interface JiraProvisioning
  extends
    SiteProvisioning,
    WorkflowProvisioning,
    SchemeProvisioning,
    ProjectProvisioning,
    BoardProvisioning,
    PanelProvisioning {}

/** Set-ups in the app's store, by the key that was asked for. */
export interface ProvisionStore {
  read(key: string): Promise<ProvisionRun | undefined>;
  write(run: ProvisionRun): Promise<void>;
  /** Takes the turn to work on a set-up until a time (Unix milliseconds). `false` while another call has it. */
  takeTurn(key: string, turn: { id: string; now: number; until: number }): Promise<boolean>;
  /** Gives the turn back. */
  endTurn(key: string, id: string): Promise<void>;
}

/** A transition that the app may take, with a resolution that its screen demands. */
export interface ProofWay {
  id: string;
  toStatusId: string;
  resolutionId: string | undefined;
}

/** Seeing and proving a project as the app, by its everyday rights. */
export interface ProjectProof extends ProjectReading {
  /** Permissions out of `keys` that the app lacks in the project. */
  missingPermissions(projectId: string, keys: readonly string[]): Promise<JiraResult<string[]>>;
  /** Names of required fields that have no default and that the app does not fill. */
  unfilledFields(projectId: string, issueTypeId: string): Promise<JiraResult<string[]>>;
  createIssue(issue: {
    projectId: string;
    issueTypeId: string;
    summary: string;
    description: AdfDocument;
    attemptId: string;
  }): Promise<JiraResult<{ id: string; key: string }>>;
  /** The issue of an attempt, by the search index: late, and only a hint. */
  findIssue(attemptId: string): Promise<JiraResult<{ id: string; key: string } | undefined>>;
  /** Where the issue stands and what was said on it. */
  readIssue(id: string): Promise<JiraResult<{ statusId: string; comments: string[] }>>;
  waysOf(issueId: string): Promise<JiraResult<ProofWay[]>>;
  comment(issueId: string, body: AdfDocument): Promise<JiraResult<void>>;
  move(issueId: string, way: ProofWay): Promise<JiraResult<void>>;
}

/** What a set-up needs from outside. */
export interface ProvisionServices extends Pick<Services, 'now' | 'newId'> {
  activity: Pick<ActivityStore, 'add'>;
  /** As the administrator who clicks. */
  jira: JiraProvisioning;
  proof: ProjectProof;
  provision: ProvisionStore;
  /** Base address of the site, without a slash at the end. */
  siteUrl(): Promise<string>;
}
