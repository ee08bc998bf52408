import { fetch } from 'undici';
import { z } from 'zod';
import type { JiraSite } from '../jira/site';
import type { PageModule } from './manifest';
import type { IssueContext } from './resolver';

/** What Jira does when somebody looks at an issue: shows the module there, or not. */
export type OpenedIssue = { kind: 'open'; issue: IssueContext } | { kind: 'absent'; why: string };

const issueAnswer = z.object({
  id: z.string(),
  key: z.string(),
  fields: z.object({
    issuetype: z.object({ id: z.string(), name: z.string() }),
    project: z.object({ id: z.string(), key: z.string(), projectTypeKey: z.string() }),
  }),
  properties: z.record(z.string(), z.unknown()).optional(),
});

/**
 * Reads the issue as the person does, and looks whether the module's display condition holds on it. A panel shows where it is pinned
 * to the project; that people may also add it to a single issue is not modelled.
 */
export async function openIssue(
  site: JiraSite,
  { page, moduleId }: { page: PageModule; moduleId: string },
  accountId: string,
  idOrKey: string,
): Promise<OpenedIssue> {
  const condition = page.displayConditions?.entityPropertyExists;
  const url = new URL(`/rest/api/3/issue/${encodeURIComponent(idOrKey)}`, site.baseUrl);
  url.searchParams.set('fields', 'project,issuetype');
  if (condition !== undefined) url.searchParams.set('properties', condition.propertyKey);
  const answer = await fetch(url, { headers: { ...site.authorize({ kind: 'user', accountId }) } });
  const parsed = answer.ok ? issueAnswer.safeParse(await answer.json()) : undefined;
  if (parsed?.success !== true)
    return { kind: 'absent', why: 'This issue does not exist, or this person may not see it.' };
  const { id, key, fields, properties } = parsed.data;
  if (condition !== undefined && properties?.[condition.propertyKey] === undefined)
    return { kind: 'absent', why: 'The module is not shown on this issue.' };
  const { issuetype, project } = fields;
  if (page.type === 'jira:issuePanel' && !(await site.isPanelPinned(moduleId, project.id)))
    return { kind: 'absent', why: 'The panel is not pinned to the project of this issue.' };
  return {
    kind: 'open',
    issue: {
      ...{ id, key, type: issuetype.name, typeId: issuetype.id },
      project: { id: project.id, key: project.key, type: project.projectTypeKey },
    },
  };
}
