import { route, type Route } from '@forge/api';
import * as z from 'zod';
import type { JiraResult } from '../usecases/ports';
import type { SchemeProvisioning } from '../usecases/provision/ports';
import type { JiraClient } from './client';

const PAGE = 50;

/** Ids are numbers in some answers and text in others. */
const id = z.union([z.string(), z.int()]).transform(String);
const paged = <T>(value: z.ZodType<T>) => z.object({ values: z.array(value), isLast: z.boolean() });
const workflowScheme = z.object({
  id,
  name: z.string(),
  description: z.string().default(''),
  defaultWorkflow: z.string().default(''),
});
const workflowSchemeUse = z.object({
  values: z.array(z.object({ workflowScheme: z.object({ id: id.optional() }) })),
});
const typeScheme = z.object({ id, name: z.string(), description: z.string().default('') });
const typeMapping = z.object({ issueTypeId: z.string(), issueTypeSchemeId: z.string() });
const typeSchemeUse = z.object({ values: z.array(z.object({ issueTypeScheme: z.object({ id }) })) });
const permissionScheme = z.object({ id, name: z.string(), description: z.string().default('') });
const grants = z.object({
  permissions: z.array(
    z.object({
      permission: z.string(),
      holder: z.object({ type: z.string(), value: z.string().optional() }),
    }),
  ),
});
/** The scheme that every site has (Jira REST v3, permission schemes). */
const DEFAULT_PERMISSION_SCHEME = '0';

/** Schemes by REST v3. */
export function createSchemeProvisioning(jira: JiraClient): SchemeProvisioning {
  return {
    async workflowSchemes() {
      const all = await readAll(
        jira,
        workflowScheme,
        (startAt) => route`/rest/api/3/workflowscheme?startAt=${startAt}&maxResults=${PAGE}`,
      );
      if (!all.ok) return all;
      return {
        ok: true,
        value: all.value.map(({ defaultWorkflow, ...rest }) => ({ ...rest, workflow: defaultWorkflow })),
      };
    },
    async createWorkflowScheme({ name, description, workflow }) {
      const body = { name, description, defaultWorkflow: workflow, issueTypeMappings: {} };
      const made = await jira.call(
        { route: route`/rest/api/3/workflowscheme`, method: 'POST', body },
        z.object({ id }),
      );
      return made.ok ? { ok: true, value: made.value.id } : made;
    },
    async issueTypeSchemes(text) {
      const schemes = await readAll(
        jira,
        typeScheme,
        (startAt) =>
          route`/rest/api/3/issuetypescheme?queryString=${text}&startAt=${startAt}&maxResults=${PAGE}`,
      );
      if (!schemes.ok || schemes.value.length === 0) return schemes.ok ? { ok: true, value: [] } : schemes;
      const ids = new URLSearchParams(
        schemes.value.map((each): [string, string] => ['issueTypeSchemeId', each.id]),
      );
      const mappings = await readAll(
        jira,
        typeMapping,
        (startAt) => route`/rest/api/3/issuetypescheme/mapping?${ids}&startAt=${startAt}&maxResults=${PAGE}`,
      );
      if (!mappings.ok) return mappings;
      const typesOf = (schemeId: string) =>
        mappings.value.filter((each) => each.issueTypeSchemeId === schemeId).map((each) => each.issueTypeId);
      return { ok: true, value: schemes.value.map((each) => ({ ...each, issueTypeIds: typesOf(each.id) })) };
    },
    async createIssueTypeScheme({ name, description, issueTypeId }) {
      const body = { name, description, defaultIssueTypeId: issueTypeId, issueTypeIds: [issueTypeId] };
      const made = await jira.call(
        { route: route`/rest/api/3/issuetypescheme`, method: 'POST', body },
        z.object({ issueTypeSchemeId: z.string() }),
      );
      return made.ok ? { ok: true, value: made.value.issueTypeSchemeId } : made;
    },
    async schemesOf(projectId) {
      const workflows = await jira.call(
        { route: route`/rest/api/3/workflowscheme/project?projectId=${projectId}` },
        workflowSchemeUse,
      );
      if (!workflows.ok) return workflows;
      const types = await jira.call(
        { route: route`/rest/api/3/issuetypescheme/project?projectId=${projectId}` },
        typeSchemeUse,
      );
      if (!types.ok) return types;
      return {
        ok: true,
        value: {
          workflowSchemeId: workflows.value.values[0]?.workflowScheme.id,
          issueTypeSchemeId: types.value.values[0]?.issueTypeScheme.id,
        },
      };
    },
    assignWorkflowScheme: (projectId, schemeId) =>
      jira.send({
        route: route`/rest/api/3/workflowscheme/project`,
        method: 'PUT',
        body: { projectId, workflowSchemeId: schemeId },
      }),
    assignIssueTypeScheme: (projectId, schemeId) =>
      jira.send({
        route: route`/rest/api/3/issuetypescheme/project`,
        method: 'PUT',
        body: { projectId, issueTypeSchemeId: schemeId },
      }),
    async permissionSchemes() {
      const read = await jira.call(
        { route: route`/rest/api/3/permissionscheme` },
        z.object({ permissionSchemes: z.array(permissionScheme) }),
      );
      return read.ok ? { ok: true, value: read.value.permissionSchemes } : read;
    },
    async defaultGrants() {
      const read = await jira.call(
        { route: route`/rest/api/3/permissionscheme/${DEFAULT_PERMISSION_SCHEME}?expand=permissions` },
        grants,
      );
      return read.ok ? { ok: true, value: read.value.permissions } : read;
    },
    async createPermissionScheme({ name, description, grants: permissions }) {
      const made = await jira.call(
        {
          route: route`/rest/api/3/permissionscheme`,
          method: 'POST',
          body: { name, description, permissions },
        },
        z.object({ id }),
      );
      return made.ok ? { ok: true, value: made.value.id } : made;
    },
    async permissionSchemeOf(projectId) {
      const read = await jira.call(
        { route: route`/rest/api/3/project/${projectId}/permissionscheme` },
        z.object({ id }),
      );
      return read.ok ? { ok: true, value: read.value.id } : read;
    },
    assignPermissionScheme: (projectId, schemeId) =>
      jira.send({
        route: route`/rest/api/3/project/${projectId}/permissionscheme`,
        method: 'PUT',
        body: { id: Number(schemeId) },
      }),
  };
}

/** All values of a list that comes in pages. */
async function readAll<T>(
  jira: JiraClient,
  value: z.ZodType<T>,
  pageAt: (startAt: number) => Route,
): Promise<JiraResult<T[]>> {
  const all: T[] = [];
  for (let startAt = 0; ; startAt = all.length) {
    const page = await jira.call({ route: pageAt(startAt) }, paged(value));
    if (!page.ok) return page;
    all.push(...page.value.values);
    if (page.value.isLast || page.value.values.length === 0) return { ok: true, value: all };
  }
}
