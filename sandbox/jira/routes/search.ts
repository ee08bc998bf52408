import { z } from 'zod';
import { ApiError, badRequest } from '../errors';
import type { JqlContext } from '../jql/context';
import {
  listParameter,
  numberParameter,
  ok,
  parseBody,
  type Reply,
  type Route,
  type RouteContext,
} from '../route';

const searchBody = z.strictObject({
  jql: z.string().optional(),
  fields: z.array(z.string()).optional(),
  maxResults: z.int().min(0).optional(),
  nextPageToken: z.string().optional(),
  properties: z.array(z.string()).optional(),
  expand: z.string().optional(),
  fieldsByKeys: z.boolean().optional(),
  reconcileIssues: z.array(z.int()).optional(),
});
type Search = z.infer<typeof searchBody>;

const pageToken = z.object({ jql: z.string(), from: z.int(), until: z.number() });

const MAX_IDS = 5000;
const MAX_ISSUES = 100;
const MAX_PROPERTIES = 5;
const MAX_RECONCILED = 50;
/** A token of a next page is good for seven days. */
const TOKEN_MS = 7 * 86_400_000;
const REMOVED = 'The requested API has been removed. Please migrate to the /rest/api/3/search/jql API.';

/** Searching by JQL. */
export const searchRoutes: readonly Route[] = [
  {
    method: 'POST',
    template: 'search/jql',
    handle: (context) => search(context, parseBody(searchBody, context)),
  },
  {
    method: 'GET',
    template: 'search/jql',
    handle(context) {
      const { query } = context;
      const optional = (name: string) => query.get(name) ?? undefined;
      return search(context, {
        jql: optional('jql'),
        fields: query.has('fields') ? listParameter(query, 'fields') : undefined,
        maxResults: numberParameter(query, 'maxResults', 50),
        nextPageToken: optional('nextPageToken'),
        properties: listParameter(query, 'properties'),
        expand: optional('expand'),
        reconcileIssues: listParameter(query, 'reconcileIssues').map(Number),
      });
    },
  },
  { method: 'GET', template: 'search', handle: removed },
  { method: 'POST', template: 'search', handle: removed },
  {
    method: 'POST',
    template: 'search/approximate-count',
    handle(context) {
      const { jql } = parseBody(z.strictObject({ jql: z.string() }), context);
      return ok({ count: visible(context, context.site.search.search(jql, jqlContext(context))).length });
    },
  },
  {
    method: 'POST',
    template: 'jql/match',
    handle(context) {
      const body = parseBody(
        z.strictObject({ issueIds: z.array(z.int()), jqls: z.array(z.string()) }),
        context,
      );
      const ids = visible(context, body.issueIds.map(String));
      return ok({ matches: body.jqls.map((jql) => matchesOf(context, ids, jql)) }, 1 + ids.length);
    },
  },
];

function removed(): never {
  throw new ApiError(410, [REMOVED]);
}

function search(context: RouteContext, input: Search): Reply {
  const properties = input.properties ?? [];
  if (properties.length > MAX_PROPERTIES) throw badRequest('At most 5 properties can be requested.');
  const reconcile = input.reconcileIssues ?? [];
  if (reconcile.length > MAX_RECONCILED) throw badRequest('At most 50 issues can be reconciled.');
  const jql = input.jql ?? '';
  const fields = input.fields ?? ['id'];
  const isLight = fields.every((name) => name === 'id' || name === 'key') && properties.length === 0;
  const found = visible(context, context.site.search.search(jql, jqlContext(context), reconcile.map(String)));
  const from = startOf(context, jql, input.nextPageToken);
  const size = Math.min(input.maxResults ?? 50, isLight ? MAX_IDS : MAX_ISSUES);
  const page = found.slice(from, from + size);
  const isLast = from + page.length >= found.length;
  return ok(
    {
      issues: page.flatMap((id) => {
        const issue = context.site.store.issues.get(id);
        if (issue === undefined) return [];
        const expand = (input.expand ?? '').split(',');
        return [context.render.issue(issue, { fields, expand, properties, inList: true })];
      }),
      ...(isLast ? {} : { nextPageToken: tokenFor(context, jql, from + page.length) }),
      isLast,
    },
    1 + page.length,
  );
}

/** Issues of these that are there and that the caller sees. */
function visible(context: RouteContext, ids: readonly string[]): string[] {
  return ids.filter((id) => {
    const issue = context.site.store.issues.get(id);
    return issue !== undefined && context.site.permissions.canSee(context.caller.account, issue);
  });
}

function jqlContext(context: RouteContext): JqlContext {
  const { store } = context.site;
  return { store, viewer: context.caller.account, now: store.clock.now() };
}

function tokenFor(context: RouteContext, jql: string, from: number): string {
  const token = { jql, from, until: context.site.store.clock.now() + TOKEN_MS };
  return Buffer.from(JSON.stringify(token)).toString('base64url');
}

function startOf(context: RouteContext, jql: string, token: string | undefined): number {
  if (token === undefined) return 0;
  const parsed = pageToken.safeParse(readToken(token));
  if (!parsed.success || parsed.data.jql !== jql || parsed.data.until < context.site.store.clock.now())
    throw badRequest('The provided next page token is invalid or expired.');
  return parsed.data.from;
}

function readToken(token: string): unknown {
  try {
    return JSON.parse(Buffer.from(token, 'base64url').toString('utf8'));
  } catch {
    return undefined;
  }
}

/** A query that is refused is told beside the others. */
function matchesOf(context: RouteContext, ids: readonly string[], jql: string) {
  try {
    const matches = context.site.search.matches(jql, jqlContext(context));
    const matched = ids.filter((id) => {
      const issue = context.site.store.issues.get(id);
      return issue !== undefined && matches(issue);
    });
    return { matchedIssues: matched.map(Number), errors: [] };
  } catch (error) {
    if (error instanceof ApiError) return { matchedIssues: [], errors: [...error.errorMessages] };
    throw error;
  }
}
