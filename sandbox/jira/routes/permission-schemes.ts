import { z } from 'zod';
import { sameName, type PermissionSchemeRecord } from '../configuration';
import { ApiError, badRequest, forbidden, notFound } from '../errors';
import type { Holder, Json, PermissionScheme } from '../model';
import { PROJECT_PERMISSIONS } from '../permissions';
import {
  listParameter,
  ok,
  parseBody,
  projectOf,
  requireAdministrator,
  type Route,
  type RouteContext,
} from '../route';

const grant = z.looseObject({
  permission: z.string(),
  holder: z.strictObject({
    type: z.string(),
    value: z.string().optional(),
    parameter: z.string().optional(),
    expand: z.string().optional(),
  }),
});
const createBody = z.looseObject({
  name: z.string().min(1).max(255),
  description: z.string().optional(),
  permissions: z.array(grant).optional(),
});
const assignBody = z.strictObject({ id: z.int() });

/** Permission schemes. On the Free plan they can be read only. */
export const permissionSchemeRoutes: readonly Route[] = [
  {
    method: 'GET',
    template: 'permissionscheme',
    handle(context) {
      const schemes = context.site.store.configuration.permissionSchemes.values();
      return ok({ permissionSchemes: [...schemes].map((scheme) => describeScheme(context, scheme)) });
    },
  },
  {
    method: 'GET',
    template: 'permissionscheme/{schemeId}',
    handle: (context) => ok(describeScheme(context, schemeOf(context, Number(context.params.schemeId)))),
  },
  {
    method: 'POST',
    template: 'permissionscheme',
    handle(context) {
      requireAdministrator(context);
      requirePaidPlan(context);
      const { store } = context.site;
      const { name, description = '', permissions = [] } = parseBody(createBody, context);
      if ([...store.configuration.permissionSchemes.values()].some((other) => sameName(other.name, name)))
        throw new ApiError(400, [], { name: 'A permission scheme with this name already exists.' });
      const grants: PermissionScheme = {};
      for (const { permission, holder } of permissions) {
        if (!(permission in PROJECT_PERMISSIONS) && !store.appPermissions.has(permission))
          throw badRequest(`The permission key '${permission}' is not recognized.`);
        (grants[permission] ??= []).push(holderOf(context, holder));
      }
      const id = Number(store.nextId('permissionscheme'));
      const scheme: PermissionSchemeRecord = { id, name, description, grants };
      store.configuration.permissionSchemes.set(id, scheme);
      return { status: 201, body: describeScheme(context, scheme) };
    },
  },
  {
    method: 'GET',
    template: 'project/{projectKeyOrId}/permissionscheme',
    handle(context) {
      const scheme = context.site.store.configuration.permissionSchemeOf(projectOf(context));
      if (scheme === undefined) throw notFound('The space has no permission scheme.');
      return ok(describeScheme(context, scheme));
    },
  },
  {
    method: 'PUT',
    template: 'project/{projectKeyOrId}/permissionscheme',
    handle(context) {
      requireAdministrator(context);
      requirePaidPlan(context);
      const project = projectOf(context);
      if (project.isTeamManaged === true) throw badRequest('Team-managed spaces have no permission scheme.');
      const scheme = schemeOf(context, parseBody(assignBody, context).id);
      project.permissions = scheme.grants;
      return ok(describeScheme(context, scheme));
    },
  },
];

function requirePaidPlan(context: RouteContext): void {
  if (context.site.store.configuration.plan === 'FREE')
    throw forbidden('Permission schemes cannot be changed on the Jira Software Free plan.');
}

function schemeOf(context: RouteContext, id: number): PermissionSchemeRecord {
  const scheme = context.site.store.configuration.permissionSchemes.get(id);
  if (scheme === undefined) throw notFound('The permission scheme was not found.');
  return scheme;
}

function holderOf(context: RouteContext, holder: z.infer<typeof grant>['holder']): Holder {
  const { store } = context.site;
  const value = holder.value ?? holder.parameter ?? '';
  const exists = {
    projectRole: () => store.roles.has(value),
    group: () => store.groups.has(value),
    user: () => store.accounts.has(value),
  };
  switch (holder.type) {
    case 'projectRole':
    case 'group':
    case 'user':
      if (!exists[holder.type]()) throw badRequest(`The ${holder.type} '${value}' does not exist.`);
      return { type: holder.type, value };
    case 'anyone':
    case 'projectLead':
    case 'applicationRole':
    case 'reporter':
    case 'assignee':
      return { type: holder.type };
    default:
      throw badRequest(`The holder type '${holder.type}' is not valid.`);
  }
}

function describeScheme(context: RouteContext, scheme: PermissionSchemeRecord): Json {
  const withGrants = listParameter(context.query, 'expand').some((each) =>
    ['permissions', 'all'].includes(each),
  );
  const self = context.render.self(`permissionscheme/${scheme.id}`);
  const grants = Object.entries(scheme.grants).flatMap(([permission, holders]) =>
    holders.map((holder) => ({ permission, holder })),
  );
  return {
    expand: 'permissions,user,group,projectRole,field,all',
    ...{ id: scheme.id, self, name: scheme.name, description: scheme.description },
    ...(withGrants
      ? {
          permissions: grants.map(({ permission, holder }, index) => ({
            id: scheme.id * 1000 + index,
            self: `${self}/permission/${scheme.id * 1000 + index}`,
            holder: 'value' in holder ? { ...holder, parameter: holder.value } : { ...holder },
            permission,
          })),
        }
      : {}),
  };
}
