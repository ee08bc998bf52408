import { checkDocument, documentText } from './adf';
import { ApiError, badRequest } from './errors';
import type { Acting } from './events';
import type { Journal } from './journal';
import type { Comment, Issue, Json } from './model';
import type { Permissions } from './permissions';
import { checkProperties } from './properties';
import type { JiraStore } from './store';

/** Body of a comment (schema Comment), as far as it can be written. */
export interface CommentInput {
  body?: Json | undefined;
  properties?: { key: string; value: Json }[] | undefined;
  visibility?: Comment['visibility'];
}

/** An issue takes no more comments than this; then 413. */
const MAX_COMMENTS = 5000;

/** Writing comments (Jira REST v3, Issue comments). */
export class Comments {
  constructor(
    private readonly store: JiraStore,
    private readonly permissions: Permissions,
    private readonly journal: Journal,
  ) {}

  add(issue: Issue, input: CommentInput, acting: Acting): Comment {
    if (!this.permissions.issue(acting.caller.account, 'ADD_COMMENTS', issue))
      throw badRequest('You do not have the permission to comment on this work item.');
    this.check(input);
    if (issue.comments.length >= MAX_COMMENTS)
      throw new ApiError(413, ['The work item has reached the limit of 5000 comments.']);
    return this.append(issue, acting, input);
  }

  /** Replaces the whole body; properties that are not named stay. */
  edit(issue: Issue, comment: Comment, input: CommentInput, acting: Acting): Comment {
    const { account } = acting.caller;
    const isOwn = comment.authorId === account.accountId;
    const may =
      this.permissions.issue(account, 'EDIT_ALL_COMMENTS', issue) ||
      (isOwn && this.permissions.issue(account, 'EDIT_OWN_COMMENTS', issue));
    if (!may) throw badRequest('You do not have the permission to edit this comment.');
    this.check(input);
    comment.body = input.body ?? null;
    for (const { key, value } of input.properties ?? []) comment.properties.set(key, value);
    comment.updateAuthorId = account.accountId;
    comment.updated = this.store.clock.now();
    this.tell(issue, comment, acting);
    return comment;
  }

  delete(issue: Issue, comment: Comment, acting: Acting): void {
    const { account } = acting.caller;
    const may =
      this.permissions.issue(account, 'DELETE_ALL_COMMENTS', issue) ||
      (comment.authorId === account.accountId &&
        this.permissions.issue(account, 'DELETE_OWN_COMMENTS', issue));
    if (!may) throw badRequest('You do not have the permission to delete this comment.');
    issue.comments = issue.comments.filter((each) => each !== comment);
    issue.updated = this.store.clock.now();
    this.store.changed({ kind: 'updated', issue });
  }

  /** Writes a comment whose body was checked. */
  append(issue: Issue, acting: Acting, input: CommentInput): Comment {
    const now = this.store.clock.now();
    const { accountId } = acting.caller.account;
    const comment: Comment = {
      id: this.store.nextId('comment'),
      authorId: accountId,
      updateAuthorId: accountId,
      body: input.body ?? null,
      created: now,
      updated: now,
      properties: new Map((input.properties ?? []).map(({ key, value }) => [key, value])),
      ...(input.visibility === undefined ? {} : { visibility: input.visibility }),
    };
    issue.comments.push(comment);
    this.tell(issue, comment, acting);
    return comment;
  }

  private check(input: CommentInput): void {
    checkDocument('comment', input.body ?? null);
    if (documentText(input.body ?? null).trim() === '') throw badRequest('Comment body can not be empty!');
    checkProperties(input.properties ?? []);
  }

  private tell(issue: Issue, comment: Comment, acting: Acting): void {
    issue.updated = comment.updated;
    this.store.changed({ kind: 'commented', issue });
    this.journal.events.commented(issue, comment, acting);
  }
}
