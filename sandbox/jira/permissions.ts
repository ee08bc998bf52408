import type { Account, Holder, Issue, Project } from './model';
import type { JiraStore } from './store';

/** Built-in permissions that the simulator knows (Jira REST v3, get all permissions): key → id and name. */
export const PROJECT_PERMISSIONS: Readonly<Record<string, { id: string; name: string }>> = {
  BROWSE_PROJECTS: { id: '10', name: 'Browse Projects' },
  CREATE_ISSUES: { id: '11', name: 'Create Issues' },
  EDIT_ISSUES: { id: '12', name: 'Edit Issues' },
  ASSIGN_ISSUES: { id: '13', name: 'Assign Issues' },
  RESOLVE_ISSUES: { id: '14', name: 'Resolve Issues' },
  ADD_COMMENTS: { id: '15', name: 'Add Comments' },
  DELETE_ISSUES: { id: '16', name: 'Delete Issues' },
  ASSIGNABLE_USER: { id: '17', name: 'Assignable User' },
  CLOSE_ISSUES: { id: '18', name: 'Close Issues' },
  LINK_ISSUES: { id: '21', name: 'Link Issues' },
  ADMINISTER_PROJECTS: { id: '23', name: 'Administer Projects' },
  MOVE_ISSUES: { id: '25', name: 'Move Issues' },
  SET_ISSUE_SECURITY: { id: '26', name: 'Set Issue Security' },
  SCHEDULE_ISSUES: { id: '28', name: 'Schedule Issues' },
  MODIFY_REPORTER: { id: '30', name: 'Modify Reporter' },
  MANAGE_WATCHERS: { id: '32', name: 'Manage Watchers' },
  EDIT_ALL_COMMENTS: { id: '34', name: 'Edit All Comments' },
  EDIT_OWN_COMMENTS: { id: '35', name: 'Edit Own Comments' },
  DELETE_ALL_COMMENTS: { id: '36', name: 'Delete All Comments' },
  DELETE_OWN_COMMENTS: { id: '37', name: 'Delete Own Comments' },
  TRANSITION_ISSUES: { id: '46', name: 'Transition Issues' },
};

export const GLOBAL_PERMISSIONS: Readonly<Record<string, { id: string; name: string }>> = {
  ADMINISTER: { id: '0', name: 'Administer Jira' },
  USER_PICKER: { id: '27', name: 'Browse users and groups' },
  BULK_CHANGE: { id: '33', name: 'Make bulk changes' },
};

/** What may still be done with an archived issue or project: reading. */
const READING = new Set(['BROWSE_PROJECTS']);

/** Decides who may do what, by global permissions, permission schemes and roles. */
export class Permissions {
  constructor(private readonly store: JiraStore) {}

  global(account: Account, key: string): boolean {
    if (!account.active) return false;
    if (account.accountType === 'app') return key === 'USER_PICKER' || this.isAdminLike(account);
    const groups = this.store.globalPermissions.get(key) ?? [];
    return groups.some((groupId) => account.groupIds.includes(groupId));
  }

  /** The system user of an app holds the rights that its scopes stand for. */
  private isAdminLike(account: Account): boolean {
    const app = this.store.apps.find(({ accountId }) => accountId === account.accountId);
    return app?.scopes.includes('manage:jira-configuration') === true;
  }

  /** Whether the account has a project permission, for an issue of the project if one is given. */
  project(account: Account, key: string, project: Project, issue?: Issue): boolean {
    if (!account.active || project.deleted === true) return false;
    if ((project.archived || issue?.archived === true) && !READING.has(key)) return false;
    return (project.permissions[key] ?? []).some((holder) => this.holds(account, holder, project, issue));
  }

  issue(account: Account, key: string, issue: Issue): boolean {
    return this.project(account, key, this.store.projectOf(issue), issue);
  }

  canSee(account: Account, issue: Issue): boolean {
    return this.issue(account, 'BROWSE_PROJECTS', issue);
  }

  inRole(account: Account, roleId: string, project: Project): boolean {
    const actors = project.roles[roleId];
    if (actors === undefined) return false;
    return (
      actors.accountIds.includes(account.accountId) ||
      actors.groupIds.some((groupId) => account.groupIds.includes(groupId))
    );
  }

  private holds(account: Account, holder: Holder, project: Project, issue: Issue | undefined): boolean {
    switch (holder.type) {
      case 'projectRole':
        return this.inRole(account, holder.value, project);
      case 'group':
        return account.groupIds.includes(holder.value);
      case 'user':
        return account.accountId === holder.value;
      case 'applicationRole':
        return account.accountType === 'atlassian' && !account.guest;
      case 'anyone':
        return true;
      case 'projectLead':
        return project.leadAccountId === account.accountId;
      case 'reporter':
        return issue?.reporterId === account.accountId;
      case 'assignee':
        return issue?.assigneeId === account.accountId;
    }
  }
}
