import { randomUUID } from 'node:crypto';
import { z } from 'zod';
import { badRequest } from '../errors';
import type { Json, Status, Workflow } from '../model';
import { ok, pageOf, parseBody, requireAdministrator, type Route, type RouteContext } from '../route';
import {
  createRequest,
  describeStatuses,
  describeWorkflow,
  toTransition,
  validateRequest,
  type CreateRequest,
} from '../workflow-document';
import { describeProblem, workflowProblems } from '../workflow-validation';

const readRequest = z.strictObject({
  workflowIds: z.array(z.string()).optional(),
  workflowNames: z.array(z.string()).optional(),
  projectAndIssueTypes: z
    .array(z.strictObject({ projectId: z.string(), issueTypeId: z.string() }))
    .optional(),
});

/** Rules that the validation knows, as the capabilities list them. */
const RULES: readonly [string, 'Condition' | 'Function' | 'Screen', string][] = [
  ['system:restrict-issue-transition', 'Condition', 'Restrict who can move a work item'],
  ['system:restrict-from-all-users', 'Condition', 'Hide transition from user'],
  ['system:separation-of-duties', 'Condition', 'Separation of duties'],
  ['system:update-field', 'Function', 'Update a work item field'],
  ['system:transition-screen', 'Screen', 'Show a screen'],
];

/** Workflows of company-managed projects. Changing them is not modelled. */
export const workflowRoutes: readonly Route[] = [
  {
    method: 'POST',
    template: 'workflows/create/validation',
    handle(context) {
      requireAdministrator(context);
      const { payload, validationOptions } = parseBody(validateRequest, context);
      const levels = validationOptions?.levels ?? ['ERROR', 'WARNING'];
      const problems = workflowProblems(context.site.store, payload).filter(({ level }) =>
        levels.includes(level),
      );
      return ok({ errors: problems.map(describeProblem) });
    },
  },
  {
    method: 'POST',
    template: 'workflows/create',
    handle(context) {
      requireAdministrator(context);
      const request = parseBody(createRequest, context);
      const [problem] = workflowProblems(context.site.store, request);
      if (problem !== undefined) throw badRequest(problem.message);
      return ok(describeAll(context, [createWorkflow(context, request)]));
    },
  },
  {
    method: 'POST',
    template: 'workflows',
    handle(context) {
      requireAdministrator(context);
      return ok(describeAll(context, wantedWorkflows(context)));
    },
  },
  {
    method: 'GET',
    template: 'workflows/search',
    handle(context) {
      requireAdministrator(context);
      const { configuration, projects } = context.site.store;
      const text = (context.query.get('queryString') ?? '').toLowerCase();
      const active = context.query.get('isActive');
      const withTransitions = (context.query.get('expand') ?? '').includes('values.transitions');
      const found = [...configuration.workflows.values()]
        .filter(({ name }) => name.toLowerCase().includes(text))
        .filter(
          (each) =>
            active === null || configuration.isActive(each, projects.values()) === (active === 'true'),
        );
      const page = pageOf(
        context,
        'workflows/search',
        found.map((each) => withoutTransitions(each, withTransitions)),
        {
          fallback: 50,
          max: 200,
        },
      );
      return ok({ ...page, statuses: describeStatuses(context.site.store, found) });
    },
  },
  {
    method: 'GET',
    template: 'workflows/capabilities',
    handle(context) {
      requireAdministrator(context);
      const { store } = context.site;
      const workflowId = context.query.get('workflowId');
      const projectId = context.query.get('projectId');
      const known =
        (workflowId !== null && store.configuration.workflowById(workflowId) !== undefined) ||
        (projectId !== null && context.query.has('issueTypeId') && store.projects.has(projectId));
      if (!known) throw badRequest('Name a workflow, or a space and a work type.');
      return ok({
        editorScope: 'GLOBAL',
        projectTypes: ['software', 'business', 'service_desk'],
        systemRules: RULES.filter(([ruleKey]) => isOffered(context, ruleKey)).map(
          ([ruleKey, ruleType, name]) => ({
            ...{ ruleKey, ruleType, name, description: name },
            ...{
              incompatibleRuleKeys: [],
              isAvailableForInitialTransition: ruleType === 'Function',
              isVisible: true,
            },
          }),
        ),
        forgeRules: [],
        connectRules: [],
        triggerRules: [],
      });
    },
  },
];

function isOffered(context: RouteContext, ruleKey: string): boolean {
  const { transitionGuards } = context.site.store.configuration.unproven;
  return !ruleKey.startsWith('system:restrict-') || transitionGuards === 'accepted';
}

function withoutTransitions(workflow: Workflow, withTransitions: boolean): Json {
  return describeWorkflow(withTransitions ? workflow : { ...workflow, transitions: [] });
}

function describeAll(context: RouteContext, workflows: readonly Workflow[]): Json {
  return {
    workflows: workflows.map(describeWorkflow),
    statuses: describeStatuses(context.site.store, workflows),
  };
}

function createWorkflow(context: RouteContext, request: CreateRequest): Workflow {
  const { store } = context.site;
  const [document] = request.workflows;
  const ids = new Map(
    request.statuses.map(({ id, statusReference, name, statusCategory, description }) => {
      if (id !== undefined) return [statusReference, id] as const;
      const status: Status = {
        ...{ id: store.nextId('status'), name, description: description ?? '', category: statusCategory },
      };
      store.statuses.set(status.id, status);
      return [statusReference, status.id] as const;
    }),
  );
  const workflow: Workflow = {
    id: randomUUID(),
    name: document.name,
    description: document.description ?? '',
    statusIds: document.statuses.map(({ statusReference }) => ids.get(statusReference) ?? ''),
    transitions: document.transitions.map((transition) => toTransition(transition, ids)),
  };
  store.configuration.workflows.set(workflow.name, workflow);
  return workflow;
}

function wantedWorkflows(context: RouteContext): Workflow[] {
  const { store } = context.site;
  const body = parseBody(readRequest, context);
  const wanted = new Set<Workflow>();
  const add = (workflow: Workflow | undefined): void => {
    if (workflow !== undefined) wanted.add(workflow);
  };
  for (const id of body.workflowIds ?? []) add(store.configuration.workflowById(id));
  for (const name of body.workflowNames ?? []) add(store.configuration.workflows.get(name));
  for (const { projectId, issueTypeId } of body.projectAndIssueTypes ?? [])
    add(store.projects.get(projectId)?.issueTypes.find((type) => type.issueTypeId === issueTypeId)?.workflow);
  return [...wanted];
}
