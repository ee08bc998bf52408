import type { z } from 'zod';
import { badRequest, notFound } from '../errors';
import type { Comment, Issue } from '../model';
import {
  issueOf,
  listParameter,
  NO_CONTENT,
  ok,
  parseBody,
  plainPage,
  type Route,
  type RouteContext,
} from '../route';
import { commentBody } from './bodies';

/** Comments of an issue. */
export const commentRoutes: readonly Route[] = [
  {
    method: 'GET',
    template: 'issue/{issueIdOrKey}/comment',
    handle(context) {
      const issue = issueOf(context);
      const order = context.query.get('orderBy') ?? 'created';
      if (!['created', '-created', '+created'].includes(order.replace(/^ /, '+')))
        throw badRequest(`The orderBy value '${order}' is not supported.`);
      const comments = context.render.visibleComments(issue);
      if (order === '-created') comments.reverse();
      const { page, ...place } = plainPage(context.query, comments, { fallback: 100, max: 5000 });
      return ok(
        {
          ...place,
          comments: page.map((comment) => context.render.comment(issue, comment, wantsProperties(context))),
        },
        1 + page.length,
      );
    },
  },
  {
    method: 'POST',
    template: 'issue/{issueIdOrKey}/comment',
    writes: true,
    handle(context) {
      const issue = issueOf(context);
      const comment = context.site.comments.add(issue, inputOf(context), context.acting);
      return { status: 201, body: context.render.comment(issue, comment, wantsProperties(context)) };
    },
  },
  {
    method: 'GET',
    template: 'issue/{issueIdOrKey}/comment/{id}',
    handle(context) {
      const issue = issueOf(context);
      return ok(context.render.comment(issue, commentOf(context, issue), wantsProperties(context)));
    },
  },
  {
    method: 'PUT',
    template: 'issue/{issueIdOrKey}/comment/{id}',
    writes: true,
    handle(context) {
      const issue = issueOf(context);
      const comment = commentOf(context, issue);
      context.site.comments.edit(issue, comment, inputOf(context), context.acting);
      return ok(context.render.comment(issue, comment, wantsProperties(context)));
    },
  },
  {
    method: 'DELETE',
    template: 'issue/{issueIdOrKey}/comment/{id}',
    writes: true,
    handle(context) {
      const issue = issueOf(context);
      context.site.comments.delete(issue, commentOf(context, issue), context.acting);
      return NO_CONTENT;
    },
  },
  {
    method: 'GET',
    template: 'comment/{commentId}/properties/{propertyKey}',
    handle(context) {
      const { commentId, propertyKey: key = '' } = context.params;
      for (const issue of context.site.store.issues.values()) {
        if (!context.site.permissions.canSee(context.caller.account, issue)) continue;
        const comment = context.render.visibleComments(issue).find(({ id }) => id === commentId);
        const value = comment?.properties.get(key);
        if (value !== undefined) return ok({ key, value });
      }
      throw notFound(`The property with key '${key}' does not exist on the comment.`);
    },
  },
];

function wantsProperties(context: RouteContext): boolean {
  return listParameter(context.query, 'expand').includes('properties');
}

function commentOf(context: RouteContext, issue: Issue): Comment {
  const { id } = context.params;
  const found = context.render.visibleComments(issue).find((comment) => comment.id === id);
  if (found === undefined) throw notFound(`Can not find a comment for the id: ${id ?? ''}.`);
  return found;
}

function inputOf(context: RouteContext) {
  const { visibility, ...input } = parseBody(commentBody, context);
  return { ...input, ...(visibility === undefined ? {} : { visibility: visibleTo(context, visibility) }) };
}

/** A role by name, a group by id or name; nobody can write to a group they are not in. */
function visibleTo(
  context: RouteContext,
  wanted: NonNullable<z.infer<typeof commentBody>['visibility']>,
): NonNullable<Comment['visibility']> {
  const { store } = context.site;
  const entries =
    wanted.type === 'role'
      ? [...store.roles].map(([id, name]) => ({ id, name }))
      : [...store.groups.values()].map(({ groupId, name }) => ({ id: groupId, name }));
  const found = entries.find(({ id, name }) => id === wanted.identifier || name === wanted.value);
  if (found === undefined) throw badRequest('The visibility of the comment is invalid.');
  return { type: wanted.type, value: found.name, identifier: found.id };
}
