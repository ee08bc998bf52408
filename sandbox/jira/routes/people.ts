import { badRequest, forbidden, notFound } from '../errors';
import type { Account, Group, Json } from '../model';
import { listParameter, numberParameter, ok, pageOf, type Route, type RouteContext } from '../route';

/** Accounts and groups. */
export const peopleRoutes: readonly Route[] = [
  {
    method: 'GET',
    template: 'myself',
    handle: (context) => ok(user(context, context.caller.account, listParameter(context.query, 'expand')), 3),
  },
  {
    method: 'GET',
    template: 'user',
    handle(context) {
      requirePicker(context);
      const account = accountOf(context);
      return ok(user(context, account, listParameter(context.query, 'expand')), 3);
    },
  },
  {
    method: 'GET',
    template: 'user/search',
    handle(context) {
      const query = context.query.get('query');
      const accountId = context.query.get('accountId');
      if (query === null && accountId === null && !context.query.has('property'))
        throw badRequest("At least one of 'query', 'accountId' or 'property' is required.");
      if (!mayPick(context)) return ok([]);
      const startAt = numberParameter(context.query, 'startAt', 0);
      const size = Math.min(numberParameter(context.query, 'maxResults', 50), 1000);
      const found = [...context.site.store.accounts.values()]
        .filter((account) => account.active)
        .filter((account) =>
          accountId === null ? startsWith(context, account, query ?? '') : account.accountId === accountId,
        )
        .slice(startAt, startAt + size);
      return ok(
        found.map((account) => plainUser(context, account)),
        1 + 2 * found.length,
      );
    },
  },
  {
    method: 'GET',
    template: 'user/bulk',
    handle(context) {
      requirePicker(context);
      const wanted = context.query.getAll('accountId');
      if (wanted.length === 0) throw badRequest("At least one 'accountId' is required.");
      const found = [...context.site.store.accounts.values()]
        .filter(({ accountId }) => wanted.includes(accountId))
        .map((account) => plainUser(context, account));
      return ok(pageOf(context, 'user/bulk', found, { fallback: 10, max: 200 }), 1 + 2 * found.length);
    },
  },
  {
    method: 'GET',
    template: 'user/groups',
    handle(context) {
      requirePicker(context);
      return ok(
        groupsOf(context, accountOf(context)).map((group) => groupName(context, group)),
        3,
      );
    },
  },
  {
    method: 'GET',
    template: 'group/bulk',
    handle(context) {
      requirePicker(context);
      const ids = context.query.getAll('groupId');
      const names = context.query.getAll('groupName');
      const groups = [...context.site.store.groups.values()]
        .filter(({ groupId, name }) =>
          ids.length + names.length === 0 ? true : ids.includes(groupId) || names.includes(name),
        )
        .map(({ groupId, name }) => ({ groupId, name }));
      return ok(pageOf(context, 'group/bulk', groups, { fallback: 50, max: 50 }), 1 + 2 * groups.length);
    },
  },
  {
    method: 'GET',
    template: 'groups/picker',
    handle(context) {
      const query = context.query.get('query') ?? '';
      const excluded = context.query.getAll('excludeId');
      const found = mayPick(context)
        ? [...context.site.store.groups.values()].filter(
            ({ groupId, name }) =>
              name.toLowerCase().includes(query.toLowerCase()) && !excluded.includes(groupId),
          )
        : [];
      const shown = found.slice(0, numberParameter(context.query, 'maxResults', 20));
      return ok(
        {
          header: `Showing ${shown.length} of ${found.length} matching groups`,
          total: found.length,
          groups: shown.map(({ groupId, name }) => ({ name, html: name, labels: [], groupId })),
        },
        1 + 2 * shown.length,
      );
    },
  },
  {
    method: 'GET',
    template: 'group/member',
    handle(context) {
      requirePicker(context);
      const groupId = context.query.get('groupId');
      const name = context.query.get('groupname');
      const group = [...context.site.store.groups.values()].find(
        (each) => each.groupId === groupId || each.name === name,
      );
      if (group === undefined) throw notFound('The group does not exist.');
      const withInactive = context.query.get('includeInactiveUsers') === 'true';
      const members = [...context.site.store.accounts.values()].filter(
        (account) => account.groupIds.includes(group.groupId) && (account.active || withInactive),
      );
      const values = members.map((account) => context.render.user(account.accountId));
      return ok(pageOf(context, 'group/member', values, { fallback: 50, max: 50 }), 1 + 2 * values.length);
    },
  },
];

function mayPick(context: RouteContext): boolean {
  return context.site.permissions.global(context.caller.account, 'USER_PICKER');
}

function requirePicker(context: RouteContext): void {
  if (!mayPick(context))
    throw forbidden('You are not authorized to perform this operation. Browse users and groups is required.');
}

function accountOf(context: RouteContext): Account {
  const accountId = context.query.get('accountId');
  if (accountId === null || accountId === '')
    throw badRequest("The 'accountId' query parameter needs to be provided.");
  const account = context.site.store.accounts.get(accountId);
  if (account === undefined)
    throw notFound('Specified user does not exist or you do not have required permissions');
  return account;
}

/** Any word of the name, or the address if the caller sees it, begins with the text. */
function startsWith(context: RouteContext, account: Account, query: string): boolean {
  const text = query.toLowerCase();
  const email = context.render.visibleEmail(account).emailAddress ?? '';
  return [...account.displayName.split(' '), account.displayName, email].some((word) =>
    word.toLowerCase().startsWith(text),
  );
}

function plainUser(context: RouteContext, account: Account): Record<string, Json> {
  return {
    ...context.render.user(account.accountId),
    guest: account.guest,
    locale: 'en_GB',
    ...(account.appType === undefined ? {} : { appType: account.appType }),
  };
}

/** Schema User; groups and application roles are counted always and listed when expanded. */
function user(context: RouteContext, account: Account, expand: readonly string[]): Json {
  const groups = groupsOf(context, account);
  return {
    ...plainUser(context, account),
    groups: {
      size: groups.length,
      items: expand.includes('groups') ? groups.map((group) => groupName(context, group)) : [],
    },
    applicationRoles: { size: 0, items: [] },
    expand: 'groups,applicationRoles',
  };
}

function groupsOf(context: RouteContext, account: Account): Group[] {
  return account.groupIds.flatMap((groupId) => context.site.store.groups.get(groupId) ?? []);
}

function groupName(context: RouteContext, { groupId, name }: Group): Json {
  return { name, groupId, self: context.render.self(`group?groupId=${groupId}`) };
}
