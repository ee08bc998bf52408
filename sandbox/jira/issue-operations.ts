import { applyPatch } from './changes';
import { ApiError, badRequest, fieldErrors, forbidden } from './errors';
import type { Acting } from './events';
import { PRIORITY_ID } from './field-definitions';
import { FieldReader, type FieldInput, type FieldPatch } from './fields';
import type { Journal } from './journal';
import type { Issue, Json, Project, ProjectType } from './model';
import type { Permissions } from './permissions';
import { checkProperties, writeProperty } from './properties';
import type { JiraStore } from './store';
import type { Comments } from './comments';
import type { Transitions } from './transitions';

/** Body of create, edit and transition (schema IssueUpdateDetails). */
export interface IssueInput extends FieldInput {
  transition?: { id: string } | undefined;
  properties?: { key: string; value: Json }[] | undefined;
  historyMetadata?: Json | undefined;
}

/** Creating, editing and deleting issues (Jira REST v3, Issues). */
export class IssueOperations {
  constructor(
    private readonly store: JiraStore,
    private readonly permissions: Permissions,
    private readonly journal: Journal,
    private readonly comments: Comments,
    private readonly transitions: Transitions,
  ) {}

  /** Creates an issue; a transition that fails is told beside the created issue and does not undo it. */
  create(input: IssueInput, acting: Acting): { issue: Issue; transition?: ApiError | 'done' } {
    const { account } = acting.caller;
    const { project, type } = this.place(input.fields ?? {}, acting);
    const patch = new FieldReader(this.store, this.permissions, account, project, undefined).read(
      input,
      type.createScreen,
      { requireAll: true },
    );
    checkProperties(input.properties ?? []);
    const issue = this.insert(project, type, patch, account.accountId);
    this.writeProperties(issue, input.properties ?? [], account.accountId);
    this.store.changed({ kind: 'created', issue });
    this.journal.events.created(issue, acting);
    for (const body of patch.comments ?? []) this.comments.append(issue, acting, { body });
    if (input.transition === undefined) return { issue };
    return { issue, transition: this.transitionAfterCreate(issue, input.transition.id, acting) };
  }

  /** Edits fields. A `transition` in the body is ignored, as Jira does. */
  edit(issue: Issue, input: IssueInput, acting: Acting): void {
    const { account } = acting.caller;
    if (!this.permissions.issue(account, 'EDIT_ISSUES', issue))
      throw forbidden('You do not have permission to edit work items in this space.');
    // Comments go with every edit, without being listed on its screen.
    const screen = [...this.store.typeOf(issue).editScreen, { fieldId: 'comment' }];
    const project = this.store.projectOf(issue);
    const patch = new FieldReader(this.store, this.permissions, account, project, issue).read(input, screen, {
      requireAll: false,
    });
    if (patch.comments !== undefined && !this.permissions.issue(account, 'ADD_COMMENTS', issue))
      throw new ApiError(400, ['You do not have the permission to comment on this work item.']);
    checkProperties(input.properties ?? []);
    const items = applyPatch(this.store, issue, patch, this.store.clock.now());
    this.writeProperties(issue, input.properties ?? [], account.accountId);
    this.journal.enter(issue, acting, items, input.historyMetadata);
    for (const body of patch.comments ?? []) this.comments.append(issue, acting, { body });
    if ((input.properties ?? []).length > 0) this.store.changed({ kind: 'property', issue });
  }

  delete(issue: Issue, acting: Acting): void {
    if (!this.permissions.issue(acting.caller.account, 'DELETE_ISSUES', issue))
      throw forbidden('You do not have permission to delete work items in this space.');
    this.store.issues.delete(issue.id);
    this.store.changed({ kind: 'deleted', issue });
    this.journal.events.deleted(issue, acting);
  }

  /** Puts a new issue into the project's initial status. */
  insert(project: Project, type: ProjectType, patch: FieldPatch, creatorId: string): Issue {
    const initial = type.workflow.transitions.find((transition) => transition.type === 'INITIAL');
    if (initial === undefined) throw new Error(`workflow ${type.workflow.name} has no initial transition`);
    const now = this.store.clock.now();
    const id = this.store.nextId('issue');
    const issue: Issue = {
      id,
      key: this.store.nextKey(project, id),
      projectId: project.id,
      issueTypeId: type.issueTypeId,
      statusId: initial.to,
      summary: '',
      description: null,
      labels: [],
      creatorId,
      reporterId: patch.reporterId ?? creatorId,
      assigneeId: null,
      resolutionId: null,
      resolvedAt: null,
      priorityId: patch.priorityId ?? PRIORITY_ID,
      duedate: null,
      custom: {},
      created: now,
      updated: now,
      watcherIds: [creatorId],
      comments: [],
      histories: [],
      properties: new Map(),
      remoteLinks: [],
      oldKeys: [],
      archived: false,
    };
    applyPatch(this.store, issue, patch, now);
    this.store.issues.set(id, issue);
    return issue;
  }

  private writeProperties(
    issue: Issue,
    properties: readonly { key: string; value: Json }[],
    writtenBy: string,
  ): void {
    const writtenAt = this.store.clock.now();
    for (const { key, value } of properties) writeProperty(issue, key, { value, writtenBy, writtenAt });
  }

  private transitionAfterCreate(issue: Issue, id: string, acting: Acting): ApiError | 'done' {
    try {
      this.transitions.perform(issue, { transition: { id } }, acting);
      return 'done';
    } catch (error) {
      if (error instanceof ApiError) return error;
      throw error;
    }
  }

  /** The project and type that `fields` name, if the caller may create there. */
  private place(fields: Record<string, Json>, acting: Acting): { project: Project; type: ProjectType } {
    const { account } = acting.caller;
    const project = this.store.findProject(named(fields.project, ['id', 'key']) ?? '');
    if (project === undefined || !this.permissions.project(account, 'BROWSE_PROJECTS', project))
      throw fieldErrors({ project: 'valid project is required' });
    if (!this.permissions.project(account, 'CREATE_ISSUES', project))
      throw fieldErrors({ project: 'You cannot create issues in this project.' });
    const wanted = named(fields.issuetype, ['id', 'name']);
    if (wanted === undefined) throw fieldErrors({ issuetype: 'Specify an issue type' });
    const type = project.issueTypes.find(
      ({ issueTypeId }) => issueTypeId === wanted || this.store.issueType(issueTypeId).name === wanted,
    );
    if (type === undefined) throw fieldErrors({ issuetype: 'Specify a valid issue type' });
    return { project, type };
  }
}

/** The first string among these properties of an object. */
function named(value: Json | undefined, names: readonly string[]): string | undefined {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return undefined;
  for (const name of names) {
    const found = value[name];
    if (typeof found === 'string') return found;
  }
  throw badRequest("Could not find valid 'id' or 'name' in the object.");
}
