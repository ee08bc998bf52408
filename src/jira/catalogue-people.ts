import { route } from '@forge/api';
import * as z from 'zod';
import type { JiraResult } from '../usecases/ports';
import type { JiraCatalogue } from '../usecases/ports-catalogue';
import type { JiraClient } from './client';

const groupPage = z.object({ values: z.array(z.object({ groupId: z.string(), name: z.string() })) });
const picked = z.object({
  total: z.int(),
  groups: z.array(z.object({ groupId: z.string().optional(), name: z.string() })),
});
const user = z.object({
  accountId: z.string(),
  accountType: z.string(),
  active: z.boolean(),
  displayName: z.string(),
  avatarUrls: z.record(z.string(), z.string()).optional(),
});
const users = z.array(user);
const userPage = z.object({ values: users });

/** Groups and accounts named in one call (Jira REST v3, bulk get groups, bulk get users). */
const MAX_GROUPS = 50;
const MAX_ACCOUNTS = 100;

/** Groups and people that administrators look up, by REST v3. */
export function createPeopleCatalogue(
  jira: JiraClient,
): Pick<JiraCatalogue, 'searchGroups' | 'searchPeople' | 'nameAccounts' | 'nameGroups'> {
  return {
    async searchGroups(query, limit) {
      const read = await jira.call(
        { route: route`/rest/api/3/groups/picker?query=${query}&maxResults=${limit}` },
        picked,
      );
      if (!read.ok) return read;
      const groups = read.value.groups.flatMap(({ groupId, name }) =>
        groupId === undefined ? [] : [{ id: groupId, name }],
      );
      return { ok: true, value: { groups, total: read.value.total } };
    },
    async searchPeople(query, limit) {
      // Apps and customers come with the people, so more are asked for than are shown.
      const read = await jira.call(
        { route: route`/rest/api/3/user/search?query=${query}&maxResults=${limit * 2}` },
        users,
      );
      if (!read.ok) return read;
      const people = read.value.filter(({ accountType, active }) => accountType === 'atlassian' && active);
      return { ok: true, value: people.slice(0, limit).map(personOf) };
    },
    async nameAccounts(accountIds) {
      const named: z.infer<typeof users> = [];
      for (const some of chunks(accountIds, MAX_ACCOUNTS)) {
        const query = new URLSearchParams(
          some.map((accountId): [string, string] => ['accountId', accountId]),
        );
        query.set('maxResults', String(MAX_ACCOUNTS));
        const read = await jira.call({ route: route`/rest/api/3/user/bulk?${query}` }, userPage);
        if (!read.ok) return read;
        named.push(...read.value.values);
      }
      return {
        ok: true,
        value: named.map(({ accountId, displayName, active }) => ({ accountId, name: displayName, active })),
      };
    },
    nameGroups: (groupIds) => nameGroups(jira, groupIds),
  };
}

/** Groups out of the given ones that exist, with their present names. */
export async function nameGroups(
  jira: JiraClient,
  groupIds: readonly string[],
): Promise<JiraResult<{ id: string; name: string }[]>> {
  const named: { id: string; name: string }[] = [];
  for (const some of chunks(groupIds, MAX_GROUPS)) {
    const query = new URLSearchParams(some.map((groupId): [string, string] => ['groupId', groupId]));
    const read = await jira.call({ route: route`/rest/api/3/group/bulk?${query}` }, groupPage);
    if (!read.ok) return read;
    named.push(...read.value.values.map(({ groupId, name }) => ({ id: groupId, name })));
  }
  return { ok: true, value: named };
}

function personOf({ accountId, displayName, avatarUrls }: z.infer<typeof user>): {
  accountId: string;
  name: string;
  avatarUrl?: string;
} {
  const avatarUrl = avatarUrls?.['24x24'];
  return { accountId, name: displayName, ...(avatarUrl !== undefined && { avatarUrl }) };
}

/** The same entries in lists of at most `size`. */
function chunks<T>(all: readonly T[], size: number): T[][] {
  return Array.from({ length: Math.ceil(all.length / size) }, (_, index) =>
    all.slice(index * size, (index + 1) * size),
  );
}
