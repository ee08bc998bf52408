import { route } from '@forge/api';
import * as z from 'zod';
import type { ProjectReading } from '../usecases/provision/ports';
import type { JiraClient } from './client';

const project = z.object({
  id: z.string(),
  key: z.string(),
  name: z.string(),
  description: z.string().nullish(),
  projectTypeKey: z.string(),
  archived: z.boolean().default(false),
  simplified: z.boolean().default(false),
});
const types = z.array(
  z.object({
    id: z.string(),
    name: z.string(),
    subtask: z.boolean().default(false),
    statuses: z.array(z.object({ id: z.string(), name: z.string() })),
  }),
);

/** Reading projects, by the rights of whom the client speaks for. */
export function createProjectReading(jira: JiraClient): ProjectReading {
  return {
    async findProject(idOrKey) {
      const read = await jira.call({ route: route`/rest/api/3/project/${idOrKey}` }, project);
      if (!read.ok) return read.problem.kind === 'not_found' ? { ok: true, value: undefined } : read;
      const { projectTypeKey, description, ...rest } = read.value;
      return { ok: true, value: { ...rest, typeKey: projectTypeKey, description: description ?? '' } };
    },
    typesOf: (projectId) => jira.call({ route: route`/rest/api/3/project/${projectId}/statuses` }, types),
  };
}
