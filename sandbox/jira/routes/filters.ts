import { z } from 'zod';
import { sameName, type Filter } from '../configuration';
import { ApiError, badRequest } from '../errors';
import { parseJql } from '../jql/syntax';
import type { Json } from '../model';
import { numberParameter, ok, pageOf, parseBody, type Route, type RouteContext } from '../route';

const filterBody = z.looseObject({
  name: z.string().min(1).max(255),
  description: z.string().optional(),
  jql: z.string(),
  sharePermissions: z
    .array(z.looseObject({ type: z.string(), project: z.looseObject({ id: z.string() }).optional() }))
    .optional(),
});

/** Saved filters. */
export const filterRoutes: readonly Route[] = [
  {
    method: 'POST',
    template: 'filter',
    handle(context) {
      const { store } = context.site;
      const { name, description = '', jql, sharePermissions = [] } = parseBody(filterBody, context);
      const ownerId = context.caller.account.accountId;
      const { filters } = store.configuration;
      if ([...filters.values()].some((other) => other.ownerId === ownerId && sameName(other.name, name)))
        throw new ApiError(400, [], { filterName: 'A filter with this name already exists.' });
      parseJql(jql);
      const projectIds = sharePermissions.map(({ type, project }) => {
        if (type !== 'project' || !store.projects.has(project?.id ?? ''))
          throw badRequest('The simulated site shares filters with spaces only, and they must exist.');
        return project?.id ?? '';
      });
      const filter: Filter = {
        ...{ id: store.nextId('filter'), name, description, jql, ownerId, projectIds },
        createdAt: store.clock.now(),
      };
      filters.set(filter.id, filter);
      return ok(describeFilter(context, filter));
    },
  },
  {
    method: 'GET',
    template: 'filter/search',
    handle(context) {
      const text = (context.query.get('filterName') ?? '').toLowerCase();
      const owner = context.query.get('accountId');
      const project = numberParameter(context.query, 'projectId', 0);
      const found = [...context.site.store.configuration.filters.values()]
        .filter((filter) => isVisible(context, filter))
        .filter(({ name }) => name.toLowerCase().includes(text.replace(/^"|"$/g, '')))
        .filter(({ ownerId }) => owner === null || ownerId === owner)
        .filter(({ projectIds }) => project === 0 || projectIds.includes(String(project)))
        .map((filter) => describeFilter(context, filter));
      return ok(pageOf(context, 'filter/search', found, { fallback: 50, max: 100 }));
    },
  },
];

/** Filters are seen by their owner and by whoever browses a project that they are shared with. */
export function isVisible(context: RouteContext, filter: Filter): boolean {
  const { account } = context.caller;
  return (
    filter.ownerId === account.accountId ||
    filter.projectIds.some((id) => {
      const project = context.site.store.projects.get(id);
      return project !== undefined && context.site.permissions.project(account, 'BROWSE_PROJECTS', project);
    })
  );
}

function describeFilter(context: RouteContext, filter: Filter): Json {
  const { id, name, description } = filter;
  const withJql = context.query.get('expand')?.includes('jql') === true || context.body !== undefined;
  return {
    self: context.render.self(`filter/${id}`),
    id,
    name,
    description,
    ...(withJql ? { jql: filter.jql } : {}),
  };
}
