import { z } from 'zod';
import { sameName, type IssueTypeScheme } from '../configuration';
import { ApiError, badRequest, notFound } from '../errors';
import type { Json } from '../model';
import { assignIssueTypes } from '../project-schemes';
import {
  listParameter,
  NO_CONTENT,
  ok,
  pageOf,
  parseBody,
  requireAdministrator,
  type Route,
  type RouteContext,
} from '../route';

const typeBody = z.strictObject({
  name: z.string().min(1).max(60),
  description: z.string().optional(),
  type: z.enum(['subtask', 'standard']).optional(),
  hierarchyLevel: z.int().optional(),
});
const schemeBody = z.strictObject({
  name: z.string().min(1).max(255),
  description: z.string().optional(),
  defaultIssueTypeId: z.string().optional(),
  issueTypeIds: z.array(z.string()).min(1),
});
const assignBody = z.strictObject({ issueTypeSchemeId: z.string(), projectId: z.string() });

/** Creating issue types, and schemes that say which types a project has. */
export const issueTypeRoutes: readonly Route[] = [
  {
    method: 'POST',
    template: 'issuetype',
    handle(context) {
      requireAdministrator(context);
      const { store } = context.site;
      const { name, description = '', type, hierarchyLevel } = parseBody(typeBody, context);
      const level = hierarchyLevel ?? (type === 'subtask' ? -1 : 0);
      if (level !== 0 && level !== -1) throw badRequest('The hierarchy level is 0 or -1.');
      if ([...store.issueTypes.values()].some((other) => sameName(other.name, name)))
        throw new ApiError(409, [], { name: 'A work type with this name already exists.' });
      const created = {
        ...{ id: store.nextId('issuetype'), name, description },
        ...{ subtask: level === -1, hierarchyLevel: level },
      };
      store.issueTypes.set(created.id, created);
      return { status: 201, body: context.render.issueType(created) };
    },
  },
  {
    method: 'GET',
    template: 'issuetypescheme',
    handle(context) {
      requireAdministrator(context);
      const ids = listParameter(context.query, 'id');
      const text = (context.query.get('queryString') ?? '').toLowerCase();
      const found = schemes(context)
        .filter(({ id }) => ids.length === 0 || ids.includes(id))
        .filter(({ name }) => name.toLowerCase().includes(text));
      return ok(pageOf(context, 'issuetypescheme', found.map(describeScheme), { fallback: 50, max: 50 }));
    },
  },
  {
    method: 'POST',
    template: 'issuetypescheme',
    handle(context) {
      requireAdministrator(context);
      const { store } = context.site;
      const { name, description = '', defaultIssueTypeId, issueTypeIds } = parseBody(schemeBody, context);
      if (schemes(context).some((other) => sameName(other.name, name)))
        throw new ApiError(409, ['The work type scheme name is in use.']);
      if (issueTypeIds.some((id) => !store.issueTypes.has(id)))
        throw badRequest('A work type does not exist.');
      if (defaultIssueTypeId !== undefined && !issueTypeIds.includes(defaultIssueTypeId))
        throw badRequest('The default work type is not in the scheme.');
      const scheme: IssueTypeScheme = {
        id: store.nextId('issuetypescheme'),
        ...{ name, description, defaultIssueTypeId, issueTypeIds },
      };
      store.configuration.issueTypeSchemes.set(scheme.id, scheme);
      return { status: 201, body: { issueTypeSchemeId: scheme.id } };
    },
  },
  {
    method: 'GET',
    template: 'issuetypescheme/mapping',
    handle(context) {
      requireAdministrator(context);
      const ids = listParameter(context.query, 'issueTypeSchemeId');
      const values = schemes(context)
        .filter(({ id }) => ids.length === 0 || ids.includes(id))
        .flatMap((scheme) =>
          scheme.issueTypeIds.map((issueTypeId) => ({ issueTypeSchemeId: scheme.id, issueTypeId })),
        );
      return ok(pageOf(context, 'issuetypescheme/mapping', values, { fallback: 50, max: 50 }));
    },
  },
  {
    method: 'GET',
    template: 'issuetypescheme/project',
    handle(context) {
      requireAdministrator(context);
      const { configuration } = context.site.store;
      const projectIds = listParameter(context.query, 'projectId');
      if (projectIds.length === 0) throw badRequest("The 'projectId' query parameter is required.");
      const values = projectIds.flatMap((projectId) => {
        const id = configuration.schemesOf.get(projectId)?.issueTypeSchemeId;
        const scheme = id === undefined ? undefined : configuration.issueTypeSchemes.get(id);
        return scheme === undefined
          ? []
          : [{ issueTypeScheme: describeScheme(scheme), projectIds: [projectId] }];
      });
      return ok(pageOf(context, 'issuetypescheme/project', values, { fallback: 50, max: 50 }));
    },
  },
  {
    method: 'PUT',
    template: 'issuetypescheme/project',
    handle(context) {
      requireAdministrator(context);
      const { store } = context.site;
      const body = parseBody(assignBody, context);
      const scheme = store.configuration.issueTypeSchemes.get(body.issueTypeSchemeId);
      const project = store.projects.get(body.projectId);
      if (scheme === undefined || project === undefined)
        throw notFound('The work type scheme or the space was not found.');
      if (store.issuesOf(project.id).some(({ issueTypeId }) => !scheme.issueTypeIds.includes(issueTypeId)))
        throw badRequest('The space has work items of types that are not in the scheme.');
      assignIssueTypes(store, project, scheme);
      return NO_CONTENT;
    },
  },
];

function schemes(context: RouteContext): IssueTypeScheme[] {
  return [...context.site.store.configuration.issueTypeSchemes.values()];
}

function describeScheme({ id, name, description, defaultIssueTypeId }: IssueTypeScheme): Json {
  return { id, name, description, ...(defaultIssueTypeId === undefined ? {} : { defaultIssueTypeId }) };
}
