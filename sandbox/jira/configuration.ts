import type { PermissionScheme, Project, Workflow } from './model';

/** Plan of the site's Jira (Jira REST v3, get license). */
export type Plan = 'FREE' | 'PAID';

/**
 * Behaviour of Jira that is documented nowhere and proven by nobody. A test that depends on it tries both.
 */
export interface UnprovenBehaviour {
  /** Whether a workflow may set the resolution by the rule `system:update-field`. */
  resolutionUpdates: 'accepted' | 'refused';
  /** Whether a workflow may restrict transitions by role, group or to the API. */
  transitionGuards: 'accepted' | 'refused';
  /** Whether a business project may be created from schemes, without a template. */
  schemesWithoutTemplate: 'accepted' | 'refused';
}

/** How Jira is most likely to behave. */
const LIKELY: UnprovenBehaviour = {
  resolutionUpdates: 'accepted',
  transitionGuards: 'accepted',
  schemesWithoutTemplate: 'accepted',
};

export interface WorkflowScheme {
  id: number;
  name: string;
  description: string;
  /** Workflow name. */
  defaultWorkflow: string;
  /** Issue type id → workflow name. */
  issueTypeMappings: Record<string, string>;
}

export interface IssueTypeScheme {
  id: string;
  name: string;
  description: string;
  defaultIssueTypeId: string | undefined;
  issueTypeIds: string[];
}

export interface PermissionSchemeRecord {
  id: number;
  name: string;
  description: string;
  /** Projects with this scheme hold the same object, so that all follow a change. */
  grants: PermissionScheme;
}

export interface Filter {
  id: string;
  name: string;
  description: string;
  jql: string;
  ownerId: string;
  projectIds: string[];
  /** Unix milliseconds. */
  createdAt: number;
}

export interface Board {
  id: number;
  name: string;
  type: 'kanban' | 'scrum';
  filterId: string;
  projectId: string | undefined;
}

/** Work that Jira does after it has answered. */
export interface Task {
  id: string;
  description: string;
  ownerId: string;
  /** Unix milliseconds. */
  submitted: number;
  /** How often it is still seen running. */
  runningFor: number;
  /** Whether it ends as failed. */
  isFailing?: boolean;
}

/** Schemes of a project; a project of the seed may lack the first two. */
interface ProjectSchemes {
  workflowSchemeId?: number;
  issueTypeSchemeId?: string;
}

/** Which roles every new project starts with, and which groups are in them. */
export type DefaultActors = ReadonlyMap<string, readonly string[]>;

/** What administrators set up once for the whole site, beside the statuses, types and roles of the store. */
export class SiteConfiguration {
  plan: Plan = 'PAID';
  unproven: UnprovenBehaviour = { ...LIKELY };
  /** By name. */
  readonly workflows = new Map<string, Workflow>();
  readonly workflowSchemes = new Map<number, WorkflowScheme>();
  readonly issueTypeSchemes = new Map<string, IssueTypeScheme>();
  readonly permissionSchemes = new Map<number, PermissionSchemeRecord>();
  readonly filters = new Map<string, Filter>();
  readonly boards = new Map<number, Board>();
  readonly tasks = new Map<string, Task>();
  /** Module id → project id → when it was pinned there, in Unix milliseconds. */
  readonly pinnedPanels = new Map<string, Map<string, number>>();
  readonly roleDescriptions = new Map<string, string>();
  /** Project id → schemes. */
  readonly schemesOf = new Map<string, ProjectSchemes>();
  defaultActors: DefaultActors = new Map();
  /** How long a new filter is unknown to boards, in milliseconds. */
  filterLagMs = 0;

  workflowById(id: string): Workflow | undefined {
    return [...this.workflows.values()].find((workflow) => workflow.id === id);
  }

  permissionSchemeOf(project: Project): PermissionSchemeRecord | undefined {
    return [...this.permissionSchemes.values()].find(({ grants }) => grants === project.permissions);
  }

  /** Whether any project uses a workflow. */
  isActive(workflow: Workflow, projects: Iterable<Project>): boolean {
    return [...projects].some(({ issueTypes }) => issueTypes.some((type) => type.workflow === workflow));
  }
}

/** Whether two names are the same to Jira where it wants them unique. */
export function sameName(a: string, b: string): boolean {
  return a.toLowerCase() === b.toLowerCase();
}
