import { described, freeName, isOurs, NAMES, type Known } from '../../domain/provision/run';
import {
  chooseResolutions,
  workflowDocument,
  workflowGaps,
  type OutcomeResolutions,
  type WorkflowGuards,
  type WorkflowPlan,
} from '../../domain/provision/workflow';
import type { JiraResult } from '../ports';
import { done, failed, missing, stopped, type Step, type StepContext, type StepOutcome } from './step';

const WORKFLOWS_PATH = '/secure/admin/workflows/ListWorkflows.jspa';
const WORKFLOW_SCHEMES_PATH = '/secure/admin/ViewWorkflowSchemes.jspa';
const TYPE_SCHEMES_PATH = '/secure/admin/ManageIssueTypeSchemes!default.jspa';

/** The workflow: one of an earlier set-up that still fits, else a new one. A changed one is never changed back. */
export const workflow: Step = async (context) => {
  const { services, known } = context;
  const { jira } = services;
  if (known.statusIds === undefined) return missing('The statuses');
  const { statusIds } = known;
  if (known.workflow !== undefined) {
    const present = await jira.workflowById(known.workflow.id);
    if (!present.ok) return stopped(present.problem);
    if (present.value !== undefined) {
      const { id, name } = present.value;
      const gaps = workflowGaps(present.value, statusIds);
      const more = { path: WORKFLOWS_PATH, known: { workflow: { id, name } } };
      return gaps.length === 0
        ? done('found', `The workflow ${name} is there and fits.`, more)
        : done(
            'attention',
            `The workflow ${name} was changed: ${gaps.join('; ')}. The app leaves it as it is.`,
            more,
          );
    }
  }
  const found = await jira.findWorkflows(NAMES.workflow);
  if (!found.ok) return stopped(found.problem);
  const ours = found.value.find((each) => isOurs(each) && workflowGaps(each, statusIds).length === 0);
  if (ours !== undefined)
    return done('found', `The workflow ${ours.name} of an earlier set-up is used.`, {
      path: WORKFLOWS_PATH,
      known: { workflow: { id: ours.id, name: ours.name } },
    });
  return createWorkflow(
    context,
    freeName(
      NAMES.workflow,
      found.value.map(({ name }) => name),
    ),
  );
};

async function createWorkflow(context: StepContext, name: string): Promise<StepOutcome> {
  const { jira } = context.services;
  const plan = await planOf(context, name);
  if (!plan.ok) return stopped(plan.problem);
  if (plan.value === undefined) return missing('One of the statuses');
  // Which rules a site takes is not documented, so each way is validated, the best one first.
  for (const attempt of waysOf(plan.value)) {
    const document = workflowDocument(attempt);
    const problems = await jira.validateWorkflow(document);
    if (!problems.ok) return stopped(problems.problem);
    if (problems.value.some(({ type }) => type !== 'RULE'))
      return failed(`Jira refuses the workflow: ${problems.value.map(({ message }) => message).join(' ')}`);
    if (problems.value.length > 0) continue;
    const created = await jira.createWorkflow(document);
    if (!created.ok) return stopped(created.problem);
    return createdWorkflow(plan.value, attempt, created.value);
  }
  return failed('Jira refuses the workflow even without rules. Make it by hand and follow the manual steps.');
}

function createdWorkflow(
  wanted: WorkflowPlan,
  made: WorkflowPlan,
  { id, name }: { id: string; name: string },
): StepOutcome {
  const more = { path: WORKFLOWS_PATH, known: { workflow: { id, name } } };
  const silent = made.resolutions === undefined ? ' It does not set the resolution.' : '';
  if (made.guards === undefined)
    return done(
      'attention',
      `The workflow ${name} was made, but without guards: everybody who may move issues can take every transition. The app’s list of approvers still decides.${silent}`,
      more,
    );
  const { approverRoleIds, approverGroupIds } = wanted.guards ?? made.guards;
  const open =
    approverRoleIds.length + approverGroupIds.length === 0
      ? ' Everybody who may move issues can press Approve and Deny; the app’s list of approvers decides.'
      : '';
  return done('created', `The workflow ${name} was made.${open}${silent}`, more);
}

