import { route } from '@forge/api';
import * as z from 'zod';
import { quoted } from '../domain/ready-filters';
import type { JiraIssues, JiraResult } from '../usecases/ports';
import type { JiraClient } from './client';

/** The entity property on linked issues; the manifest indexes it for JQL. */
export const PROPERTY_KEY = 'teleport-access';
/** Issues read by one bulk fetch with their status alone (Jira REST v3, bulk fetch). */
const MAX_BULK = 1000;

const id = z.string().regex(/^\d+$/);
const account = z.object({ accountId: z.string() }).optional();
const searchPage = z.object({
  issues: z.array(
    z.object({
      id,
      key: z.string().optional(),
      fields: z.object({ creator: account }).optional(),
      properties: z
        .object({
          [PROPERTY_KEY]: z.object({ cluster: z.string(), attemptId: z.string() }).partial().optional(),
        })
        .optional(),
    }),
  ),
});
const bulkFetched = z.object({
  issues: z.array(z.object({ id, fields: z.object({ status: z.object({ id }) }) })),
});

/** Issues that carry the property of a request, by the search index. */
export async function findByRequest(
  jira: JiraClient,
  requestId: string,
): ReturnType<JiraIssues['findByRequest']> {
  const jql = `issue.property[${PROPERTY_KEY}].requestId = ${quoted(requestId)} ORDER BY created ASC`;
  const found = await jira.call(
    {
      route: route`/rest/api/3/search/jql`,
      method: 'POST',
      body: { jql, fields: ['creator'], properties: [PROPERTY_KEY], maxResults: 50 },
    },
    searchPage,
  );
  if (!found.ok) return found;
  const value = found.value.issues.map((entry) => ({
    id: entry.id,
    key: entry.key ?? entry.id,
    creatorAccountId: entry.fields?.creator?.accountId ?? '',
    attemptId: entry.properties?.[PROPERTY_KEY]?.attemptId,
    cluster: entry.properties?.[PROPERTY_KEY]?.cluster,
  }));
  return { ok: true, value };
}

/** Issues that stand where their property says they should not, in one search for all places. */
export async function findMisplaced(
  jira: JiraClient,
  input: Parameters<JiraIssues['findMisplaced']>[0],
): Promise<JiraResult<string[]>> {
  const wrong = input.places.map(({ projectId, issueTypeId, wrong: pairs }) => {
    const either = pairs.map(
      ({ state, statusIds }) =>
        `(issue.property[${PROPERTY_KEY}].state = ${quoted(state)} AND status IN (${statusIds.join(', ')}))`,
    );
    return `(project = ${projectId} AND issuetype = ${issueTypeId} AND (${either.join(' OR ')}))`;
  });
  const jql = `updated >= "-${input.changedWithinMinutes}m" AND (${wrong.join(' OR ')}) ORDER BY updated DESC`;
  const found = await jira.call(
    { route: route`/rest/api/3/search/jql`, method: 'POST', body: { jql, fields: ['id'], maxResults: 100 } },
    searchPage,
  );
  return found.ok ? { ok: true, value: found.value.issues.map((entry) => entry.id) } : found;
}

/** Status ids of many issues by strongly consistent reads. */
export async function readStatuses(
  jira: JiraClient,
  issueIds: readonly string[],
): Promise<JiraResult<Map<string, string>>> {
  const statuses = new Map<string, string>();
  for (let start = 0; start < issueIds.length; start += MAX_BULK) {
    const read = await jira.call(
      {
        route: route`/rest/api/3/issue/bulkfetch`,
        method: 'POST',
        body: { issueIdsOrKeys: issueIds.slice(start, start + MAX_BULK), fields: ['status'] },
      },
      bulkFetched,
    );
    if (!read.ok) return read;
    for (const entry of read.value.issues) statuses.set(entry.id, entry.fields.status.id);
  }
  return { ok: true, value: statuses };
}
