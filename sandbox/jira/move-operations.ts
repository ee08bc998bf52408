import { change, setStatus } from './changes';
import { badRequest, fieldErrors, forbidden } from './errors';
import type { Acting } from './events';
import type { IssueOperations } from './issue-operations';
import type { Journal } from './journal';
import type { HistoryItem, Issue, Project, ProjectType } from './model';
import type { Permissions } from './permissions';
import { writeProperty } from './properties';
import type { JiraStore } from './store';

/** What people do with issues in Jira's pages and what REST v3 has no simple call for: clone, move, archive. */
export class MoveOperations {
  constructor(
    private readonly store: JiraStore,
    private readonly permissions: Permissions,
    private readonly journal: Journal,
    private readonly issues: IssueOperations,
  ) {}

  /** Clones an issue. Whether Jira copies entity properties is not documented; here it does, the worse case. */
  clone(source: Issue, acting: Acting): Issue {
    const { account } = acting.caller;
    const project = this.store.projectOf(source);
    if (!this.permissions.project(account, 'CREATE_ISSUES', project))
      throw fieldErrors({ project: 'You cannot create issues in this project.' });
    const copy = this.issues.insert(
      project,
      this.store.typeOf(source),
      {
        summary: `CLONE - ${source.summary}`.slice(0, 255),
        description: structuredClone(source.description),
        labels: [...source.labels],
        reporterId: source.reporterId,
        custom: structuredClone(source.custom),
      },
      account.accountId,
    );
    for (const [key, property] of source.properties) writeProperty(copy, key, property);
    this.store.changed({ kind: 'created', issue: copy });
    this.journal.events.created(copy, acting, source);
    return copy;
  }

  /**
   * Moves an issue to another project or type: same id, new key, and the status of the same id where the new workflow has it,
   * else the named one, else the initial one.
   */
  move(
    issue: Issue,
    target: { project: string; issueType: string; statusId?: string },
    acting: Acting,
  ): void {
    const { account } = acting.caller;
    const project = this.store.findProject(target.project);
    const type = project?.issueTypes.find(({ issueTypeId }) => issueTypeId === target.issueType);
    if (project === undefined || type === undefined)
      throw badRequest('The target space or work type does not exist.');
    if (
      !this.permissions.issue(account, 'MOVE_ISSUES', issue) ||
      !this.permissions.project(account, 'CREATE_ISSUES', project)
    )
      throw forbidden('You do not have permission to move work items.');
    const statusId = statusAfterMove(issue, type, target.statusId);
    const items = this.toPlace(issue, project, type);
    this.journal.enter(issue, acting, [...items, ...setStatus(this.store, issue, statusId)]);
  }

  /** Archived issues can be read and are not found; nothing else works on them. */
  archive(issue: Issue, acting: Acting): void {
    if (!this.permissions.issue(acting.caller.account, 'ADMINISTER_PROJECTS', issue))
      throw forbidden('You do not have permission to archive work items.');
    issue.archived = true;
    this.store.changed({ kind: 'updated', issue });
  }

  private toPlace(issue: Issue, project: Project, type: ProjectType): HistoryItem[] {
    const items: HistoryItem[] = [];
    const before = this.store.projectOf(issue);
    const workflowBefore = this.store.typeOf(issue).workflow;
    if (project !== before) {
      const oldKey = issue.key;
      items.push(change('project', before.id, before.name, project.id, project.name));
      issue.oldKeys.push(oldKey);
      issue.key = this.store.nextKey(project, issue.id);
      issue.projectId = project.id;
      items.push({
        field: 'Key',
        fieldtype: 'jira',
        from: null,
        fromString: oldKey,
        to: null,
        toString: issue.key,
      });
    }
    if (type.issueTypeId !== issue.issueTypeId) {
      const [from, to] = [this.store.issueType(issue.issueTypeId), this.store.issueType(type.issueTypeId)];
      items.push(change('issuetype', from.id, from.name, to.id, to.name));
      issue.issueTypeId = to.id;
    }
    if (type.workflow !== workflowBefore)
      items.push({
        field: 'Workflow',
        fieldtype: 'jira',
        from: workflowBefore.id,
        fromString: workflowBefore.name,
        to: type.workflow.id,
        toString: type.workflow.name,
      });
    return items;
  }
}

function statusAfterMove(issue: Issue, type: ProjectType, wanted: string | undefined): string {
  const { statusIds, transitions } = type.workflow;
  const initial = transitions.find((transition) => transition.type === 'INITIAL');
  const statusId =
    wanted ?? (statusIds.includes(issue.statusId) ? issue.statusId : (initial?.to ?? issue.statusId));
  if (!statusIds.includes(statusId)) throw badRequest('The status does not exist in the target workflow.');
  return statusId;
}
