import { z } from 'zod';
import { ApiError, badRequest } from '../errors';
import { issueOf, listParameter, NO_CONTENT, ok, pageOf, parseBody, type Route } from '../route';
import type { IssueInput } from '../issue-operations';
import { issueUpdate } from './bodies';

const MAX_CHANGELOG = 100;

/** Issues: create, read, edit, delete, assign, changelog. */
export const issueRoutes: readonly Route[] = [
  {
    method: 'POST',
    template: 'issue',
    handle(context) {
      const input: IssueInput = parseBody(issueUpdate, context);
      const { issue, transition } = context.site.issues.create(input, context.acting);
      return {
        status: 201,
        body: {
          id: issue.id,
          key: issue.key,
          self: context.render.self(`issue/${issue.id}`),
          ...(transition === undefined ? {} : { transition: nested(transition) }),
        },
      };
    },
  },
  {
    method: 'GET',
    template: 'issue/{issueIdOrKey}',
    handle(context) {
      const issue = issueOf(context);
      const fields = listParameter(context.query, 'fields');
      const bean = context.render.issue(issue, {
        // Unlike a search, a read gives the key and the link even when only the id is asked for.
        fields: fields.length === 0 ? ['*all'] : fields.filter((name) => name !== 'id'),
        expand: listParameter(context.query, 'expand'),
        properties: listParameter(context.query, 'properties'),
      });
      return ok({ ...bean, fields: bean.fields ?? {} }, 2);
    },
  },
  {
    method: 'PUT',
    template: 'issue/{issueIdOrKey}',
    writes: true,
    handle(context) {
      const issue = issueOf(context);
      const input: IssueInput = parseBody(issueUpdate, context);
      context.site.issues.edit(issue, input, context.acting);
      if (context.query.get('returnIssue') !== 'true') return NO_CONTENT;
      return ok(context.render.issue(issue, { fields: ['*all'], expand: [], properties: [] }));
    },
  },
  {
    method: 'PUT',
    template: 'issue/{issueIdOrKey}/assignee',
    writes: true,
    handle(context) {
      const issue = issueOf(context);
      const { accountId } = parseBody(z.object({ accountId: z.string().nullable() }), context);
      const assignee = accountId === null || accountId === '-1' ? null : { accountId };
      context.site.issues.edit(issue, { fields: { assignee } }, context.acting);
      return NO_CONTENT;
    },
  },
  {
    method: 'DELETE',
    template: 'issue/{issueIdOrKey}',
    writes: true,
    handle(context) {
      context.site.issues.delete(issueOf(context), context.acting);
      return NO_CONTENT;
    },
  },
  {
    method: 'GET',
    template: 'issue/{issueIdOrKey}/changelog',
    handle(context) {
      const issue = issueOf(context);
      const histories = issue.histories.map((entry) => context.render.history(entry));
      const page = pageOf(context, `issue/${issue.id}/changelog`, histories, {
        fallback: MAX_CHANGELOG,
        max: MAX_CHANGELOG,
      });
      return ok(page, 2);
    },
  },
  {
    method: 'POST',
    template: 'issue/bulkfetch',
    handle(context) {
      const body = parseBody(
        z.strictObject({
          issueIdsOrKeys: z.array(z.string()),
          fields: z.array(z.string()).optional(),
          properties: z.array(z.string()).optional(),
          expand: z.array(z.string()).optional(),
          fieldsByKeys: z.boolean().optional(),
        }),
        context,
      );
      // Up to 1000 issues when each wanted field is named and none is heavy (Jira changelog, 2026).
      const fields = body.fields ?? [];
      const isLight =
        fields.length > 0 &&
        fields.length <= 100 &&
        !fields.some((name) => name.startsWith('*') || ['comment', 'worklog', 'attachment'].includes(name));
      const limit = isLight && (body.expand ?? []).length === 0 ? 1000 : 100;
      if (body.issueIdsOrKeys.length === 0 || body.issueIdsOrKeys.length > limit)
        throw badRequest(`The number of issueIdsOrKeys must be between 1 and ${limit}.`);
      if ((body.properties ?? []).length > 5) throw badRequest('At most 5 properties can be requested.');
      const found = new Set(
        body.issueIdsOrKeys.flatMap((idOrKey) => {
          const issue = context.site.store.findIssue(idOrKey);
          return issue !== undefined && context.site.permissions.canSee(context.caller.account, issue)
            ? [issue]
            : [];
        }),
      );
      const issues = [...found].sort((a, b) => Number(a.id) - Number(b.id));
      return ok(
        {
          issues: issues.map((issue) =>
            context.render.issue(issue, {
              fields: fields.length === 0 ? ['*navigable'] : fields,
              expand: body.expand ?? [],
              properties: body.properties ?? [],
              inList: true,
            }),
          ),
          issueErrors: [],
        },
        1 + issues.length,
      );
    },
  },
  {
    method: 'POST',
    template: 'changelog/bulkfetch',
    handle(context) {
      const body = parseBody(
        z.strictObject({
          issueIdsOrKeys: z.array(z.string()).min(1).max(1000),
          fieldIds: z.array(z.string()).max(10).optional(),
          maxResults: z.int().min(1).max(10_000).optional(),
          nextPageToken: z.string().optional(),
        }),
        context,
      );
      const start = body.nextPageToken === undefined ? 0 : Number(body.nextPageToken);
      if (!Number.isInteger(start)) throw badRequest('The next page token is invalid.');
      const entries = [...new Set(body.issueIdsOrKeys)].flatMap((idOrKey) => {
        const issue = context.site.store.findIssue(idOrKey);
        if (issue === undefined || !context.site.permissions.canSee(context.caller.account, issue)) return [];
        return issue.histories
          .filter(
            ({ items }) =>
              body.fieldIds === undefined ||
              items.some(({ fieldId }) => fieldId !== undefined && body.fieldIds?.includes(fieldId) === true),
          )
          .map((entry) => ({ issueId: issue.id, entry }));
      });
      const end = start + (body.maxResults ?? 1000);
      const page = entries.slice(start, end);
      const issueIds = [...new Set(page.map(({ issueId }) => issueId))];
      return ok(
        {
          issueChangeLogs: issueIds.map((issueId) => ({
            issueId,
            changeHistories: page
              .filter((each) => each.issueId === issueId)
              // Here, and only here, the time is a number.
              .map(({ entry }) => ({ ...context.render.history(entry), created: entry.created })),
          })),
          ...(end < entries.length ? { nextPageToken: String(end) } : {}),
        },
        1 + issueIds.length,
      );
    },
  },
  {
    method: 'GET',
    template: 'issue/{issueIdOrKey}/watchers',
    handle(context) {
      const issue = issueOf(context);
      return ok({
        self: context.render.self(`issue/${issue.key}/watchers`),
        isWatching: issue.watcherIds.includes(context.caller.account.accountId),
        watchCount: issue.watcherIds.length,
        watchers: issue.watcherIds.map((accountId) => context.render.user(accountId)),
      });
    },
  },
  {
    method: 'POST',
    template: 'issue/{issueIdOrKey}/watchers',
    writes: true,
    handle(context) {
      const issue = issueOf(context);
      const accountId = parseBody(z.string().optional(), context) ?? context.caller.account.accountId;
      mayWatchFor(context, accountId);
      if (!context.site.store.accounts.has(accountId)) throw badRequest('The user does not exist.');
      if (!issue.watcherIds.includes(accountId)) issue.watcherIds.push(accountId);
      return NO_CONTENT;
    },
  },
  {
    method: 'DELETE',
    template: 'issue/{issueIdOrKey}/watchers',
    writes: true,
    handle(context) {
      const issue = issueOf(context);
      const accountId = context.query.get('accountId') ?? '';
      if (accountId === '') throw badRequest('The accountId parameter is required.');
      mayWatchFor(context, accountId);
      issue.watcherIds = issue.watcherIds.filter((each) => each !== accountId);
      return NO_CONTENT;
    },
  },
];

function mayWatchFor(context: Parameters<Route['handle']>[0], accountId: string): void {
  const { account } = context.caller;
  if (accountId === account.accountId) return;
  if (!context.site.permissions.issue(account, 'MANAGE_WATCHERS', issueOf(context)))
    throw new ApiError(403, ['You do not have permission to manage the watcher list.']);
}

function nested(result: ApiError | 'done'): {
  status: number;
  errorCollection: { errorMessages: string[]; errors: Record<string, string> };
} {
  if (result === 'done') return { status: 204, errorCollection: { errorMessages: [], errors: {} } };
  return {
    status: result.status,
    errorCollection: { errorMessages: [...result.errorMessages], errors: { ...result.errors } },
  };
}
