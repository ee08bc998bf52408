import { sameName } from './configuration';
import type { Json } from './model';
import { GLOBAL_PERMISSIONS, PROJECT_PERMISSIONS } from './permissions';
import type { JiraStore } from './store';
import {
  listOf,
  RESOLVE_SCREEN,
  type CreateRequest,
  type Rule,
  type TransitionDocument,
} from './workflow-document';

/** Schema WorkflowValidationError. Codes other than NON_UNIQUE_STATUS_NAME are not documented. */
export interface WorkflowProblem {
  code: string;
  level: 'ERROR' | 'WARNING';
  message: string;
  type: 'RULE' | 'STATUS' | 'WORKFLOW' | 'TRANSITION';
  elementReference?: { statusReference?: string; transitionId?: string };
}

const MAX_NAME = 255;

/** Finds everything that Jira refuses in a workflow to be created. */
export function workflowProblems(store: JiraStore, request: CreateRequest): WorkflowProblem[] {
  return [
    ...statusProblems(store, request),
    ...shapeProblems(store, request),
    ...transitionProblems(store, request),
  ];
}

/** A problem as Jira answers it. */
export function describeProblem(problem: WorkflowProblem): Json {
  const { elementReference, ...rest } = problem;
  return {
    ...rest,
    ...(elementReference === undefined ? {} : { elementReference: { ...elementReference } }),
  };
}

function statusProblems(store: JiraStore, { statuses }: CreateRequest): WorkflowProblem[] {
  return statuses.flatMap((status, index): WorkflowProblem[] => {
    const about = (code: string, message: string): WorkflowProblem => ({
      ...{ code, message, level: 'ERROR', type: 'STATUS' },
      elementReference: { statusReference: status.statusReference },
    });
    const present = status.id === undefined ? undefined : store.statuses.get(status.id);
    const namesake = [...store.statuses.values()].find(({ name }) => sameName(name, status.name));
    const isRepeated = statuses
      .slice(0, index)
      .some(
        ({ name, statusReference }) =>
          sameName(name, status.name) || statusReference === status.statusReference,
      );
    if (isRepeated) return [about('NON_UNIQUE_STATUS_NAME', `The status "${status.name}" is there twice.`)];
    if (status.id === undefined)
      return namesake === undefined
        ? []
        : [about('NON_UNIQUE_STATUS_NAME', `Status name "${status.name}" already in use.`)];
    if (present === undefined) return [about('STATUS_NOT_FOUND', `There is no status ${status.id}.`)];
    return present.name === status.name && present.category === status.statusCategory
      ? []
      : [about('STATUS_CHANGED', `The status ${status.id} has another name or category.`)];
  });
}

function shapeProblems(
  store: JiraStore,
  { workflows: [workflow], statuses }: CreateRequest,
): WorkflowProblem[] {
  const problems: WorkflowProblem[] = [];
  const wrong = (code: string, message: string) =>
    void problems.push({ code, message, level: 'ERROR', type: 'WORKFLOW' });
  const { name, transitions } = workflow;
  if (name.trim() === '' || name.length > MAX_NAME)
    wrong('WORKFLOW_NAME_INVALID', 'The name is empty or too long.');
  if ([...store.configuration.workflows.keys()].some((other) => sameName(other, name)))
    wrong('NON_UNIQUE_WORKFLOW_NAME', `The workflow name "${name}" is already in use.`);
  if (transitions.filter(({ type }) => type === 'INITIAL').length !== 1)
    wrong('INITIAL_TRANSITION', 'A workflow has exactly one initial transition.');
  const declared = new Set(statuses.map(({ statusReference }) => statusReference));
  if (workflow.statuses.some(({ statusReference }) => !declared.has(statusReference)))
    wrong('UNKNOWN_STATUS', 'The workflow references an unknown status.');
  const ids = transitions.map(({ id }) => id ?? '');
  if (new Set(ids).size !== ids.length || ids.some((id) => !/^\d+$/.test(id)))
    wrong('TRANSITION_ID', 'Transition ids are numbers and unique.');
  return problems;
}

