import { route } from '@forge/api';
import * as z from 'zod';
import type { JiraProblem } from '../usecases/ports';
import type { BoardProvisioning } from '../usecases/provision/ports';
import type { JiraClient } from './client';
import { withRetries, type Pacing } from './provisioning-pacing';

/** Waits while boards do not know a filter yet that was just made, in milliseconds (measured on live sites by others). */
const FILTER_DELAYS_MS = [500, 900, 1620, 2916, 5249];

const id = z.union([z.string(), z.int()]).transform(String);
const boards = z.object({ values: z.array(z.object({ id, name: z.string() })) });
const filters = z.object({ values: z.array(z.object({ id, name: z.string() })) });
const made = z.object({ id });
const configuration = z.object({
  columnConfig: z.object({
    columns: z.array(z.object({ name: z.string(), statuses: z.array(z.object({ id })) })),
  }),
});

/** Boards by the Agile API and filters by REST v3. */
export function createBoardProvisioning(jira: JiraClient, pacing: Pacing): BoardProvisioning {
  const patient = withRetries(jira, pacing, FILTER_DELAYS_MS, isUnknownFilter);
  return {
    async boardsOf(projectId) {
      const read = await jira.call(
        { route: route`/rest/agile/1.0/board?projectKeyOrId=${projectId}` },
        boards,
      );
      return read.ok ? { ok: true, value: read.value.values } : read;
    },
    async findFilter(name, accountId) {
      const read = await jira.call(
        { route: route`/rest/api/3/filter/search?filterName=${name}&accountId=${accountId}` },
        filters,
      );
      if (!read.ok) return read;
      return { ok: true, value: read.value.values.find((filter) => filter.name === name)?.id };
    },
    async createFilter({ name, jql, projectId }) {
      const sharePermissions = [{ type: 'project', project: { id: projectId } }];
      const created = await jira.call(
        { route: route`/rest/api/3/filter`, method: 'POST', body: { name, jql, sharePermissions } },
        made,
      );
      return created.ok ? { ok: true, value: created.value.id } : created;
    },
    async createBoard({ name, filterId, projectKey }) {
      const location = { type: 'project', projectKeyOrId: projectKey };
      const body = { name, type: 'kanban', filterId: Number(filterId), location };
      const created = await patient.call({ route: route`/rest/agile/1.0/board`, method: 'POST', body }, made);
      return created.ok ? { ok: true, value: created.value.id } : created;
    },
    async columnsOf(boardId) {
      const read = await jira.call(
        { route: route`/rest/agile/1.0/board/${boardId}/configuration` },
        configuration,
      );
      if (!read.ok) return read;
      const { columns } = read.value.columnConfig;
      return {
        ok: true,
        value: columns.map(({ name, statuses }) => ({
          name,
          statusIds: statuses.map((status) => status.id),
        })),
      };
    },
  };
}

/** The refusal names no field, and its words are localised; another cause stays after the last try. */
function isUnknownFilter(problem: JiraProblem): boolean {
  return problem.kind === 'refused' && problem.status === 400;
}
