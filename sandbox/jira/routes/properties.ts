import { forbidden, invalidPayload, notFound } from '../errors';
import type { Issue } from '../model';
import { checkProperty, writeProperty } from '../properties';
import { issueOf, NO_CONTENT, ok, type Route, type RouteContext } from '../route';

/** Entity properties of an issue: everybody who sees it reads them, everybody who edits it writes them. */
export const propertyRoutes: readonly Route[] = [
  {
    method: 'GET',
    template: 'issue/{issueIdOrKey}/properties',
    handle(context) {
      const issue = issueOf(context);
      return ok({
        keys: [...issue.properties.keys()].map((key) => ({
          self: context.render.self(`issue/${issue.id}/properties/${encodeURIComponent(key)}`),
          key,
        })),
      });
    },
  },
  {
    method: 'GET',
    template: 'issue/{issueIdOrKey}/properties/{propertyKey}',
    handle(context) {
      const { key, property } = present(context, issueOf(context));
      return ok({ key, value: property.value });
    },
  },
  {
    method: 'PUT',
    template: 'issue/{issueIdOrKey}/properties/{propertyKey}',
    writes: true,
    handle(context) {
      const issue = editable(context);
      const { propertyKey: key = '' } = context.params;
      if (context.body === undefined) throw invalidPayload();
      checkProperty(key, context.body);
      const isNew = writeProperty(issue, key, {
        value: context.body,
        writtenBy: context.caller.account.accountId,
        writtenAt: context.site.store.clock.now(),
      });
      context.site.store.changed({ kind: 'property', issue });
      return { status: isNew ? 201 : 200, body: {} };
    },
  },
  {
    method: 'DELETE',
    template: 'issue/{issueIdOrKey}/properties/{propertyKey}',
    writes: true,
    handle(context) {
      const issue = editable(context);
      issue.properties.delete(present(context, issue).key);
      context.site.store.changed({ kind: 'property', issue });
      return NO_CONTENT;
    },
  },
];

function present(context: RouteContext, issue: Issue) {
  const { propertyKey: key = '' } = context.params;
  const property = issue.properties.get(key);
  if (property === undefined) throw notFound(`The property with key '${key}' does not exist on the issue.`);
  return { key, property };
}

function editable(context: RouteContext): Issue {
  const issue = issueOf(context);
  if (!context.site.permissions.issue(context.caller.account, 'EDIT_ISSUES', issue))
    throw forbidden('You do not have permission to edit this work item.');
  return issue;
}
