import type { Issue, Json } from './model';
import { Renderer } from './render';
import { jiraTime } from './times';

/** Fields of which `*navigable` is made up; `*all` has these, the comments and the custom fields. */
const NAVIGABLE = [
  'summary',
  'status',
  'project',
  'issuetype',
  'created',
  'updated',
  'creator',
  'reporter',
  'assignee',
  'labels',
  'priority',
  'resolution',
  'resolutiondate',
  'description',
  'duedate',
  'watches',
];
const ALL = [...NAVIGABLE, 'comment'];
/** Histories that come with `expand=changelog`, newest first. */
const EMBEDDED_HISTORIES = 40;
/** Comments that come with an issue; the others have to be paged through. */
const EMBEDDED_COMMENTS = 100;
const EMBEDDED_COMMENTS_IN_LISTS = 20;

/** What of an issue is asked for. */
export interface IssueSelection {
  fields: readonly string[];
  /** Names of expandable parts. */
  expand: readonly string[];
  properties: readonly string[];
  /** Several issues are answered at once, each with fewer comments. */
  inList?: boolean;
}

/** Shapes of issues (Jira REST v3, IssueBean). */
export class IssueRenderer extends Renderer {
  /** An issue with the selected fields; without any field and expansion only id, key and self. */
  issue(issue: Issue, selection: IssueSelection): Record<string, Json> {
    const names = this.selectFields(issue, selection.fields);
    const onlyId = selection.fields.length > 0 && selection.fields.every((name) => name === 'id');
    const bean: Record<string, Json> = onlyId
      ? { id: issue.id }
      : {
          expand: 'renderedFields,names,schema,operations,editmeta,changelog,versionedRepresentations',
          id: issue.id,
          self: this.self(`issue/${issue.id}`),
          key: issue.key,
        };
    if (names.length > 0)
      bean.fields = Object.fromEntries(
        names.map((name) => [name, this.field(issue, name, selection.inList === true)]),
      );
    if (selection.properties.length > 0) bean.properties = this.properties(issue, selection.properties);
    if (selection.expand.includes('changelog')) bean.changelog = this.changelog(issue);
    return bean;
  }

  private selectFields(issue: Issue, wanted: readonly string[]): string[] {
    const custom = Object.keys(issue.custom);
    const names = new Set<string>();
    const onlyExclusions = wanted.length > 0 && wanted.every((name) => name.startsWith('-'));
    for (const name of onlyExclusions ? ['*all', ...wanted] : wanted) {
      if (name === '*all') for (const each of [...ALL, ...custom]) names.add(each);
      else if (name === '*navigable') for (const each of [...NAVIGABLE, ...custom]) names.add(each);
      else if (name.startsWith('-')) names.delete(name.slice(1));
      else if (ALL.includes(name) || custom.includes(name)) names.add(name);
    }
    return [...names];
  }

  private field(issue: Issue, name: string, inList: boolean): Json {
    switch (name) {
      case 'summary':
        return issue.summary;
      case 'description':
        return issue.description;
      case 'status':
        return this.status(this.store.status(issue.statusId));
      case 'project':
        return this.projectRef(this.store.projectOf(issue));
      case 'issuetype':
        return this.issueType(this.store.issueType(issue.issueTypeId));
      case 'created':
        return jiraTime(issue.created);
      case 'updated':
        return jiraTime(issue.updated);
      case 'creator':
        return this.user(issue.creatorId);
      case 'reporter':
        return this.user(issue.reporterId);
      case 'assignee':
        return issue.assigneeId === null ? null : this.user(issue.assigneeId);
      case 'labels':
        return [...issue.labels];
      case 'priority':
        return this.priority(issue.priorityId);
      case 'resolution':
        return issue.resolutionId === null ? null : this.resolution(issue.resolutionId);
      case 'resolutiondate':
        return issue.resolvedAt === null ? null : jiraTime(issue.resolvedAt);
      case 'duedate':
        return issue.duedate;
      case 'watches':
        return {
          self: this.self(`issue/${issue.key}/watchers`),
          watchCount: issue.watcherIds.length,
          isWatching: issue.watcherIds.includes(this.viewer.accountId),
        };
      case 'comment':
        return this.commentField(issue, inList ? EMBEDDED_COMMENTS_IN_LISTS : EMBEDDED_COMMENTS);
      default:
        return issue.custom[name] ?? null;
    }
  }

  private commentField(issue: Issue, limit: number): Json {
    const comments = this.visibleComments(issue);
    return {
      comments: comments.slice(0, limit).map((comment) => this.comment(issue, comment)),
      self: this.self(`issue/${issue.id}/comment`),
      maxResults: limit,
      total: comments.length,
      startAt: 0,
    };
  }

  private properties(issue: Issue, keys: readonly string[]): Json {
    const wanted = keys.includes('*all') ? [...issue.properties.keys()] : keys;
    return Object.fromEntries(
      wanted.flatMap((key) => {
        const property = issue.properties.get(key);
        return property === undefined ? [] : [[key, property.value]];
      }),
    );
  }

  private changelog(issue: Issue): Json {
    const histories = issue.histories.slice(-EMBEDDED_HISTORIES).reverse();
    return {
      startAt: 0,
      maxResults: histories.length,
      total: issue.histories.length,
      histories: histories.map((entry) => this.history(entry)),
    };
  }
}
