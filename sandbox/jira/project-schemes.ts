import type { IssueTypeScheme, WorkflowScheme } from './configuration';
import type { Project, ProjectType, ScreenField, Workflow } from './model';
import type { JiraStore } from './store';

/** Fields of the default screens; they hold everything that Jira has by itself. */
const DEFAULT_SCREEN: readonly ScreenField[] = [
  { fieldId: 'summary', required: true },
  { fieldId: 'issuetype', required: true },
  { fieldId: 'project', required: true },
  { fieldId: 'reporter', required: true },
  { fieldId: 'description' },
  { fieldId: 'labels' },
  { fieldId: 'assignee' },
  { fieldId: 'priority' },
  { fieldId: 'duedate' },
];
const PLACE = ['project', 'issuetype'];

/** Gives each type of a project its workflow by a scheme. The project has no issues that could be in other statuses. */
export function assignWorkflows(store: JiraStore, project: Project, scheme: WorkflowScheme): void {
  for (const type of project.issueTypes) type.workflow = workflowFor(store, scheme, type.issueTypeId);
  const schemes = store.configuration.schemesOf.get(project.id);
  store.configuration.schemesOf.set(project.id, { ...schemes, workflowSchemeId: scheme.id });
}

/** Gives a project the types of a scheme; types that it had keep their workflow and screens. */
export function assignIssueTypes(store: JiraStore, project: Project, scheme: IssueTypeScheme): void {
  const { workflowSchemeId } = store.configuration.schemesOf.get(project.id) ?? {};
  const workflows =
    workflowSchemeId === undefined ? undefined : store.configuration.workflowSchemes.get(workflowSchemeId);
  project.issueTypes = scheme.issueTypeIds.map(
    (id) =>
      project.issueTypes.find(({ issueTypeId }) => issueTypeId === id) ??
      typeOnDefaultScreens(id, workflowFor(store, workflows, id)),
  );
  const schemes = store.configuration.schemesOf.get(project.id);
  store.configuration.schemesOf.set(project.id, { ...schemes, issueTypeSchemeId: scheme.id });
}

/** A type of a project that has Jira's own screens. */
export function typeOnDefaultScreens(issueTypeId: string, workflow: Workflow): ProjectType {
  return {
    issueTypeId,
    workflow,
    createScreen: [...DEFAULT_SCREEN],
    editScreen: DEFAULT_SCREEN.filter(({ fieldId }) => !PLACE.includes(fieldId)),
  };
}

/** The workflow of a type; without a scheme it is the one that every site has. */
function workflowFor(store: JiraStore, scheme: WorkflowScheme | undefined, issueTypeId: string): Workflow {
  const name = scheme?.issueTypeMappings[issueTypeId] ?? scheme?.defaultWorkflow ?? SYSTEM_WORKFLOW;
  const workflow = store.configuration.workflows.get(name);
  if (workflow === undefined) throw new Error(`the simulated site has no workflow ${name}`);
  return workflow;
}

/** Name of the workflow that Jira brings along. */
export const SYSTEM_WORKFLOW = 'jira';
