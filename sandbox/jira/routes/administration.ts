import type { Task } from '../configuration';
import { badRequest, forbidden, notFound } from '../errors';
import type { Json } from '../model';
import { numberParameter, ok, requireAdministrator, type Route, type RouteContext } from '../route';

/** The site as a whole: its plan, its audit log, and work that goes on after an answer. */
export const administrationRoutes: readonly Route[] = [
  {
    method: 'GET',
    template: 'instance/license',
    handle(context) {
      requireAdministrator(context);
      const { plan } = context.site.store.configuration;
      return ok({
        applications: [
          { id: 'jira-software', plan },
          { id: 'jira-core', plan },
        ],
      });
    },
  },
  {
    method: 'GET',
    template: 'auditing/record',
    handle(context) {
      requireAdministrator(context);
      if (context.site.store.configuration.plan === 'FREE')
        throw forbidden('The audit log is not available on the Free plan.');
      const limit = numberParameter(context.query, 'limit', 1000);
      if (limit > 1000) throw badRequest('The limit is at most 1000.');
      return ok({ offset: numberParameter(context.query, 'offset', 0), limit, total: 0, records: [] });
    },
  },
  {
    method: 'GET',
    template: 'task/{taskId}',
    handle(context) {
      const task = context.site.store.configuration.tasks.get(context.params.taskId ?? '');
      if (task === undefined) throw notFound('The task was not found.');
      if (task.ownerId !== context.caller.account.accountId) requireAdministrator(context);
      const answer = ok(describeTask(context, task));
      if (task.runningFor > 0) task.runningFor -= 1;
      return answer;
    },
  },
];

/** Schema TaskProgressBean. */
export function describeTask(context: RouteContext, task: Task): Json {
  const isRunning = task.runningFor > 0;
  const { id, description, submitted } = task;
  return {
    ...{ self: context.render.self(`task/${id}`), id, description, submittedBy: 10_000 },
    status: isRunning ? 'RUNNING' : task.isFailing === true ? 'FAILED' : 'COMPLETE',
    progress: isRunning ? 50 : 100,
    ...{ submitted, started: submitted, lastUpdate: submitted, elapsedRuntime: 0 },
    ...(isRunning ? {} : { finished: submitted, result: null }),
  };
}
