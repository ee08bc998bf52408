import { z } from 'zod';
import { ApiError, badRequest, notFound } from '../errors';
import type { Json, Project, RoleActors } from '../model';
import { sameName } from '../configuration';
import { ok, parseBody, projectOf, requireAdministrator, type Route, type RouteContext } from '../route';

const roleBody = z.strictObject({
  name: z.string().trim().min(1).max(255),
  description: z.string().optional(),
});
const actorsBody = z.strictObject({
  user: z.array(z.string()).optional(),
  groupId: z.array(z.string()).optional(),
  group: z.array(z.string()).optional(),
});

/** Project roles and who is in them. */
export const roleRoutes: readonly Route[] = [
  {
    method: 'GET',
    template: 'role',
    handle(context) {
      requireAdministrator(context);
      return ok([...context.site.store.roles.keys()].map((id) => describeRole(context, id, undefined)));
    },
  },
  {
    method: 'POST',
    template: 'role',
    handle(context) {
      requireAdministrator(context);
      const { store } = context.site;
      const { name, description = '' } = parseBody(roleBody, context);
      if ([...store.roles.values()].some((other) => sameName(other, name)))
        throw new ApiError(409, [`A space role with name '${name}' already exists.`]);
      const id = store.nextId('role');
      store.roles.set(id, name);
      store.configuration.roleDescriptions.set(id, description);
      return ok(describeRole(context, id, undefined));
    },
  },
  {
    method: 'GET',
    template: 'project/{projectIdOrKey}/role',
    handle(context) {
      const project = administered(context);
      return ok(
        Object.fromEntries(
          [...context.site.store.roles].map(([id, name]) => [
            name,
            context.render.self(`project/${project.id}/role/${id}`),
          ]),
        ),
      );
    },
  },
  {
    method: 'GET',
    template: 'project/{projectIdOrKey}/role/{id}',
    handle(context) {
      const project = administered(context);
      return ok(describeRole(context, roleIdOf(context), project), 3);
    },
  },
  {
    method: 'POST',
    template: 'project/{projectIdOrKey}/role/{id}',
    handle(context) {
      const project = administered(context);
      const id = roleIdOf(context);
      const { user, groupId, group } = parseBody(actorsBody, context);
      if (context.site.store.configuration.plan === 'FREE')
        throw badRequest('The role actors cannot be changed on the Jira Software Free plan.');
      if ([user, groupId, group].filter((each) => each !== undefined).length !== 1)
        throw badRequest('Name users or groups, not both.');
      const { accounts, groups } = context.site.store;
      const groupIds =
        groupId ??
        (group ?? []).map((name) => [...groups.values()].find((each) => each.name === name)?.groupId ?? '');
      if ((user ?? []).some((accountId) => accounts.get(accountId)?.active !== true))
        throw notFound('A user does not exist or is not active.');
      if (groupIds.some((each) => !groups.has(each))) throw notFound('A group does not exist.');
      const actors = (project.roles[id] ??= { accountIds: [], groupIds: [] });
      const known = new Set([...actors.accountIds, ...actors.groupIds]);
      if ([...(user ?? []), ...groupIds].some((each) => known.has(each)))
        throw badRequest('An actor is already a member of the role.');
      actors.accountIds.push(...(user ?? []));
      actors.groupIds.push(...groupIds);
      return ok(describeRole(context, id, project));
    },
  },
];

/** The project of the path, if the caller administers it. */
function administered(context: RouteContext): Project {
  const project = projectOf(context);
  const { permissions } = context.site;
  const { account } = context.caller;
  if (
    !permissions.project(account, 'ADMINISTER_PROJECTS', project) &&
    !permissions.global(account, 'ADMINISTER')
  )
    throw notFound('The space was not found, or you do not administer it.');
  return project;
}

function roleIdOf(context: RouteContext): string {
  const id = context.params.id ?? '';
  if (!context.site.store.roles.has(id)) throw notFound('The space role was not found.');
  return id;
}

function describeRole(context: RouteContext, id: string, project: Project | undefined): Json {
  const { store } = context.site;
  const path = project === undefined ? `role/${id}` : `project/${project.id}/role/${id}`;
  return {
    self: context.render.self(path),
    id: Number(id),
    name: store.roles.get(id) ?? '',
    description: store.configuration.roleDescriptions.get(id) ?? '',
    actors: project === undefined ? [] : describeActors(context, project.roles[id]),
  };
}

function describeActors({ site: { store } }: RouteContext, actors: RoleActors | undefined): Json[] {
  const users = (actors?.accountIds ?? []).map((accountId, index) => ({
    id: 10_000 + index,
    displayName: store.account(accountId).displayName,
    type: 'atlassian-user-role-actor',
    actorUser: { accountId },
  }));
  const groups = (actors?.groupIds ?? []).map((groupId, index) => {
    const name = store.groups.get(groupId)?.name ?? groupId;
    return {
      ...{ id: 20_000 + index, name, displayName: name, type: 'atlassian-group-role-actor' },
      actorGroup: { name, displayName: name, groupId },
    };
  });
  return [...users, ...groups];
}
