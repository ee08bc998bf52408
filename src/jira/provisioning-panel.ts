import { route } from '@forge/api';
import * as z from 'zod';
import type { PanelProvisioning } from '../usecases/provision/ports';
import type { JiraClient } from './client';

const statuses = z.object({ statuses: z.array(z.object({ pinned: z.boolean().optional() })).optional() });
const started = z.object({ taskId: z.string() });
const task = z.object({ status: z.string() });

/** How a task ends otherwise than well (Jira REST v3, get task). */
const ENDED_BADLY: ReadonlySet<string> = new Set(['FAILED', 'CANCELLED', 'DEAD']);

/**
 * Pins of the app's issue panel by REST v3, issue panels.
 *
 * @param moduleId the panel's, in this environment.
 */
export function createPanelProvisioning(jira: JiraClient, moduleId: () => string): PanelProvisioning {
  return {
    async isPanelPinned(projectId) {
      const read = await jira.call(
        {
          route: route`/rest/api/3/forge/panel/action/bulk/status`,
          method: 'POST',
          body: { moduleId: moduleId(), projectList: [projectId] },
        },
        statuses,
      );
      return read.ok ? { ok: true, value: read.value.statuses?.[0]?.pinned === true } : read;
    },
    async pinPanel(projectId) {
      const begun = await jira.call(
        {
          route: route`/rest/api/3/forge/panel/action/bulk/async`,
          method: 'POST',
          body: { moduleId: moduleId(), projectList: [{ projectIdOrKey: projectId, action: 'PIN' }] },
        },
        started,
      );
      return begun.ok ? { ok: true, value: begun.value.taskId } : begun;
    },
    async taskState(taskId) {
      const read = await jira.call({ route: route`/rest/api/3/task/${taskId}` }, task);
      if (!read.ok) return read;
      const { status } = read.value;
      return {
        ok: true,
        value: status === 'COMPLETE' ? 'complete' : ENDED_BADLY.has(status) ? 'failed' : 'running',
      };
    },
  };
}
