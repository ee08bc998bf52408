import { z } from 'zod';
import type { Task } from '../configuration';
import { badRequest, fieldErrors, forbidden, notFound } from '../errors';
import type { Project } from '../model';
import { checkKey, checkName, createProject, freeKey, freeName, projectBody } from '../project-creation';
import { checkProperty } from '../properties';
import { describeTask } from './administration';
import { ok, parseBody, projectOf, requireAdministrator, type Route, type RouteContext } from '../route';

const json = z.json();

/** Creating projects, and properties of projects. */
export const projectSetupRoutes: readonly Route[] = [
  {
    method: 'POST',
    template: 'project',
    handle(context) {
      requireAdministrator(context);
      const created = createProject(context.site.store, parseBody(projectBody, context));
      const { id, key } = created;
      return { status: 201, body: { id: Number(id), key, self: context.render.self(`project/${id}`) } };
    },
  },
  {
    method: 'POST',
    template: 'project/{projectIdOrKey}/delete',
    handle(context) {
      requireAdministrator(context);
      const project = projectOf(context);
      project.deleted = true;
      const { configuration, clock } = context.site.store;
      const task: Task = {
        id: context.site.store.nextId('task'),
        description: `Move ${project.key} to the trash`,
        ownerId: context.caller.account.accountId,
        ...{ submitted: clock.now(), runningFor: 1 },
      };
      configuration.tasks.set(task.id, task);
      const location = context.render.self(`task/${task.id}`);
      return { status: 303, headers: { location }, body: describeTask(context, task) };
    },
  },
  {
    method: 'GET',
    template: 'projectvalidate/key',
    handle(context) {
      const problem = checkKey(context.site.store, context.query.get('key') ?? '');
      return ok({ errorMessages: [], errors: problem === undefined ? {} : { projectKey: problem } });
    },
  },
  {
    method: 'GET',
    template: 'projectvalidate/validProjectKey',
    handle: (context) => ok(freeKey(context.site.store, context.query.get('key') ?? '')),
  },
  {
    method: 'GET',
    template: 'projectvalidate/validProjectName',
    handle(context) {
      const name = context.query.get('name') ?? '';
      if (name === '') throw badRequest("The 'name' query parameter is required.");
      return ok(
        checkName(context.site.store, name) === undefined ? name : freeName(context.site.store, name),
      );
    },
  },
  {
    method: 'GET',
    template: 'project/{projectIdOrKey}/properties',
    handle(context) {
      const project = projectOf(context);
      const keys = [...project.properties.keys()];
      return ok({
        keys: keys.map((key) => ({
          key,
          self: context.render.self(`project/${project.id}/properties/${key}`),
        })),
      });
    },
  },
  {
    method: 'GET',
    template: 'project/{projectIdOrKey}/properties/{propertyKey}',
    handle(context) {
      const key = context.params.propertyKey ?? '';
      const value = projectOf(context).properties.get(key);
      if (value === undefined) throw notFound(`The property '${key}' does not exist.`);
      return ok({ key, value });
    },
  },
  {
    method: 'PUT',
    template: 'project/{projectIdOrKey}/properties/{propertyKey}',
    handle(context) {
      const project = administered(context);
      const key = context.params.propertyKey ?? '';
      if (context.body === undefined) throw fieldErrors({ value: 'A property needs a value.' });
      const value = parseBody(json, context);
      checkProperty(key, value);
      const isNew = !project.properties.has(key);
      project.properties.set(key, value);
      return { status: isNew ? 201 : 200, body: {} };
    },
  },
];

function administered(context: RouteContext): Project {
  const project = projectOf(context);
  const { permissions } = context.site;
  const { account } = context.caller;
  const may =
    permissions.project(account, 'ADMINISTER_PROJECTS', project) || permissions.global(account, 'ADMINISTER');
  if (!may) throw forbidden('You do not have permission to administer this space.');
  return project;
}
