import { route } from '@forge/api';
import { z } from 'zod';
import type { AccountView, JiraPeople, JiraResult } from '../usecases/ports';
import type { JiraClient } from './client';

const myself = z.object({ accountId: z.string() });
const user = z.object({
  accountId: z.string(),
  accountType: z.string(),
  active: z.boolean(),
  guest: z.boolean().default(false),
  emailAddress: z.string().optional(),
  groups: z.object({ items: z.array(z.object({ groupId: z.string().optional() })) }).optional(),
});
const permissions = z.object({
  permissions: z.record(z.string(), z.object({ havePermission: z.boolean() })),
});

/** People by REST v3, as the app. */
export function createJiraPeople(
  jira: JiraClient,
  remembered: Map<string, string>,
  site: string,
): JiraPeople {
  return {
    async appAccountId(): Promise<JiraResult<string>> {
      const known = remembered.get(site);
      if (known !== undefined) return { ok: true, value: known };
      const read = await jira.call({ route: route`/rest/api/3/myself` }, myself);
      if (!read.ok) return read;
      remembered.set(site, read.value.accountId);
      return { ok: true, value: read.value.accountId };
    },
    async read(accountId): Promise<JiraResult<AccountView>> {
      const read = await jira.call(
        { route: route`/rest/api/3/user?accountId=${accountId}&expand=groups` },
        user,
      );
      if (!read.ok) return read;
      const { groups, emailAddress, ...account } = read.value;
      const groupIds = (groups?.items ?? []).flatMap((group) => group.groupId ?? []);
      return {
        ok: true,
        value: { ...account, groupIds, email: emailAddress === '' ? undefined : emailAddress },
      };
    },
  };
}

/** Whether the person who called a resolver administers Jira; anything but a clear yes is a no. */
export async function isJiraAdministrator(asUser: JiraClient): Promise<boolean> {
  const read = await asUser.call(
    { route: route`/rest/api/3/mypermissions?permissions=ADMINISTER` },
    permissions,
  );
  return read.ok && read.value.permissions.ADMINISTER?.havePermission === true;
}
