import { z } from 'zod';
import { sameName } from '../configuration';
import { badRequest, fieldErrors } from '../errors';
import type { Json, Status } from '../model';
import { listParameter, ok, parseBody, requireAdministrator, type Route, type RouteContext } from '../route';

const MAX_NAME = 255;

const createBody = z.strictObject({
  scope: z.strictObject({
    type: z.enum(['PROJECT', 'GLOBAL']),
    project: z.strictObject({ id: z.string() }).optional(),
  }),
  statuses: z
    .array(
      z.strictObject({
        name: z.string().min(1).max(MAX_NAME),
        statusCategory: z.enum(['TODO', 'IN_PROGRESS', 'DONE']),
        description: z.string().optional(),
      }),
    )
    .min(1)
    .max(50),
});

/** Statuses as administrators manage them. All are of the whole site: there are no team-managed projects here. */
export const statusRoutes: readonly Route[] = [
  {
    method: 'POST',
    template: 'statuses',
    handle(context) {
      requireAdministrator(context);
      const body = parseBody(createBody, context);
      if (body.scope.type === 'PROJECT')
        throw badRequest(`We couldn't find project ${body.scope.project?.id ?? ''} in this scope.`);
      const { store } = context.site;
      for (const [index, { name }] of body.statuses.entries()) {
        const isTaken =
          [...store.statuses.values()].some((status) => sameName(status.name, name)) ||
          body.statuses.slice(0, index).some((earlier) => sameName(earlier.name, name));
        if (isTaken)
          throw fieldErrors({ name: `Status name "${name}" already in use. Try a different name.` });
      }
      return ok(
        body.statuses.map(({ name, statusCategory, description }) => {
          const status: Status = {
            id: store.nextId('status'),
            name,
            description: description ?? '',
            category: statusCategory,
          };
          store.statuses.set(status.id, status);
          return globalStatus(status);
        }),
      );
    },
  },
  {
    method: 'GET',
    template: 'statuses',
    handle(context) {
      requireAdministrator(context);
      const ids = requiredList(context, 'id');
      return ok(
        [...context.site.store.statuses.values()].filter(({ id }) => ids.includes(id)).map(globalStatus),
      );
    },
  },
  {
    method: 'GET',
    template: 'statuses/byNames',
    handle(context) {
      requireAdministrator(context);
      const names = context.query.getAll('name');
      if (names.length === 0) throw badRequest("The 'name' query parameter is required.");
      if (context.query.has('projectId')) return ok([]);
      return ok(
        [...context.site.store.statuses.values()]
          .filter(({ name }) => names.includes(name))
          .map(globalStatus),
      );
    },
  },
];

/** Schema JiraStatus of a status of the whole site. */
function globalStatus({ id, name, description, category }: Status): Json {
  return { id, name, description, statusCategory: category, scope: { type: 'GLOBAL' } };
}

function requiredList(context: RouteContext, name: string): string[] {
  const values = listParameter(context.query, name);
  if (values.length === 0) throw badRequest(`The '${name}' query parameter is required.`);
  return values;
}
