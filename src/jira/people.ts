import { route } from '@forge/api';
import * as z from 'zod';
import type { AccountView, JiraPeople, JiraResult, SiteFacts } from '../usecases/ports';
import { moduleIdOf } from './module-id';
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

const role = z.object({
  actors: z
    .array(
      z.object({
        actorUser: z.object({ accountId: z.string() }).optional(),
        actorGroup: z.object({ groupId: z.string() }).optional(),
      }),
    )
    .default([]),
});
const roles = z.record(z.string(), z.string());
const held = z.object({
  projectPermissions: z.array(z.object({ permission: z.string(), issues: z.array(z.number()) })),
});

/** Accounts looked at when one is searched by its e-mail. */
const MAX_FOUND = 20;

/** Key of module `jira:projectPermission` in the manifest. */
const DECIDE_MODULE = 'decide';

/** The key under which Jira knows the app's own permission. */
export function decidePermissionKey(appAri: string, environmentAri: string): string {
  return moduleIdOf(appAri, environmentAri, DECIDE_MODULE);
}

/**
 * People by REST v3, as the app.
 *
 * @param decidePermission the key of the app's own permission.
 */
export function createJiraPeople(
  jira: JiraClient,
  facts: SiteFacts,
  decidePermission: () => string,
): JiraPeople {
  return {
    async appAccountId(): Promise<JiraResult<string>> {
      const known = await facts.get('app-account');
      if (known !== undefined) return { ok: true, value: known };
      const read = await jira.call({ route: route`/rest/api/3/myself` }, myself);
      if (!read.ok) return read;
      await facts.set('app-account', read.value.accountId);
      return { ok: true, value: read.value.accountId };
    },
    async findByEmail(email) {
      // Jira looks for what begins so, in names and visible addresses alike.
      const read = await jira.call(
        { route: route`/rest/api/3/user/search?query=${email}&maxResults=${MAX_FOUND}` },
        z.array(user),
      );
      if (!read.ok) return read;
      const same = read.value.filter(
        ({ accountType, active, emailAddress }) =>
          accountType === 'atlassian' && active && emailAddress?.toLowerCase() === email.toLowerCase(),
      );
      return { ok: true, value: same.length === 1 ? same[0]?.accountId : undefined };
    },
    async roleActors(projectId, roleId) {
      const read = await jira.call({ route: route`/rest/api/3/project/${projectId}/role/${roleId}` }, role);
      if (!read.ok) return read;
      const { actors } = read.value;
      return {
        ok: true,
        value: {
          accountIds: actors.flatMap(({ actorUser }) => actorUser?.accountId ?? []),
          groupIds: actors.flatMap(({ actorGroup }) => actorGroup?.groupId ?? []),
        },
      };
    },
    async mayDecide(issueId, accountId) {
      const permission = decidePermission();
      const issue = Number(issueId);
      const read = await jira.call(
        {
          route: route`/rest/api/3/permissions/check`,
          method: 'POST',
          body: { accountId, projectPermissions: [{ permissions: [permission], issues: [issue] }] },
        },
        held,
      );
      if (!read.ok) return read;
      const isHeld = read.value.projectPermissions.some(
        (each) => each.permission === permission && each.issues.includes(issue),
      );
      return { ok: true, value: isHeld };
    },
    async projectRoles(projectId) {
      const read = await jira.call({ route: route`/rest/api/3/project/${projectId}/role` }, roles);
      if (!read.ok) return read;
      const found = Object.entries(read.value).flatMap(([name, url]) => {
        const id = /\/role\/(\d+)$/.exec(url)?.[1];
        return id === undefined ? [] : [{ id, name }];
      });
      return { ok: true, value: found };
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
