import { route } from '@forge/api';
import * as z from 'zod';
import type { JiraClient } from './client';

const permissions = z.object({
  permissions: z.object({ BROWSE_PROJECTS: z.object({ havePermission: z.boolean() }) }),
});

/**
 * Whether the person who called a resolver sees this very issue, by their own rights (Jira REST v3, get my permissions; an issue
 * that they do not see is not found). Anything but a clear answer is `unknown`.
 */
export async function seesIssue(asUser: JiraClient, issueId: string): Promise<'yes' | 'no' | 'unknown'> {
  const read = await asUser.call(
    { route: route`/rest/api/3/mypermissions?issueId=${issueId}&permissions=BROWSE_PROJECTS` },
    permissions,
  );
  if (read.ok) return read.value.permissions.BROWSE_PROJECTS.havePermission ? 'yes' : 'no';
  return read.problem.kind === 'rate_limited' || read.problem.kind === 'uncertain' ? 'unknown' : 'no';
}
