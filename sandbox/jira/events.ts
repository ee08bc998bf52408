import type { Caller } from './credentials';
import { historyItem } from './render';
import type { IssueRenderer } from './render-issue';
import type { AppInstallation, Comment, History, Issue } from './model';
import type { JiraEvent } from './site';
import type { JiraStore } from './store';
import type { Origin } from './workflow';

/** On whose behalf and how a change is made. */
export interface Acting {
  caller: Caller;
  origin: Origin;
  /** Header `X-Atlassian-Webhook-Trace` of the call. */
  trace: string | undefined;
}

/** Fields of an issue that a product event carries (Forge, Jira events: a subset, never the description). */
const EVENT_FIELDS = [
  'summary',
  'issuetype',
  'creator',
  'created',
  'project',
  'reporter',
  'assignee',
  'updated',
  'status',
];

/** Emits product events in the shapes of Forge's Jira events; the platform decides how late they come. */
export class JiraEvents {
  private readonly listeners = new Set<(event: JiraEvent) => void>();
  /** The app that the platform behind `JiraSite` runs. */
  productApp: AppInstallation | undefined;

  constructor(
    private readonly store: JiraStore,
    private readonly renderer: IssueRenderer,
  ) {}

  /** @returns a function that ends the subscription. */
  subscribe(listener: (event: JiraEvent) => void): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  created(issue: Issue, acting: Acting, clonedFrom?: Issue): void {
    this.emit('avi:jira:created:issue', acting, {
      issue: this.issue(issue),
      ...this.people(issue),
      ...(clonedFrom === undefined ? {} : { clonedFrom: { id: clonedFrom.id, key: clonedFrom.key } }),
      jiraEventTypeName: 'issue_created',
    });
  }

  updated(issue: Issue, entry: History, acting: Acting): void {
    const status = entry.items.find((item) => item.fieldId === 'status');
    const body = {
      issue: this.issue(issue),
      jiraEventTypeName: eventTypeName(entry),
      changelog: { id: entry.id, items: entry.items.map(historyItem) },
      ...this.people(issue),
      ...(status === undefined
        ? {}
        : {
            associatedStatuses: {
              statuses: [status.from, status.to].flatMap((id) => {
                const found = this.store.statuses.get(id ?? '');
                return found === undefined ? [] : [this.renderer.status(found)];
              }),
            },
          }),
    };
    this.emit('avi:jira:updated:issue', acting, body);
    if (entry.items.some((item) => item.fieldId === 'assignee'))
      this.emit('avi:jira:assigned:issue', acting, body);
  }

  commented(issue: Issue, comment: Comment, acting: Acting): void {
    this.emit('avi:jira:commented:issue', acting, {
      issue: this.issue(issue),
      comment: this.renderer.comment(issue, comment),
      ...this.people(issue),
    });
  }

  deleted(issue: Issue, acting: Acting): void {
    this.emit('avi:jira:deleted:issue', acting, { issue: this.issue(issue), ...this.people(issue) });
  }

  private issue(issue: Issue): Record<string, unknown> {
    const { id, key, fields } = this.renderer.issue(issue, {
      fields: EVENT_FIELDS,
      expand: [],
      properties: [],
    });
    return { id, key, fields };
  }

  private people(issue: Issue): Record<string, unknown> {
    const ids = new Set([
      issue.creatorId,
      issue.reporterId,
      ...(issue.assigneeId === null ? [] : [issue.assigneeId]),
    ]);
    return { associatedUsers: { users: [...ids].map((accountId) => ({ accountId })) } };
  }

  private emit(eventType: string, acting: Acting, body: Record<string, unknown>): void {
    const byProductApp = acting.caller.app !== undefined && acting.caller.app === this.productApp;
    const event: JiraEvent = {
      eventType,
      actorAccountId: acting.caller.account.accountId,
      isCausedByApp: byProductApp,
      // Other apps do not get to see the trace value of a call.
      trace: byProductApp ? acting.trace : undefined,
      body: structuredClone(body),
    };
    for (const listener of this.listeners) listener(event);
  }
}

function eventTypeName(entry: History): string {
  const fields = entry.items.map((item) => item.fieldId ?? item.field);
  if (fields.includes('Key') || fields.includes('project')) return 'issue_moved';
  if (entry.items.some((item) => item.fieldId === 'resolution' && item.to !== null)) return 'issue_resolved';
  if (fields.includes('status')) return 'issue_generic';
  if (fields.includes('assignee')) return 'issue_assigned';
  return 'issue_updated';
}
