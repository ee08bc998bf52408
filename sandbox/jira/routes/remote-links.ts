import { ApiError, badRequest, fieldErrors, forbidden, notFound } from '../errors';
import type { Issue, Json, RemoteLink } from '../model';
import { issueOf, NO_CONTENT, ok, parseBody, type Route, type RouteContext } from '../route';
import { remoteLinkBody } from './bodies';

const MAX_GLOBAL_ID = 255;
/** An issue takes no more remote links than this; then 413. */
const MAX_LINKS = 2000;

/** Remote links of an issue, found again by their global id. */
export const remoteLinkRoutes: readonly Route[] = [
  {
    method: 'GET',
    template: 'issue/{issueIdOrKey}/remotelink',
    handle(context) {
      const issue = issueOf(context);
      const globalId = context.query.get('globalId');
      if (globalId === null) return ok(issue.remoteLinks.map((link) => render(context, issue, link)));
      const found = issue.remoteLinks.find((link) => link.globalId === globalId);
      if (found === undefined) throw notFound(`No remote link with global id '${globalId}' exists.`);
      return ok(render(context, issue, found));
    },
  },
  {
    method: 'POST',
    template: 'issue/{issueIdOrKey}/remotelink',
    writes: true,
    handle(context) {
      const issue = linkable(context);
      const input = parseBody(remoteLinkBody, context);
      if (input.globalId !== undefined && input.globalId.length > MAX_GLOBAL_ID)
        throw fieldErrors({ globalId: 'The global id cannot be longer than 255 characters.' });
      if (!/^[a-z][a-z0-9+.-]*:\/\//i.test(input.object.url))
        throw fieldErrors({ 'object.url': 'The URL is not valid.' });
      if (input.object.title.trim() === '') throw fieldErrors({ 'object.title': "'title' is required." });
      const known = issue.remoteLinks.find(
        (link) => input.globalId !== undefined && link.globalId === input.globalId,
      );
      if (known === undefined && issue.remoteLinks.length >= MAX_LINKS)
        throw new ApiError(413, ['The work item has reached the limit of 2000 remote links.']);
      const link: RemoteLink = {
        id: known?.id ?? Number(context.site.store.nextId('remotelink')),
        globalId: input.globalId ?? null,
        application: { type: input.application?.type ?? null, name: input.application?.name ?? null },
        relationship: input.relationship ?? null,
        object: {
          url: input.object.url,
          title: input.object.title,
          summary: input.object.summary ?? null,
          icon: input.object.icon ?? null,
          status: input.object.status ?? null,
        },
      };
      if (known === undefined) issue.remoteLinks.push(link);
      else Object.assign(known, link);
      if (known === undefined) enterLink(context, issue, link);
      else context.site.store.changed({ kind: 'updated', issue });
      return {
        status: known === undefined ? 201 : 200,
        body: { id: link.id, self: context.render.self(`issue/${issue.id}/remotelink/${link.id}`) },
      };
    },
  },
  {
    method: 'DELETE',
    template: 'issue/{issueIdOrKey}/remotelink',
    writes: true,
    handle(context) {
      const issue = linkable(context);
      if (!context.hasContentType) throw new ApiError(415, ['Unsupported Media Type']);
      const globalId = context.query.get('globalId');
      if (globalId === null || globalId === '') throw badRequest('The globalId parameter is required.');
      if (!issue.remoteLinks.some((link) => link.globalId === globalId))
        throw notFound(`No remote link with global id '${globalId}' exists.`);
      issue.remoteLinks = issue.remoteLinks.filter((link) => link.globalId !== globalId);
      return NO_CONTENT;
    },
  },
];

/** A new link stands in the changelog, without a field id. */
function enterLink(context: RouteContext, issue: Issue, link: RemoteLink): void {
  const items = [
    {
      field: 'RemoteWorkItemLink',
      fieldtype: 'jira' as const,
      from: null,
      fromString: null,
      to: String(link.id),
      toString: `This work item links to "${link.object.title}"`,
    },
  ];
  context.site.journal.enter(issue, context.acting, items);
}

function linkable(context: RouteContext): Issue {
  const issue = issueOf(context);
  if (!context.site.permissions.issue(context.caller.account, 'LINK_ISSUES', issue))
    throw forbidden('You do not have permission to link work items.');
  return issue;
}

function render(context: RouteContext, issue: Issue, link: RemoteLink): Json {
  return {
    id: link.id,
    self: context.render.self(`issue/${issue.id}/remotelink/${link.id}`),
    globalId: link.globalId,
    application: link.application,
    relationship: link.relationship,
    object: link.object,
  };
}
