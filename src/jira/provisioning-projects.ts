import { route } from '@forge/api';
import * as z from 'zod';
import type { ProjectProvisioning, ProjectReading } from '../usecases/provision/ports';
import type { JiraClient } from './client';

/** Property of the project that holds the receipt of its set-up. */
const RECEIPT_KEY = 'teleport-access-set-up';
/** Template for sites that make no project from schemes alone; any company-managed one will do, since its schemes are replaced. */
const TEMPLATES = {
  business: 'com.atlassian.jira-core-project-templates:jira-core-simplified-process-control',
  software: 'com.pyxis.greenhopper.jira:gh-simplified-kanban-classic',
} as const;

const text = z.string();
const created = z.object({ id: z.union([z.string(), z.int()]).transform(String), key: z.string() });
const role = z.object({
  actors: z
    .array(z.object({ actorGroup: z.object({ groupId: z.string().optional() }).optional() }))
    .default([]),
});
const property = z.object({ value: z.json() });

/** Projects by REST v3. */
export function createProjectProvisioning(jira: JiraClient): Omit<ProjectProvisioning, keyof ProjectReading> {
  return {
    async freeProject({ key, name }) {
      const freeKey = await jira.call(
        { route: route`/rest/api/3/projectvalidate/validProjectKey?key=${key}` },
        text,
      );
      if (!freeKey.ok) return freeKey;
      const freeName = await jira.call(
        { route: route`/rest/api/3/projectvalidate/validProjectName?name=${name}` },
        text,
      );
      if (!freeName.ok) return freeName;
      return { ok: true, value: { key: freeKey.value, name: freeName.value } };
    },
    createProject({ key, name, description, type, leadAccountId, from }) {
      const source =
        from === 'template'
          ? { projectTemplateKey: TEMPLATES[type] }
          : {
              workflowScheme: Number(from.workflowSchemeId),
              issueTypeScheme: Number(from.issueTypeSchemeId),
            };
      return jira.call(
        {
          route: route`/rest/api/3/project`,
          method: 'POST',
          body: {
            ...{ key, name, description, leadAccountId, projectTypeKey: type, assigneeType: 'UNASSIGNED' },
            ...source,
          },
        },
        created,
      );
    },
    async groupsInRole(projectId, roleId) {
      const read = await jira.call({ route: route`/rest/api/3/project/${projectId}/role/${roleId}` }, role);
      if (!read.ok) return read;
      return { ok: true, value: read.value.actors.flatMap(({ actorGroup }) => actorGroup?.groupId ?? []) };
    },
    addGroupsToRole: (projectId, roleId, groupIds) =>
      jira.send({
        route: route`/rest/api/3/project/${projectId}/role/${roleId}`,
        method: 'POST',
        body: { groupId: groupIds },
      }),
    async readReceipt(projectId) {
      const read = await jira.call(
        { route: route`/rest/api/3/project/${projectId}/properties/${RECEIPT_KEY}` },
        property,
      );
      if (!read.ok) return read.problem.kind === 'not_found' ? { ok: true, value: undefined } : read;
      return { ok: true, value: read.value.value };
    },
    writeReceipt: (projectId, receipt) =>
      jira.send({
        route: route`/rest/api/3/project/${projectId}/properties/${RECEIPT_KEY}`,
        method: 'PUT',
        body: receipt,
      }),
  };
}
