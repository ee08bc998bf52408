import type {
  Account,
  Comment,
  History,
  HistoryItem,
  Issue,
  IssueType,
  Json,
  Project,
  Status,
} from './model';
import type { Permissions } from './permissions';
import type { JiraStore } from './store';
import { jiraTime } from './times';

type JsonObject = Record<string, Json>;

/** Status categories as the issue side of the API names them: id, key, name, colour. */
const CATEGORIES = {
  TODO: { id: 2, key: 'new', name: 'To Do', colorName: 'blue-gray' },
  IN_PROGRESS: { id: 4, key: 'indeterminate', name: 'In Progress', colorName: 'yellow' },
  DONE: { id: 3, key: 'done', name: 'Done', colorName: 'green' },
} as const;

/** Shapes of the objects that several operations of Jira REST v3 answer with. */
export class Renderer {
  constructor(
    protected readonly store: JiraStore,
    protected readonly permissions: Permissions,
    /** Base of `self` links: the site for people, the gateway for apps. */
    readonly base: string,
    readonly viewer: Account,
  ) {}

  /** A `self` link. */
  self(path: string): string {
    return `${this.base}/rest/api/3/${path}`;
  }

  /** Schema UserDetails, as authors and reporters are shown; the address only where its owner shows it. */
  user(accountId: string): JsonObject {
    const account = this.store.account(accountId);
    return {
      self: this.self(`user?accountId=${encodeURIComponent(accountId)}`),
      accountId,
      ...this.visibleEmail(account),
      avatarUrls: this.avatars(),
      displayName: account.displayName,
      active: account.active,
      timeZone: 'Etc/UTC',
      accountType: account.accountType,
    };
  }

  visibleEmail(account: Account): { emailAddress?: string } {
    const visible = account.emailVisible || account.accountId === this.viewer.accountId;
    return visible && account.email !== undefined ? { emailAddress: account.email } : {};
  }

  avatars(): JsonObject {
    const url = (size: number) => `${this.base}/assets/avatar-${size}.svg`;
    return { '48x48': url(48), '24x24': url(24), '16x16': url(16), '32x32': url(32) };
  }

  status(status: Status): JsonObject {
    const category = CATEGORIES[status.category];
    return {
      self: this.self(`status/${status.id}`),
      description: status.description,
      iconUrl: `${this.base}/assets/status.svg`,
      name: status.name,
      id: status.id,
      statusCategory: { self: this.self(`statuscategory/${category.id}`), ...category },
      ...scopeOf(status),
    };
  }

  issueType(type: IssueType): JsonObject {
    return {
      self: this.self(`issuetype/${type.id}`),
      id: type.id,
      description: type.description,
      iconUrl: `${this.base}/assets/issuetype.svg`,
      name: type.name,
      subtask: type.subtask,
      hierarchyLevel: type.hierarchyLevel,
      ...scopeOf(type),
    };
  }

  /** A project as it stands in an issue. */
  projectRef(project: Project): JsonObject {
    return {
      self: this.self(`project/${project.id}`),
      id: project.id,
      key: project.key,
      name: project.name,
      projectTypeKey: project.typeKey,
      simplified: project.isTeamManaged === true,
      avatarUrls: this.avatars(),
    };
  }

  resolution(id: string): JsonObject {
    const { name, description } = this.store.resolution(id);
    return { self: this.self(`resolution/${id}`), id, description, name };
  }

  priority(id: string): JsonObject {
    return {
      self: this.self(`priority/${id}`),
      iconUrl: `${this.base}/assets/priority.svg`,
      name: 'Medium',
      id,
    };
  }

  /** An entry of the changelog; `created` is ISO, except in `/changelog/bulkfetch`. */
  history(entry: History): JsonObject {
    return {
      id: entry.id,
      author: this.user(entry.authorId),
      created: jiraTime(entry.created),
      items: entry.items.map(historyItem),
      ...(entry.historyMetadata === undefined ? {} : { historyMetadata: entry.historyMetadata }),
    };
  }

  comment(issue: Issue, comment: Comment, withProperties = false): JsonObject {
    const marker = comment.properties.get('sd.public.comment');
    const internal =
      typeof marker === 'object' && marker !== null && !Array.isArray(marker) && marker.internal === true;
    return {
      self: this.self(`issue/${issue.id}/comment/${comment.id}`),
      id: comment.id,
      author: this.user(comment.authorId),
      body: comment.body,
      updateAuthor: this.user(comment.updateAuthorId),
      created: jiraTime(comment.created),
      updated: jiraTime(comment.updated),
      jsdPublic: !internal,
      ...(comment.visibility === undefined ? {} : { visibility: comment.visibility }),
      ...(withProperties
        ? { properties: [...comment.properties].map(([key, value]) => ({ key, value })) }
        : {}),
    };
  }

  /** Comments of an issue that the viewer may read, oldest first. */
  visibleComments(issue: Issue): Comment[] {
    const project = this.store.projectOf(issue);
    return issue.comments.filter(({ visibility }) => {
      if (visibility === undefined) return true;
      if (visibility.type === 'group') return this.viewer.groupIds.includes(visibility.identifier);
      return this.permissions.inRole(this.viewer, visibility.identifier, project);
    });
  }
}

/** `fieldId` is absent for changes that are no field's, such as a key. */
export function historyItem(item: HistoryItem): JsonObject {
  return {
    field: item.field,
    fieldtype: item.fieldtype,
    ...(item.fieldId === undefined ? {} : { fieldId: item.fieldId }),
    from: item.from,
    fromString: item.fromString,
    to: item.to,
    toString: item.toString,
  };
}

/** Schema Scope: only what belongs to a team-managed project has one here. */
function scopeOf({ projectId }: { projectId?: string }): JsonObject {
  return projectId === undefined ? {} : { scope: { type: 'PROJECT', project: { id: projectId } } };
}
