import type { Account, Condition, Issue, Transition } from './model';
import type { Permissions } from './permissions';
import type { JiraStore } from './store';

/** By what an issue is moved: the pages of Jira, or its REST API. */
export type Origin = 'ui' | 'api';

/** Which transitions an issue has for whom. Conditions bind REST callers, apps and people alike (Jira, workflow rules). */
export class Workflows {
  constructor(
    private readonly store: JiraStore,
    private readonly permissions: Permissions,
  ) {}

  /** Transitions out of the issue's status, whether or not the account may take them. */
  leavingFrom(issue: Issue): Transition[] {
    const { transitions } = this.store.typeOf(issue).workflow;
    return transitions.filter(
      (transition) =>
        transition.type === 'GLOBAL' ||
        (transition.type === 'DIRECTED' && transition.from.includes(issue.statusId)),
    );
  }

  /** Transitions that the account may take now; none without the permission Transition issues. */
  available(issue: Issue, account: Account, origin: Origin): Transition[] {
    if (!this.permissions.issue(account, 'TRANSITION_ISSUES', issue)) return [];
    return this.leavingFrom(issue).filter((transition) => this.allows(transition, issue, account, origin));
  }

  /** Whether all conditions of a transition hold. */
  allows(transition: Transition, issue: Issue, account: Account, origin: Origin): boolean {
    return transition.conditions.every((condition) => this.holds(condition, issue, account, origin));
  }

  private holds(condition: Condition, issue: Issue, account: Account, origin: Origin): boolean {
    const project = this.store.projectOf(issue);
    switch (condition.ruleKey) {
      case 'system:restrict-from-all-users':
        return condition.restrictMode === 'users' && origin === 'api';
      case 'system:restrict-issue-transition':
        return (
          (condition.roleIds ?? []).some((roleId) => this.permissions.inRole(account, roleId, project)) ||
          (condition.groupIds ?? []).some((groupId) => account.groupIds.includes(groupId)) ||
          (condition.permissionKeys ?? []).some((key) => this.permissions.issue(account, key, issue))
        );
      case 'system:separation-of-duties':
        return !issue.histories.some(
          (entry) =>
            entry.authorId === account.accountId &&
            entry.items.some(
              (item) =>
                item.fieldId === 'status' &&
                item.from === condition.fromStatusId &&
                item.to === condition.toStatusId,
            ),
        );
    }
  }
}
