import { route } from '@forge/api';
import * as z from 'zod';
import type { AccountView, JiraPeople, JiraResult, SiteFacts } from '../usecases/ports';
import type { JiraClient } from './client';

const myself = z.object({ accountId: z.string(), accountType: z.string(), active: z.boolean() });
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
export function createJiraPeople(jira: JiraClient, facts: SiteFacts): JiraPeople {
  return {
    async appAccountId(): Promise<JiraResult<string>> {
      const known = await facts.get('app-account');
      if (known !== undefined) return { ok: true, value: known };
      const read = await jira.call({ route: route`/rest/api/3/myself` }, myself);
      if (!read.ok) return read;
      await facts.set('app-account', read.value.accountId);
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

/**
 * Whether who called a resolver is a person who administers Jira; anything but a clear yes is a no. Apps may have that right,
 * too, this one included where it may set up projects, but none of them is who these pages are for.
 */
export async function isJiraAdministrator(asUser: JiraClient): Promise<boolean> {
  const [rights, who] = await Promise.all([
    asUser.call({ route: route`/rest/api/3/mypermissions?permissions=ADMINISTER` }, permissions),
    asUser.call({ route: route`/rest/api/3/myself` }, myself),
  ]);
  const mayAdminister = rights.ok && rights.value.permissions.ADMINISTER?.havePermission === true;
  return mayAdminister && who.ok && who.value.active && who.value.accountType === 'atlassian';
}
