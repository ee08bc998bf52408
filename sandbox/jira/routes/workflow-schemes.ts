import { z } from 'zod';
import { sameName, type WorkflowScheme } from '../configuration';
import { badRequest, notFound } from '../errors';
import type { Json } from '../model';
import { assignWorkflows } from '../project-schemes';
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

const createBody = z.strictObject({
  name: z.string().min(1).max(255),
  description: z.string().optional(),
  defaultWorkflow: z.string().optional(),
  issueTypeMappings: z.record(z.string(), z.string()).optional(),
});
const assignBody = z.strictObject({ projectId: z.string(), workflowSchemeId: z.string().optional() });

/** Workflow schemes: which workflow each type has. Drafts are not modelled. */
export const workflowSchemeRoutes: readonly Route[] = [
  {
    method: 'GET',
    template: 'workflowscheme',
    handle(context) {
      requireAdministrator(context);
      const schemes = [...context.site.store.configuration.workflowSchemes.values()];
      const values = schemes.map((scheme) => describeScheme(context, scheme));
      return ok(pageOf(context, 'workflowscheme', values, { fallback: 50, max: 50 }));
    },
  },
  {
    method: 'POST',
    template: 'workflowscheme',
    handle(context) {
      requireAdministrator(context);
      const { store } = context.site;
      const {
        name,
        description = '',
        defaultWorkflow = 'jira',
        issueTypeMappings = {},
      } = parseBody(createBody, context);
      const { workflowSchemes, workflows } = store.configuration;
      if ([...workflowSchemes.values()].some((other) => sameName(other.name, name)))
        throw badRequest('A workflow scheme with that name already exists.');
      for (const workflow of [defaultWorkflow, ...Object.values(issueTypeMappings)])
        if (!workflows.has(workflow)) throw badRequest(`The workflow '${workflow}' does not exist.`);
      for (const issueTypeId of Object.keys(issueTypeMappings))
        if (!store.issueTypes.has(issueTypeId))
          throw badRequest(`The work type '${issueTypeId}' does not exist.`);
      const id = Number(store.nextId('workflowscheme'));
      const scheme: WorkflowScheme = { id, name, description, defaultWorkflow, issueTypeMappings };
      workflowSchemes.set(id, scheme);
      return { status: 201, body: describeScheme(context, scheme) };
    },
  },
  {
    method: 'GET',
    template: 'workflowscheme/{id}',
    handle(context) {
      requireAdministrator(context);
      return ok(describeScheme(context, schemeOf(context, context.params.id ?? '')));
    },
  },
  {
    method: 'GET',
    template: 'workflowscheme/project',
    handle(context) {
      requireAdministrator(context);
      const { configuration } = context.site.store;
      const projectIds = listParameter(context.query, 'projectId');
      if (projectIds.length === 0) throw badRequest("The 'projectId' query parameter is required.");
      return ok({
        values: projectIds.flatMap((projectId) => {
          const id = configuration.schemesOf.get(projectId)?.workflowSchemeId;
          const scheme = id === undefined ? undefined : configuration.workflowSchemes.get(id);
          return scheme === undefined
            ? []
            : [{ projectIds: [projectId], workflowScheme: describeScheme(context, scheme) }];
        }),
      });
    },
  },
  {
    method: 'PUT',
    template: 'workflowscheme/project',
    handle(context) {
      requireAdministrator(context);
      const body = parseBody(assignBody, context);
      const scheme = schemeOf(context, body.workflowSchemeId ?? '');
      const project = context.site.store.projects.get(body.projectId);
      if (project === undefined) throw notFound('The space was not found.');
      if (project.isTeamManaged === true)
        throw badRequest('Workflow schemes can only be assigned to company-managed spaces.');
      if (context.site.store.issuesOf(project.id).length > 0)
        throw badRequest('The workflow scheme cannot be assigned to a space that has work items.');
      assignWorkflows(context.site.store, project, scheme);
      return NO_CONTENT;
    },
  },
];

function schemeOf(context: RouteContext, id: string): WorkflowScheme {
  const scheme = context.site.store.configuration.workflowSchemes.get(Number(id));
  if (scheme === undefined) throw notFound('The workflow scheme was not found.');
  return scheme;
}

function describeScheme(context: RouteContext, scheme: WorkflowScheme): Json {
  return {
    ...{ id: scheme.id, name: scheme.name, description: scheme.description },
    ...{ defaultWorkflow: scheme.defaultWorkflow, issueTypeMappings: { ...scheme.issueTypeMappings } },
    draft: false,
    self: context.render.self(`workflowscheme/${scheme.id}`),
  };
}
