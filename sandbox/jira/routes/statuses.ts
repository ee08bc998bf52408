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

/** Statuses as administrators manage them. Making those of a team-managed project is not modelled. */
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
          [...store.statuses.values()].some(
            (status) => status.projectId === undefined && sameName(status.name, name),
          ) || body.statuses.slice(0, index).some((earlier) => sameName(earlier.name, name));
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
          return managedStatus(status);
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
        [...context.site.store.statuses.values()].filter(({ id }) => ids.includes(id)).map(managedStatus),
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
      const projectId = context.query.get('projectId') ?? undefined;
      return ok(
        [...context.site.store.statuses.values()]
          .filter((status) => status.projectId === projectId && names.includes(status.name))
          .map(managedStatus),
      );
    },
  },
];

/** Schema JiraStatus. */
function managedStatus({ id, name, description, category, projectId }: Status): Json {
  const scope: Json =
    projectId === undefined ? { type: 'GLOBAL' } : { type: 'PROJECT', project: { id: projectId } };
  return { id, name, description, statusCategory: category, scope };
}

function requiredList(context: RouteContext, name: string): string[] {
  const values = listParameter(context.query, name);
  if (values.length === 0) throw badRequest(`The '${name}' query parameter is required.`);
  return values;
}
