import { applyPatch, setResolution, setStatus } from './changes';
import type { Comments } from './comments';
import { ApiError, badRequest } from './errors';
import type { Acting } from './events';
import { FieldReader } from './fields';
import type { IssueInput } from './issue-operations';
import type { Journal } from './journal';
import type { Issue } from './model';
import type { Permissions } from './permissions';
import { checkProperties, writeProperty } from './properties';
import type { JiraStore } from './store';
import type { Workflows } from './workflow';

/** Taking transitions (Jira REST v3, transition issue). */
export class Transitions {
  constructor(
    private readonly store: JiraStore,
    private readonly permissions: Permissions,
    private readonly workflows: Workflows,
    private readonly journal: Journal,
    private readonly comments: Comments,
  ) {}

  /** @throws ApiError 400 when the transition is not there, not allowed, or its screen refuses the fields. */
  perform(issue: Issue, input: IssueInput, acting: Acting): void {
    const { account } = acting.caller;
    const id = input.transition?.id;
    if (id === undefined) throw badRequest("Missing 'transition' identifier");
    const transition = this.workflows.leavingFrom(issue).find((candidate) => candidate.id === id);
    if (transition === undefined) throw badRequest(`Transition id '${id}' is not valid for this issue.`);
    const allowed =
      this.permissions.issue(account, 'TRANSITION_ISSUES', issue) &&
      this.workflows.allows(transition, issue, account, acting.origin);
    if (!allowed)
      throw badRequest(
        `Can't move (${issue.key}). You might not have permission, or the work item is missing required information. If this keeps happening, ask your Jira admin.`,
      );
    // Comments go with every screen, without being listed on it.
    const screen = transition.screen === undefined ? [] : [...transition.screen, { fieldId: 'comment' }];
    const project = this.store.projectOf(issue);
    const patch = new FieldReader(this.store, this.permissions, account, project, issue).read(input, screen, {
      requireAll: true,
    });
    checkProperties(input.properties ?? []);
    if (patch.comments !== undefined && !this.permissions.issue(account, 'ADD_COMMENTS', issue))
      throw new ApiError(400, ['You do not have the permission to comment on this work item.']);

    const now = this.store.clock.now();
    const items = [
      ...(transition.updates ?? []).flatMap(({ value }) => setResolution(this.store, issue, value, now)),
      ...applyPatch(this.store, issue, patch, now),
      ...setStatus(this.store, issue, transition.to),
    ];
    for (const { key, value } of input.properties ?? [])
      writeProperty(issue, key, { value, writtenBy: account.accountId, writtenAt: now });
    this.journal.enter(issue, acting, items, input.historyMetadata);
    for (const body of patch.comments ?? []) this.comments.append(issue, acting, { body });
  }
}
