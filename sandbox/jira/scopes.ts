import type { Route } from './route';
import { AGILE_SCOPES, SET_UP_SCOPES } from './scopes-set-up';

/** The OAuth scopes of an operation: all of the classic ones or all of the granular ones are needed. */
export interface OperationScopes {
  classic: readonly string[];
  granular: readonly string[];
}

/** Operation → scopes, as Jira's OpenAPI description states them (`x-atlassian-oauth2-scopes`). */
export const OPERATION_SCOPES: Readonly<Record<string, OperationScopes>> = {
  ...SET_UP_SCOPES,
  'GET issue/{issueIdOrKey}/comment': {
    classic: ['read:jira-work'],
    granular: [
      'read:comment:jira',
      'read:comment.property:jira',
      'read:group:jira',
      'read:project:jira',
      'read:project-role:jira',
      'read:user:jira',
      'read:avatar:jira',
    ],
  },
  'POST issue/{issueIdOrKey}/comment': {
    classic: ['write:jira-work'],
    granular: [
      'read:comment:jira',
      'read:comment.property:jira',
      'read:group:jira',
      'read:project:jira',
      'read:project-role:jira',
      'read:user:jira',
      'write:comment:jira',
      'read:avatar:jira',
    ],
  },
  'GET issue/{issueIdOrKey}/comment/{id}': {
    classic: ['read:jira-work'],
    granular: [
      'read:comment:jira',
      'read:comment.property:jira',
      'read:group:jira',
      'read:project:jira',
      'read:project-role:jira',
      'read:user:jira',
      'read:avatar:jira',
    ],
  },
  'PUT issue/{issueIdOrKey}/comment/{id}': {
    classic: ['write:jira-work'],
    granular: [
      'read:comment:jira',
      'read:comment.property:jira',
      'read:group:jira',
      'read:project:jira',
      'read:project-role:jira',
      'read:user:jira',
      'write:comment:jira',
      'read:avatar:jira',
    ],
  },
  'DELETE issue/{issueIdOrKey}/comment/{id}': {
    classic: ['write:jira-work'],
    granular: ['delete:comment:jira', 'delete:comment.property:jira'],
  },
  'GET comment/{commentId}/properties/{propertyKey}': {
    classic: ['read:jira-work'],
    granular: ['read:comment.property:jira'],
  },
  'POST issue': {
    classic: ['write:jira-work'],
    granular: [
      'write:issue:jira',
      'write:comment:jira',
      'write:comment.property:jira',
      'write:attachment:jira',
      'read:issue:jira',
    ],
  },
  'GET issue/{issueIdOrKey}': {
    classic: ['read:jira-work'],
    granular: [
      'read:issue-meta:jira',
      'read:issue-security-level:jira',
      'read:issue.vote:jira',
      'read:issue.changelog:jira',
      'read:avatar:jira',
      'read:issue:jira',
      'read:status:jira',
      'read:user:jira',
      'read:field-configuration:jira',
    ],
  },
  'PUT issue/{issueIdOrKey}': { classic: ['write:jira-work'], granular: ['write:issue:jira'] },
  'PUT issue/{issueIdOrKey}/assignee': { classic: ['write:jira-work'], granular: ['write:issue:jira'] },
  'DELETE issue/{issueIdOrKey}': { classic: ['write:jira-work'], granular: ['delete:issue:jira'] },
  'GET issue/{issueIdOrKey}/changelog': {
    classic: ['read:jira-work'],
    granular: ['read:issue-meta:jira', 'read:avatar:jira', 'read:issue.changelog:jira'],
  },
  'POST issue/bulkfetch': {
    classic: ['read:jira-work'],
    granular: [
      'read:issue-meta:jira',
      'read:issue-security-level:jira',
      'read:issue.vote:jira',
      'read:issue.changelog:jira',
      'read:avatar:jira',
      'read:issue:jira',
      'read:status:jira',
      'read:user:jira',
      'read:field-configuration:jira',
    ],
  },
  'POST changelog/bulkfetch': {
    classic: ['read:jira-work'],
    granular: ['read:issue-meta:jira', 'read:avatar:jira', 'read:issue.changelog:jira'],
  },
  'GET issue/{issueIdOrKey}/watchers': {
    classic: ['read:jira-work'],
    granular: ['read:issue.watcher:jira', 'read:user:jira', 'read:avatar:jira'],
  },
  'POST issue/{issueIdOrKey}/watchers': {
    classic: ['write:jira-work'],
    granular: ['write:issue.watcher:jira'],
  },
  'DELETE issue/{issueIdOrKey}/watchers': {
    classic: ['write:jira-work'],
    granular: ['write:issue.watcher:jira'],
  },
  'GET myself': {
    classic: ['read:jira-user'],
    granular: ['read:application-role:jira', 'read:group:jira', 'read:user:jira', 'read:avatar:jira'],
  },
  'GET user': {
    classic: ['read:jira-user'],
    granular: ['read:application-role:jira', 'read:group:jira', 'read:user:jira', 'read:avatar:jira'],
  },
  'GET user/search': {
    classic: ['read:jira-user'],
    granular: [
      'read:user:jira',
      'read:user.property:jira',
      'read:application-role:jira',
      'read:avatar:jira',
      'read:group:jira',
    ],
  },
  'GET user/bulk': {
    classic: ['read:jira-user'],
    granular: ['read:application-role:jira', 'read:group:jira', 'read:user:jira', 'read:avatar:jira'],
  },
  'GET user/groups': { classic: ['read:jira-user'], granular: ['read:group:jira'] },
  'GET group/bulk': { classic: ['read:jira-user'], granular: ['read:group:jira'] },
  'GET groups/picker': { classic: ['read:jira-user'], granular: ['read:group:jira'] },
  'GET group/member': {
    classic: ['manage:jira-configuration'],
    granular: ['read:group:jira', 'read:user:jira', 'read:avatar:jira'],
  },
  'GET mypermissions': { classic: ['read:jira-work'], granular: ['read:permission:jira'] },
  'POST permissions/check': { classic: [], granular: ['read:permission:jira'] },
  'GET project': {
    classic: ['read:jira-work'],
    granular: [
      'read:issue-type:jira',
      'read:project:jira',
      'read:project.property:jira',
      'read:user:jira',
      'read:application-role:jira',
      'read:avatar:jira',
      'read:group:jira',
      'read:issue-type-hierarchy:jira',
      'read:project-category:jira',
      'read:project-version:jira',
      'read:project.component:jira',
    ],
  },
  'GET project/search': {
    classic: ['read:jira-work'],
    granular: [
      'read:issue-type:jira',
      'read:project:jira',
      'read:project.property:jira',
      'read:user:jira',
      'read:application-role:jira',
      'read:avatar:jira',
      'read:group:jira',
      'read:issue-type-hierarchy:jira',
      'read:project-category:jira',
      'read:project-version:jira',
      'read:project.component:jira',
    ],
  },
  'GET project/{projectIdOrKey}': {
    classic: ['read:jira-work'],
    granular: [
      'read:issue-type:jira',
      'read:project:jira',
      'read:project.property:jira',
      'read:user:jira',
      'read:application-role:jira',
      'read:avatar:jira',
      'read:group:jira',
      'read:issue-type-hierarchy:jira',
      'read:project-category:jira',
      'read:project-version:jira',
      'read:project.component:jira',
    ],
  },
  'GET project/{projectIdOrKey}/statuses': {
    classic: ['read:jira-work'],
    granular: ['read:issue-status:jira', 'read:issue-type:jira', 'read:status:jira'],
  },
  'GET issue/createmeta/{projectIdOrKey}/issuetypes': {
    classic: ['read:jira-work'],
    granular: ['read:issue-meta:jira', 'read:avatar:jira', 'read:field-configuration:jira'],
  },
  'GET issue/createmeta/{projectIdOrKey}/issuetypes/{issueTypeId}': {
    classic: ['read:jira-work'],
    granular: ['read:issue-meta:jira', 'read:avatar:jira', 'read:field-configuration:jira'],
  },
  'GET issue/{issueIdOrKey}/properties': {
    classic: ['read:jira-work'],
    granular: ['read:issue.property:jira'],
  },
  'GET issue/{issueIdOrKey}/properties/{propertyKey}': {
    classic: ['read:jira-work'],
    granular: ['read:issue.property:jira'],
  },
  'PUT issue/{issueIdOrKey}/properties/{propertyKey}': {
    classic: ['write:jira-work'],
    granular: ['write:issue.property:jira'],
  },
  'DELETE issue/{issueIdOrKey}/properties/{propertyKey}': {
    classic: ['write:jira-work'],
    granular: ['delete:issue.property:jira'],
  },
  'GET issue/{issueIdOrKey}/remotelink': {
    classic: ['read:jira-work'],
    granular: ['read:issue.remote-link:jira', 'read:status:jira'],
  },
  'POST issue/{issueIdOrKey}/remotelink': {
    classic: ['write:jira-work'],
    granular: ['write:issue:jira', 'write:issue.remote-link:jira', 'read:issue.remote-link:jira'],
  },
  'DELETE issue/{issueIdOrKey}/remotelink': {
    classic: ['write:jira-work'],
    granular: ['delete:issue.remote-link:jira', 'write:issue:jira'],
  },
  'POST search/jql': {
    classic: ['read:jira-work'],
    granular: [
      'read:issue-details:jira',
      'read:field.default-value:jira',
      'read:field.option:jira',
      'read:field:jira',
      'read:group:jira',
    ],
  },
  'GET search/jql': {
    classic: ['read:jira-work'],
    granular: [
      'read:issue-details:jira',
      'read:audit-log:jira',
      'read:avatar:jira',
      'read:field-configuration:jira',
      'read:issue-meta:jira',
    ],
  },
  'GET search': {
    classic: ['read:jira-work'],
    granular: [
      'read:issue-details:jira',
      'read:audit-log:jira',
      'read:avatar:jira',
      'read:field-configuration:jira',
      'read:issue-meta:jira',
    ],
  },
  'POST search': {
    classic: ['read:jira-work'],
    granular: [
      'read:issue-details:jira',
      'read:field.default-value:jira',
      'read:field.option:jira',
      'read:field:jira',
      'read:group:jira',
    ],
  },
  'POST search/approximate-count': {
    classic: ['read:jira-work'],
    granular: [
      'read:issue-details:jira',
      'read:field.default-value:jira',
      'read:field.option:jira',
      'read:field:jira',
      'read:group:jira',
    ],
  },
  'POST jql/match': { classic: ['read:jira-work'], granular: ['read:issue-details:jira'] },
  'GET serverInfo': { classic: [], granular: [] },
  'GET issuetype': {
    classic: ['read:jira-work'],
    granular: ['read:issue-type:jira', 'read:avatar:jira', 'read:project-category:jira', 'read:project:jira'],
  },
  'GET status': { classic: ['read:jira-work'], granular: ['read:status:jira'] },
  'GET statuses/search': { classic: ['manage:jira-configuration'], granular: ['read:workflow:jira'] },
  'GET resolution': { classic: ['read:jira-work'], granular: ['read:resolution:jira'] },
  'GET resolution/search': { classic: ['read:jira-work'], granular: ['read:resolution:jira'] },
  'GET issue/{issueIdOrKey}/transitions': {
    classic: ['read:jira-work'],
    granular: ['read:issue.transition:jira', 'read:status:jira', 'read:field-configuration:jira'],
  },
  'POST issue/{issueIdOrKey}/transitions': {
    classic: ['write:jira-work'],
    granular: ['write:issue:jira', 'write:issue.property:jira'],
  },
};

/** Whether an app with these scopes may call the operation. One without classic scopes needs the granular ones. */
export function scopesSuffice(route: Pick<Route, 'method' | 'template'>, held: readonly string[]): boolean {
  const name = `${route.method} ${route.template}`;
  const needed = OPERATION_SCOPES[name] ?? AGILE_SCOPES[name];
  if (needed === undefined) return false;
  const holds = (scopes: readonly string[]) => scopes.every((scope) => held.includes(scope));
  if (needed.classic.length > 0 && holds(needed.classic)) return true;
  if (needed.classic.length > 0 && needed.granular.length === 0) return false;
  return holds(needed.granular);
}
