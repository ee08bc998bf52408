import { badRequest, fieldErrors } from '../errors';
import { fieldMetadata, PRIORITY_ID } from '../field-definitions';
import { FieldReader } from '../fields';
import type { Json, Project, ProjectType } from '../model';
import {
  listParameter,
  numberParameter,
  ok,
  pageOf,
  plainPage,
  projectOf,
  type Route,
  type RouteContext,
} from '../route';

const MAX_CREATE_META = 200;

/** Projects and what can be created in them. */
export const projectRoutes: readonly Route[] = [
  {
    method: 'GET',
    template: 'project',
    handle: (context) =>
      ok(visibleProjects(context, false).map((project) => describeProject(context, project, false))),
  },
  {
    method: 'GET',
    template: 'project/search',
    handle(context) {
      const keys = context.query.getAll('keys');
      const ids = context.query.getAll('id');
      const types = listParameter(context.query, 'typeKey');
      const text = (context.query.get('query') ?? '').toLowerCase();
      const found = visibleProjects(context, listParameter(context.query, 'status').includes('archived'))
        .filter(({ key }) => keys.length === 0 || keys.includes(key))
        .filter(({ id }) => ids.length === 0 || ids.includes(id))
        .filter(({ typeKey }) => types.length === 0 || types.includes(typeKey))
        .filter(({ key, name }) => key.toLowerCase().includes(text) || name.toLowerCase().includes(text))
        .filter((project) => mayDo(context, project, context.query.get('action')))
        .filter((project) => hasProperty(project, context.query.get('propertyQuery')))
        .sort((a, b) => a.key.localeCompare(b.key))
        .map((project) => describeProject(context, project, false));
      return ok(pageOf(context, 'project/search', found, { fallback: 50, max: 100 }), 1 + found.length);
    },
  },
  {
    method: 'GET',
    template: 'project/{projectIdOrKey}',
    handle: (context) => ok(describeProject(context, projectOf(context), true), 2),
  },
  {
    method: 'GET',
    template: 'project/{projectIdOrKey}/statuses',
    handle: (context) =>
      ok(
        projectOf(context).issueTypes.map(({ issueTypeId, workflow }) => {
          const { id, name, subtask } = context.site.store.issueType(issueTypeId);
          return {
            self: context.render.self(`issuetype/${id}`),
            id,
            name,
            subtask,
            statuses: workflow.statusIds.map((statusId) =>
              context.render.status(context.site.store.status(statusId)),
            ),
          };
        }),
        2,
      ),
  },
  {
    method: 'GET',
    template: 'issue/createmeta/{projectIdOrKey}/issuetypes',
    handle(context) {
      checkPageSize(context);
      const types = creatable(context).map(({ issueTypeId }) =>
        context.render.issueType(context.site.store.issueType(issueTypeId)),
      );
      const { page, ...place } = plainPage(context.query, types, { fallback: 50, max: MAX_CREATE_META });
      return ok({ ...place, issueTypes: page });
    },
  },
  {
    method: 'GET',
    template: 'issue/createmeta/{projectIdOrKey}/issuetypes/{issueTypeId}',
    handle(context) {
      checkPageSize(context);
      const type = creatable(context).find(({ issueTypeId }) => issueTypeId === context.params.issueTypeId);
      if (type === undefined)
        throw fieldErrors({ issueTypeId: 'The issue type is not valid for this project.' });
      const { page, ...place } = plainPage(context.query, createFields(context, type), {
        fallback: 50,
        max: MAX_CREATE_META,
      });
      return ok({ ...place, fields: page });
    },
  },
];

/** What the caller may set on the create screen. */
function createFields(context: RouteContext, type: ProjectType): Json[] {
  const { site, caller, render } = context;
  const project = projectOf(context);
  const reader = new FieldReader(site.store, site.permissions, caller.account, project, undefined);
  const allowed = (fieldId: string): Json[] | undefined => {
    if (fieldId === 'issuetype') return [render.issueType(site.store.issueType(type.issueTypeId))];
    if (fieldId === 'project') return [render.projectRef(project)];
    return fieldId === 'priority' ? [render.priority(PRIORITY_ID)] : undefined;
  };
  return type.createScreen
    .filter(({ fieldId }) => reader.maySet(fieldId))
    .flatMap(({ fieldId, required }) => {
      const metadata = fieldMetadata(fieldId, required === true, allowed(fieldId));
      return metadata === undefined ? [] : [{ ...metadata, fieldId }];
    });
}

function creatable(context: RouteContext): ProjectType[] {
  const project = projectOf(context);
  const may = context.site.permissions.project(context.caller.account, 'CREATE_ISSUES', project);
  return may ? project.issueTypes : [];
}

/** These two routes refuse what others cut down. */
function checkPageSize(context: RouteContext): void {
  if (numberParameter(context.query, 'maxResults', 50) > MAX_CREATE_META)
    throw badRequest(`Parameter 'maxResults' must not exceed the limit '${MAX_CREATE_META}'`);
}

function visibleProjects(context: RouteContext, archived: boolean): Project[] {
  return [...context.site.store.projects.values()].filter(
    (project) =>
      project.archived === archived &&
      context.site.permissions.project(context.caller.account, 'BROWSE_PROJECTS', project),
  );
}

function mayDo(context: RouteContext, project: Project, action: string | null): boolean {
  const needs: Readonly<Record<string, string>> = { create: 'CREATE_ISSUES', edit: 'ADMINISTER_PROJECTS' };
  const permission = needs[action ?? ''];
  return (
    permission === undefined || context.site.permissions.project(context.caller.account, permission, project)
  );
}

/** A property query like `[key].path=value`, with numbers and texts as values. @throws ApiError 400. */
function hasProperty(project: Project, query: string | null): boolean {
  if (query === null) return true;
  const [, key = '', path = '', value = ''] = /^\[([^\]]+)\]((?:\.\w+)+)="?([^"]*)"?$/.exec(query) ?? [];
  if (key === '') throw badRequest('The property query cannot be read.');
  let found: Json | undefined = project.properties.get(key);
  for (const name of path.slice(1).split('.'))
    found = typeof found === 'object' && found !== null && !Array.isArray(found) ? found[name] : undefined;
  return (typeof found === 'string' || typeof found === 'number') && String(found) === value;
}

function describeProject(context: RouteContext, project: Project, whole: boolean): Record<string, Json> {
  const { render, site } = context;
  const wanted = listParameter(context.query, 'properties');
  return {
    ...render.projectRef(project),
    expand: 'description,lead,issueTypes,url,projectKeys,permissions,insight',
    style: project.isTeamManaged === true ? 'next-gen' : 'classic',
    isPrivate: false,
    properties: Object.fromEntries([...project.properties].filter(([key]) => wanted.includes(key))),
    ...(project.archived ? { archived: true } : {}),
    ...(whole
      ? {
          description: project.description ?? '',
          lead: render.user(project.leadAccountId),
          components: [],
          versions: [],
          assigneeType: 'UNASSIGNED',
          roles: Object.fromEntries(
            Object.keys(project.roles).map((roleId) => [
              site.store.roles.get(roleId) ?? roleId,
              render.self(`project/${project.id}/role/${roleId}`),
            ]),
          ),
          issueTypes: project.issueTypes.map(({ issueTypeId }) =>
            render.issueType(site.store.issueType(issueTypeId)),
          ),
        }
      : {}),
  };
}
