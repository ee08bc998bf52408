import { route } from '@forge/api';
import * as z from 'zod';
import type { Place } from '../usecases/ports';
import type { JiraCatalogue, ProjectEntry, WorkflowTransition } from '../usecases/ports-catalogue';
import { createPeopleCatalogue } from './catalogue-people';
import type { JiraClient } from './client';
import { readCreateFields } from './create-fields';

const project = z.object({
  id: z.string(),
  key: z.string(),
  name: z.string(),
  projectTypeKey: z.string(),
  simplified: z.boolean().default(false),
  archived: z.boolean().default(false),
});
const projectPage = z.object({
  values: z.array(project),
  startAt: z.int().default(0),
  isLast: z.boolean().default(true),
});
const issueTypes = z.array(
  z.object({
    id: z.string(),
    name: z.string(),
    subtask: z.boolean(),
    statuses: z.array(
      z.object({
        id: z.string(),
        name: z.string(),
        statusCategory: z.object({ key: z.string() }).optional(),
      }),
    ),
  }),
);
const resolutionPage = z.object({ values: z.array(z.object({ id: z.string(), name: z.string() })) });
const found = z.object({ issues: z.array(z.object({ id: z.string() })) });
const workflows = z.object({
  statuses: z.array(z.object({ id: z.string().optional(), statusReference: z.string() })),
  workflows: z.array(
    z.object({
      transitions: z.array(
        z.object({
          type: z.string(),
          toStatusReference: z.string().optional(),
          links: z.array(z.object({ fromStatusReference: z.string().optional() })).default([]),
          conditions: z
            .object({
              conditions: z.array(z.unknown()).default([]),
              conditionGroups: z.array(z.unknown()).default([]),
            })
            .nullish(),
        }),
      ),
    }),
  ),
});

const PROJECTS_A_PAGE = 20;
/** Types of projects that can be mapped; product discovery holds ideas, not work (Jira REST v3, project types). */
const MAPPABLE = 'business,software,service_desk';
const MAX_PROJECTS_BY_ID = 50;
const MAX_RESOLUTIONS = 50;

/** What administrators choose from, by REST v3. */
export function createJiraCatalogue(jira: JiraClient): JiraCatalogue {
  return {
    ...createPeopleCatalogue(jira),
    async searchProjects(query, startAt) {
      const read = await jira.call(
        {
          route: route`/rest/api/3/project/search?query=${query}&typeKey=${MAPPABLE}&startAt=${startAt}&maxResults=${PROJECTS_A_PAGE}`,
        },
        projectPage,
      );
      if (!read.ok) return read;
      const { values, isLast } = read.value;
      return {
        ok: true,
        value: { projects: values.map(entryOf), ...(!isLast && { nextStartAt: startAt + values.length }) },
      };
    },
    async project(projectId) {
      const read = await jira.call({ route: route`/rest/api/3/project/${projectId}` }, project);
      return read.ok ? { ok: true, value: entryOf(read.value) } : read;
    },
    async issueTypes(projectId) {
      const read = await jira.call({ route: route`/rest/api/3/project/${projectId}/statuses` }, issueTypes);
      if (!read.ok) return read;
      const value = read.value.map(({ id, name, subtask, statuses }) => ({
        ...{ id, name, isSubtask: subtask },
        statuses: statuses.map((status) => ({
          ...{ id: status.id, name: status.name, category: status.statusCategory?.key ?? 'unknown' },
        })),
      }));
      return { ok: true, value };
    },
    createFields: (place) => readCreateFields(jira, place),
    async resolutions() {
      const read = await jira.call(
        { route: route`/rest/api/3/resolution/search?maxResults=${MAX_RESOLUTIONS}` },
        resolutionPage,
      );
      return read.ok ? { ok: true, value: read.value.values } : read;
    },
    workflow: (place) => readWorkflow(jira, place),
    async findIssueIn({ projectId, issueTypeId }, statusId) {
      const jql = `project = ${projectId} AND issuetype = ${issueTypeId} AND status = ${statusId}`;
      const read = await jira.call(
        {
          route: route`/rest/api/3/search/jql`,
          method: 'POST',
          body: { jql, fields: ['id'], maxResults: 1 },
        },
        found,
      );
      return read.ok ? { ok: true, value: read.value.issues[0]?.id } : read;
    },
    async nameProjects(projectIds) {
      const named: ProjectEntry[] = [];
      for (let start = 0; start < projectIds.length; start += MAX_PROJECTS_BY_ID) {
        const some = projectIds.slice(start, start + MAX_PROJECTS_BY_ID);
        const query = new URLSearchParams(some.map((id): [string, string] => ['id', id]));
        query.set('maxResults', String(MAX_PROJECTS_BY_ID));
        const read = await jira.call({ route: route`/rest/api/3/project/search?${query}` }, projectPage);
        if (!read.ok) return read;
        named.push(...read.value.values.map(entryOf));
      }
      return { ok: true, value: named };
    },
  };
}

async function readWorkflow(
  jira: JiraClient,
  { projectId, issueTypeId }: Place,
): ReturnType<JiraCatalogue['workflow']> {
  const read = await jira.call(
    {
      route: route`/rest/api/3/workflows`,
      method: 'POST',
      body: { projectAndIssueTypes: [{ projectId, issueTypeId }] },
    },
    workflows,
  );
  if (!read.ok) return read;
  const ids = new Map(
    read.value.statuses.map(({ id, statusReference }) => [statusReference, id ?? statusReference]),
  );
  const idOf = (reference: string) => ids.get(reference) ?? reference;
  const transitions = read.value.workflows[0]?.transitions ?? [];
  const value = transitions.flatMap((transition): WorkflowTransition[] => {
    const { type, toStatusReference, links, conditions } = transition;
    if (toStatusReference === undefined) return [];
    const from = links.flatMap(({ fromStatusReference }) => fromStatusReference ?? []);
    return [
      {
        from: type === 'DIRECTED' ? from.map(idOf) : undefined,
        to: idOf(toStatusReference),
        isInitial: type === 'INITIAL',
        isGuarded: (conditions?.conditions.length ?? 0) + (conditions?.conditionGroups.length ?? 0) > 0,
      },
    ];
  });
  return { ok: true, value };
}

function entryOf(value: z.infer<typeof project>): ProjectEntry {
  const { id, key, name, projectTypeKey, simplified, archived } = value;
  return { id, key, name, typeKey: projectTypeKey, isTeamManaged: simplified, isArchived: archived };
}
