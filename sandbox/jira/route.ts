import type { z } from 'zod';
import type { Caller } from './credentials';
import { badRequest, forbidden, invalidPayload, issueNotFound, notFound } from './errors';
import type { Acting } from './events';
import type { Issue, Json, Project } from './model';
import type { IssueRenderer } from './render-issue';
import type { SiteState } from './site-state';

/** A REST call on its way to a route. */
export interface RouteContext {
  site: SiteState;
  caller: Caller;
  acting: Acting;
  render: IssueRenderer;
  /** Path parameters by name. */
  params: Readonly<Record<string, string>>;
  query: URLSearchParams;
  body: Json | undefined;
  hasContentType: boolean;
}

/** An answer; without a body its content is empty. */
export interface Reply {
  status: number;
  body?: Json;
  headers?: Record<string, string>;
  /** Points of the hourly quota that the call costs. Default 1. */
  points?: number;
}

/** An operation of Jira REST v3, or of the Agile API that belongs to Jira Software. */
export interface Route {
  method: 'GET' | 'POST' | 'PUT' | 'DELETE';
  /** Path below `/rest/api/3/` or `/rest/agile/1.0/`, with parameters in braces as in the OpenAPI description. */
  template: string;
  /** Whether the call changes the issue that its path names; it then counts for the limit of writes per issue. */
  writes?: boolean;
  handle(context: RouteContext): Reply;
}

export function ok(body: Json, points?: number): Reply {
  return { status: 200, body, ...(points === undefined ? {} : { points }) };
}

export const NO_CONTENT: Reply = { status: 204 };

/** Checks a body. @throws ApiError 400. */
export function parseBody<T>(schema: z.ZodType<T>, context: RouteContext): T {
  const parsed = schema.safeParse(context.body);
  if (!parsed.success) throw invalidPayload();
  return parsed.data;
}

/** The issue of the path, if the caller sees it. @throws ApiError 404. */
export function issueOf(context: RouteContext): Issue {
  const issue = context.site.store.findIssue(context.params.issueIdOrKey ?? '');
  if (issue === undefined || !context.site.permissions.canSee(context.caller.account, issue))
    throw issueNotFound();
  return issue;
}

/** Refuses whoever does not administer Jira. @throws ApiError 403. */
export function requireAdministrator(context: RouteContext): void {
  if (!context.site.permissions.global(context.caller.account, 'ADMINISTER'))
    throw forbidden('Only Jira administrators can perform this operation.');
}

/** The project of the path, if the caller sees it. @throws ApiError 404. */
export function projectOf(context: RouteContext): Project {
  const wanted = context.params.projectIdOrKey ?? context.params.projectKeyOrId ?? '';
  const project = context.site.store.findProject(wanted);
  if (
    project === undefined ||
    !context.site.permissions.project(context.caller.account, 'BROWSE_PROJECTS', project)
  )
    throw notFound(`No project could be found with key '${wanted}'.`);
  return project;
}

/** A parameter that may be repeated or hold a list with commas. */
export function listParameter(query: URLSearchParams, name: string): string[] {
  return query
    .getAll(name)
    .flatMap((value) => value.split(','))
    .map((value) => value.trim())
    .filter((value) => value !== '');
}

/** A whole number of at least 0. @throws ApiError 400. */
export function numberParameter(query: URLSearchParams, name: string, fallback: number): number {
  const text = query.get(name);
  if (text === null || text === '') return fallback;
  if (!/^\d+$/.test(text))
    throw badRequest(`The value '${text}' of the parameter '${name}' is not a number.`);
  return Number(text);
}

/** A page of a list in the shape of PageBean. */
export function pageOf(
  context: RouteContext,
  path: string,
  values: readonly Json[],
  limits: { fallback: number; max: number },
): Record<string, Json> {
  const startAt = numberParameter(context.query, 'startAt', 0);
  const maxResults = Math.min(numberParameter(context.query, 'maxResults', limits.fallback), limits.max);
  const page = values.slice(startAt, startAt + maxResults);
  const isLast = startAt + page.length >= values.length;
  const link = (at: number) => context.render.self(`${path}?startAt=${at}&maxResults=${maxResults}`);
  return {
    self: link(startAt),
    ...(isLast ? {} : { nextPage: link(startAt + maxResults) }),
    maxResults,
    startAt,
    total: values.length,
    isLast,
    values: page,
  };
}

/** The page that a caller asks for in a list whose shape has no links. */
export function plainPage<T>(
  query: URLSearchParams,
  values: readonly T[],
  limits: { fallback: number; max: number },
): { startAt: number; maxResults: number; total: number; page: T[] } {
  const startAt = numberParameter(query, 'startAt', 0);
  const maxResults = Math.min(numberParameter(query, 'maxResults', limits.fallback), limits.max);
  return { startAt, maxResults, total: values.length, page: values.slice(startAt, startAt + maxResults) };
}