async function planOf(
  { services, input, known }: StepContext,
  name: string,
): Promise<JiraResult<WorkflowPlan | undefined>> {
  const { jira } = services;
  const ids = known.statusIds;
  if (ids === undefined) return { ok: true, value: undefined };
  const statuses = await jira.statusesById(Object.values(ids));
  if (!statuses.ok) return statuses;
  const resolutions = await jira.resolutions();
  if (!resolutions.ok) return resolutions;
  const of = (id: string) => statuses.value.find((status) => status.id === id);
  const [pending, approved, denied, expired] = [
    of(ids.pending),
    of(ids.approved),
    of(ids.denied),
    of(ids.expired),
  ];
  if (pending === undefined || approved === undefined || denied === undefined || expired === undefined)
    return { ok: true, value: undefined };
  return {
    ok: true,
    value: {
      name,
      statuses: { pending, approved, denied, expired },
      guards: guardsOf(known, input.approverGroupIds),
      resolutions: chooseResolutions(resolutions.value),
    },
  };
}

/** Where roles can be filled the role is enough, and an administrator changes its members later; elsewhere groups are named. */
function guardsOf(known: Known, approverGroupIds: readonly string[]): WorkflowGuards | undefined {
  if (known.appRoleId === undefined) return undefined;
  return {
    appRoleId: known.appRoleId,
    approverRoleIds: known.approverRoleId === undefined ? [] : [known.approverRoleId],
    approverGroupIds: known.plan === 'paid' ? [] : approverGroupIds,
  };
}

/** The plan, then with ever fewer rules. */
function waysOf(plan: WorkflowPlan): WorkflowPlan[] {
  const guards: (WorkflowGuards | undefined)[] =
    plan.guards === undefined ? [undefined] : [plan.guards, undefined];
  const resolutions: (OutcomeResolutions | undefined)[] =
    plan.resolutions === undefined ? [undefined] : [plan.resolutions, undefined];
  return guards.flatMap((guard) =>
    resolutions.map((each) => ({ ...plan, guards: guard, resolutions: each })),
  );
}

/** The scheme that gives every type of the project the workflow. */
export const workflowScheme: Step = async ({ services, known }) => {
  if (known.workflow === undefined) return missing('The workflow');
  const { name: wanted } = known.workflow;
  const schemes = await services.jira.workflowSchemes();
  if (!schemes.ok) return stopped(schemes.problem);
  const present = schemes.value.find(({ id }) => id === known.workflowSchemeId);
  if (present !== undefined && present.workflow !== wanted)
    return done(
      'attention',
      `The scheme ${present.name} has another workflow now. The app leaves it as it is.`,
      {
        path: WORKFLOW_SCHEMES_PATH,
      },
    );
  const usable = present ?? schemes.value.find((each) => isOurs(each) && each.workflow === wanted);
  if (usable !== undefined)
    return done('found', `The workflow scheme ${usable.name} is there.`, {
      path: WORKFLOW_SCHEMES_PATH,
      known: { workflowSchemeId: usable.id },
    });
  const name = freeName(
    NAMES.workflowScheme,
    schemes.value.map((each) => each.name),
  );
  const created = await services.jira.createWorkflowScheme({
    name,
    description: described('For the project of access requests.'),
    workflow: wanted,
  });
  if (!created.ok) return stopped(created.problem);
  return done('created', `The workflow scheme ${name} was made.`, {
    path: WORKFLOW_SCHEMES_PATH,
    known: { workflowSchemeId: created.value },
  });
};

/** The scheme by which the project has one type. */
export const issueTypeScheme: Step = async ({ services, known }) => {
  const { issueTypeId } = known;
  if (issueTypeId === undefined) return missing('The work type');
  const schemes = await services.jira.issueTypeSchemes(NAMES.issueTypeScheme);
  if (!schemes.ok) return stopped(schemes.problem);
  const fits = (each: { issueTypeIds: string[] }) => each.issueTypeIds.includes(issueTypeId);
  const usable =
    schemes.value.find((each) => each.id === known.issueTypeSchemeId && fits(each)) ??
    schemes.value.find((each) => isOurs(each) && fits(each));
  if (usable !== undefined)
    return done('found', `The work type scheme ${usable.name} is there.`, {
      path: TYPE_SCHEMES_PATH,
      known: { issueTypeSchemeId: usable.id },
    });
  const name = freeName(
    NAMES.issueTypeScheme,
    schemes.value.map((each) => each.name),
  );
  const created = await services.jira.createIssueTypeScheme({
    name,
    description: described('For the project of access requests.'),
    issueTypeId,
  });
  if (!created.ok) return stopped(created.problem);
  return done('created', `The work type scheme ${name} was made.`, {
    path: TYPE_SCHEMES_PATH,
    known: { issueTypeSchemeId: created.value },
  });
};