function transitionProblems(store: JiraStore, { workflows: [workflow] }: CreateRequest): WorkflowProblem[] {
  const known = new Set(workflow.statuses.map(({ statusReference }) => statusReference));
  const taken = new Set<string>();
  return workflow.transitions.flatMap((transition) => {
    const messages: [WorkflowProblem['type'], string, string][] = [];
    const links = transition.links ?? [];
    const sources = links.map(({ fromStatusReference }) => fromStatusReference ?? '');
    if ((transition.name ?? '').trim() === '')
      messages.push(['TRANSITION', 'TRANSITION_NAME', 'A transition needs a name.']);
    if (![...sources, transition.toStatusReference ?? ''].every((reference) => known.has(reference)))
      messages.push(['TRANSITION', 'UNKNOWN_STATUS', 'Transition references an unknown status.']);
    if ((transition.type === 'DIRECTED') !== links.length > 0)
      messages.push(['TRANSITION', 'TRANSITION_LINKS', 'Directed transitions, and only they, have sources.']);
    for (const source of sources) {
      const key = `${source} ${transition.name ?? ''}`;
      if (taken.has(key))
        messages.push([
          'TRANSITION',
          'NON_UNIQUE_TRANSITION_NAME',
          'Two transitions from a status have one name.',
        ]);
      taken.add(key);
    }
    for (const message of ruleProblems(store, transition)) messages.push(['RULE', 'INVALID_RULE', message]);
    return messages.map(([type, code, message]): WorkflowProblem => ({
      ...{ type, code, message, level: 'ERROR' },
      elementReference: { transitionId: transition.id ?? '' },
    }));
  });
}

function ruleProblems(store: JiraStore, transition: TransitionDocument): string[] {
  const problems: string[] = [];
  const group = transition.conditions;
  if (group) {
    if (transition.type === 'INITIAL') problems.push('The initial transition takes no conditions.');
    const conditions = group.conditions ?? [];
    if ((group.conditionGroups ?? []).length > 0 || (group.operation === 'ANY' && conditions.length > 1))
      problems.push('The simulated site models conditions that must all hold, without groups.');
    problems.push(...conditions.flatMap((condition) => conditionProblems(store, condition)));
  }
  problems.push(...(transition.actions ?? []).flatMap((action) => actionProblems(store, action)));
  for (const { ruleKey } of [...(transition.validators ?? []), ...(transition.triggers ?? [])])
    problems.push(`The rule ${ruleKey} is not available.`);
  const screen = transition.transitionScreen;
  if (
    screen &&
    (screen.ruleKey !== 'system:transition-screen' || screen.parameters?.screenId !== RESOLVE_SCREEN)
  )
    problems.push('The screen does not exist.');
  return problems;
}

function conditionProblems(store: JiraStore, { ruleKey, parameters = {} }: Rule): string[] {
  const { transitionGuards } = store.configuration.unproven;
  const unknown = (allowed: readonly string[]) =>
    Object.keys(parameters)
      .filter((name) => !allowed.includes(name))
      .map((name) => `The rule ${ruleKey} takes no parameter ${name}.`);
  switch (ruleKey) {
    case 'system:restrict-issue-transition': {
      if (transitionGuards === 'refused') return [`The rule ${ruleKey} is not available.`];
      const roles = listOf(parameters.roleIds).filter((id) => !store.roles.has(id));
      const groups = listOf(parameters.groupIds).filter((id) => !store.groups.has(id));
      const keys = listOf(parameters.permissionKeys).filter(
        (key) => !(key in { ...PROJECT_PERMISSIONS, ...GLOBAL_PERMISSIONS }),
      );
      return [
        ...unknown([
          'roleIds',
          'groupIds',
          'permissionKeys',
          'groupCustomFields',
          'allowUserCustomFields',
          'denyUserCustomFields',
        ]),
        ...[...roles, ...groups, ...keys].map(
          (each) => `The rule ${ruleKey} names ${each}, which does not exist.`,
        ),
      ];
    }
    case 'system:restrict-from-all-users':
      if (transitionGuards === 'refused') return [`The rule ${ruleKey} is not available.`];
      return ['users', 'usersAndAPI'].includes(parameters.restrictMode ?? '')
        ? unknown(['restrictMode'])
        : ['The parameter restrictMode is users or usersAndAPI.'];
    case 'system:separation-of-duties': {
      const ids = [parameters.fromStatusId ?? '', parameters.toStatusId ?? ''];
      return ids.every((id) => store.statuses.has(id))
        ? unknown(['fromStatusId', 'toStatusId'])
        : ['The rule names a status that does not exist.'];
    }
    default:
      return [`The rule ${ruleKey} is not available.`];
  }
}

function actionProblems(store: JiraStore, { ruleKey, parameters = {} }: Rule): string[] {
  if (ruleKey !== 'system:update-field') return [`The rule ${ruleKey} is not available.`];
  const { field, value = '', mode } = parameters;
  if (field !== 'resolution' || store.configuration.unproven.resolutionUpdates === 'refused')
    return [`The field ${field ?? ''} cannot be updated by ${ruleKey}.`];
  if (value !== '' && !store.resolutions.has(value)) return [`The resolution ${value} does not exist.`];
  return mode === 'replace' ? [] : ['The mode for this field is replace.'];
}
