import { z } from 'zod';
import type { Condition, Json, Transition, Workflow } from './model';
import type { JiraStore } from './store';

/** The one screen that transitions can have here: "Resolve Issue Screen" of a new site. */
export const RESOLVE_SCREEN = '3';

const point = z.strictObject({ x: z.number(), y: z.number() });
const rule = z.strictObject({
  id: z.string().optional(),
  ruleKey: z.string(),
  parameters: z.record(z.string(), z.string()).optional(),
});
export type Rule = z.infer<typeof rule>;

const conditionGroup = z.strictObject({
  operation: z.enum(['ANY', 'ALL']),
  conditions: z.array(rule).optional(),
  conditionGroups: z.array(z.json()).optional(),
});

const transition = z.strictObject({
  id: z.string().optional(),
  name: z.string().optional(),
  description: z.string().optional(),
  type: z.enum(['INITIAL', 'GLOBAL', 'DIRECTED']).optional(),
  toStatusReference: z.string().optional(),
  links: z
    .array(
      z.strictObject({
        fromStatusReference: z.string().optional(),
        fromPort: z.int().optional(),
        toPort: z.int().optional(),
      }),
    )
    .optional(),
  actions: z.array(rule).optional(),
  validators: z.array(rule).optional(),
  triggers: z.array(rule).optional(),
  properties: z.record(z.string(), z.string()).optional(),
  conditions: conditionGroup.nullable().optional(),
  transitionScreen: rule.nullable().optional(),
});
export type TransitionDocument = z.infer<typeof transition>;

/** Schema WorkflowCreateRequest, with one workflow; several at once are not modelled. */
export const createRequest = z.strictObject({
  scope: z.strictObject({ type: z.literal('GLOBAL') }),
  statuses: z.array(
    z.strictObject({
      id: z.string().optional(),
      name: z.string(),
      statusCategory: z.enum(['TODO', 'IN_PROGRESS', 'DONE']),
      statusReference: z.string(),
      description: z.string().optional(),
    }),
  ),
  workflows: z.tuple([
    z.strictObject({
      name: z.string(),
      description: z.string().optional(),
      startPointLayout: point.optional(),
      loopedTransitionContainerLayout: point.optional(),
      statuses: z.array(
        z.strictObject({
          statusReference: z.string(),
          layout: point.optional(),
          properties: z.record(z.string(), z.string()),
        }),
      ),
      transitions: z.array(transition),
    }),
  ]),
});
export type CreateRequest = z.infer<typeof createRequest>;

/** Schema WorkflowCreateValidateRequest. */
export const validateRequest = z.strictObject({
  payload: createRequest,
  validationOptions: z.strictObject({ levels: z.array(z.enum(['WARNING', 'ERROR'])).optional() }).optional(),
});

/** Reads a checked transition into the model. @param statusIds status reference → id. */
export function toTransition(
  document: TransitionDocument,
  statusIds: ReadonlyMap<string, string>,
): Transition {
  const idOf = (reference: string | undefined) => statusIds.get(reference ?? '') ?? '';
  const updates = (document.actions ?? []).map(({ parameters = {} }) => ({
    field: 'resolution' as const,
    value: parameters.value === undefined || parameters.value === '' ? null : parameters.value,
  }));
  return {
    id: document.id ?? '',
    name: document.name ?? '',
    type: document.type ?? 'DIRECTED',
    from: (document.links ?? []).map((link) => idOf(link.fromStatusReference)),
    to: idOf(document.toStatusReference),
    conditions: (document.conditions?.conditions ?? []).map(toCondition),
    ...(document.transitionScreen ? { screen: [{ fieldId: 'resolution', required: true }] } : {}),
    ...(updates.length === 0 ? {} : { updates }),
  };
}

function toCondition({ ruleKey, parameters = {} }: Rule): Condition {
  switch (ruleKey) {
    case 'system:restrict-from-all-users':
      return {
        ruleKey,
        restrictMode: parameters.restrictMode === 'usersAndAPI' ? 'usersAndAPI' : 'users',
      };
    case 'system:separation-of-duties':
      return {
        ruleKey,
        fromStatusId: parameters.fromStatusId ?? '',
        toStatusId: parameters.toStatusId ?? '',
      };
    default:
      return {
        ruleKey: 'system:restrict-issue-transition',
        roleIds: listOf(parameters.roleIds),
        groupIds: listOf(parameters.groupIds),
        permissionKeys: listOf(parameters.permissionKeys),
      };
  }
}

/** Values of a parameter, which is one string with commas. */
export function listOf(text: string | undefined): string[] {
  return (text ?? '').split(',').filter((each) => each !== '');
}

/** Schema JiraWorkflow. Status references are the ids of the statuses. */
export function describeWorkflow(workflow: Workflow): Json {
  return {
    id: workflow.id,
    name: workflow.name,
    description: workflow.description ?? '',
    scope: { type: 'GLOBAL' },
    version: { id: `${workflow.id}-1`, versionNumber: 1 },
    isEditable: true,
    startPointLayout: { x: 0, y: 0 },
    statuses: workflow.statusIds.map((id, index) => ({
      statusReference: id,
      deprecated: false,
      layout: { x: 120 * index, y: 0 },
      properties: {},
    })),
    transitions: workflow.transitions.map(describeTransition),
  };
}

function describeTransition(from: Transition): Json {
  return {
    id: from.id,
    name: from.name,
    description: '',
    type: from.type,
    toStatusReference: from.to,
    links: from.from.map((id) => ({ fromStatusReference: id, fromPort: 0, toPort: 0 })),
    actions: (from.updates ?? []).map(({ field, value }) => ({
      ruleKey: 'system:update-field',
      parameters: { field, value: value ?? '', mode: 'replace' },
    })),
    validators: [],
    triggers: [],
    properties: {},
    ...(from.conditions.length === 0
      ? {}
      : {
          conditions: {
            operation: 'ALL',
            conditions: from.conditions.map(describeCondition),
            conditionGroups: [],
          },
        }),
    ...(from.screen === undefined
      ? {}
      : {
          transitionScreen: { ruleKey: 'system:transition-screen', parameters: { screenId: RESOLVE_SCREEN } },
        }),
  };
}

function describeCondition(condition: Condition): Json {
  switch (condition.ruleKey) {
    case 'system:restrict-from-all-users':
      return { ruleKey: condition.ruleKey, parameters: { restrictMode: condition.restrictMode } };
    case 'system:separation-of-duties':
      return {
        ruleKey: condition.ruleKey,
        parameters: { fromStatusId: condition.fromStatusId, toStatusId: condition.toStatusId },
      };
    case 'system:restrict-issue-transition':
      return {
        ruleKey: condition.ruleKey,
        parameters: {
          roleIds: (condition.roleIds ?? []).join(','),
          groupIds: (condition.groupIds ?? []).join(','),
          permissionKeys: (condition.permissionKeys ?? []).join(','),
        },
      };
  }
}

/** Schema JiraWorkflowStatus of all statuses that workflows use. */
export function describeStatuses(store: JiraStore, workflows: readonly Workflow[]): Json[] {
  return [...new Set(workflows.flatMap(({ statusIds }) => statusIds))].map((id) => {
    const { name, description, category } = store.status(id);
    return {
      id,
      name,
      description,
      statusCategory: category,
      statusReference: id,
      scope: { type: 'GLOBAL' },
    };
  });
}
