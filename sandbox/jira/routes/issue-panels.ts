import { z } from 'zod';
import type { Task } from '../configuration';
import { badRequest } from '../errors';
import type { Json, Project } from '../model';
import { ok, parseBody, requireAdministrator, type Route, type RouteContext } from '../route';

/** Id of an app's module in an environment (Jira REST v3, issue panels). */
const moduleId = z.string().regex(/^ari:cloud:ecosystem::extension\/[\w-]+\/[\w-]+\/static\/[\w-]+$/);
const pinBody = z.object({
  moduleId,
  projectList: z.array(z.object({ projectIdOrKey: z.string(), action: z.enum(['PIN', 'UNPIN']) })).min(1),
});
const statusBody = z.object({ moduleId, projectList: z.array(z.string()).min(1) });

/** Issue panels of Forge apps that are pinned to whole projects. */
export const issuePanelRoutes: readonly Route[] = [
  {
    method: 'POST',
    template: 'forge/panel/action/bulk/async',
    handle(context) {
      requireAdministrator(context);
      const body = parseBody(pinBody, context);
      requireInstalled(context, body.moduleId);
      const { configuration, clock } = context.site.store;
      const found = body.projectList.map(({ projectIdOrKey, action }) => ({
        project: seenProject(context, projectIdOrKey),
        action,
      }));
      const pinned = configuration.pinnedPanels.get(body.moduleId) ?? new Map<string, number>();
      configuration.pinnedPanels.set(body.moduleId, pinned);
      for (const { project, action } of found) {
        if (project === undefined) continue;
        if (action === 'PIN') pinned.set(project.id, clock.now());
        else pinned.delete(project.id);
      }
      const task: Task = {
        id: context.site.store.nextId('task'),
        description: 'Pin or unpin an issue panel',
        ownerId: context.caller.account.accountId,
        ...{ submitted: clock.now(), runningFor: 1 },
        isFailing: found.some(({ project }) => project === undefined),
      };
      configuration.tasks.set(task.id, task);
      return { status: 202, body: { taskId: task.id } };
    },
  },
  {
    method: 'POST',
    template: 'forge/panel/action/bulk/status',
    handle(context) {
      requireAdministrator(context);
      const body = parseBody(statusBody, context);
      requireInstalled(context, body.moduleId);
      const pinned = context.site.store.configuration.pinnedPanels.get(body.moduleId);
      return ok({
        moduleId: body.moduleId,
        statuses: body.projectList.map((projectIdOrKey): Json => {
          const project = seenProject(context, projectIdOrKey);
          if (project === undefined) return { projectIdOrKey, pinned: false, error: 'Project not found.' };
          const pinnedAt = pinned?.get(project.id);
          return pinnedAt === undefined
            ? { projectIdOrKey, pinned: false, error: null }
            : { projectIdOrKey, pinned: true, pinnedAt, error: null };
        }),
      });
    },
  },
];

/** Only modules of the app that is installed are known here; how a real site refuses others is not documented. */
function requireInstalled(context: RouteContext, id: string): void {
  if (context.site.events.productApp === undefined) throw badRequest(`The module '${id}' is not installed.`);
}

function seenProject(context: RouteContext, idOrKey: string): Project | undefined {
  const { store, permissions } = context.site;
  const project = store.findProject(idOrKey);
  if (project === undefined) return undefined;
  return permissions.project(context.caller.account, 'BROWSE_PROJECTS', project) ? project : undefined;
}
