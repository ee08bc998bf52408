import { route } from '@forge/api';
import { z } from 'zod';
import type { JiraProjects } from '../usecases/ports';
import type { JiraClient } from './client';

const project = z.object({
  id: z.string(),
  key: z.string(),
  projectTypeKey: z.string(),
  archived: z.boolean().default(false),
});
const statuses = z.array(z.object({ id: z.string(), statuses: z.array(z.object({ id: z.string() })) }));
const createFields = z.object({
  fields: z.array(
    z.object({
      fieldId: z.string(),
      name: z.string(),
      required: z.boolean(),
      hasDefaultValue: z.boolean().default(false),
    }),
  ),
});
const permissions = z.object({
  permissions: z.record(z.string(), z.object({ havePermission: z.boolean() })),
});
const groups = z.object({ values: z.array(z.object({ groupId: z.string() })) });

/** Fields that the app fills when it creates an issue, or that Jira fills by itself. */
const FILLED = ['project', 'issuetype', 'summary', 'description', 'labels', 'reporter'];

/** Projects by REST v3, as the app. */
export function createJiraProjects(jira: JiraClient): JiraProjects {
  return {
    async read(projectId, issueTypeId) {
      const found = await jira.call({ route: route`/rest/api/3/project/${projectId}` }, project);
      if (!found.ok) return found;
      const byType = await jira.call({ route: route`/rest/api/3/project/${projectId}/statuses` }, statuses);
      if (!byType.ok) return byType;
      const fields = await jira.call(
        { route: route`/rest/api/3/issue/createmeta/${projectId}/issuetypes/${issueTypeId}?maxResults=200` },
        createFields,
      );
      if (!fields.ok && fields.problem.kind !== 'not_found' && fields.problem.kind !== 'refused')
        return fields;
      const unfilled = fields.ok
        ? fields.value.fields.filter(
            (field) => field.required && !field.hasDefaultValue && !FILLED.includes(field.fieldId),
          )
        : [];
      return {
        ok: true,
        value: {
          id: found.value.id,
          key: found.value.key,
          typeKey: found.value.projectTypeKey,
          archived: found.value.archived,
          statusIds: new Map(byType.value.map((type) => [type.id, type.statuses.map((status) => status.id)])),
          unfilledFields: unfilled.map((field) => field.name),
        },
      };
    },
    async missingPermissions(projectId, keys) {
      const read = await jira.call(
        { route: route`/rest/api/3/mypermissions?projectId=${projectId}&permissions=${keys.join(',')}` },
        permissions,
      );
      if (!read.ok) return read;
      return { ok: true, value: keys.filter((key) => read.value.permissions[key]?.havePermission !== true) };
    },
    async missingGroups(groupIds) {
      if (groupIds.length === 0) return { ok: true, value: [] };
      const query = new URLSearchParams(groupIds.map((groupId): [string, string] => ['groupId', groupId]));
      const read = await jira.call({ route: route`/rest/api/3/group/bulk?${query}` }, groups);
      if (!read.ok) return read;
      const known = read.value.values.map((group) => group.groupId);
      return { ok: true, value: groupIds.filter((groupId) => !known.includes(groupId)) };
    },
  };
}
