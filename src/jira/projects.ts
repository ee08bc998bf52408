import { route } from '@forge/api';
import * as z from 'zod';
import type { JiraProjects } from '../usecases/ports';
import { nameGroups } from './catalogue-people';
import type { JiraClient } from './client';
import { readCreateFields } from './create-fields';

const project = z.object({
  id: z.string(),
  key: z.string(),
  projectTypeKey: z.string(),
  simplified: z.boolean().default(false),
  archived: z.boolean().default(false),
  deleted: z.boolean().default(false),
});
const statuses = z.array(z.object({ id: z.string(), statuses: z.array(z.object({ id: z.string() })) }));
const permissions = z.object({
  permissions: z.record(z.string(), z.object({ havePermission: z.boolean() })),
});
const permissionScheme = z.object({
  permissions: z
    .array(z.object({ permission: z.string(), holder: z.object({ type: z.string() }) }))
    .default([]),
});

/** Projects by REST v3, as the app. */
export function createJiraProjects(jira: JiraClient): JiraProjects {
  return {
    async read(projectId, issueTypeId) {
      const found = await jira.call({ route: route`/rest/api/3/project/${projectId}` }, project);
      if (!found.ok) return found;
      const byType = await jira.call({ route: route`/rest/api/3/project/${projectId}/statuses` }, statuses);
      if (!byType.ok) return byType;
      const fields = await readCreateFields(jira, { projectId, issueTypeId });
      if (!fields.ok && fields.problem.kind !== 'not_found' && fields.problem.kind !== 'refused')
        return fields;
      return {
        ok: true,
        value: {
          id: found.value.id,
          key: found.value.key,
          typeKey: found.value.projectTypeKey,
          isTeamManaged: found.value.simplified,
          archived: found.value.archived,
          statusIds: new Map(byType.value.map((type) => [type.id, type.statuses.map((status) => status.id)])),
          fields: fields.ok ? fields.value : [],
        },
      };
    },
    async isVisible(projectId) {
      const found = await jira.call({ route: route`/rest/api/3/project/${projectId}` }, project);
      if (found.ok) return { ok: true, value: !found.value.archived && !found.value.deleted };
      return found.problem.kind === 'not_found' ? { ok: true, value: false } : found;
    },
    async isPublic(projectId) {
      const read = await jira.call(
        { route: route`/rest/api/3/project/${projectId}/permissionscheme?expand=permissions` },
        permissionScheme,
      );
      if (read.ok) {
        const isOpen = read.value.permissions.some(
          ({ permission, holder }) => permission === 'BROWSE_PROJECTS' && holder.type === 'anyone',
        );
        return { ok: true, value: isOpen };
      }
      const { kind } = read.problem;
      return kind === 'not_found' || kind === 'refused' ? { ok: true, value: undefined } : read;
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
      const known = await nameGroups(jira, groupIds);
      if (!known.ok) return known;
      const ids = known.value.map(({ id }) => id);
      return { ok: true, value: groupIds.filter((groupId) => !ids.includes(groupId)) };
    },
  };
}
