import { z } from 'zod';
import { sameName } from './configuration';
import { ApiError, badRequest, fieldErrors } from './errors';
import type { Project, Workflow } from './model';
import { assignIssueTypes, assignWorkflows, SYSTEM_WORKFLOW, typeOnDefaultScreens } from './project-schemes';
import type { JiraStore } from './store';

const MAX_KEY = 10;
const MAX_NAME = 80;

/** The templates that are modelled: the business ones, and company-managed Kanban. */
const BUSINESS_TEMPLATE = /^com\.atlassian\.jira-core-project-templates:jira-core-simplified-[a-z-]+$/;
const KANBAN_TEMPLATE = 'com.pyxis.greenhopper.jira:gh-simplified-kanban-classic';

/** Schema CreateProjectDetails. */
export const projectBody = z.strictObject({
  key: z.string(),
  name: z.string(),
  projectTypeKey: z.enum(['software', 'service_desk', 'business']).optional(),
  projectTemplateKey: z.string().optional(),
  leadAccountId: z.string().optional(),
  assigneeType: z.enum(['PROJECT_LEAD', 'UNASSIGNED']).optional(),
  description: z.string().optional(),
  url: z.string().optional(),
  workflowScheme: z.int().optional(),
  issueTypeScheme: z.int().optional(),
  permissionScheme: z.int().optional(),
});
type ProjectBody = z.infer<typeof projectBody>;

/** What is wrong with a project key; undefined when it is free. The trash keeps keys taken. */
export function checkKey(store: JiraStore, key: string): string | undefined {
  if (!/^[A-Z][A-Z0-9]+$/.test(key) || key.length > MAX_KEY)
    return `Space keys start with an uppercase letter, followed by uppercase letters or digits, at most ${MAX_KEY}.`;
  const holder = store.findProject(key);
  return holder === undefined ? undefined : `Space '${holder.name}' uses this space key.`;
}

/** What is wrong with a project name; undefined when it is free. */
export function checkName(store: JiraStore, name: string): string | undefined {
  if (name.trim().length < 2 || name.length > MAX_NAME)
    return `A space name has 2 to ${MAX_NAME} characters.`;
  const isTaken = [...store.projects.values()].some((project) => sameName(project.name, name));
  return isTaken ? 'A space with that name already exists.' : undefined;
}

/** The key itself where it is free, else one like it. */
export function freeKey(store: JiraStore, key: string): string {
  const wanted =
    key
      .toUpperCase()
      .replace(/[^A-Z0-9]/g, '')
      .replace(/^[0-9]+/, '') || 'PROJ';
  if (checkKey(store, wanted) === undefined) return wanted;
  for (let number = 0; ; number += 1) {
    const candidate = `${wanted.slice(0, MAX_KEY - String(number).length)}${number}`;
    if (checkKey(store, candidate) === undefined) return candidate;
  }
}

/** A name like this one that is free. */
export function freeName(store: JiraStore, name: string): string {
  for (let number = 2; ; number += 1) {
    const candidate = `${name.slice(0, MAX_NAME - 4)} ${number}`;
    if (checkName(store, candidate) === undefined) return candidate;
  }
}

/** Creates a company-managed project from schemes or from a template. @throws ApiError 400. */
export function createProject(store: JiraStore, body: ProjectBody): Project {
  const { configuration } = store;
  const typeKey = body.projectTypeKey ?? 'business';
  const errors = {
    ...optional('projectKey', checkKey(store, body.key)),
    ...optional('projectName', checkName(store, body.name)),
    ...optional('projectLead', leadProblem(store, body.leadAccountId)),
  };
  if (Object.keys(errors).length > 0) throw fieldErrors(errors);
  const schemeIds = [body.workflowScheme, body.issueTypeScheme];
  const hasSchemes = schemeIds.some((id) => id !== undefined);
  if (hasSchemes && body.projectTemplateKey !== undefined)
    throw badRequest('Name a template or schemes, not both.');
  if (
    body.projectTemplateKey === undefined &&
    typeKey === 'business' &&
    configuration.unproven.schemesWithoutTemplate === 'refused'
  )
    throw badRequest('The project template is not specified or does not exist.');
  const workflowScheme =
    body.workflowScheme === undefined ? undefined : configuration.workflowSchemes.get(body.workflowScheme);
  const typeScheme =
    body.issueTypeScheme === undefined
      ? undefined
      : configuration.issueTypeSchemes.get(String(body.issueTypeScheme));
  const permissions = configuration.permissionSchemes.get(body.permissionScheme ?? 0);
  if (permissions === undefined)
    throw fieldErrors({ permissionScheme: 'The permission scheme does not exist.' });
  if (body.workflowScheme !== undefined && workflowScheme === undefined)
    throw fieldErrors({ workflowScheme: 'The workflow scheme does not exist.' });
  if (body.issueTypeScheme !== undefined && typeScheme === undefined)
    throw fieldErrors({ issueTypeScheme: 'The work type scheme does not exist.' });
  const project: Project = {
    ...{ id: store.nextId('project'), key: body.key, name: body.name, description: body.description ?? '' },
    ...{ typeKey, leadAccountId: body.leadAccountId ?? '', archived: false, nextNumber: 1 },
    ...{ issueTypes: templateTypes(store, body), permissions: permissions.grants, properties: new Map() },
    roles: startingRoles(store),
  };
  store.projects.set(project.id, project);
  if (workflowScheme !== undefined) assignWorkflows(store, project, workflowScheme);
  if (typeScheme !== undefined) assignIssueTypes(store, project, typeScheme);
  if (body.projectTemplateKey === KANBAN_TEMPLATE) createTemplateBoard(store, project);
  return project;
}

function optional(name: string, problem: string | undefined): Record<string, string> {
  return problem === undefined ? {} : { [name]: problem };
}

function leadProblem(store: JiraStore, accountId: string | undefined): string | undefined {
  const account = accountId === undefined ? undefined : store.accounts.get(accountId);
  return account?.active === true && account.accountType === 'atlassian'
    ? undefined
    : 'You must specify a valid space lead.';
}

/** The types that a template brings: Task, in the workflow of the template. */
function templateTypes(store: JiraStore, { projectTemplateKey, key }: ProjectBody): Project['issueTypes'] {
  const task = [...store.issueTypes.values()].find(({ hierarchyLevel }) => hierarchyLevel === 0);
  if (task === undefined) throw new ApiError(400, ['The site has no work type.']);
  if (projectTemplateKey === KANBAN_TEMPLATE)
    return [typeOnDefaultScreens(task.id, kanbanWorkflow(store, key))];
  if (projectTemplateKey !== undefined && !BUSINESS_TEMPLATE.test(projectTemplateKey))
    throw badRequest('The project template is not specified or does not exist.');
  const workflow = store.configuration.workflows.get(SYSTEM_WORKFLOW);
  if (workflow === undefined) throw new ApiError(400, ['The site has no workflow.']);
  return [typeOnDefaultScreens(task.id, workflow)];
}

/** Backlog first, as the Kanban template has it. */
function kanbanWorkflow(store: JiraStore, key: string): Workflow {
  const statusId = (name: string, category: 'TODO' | 'IN_PROGRESS' | 'DONE'): string => {
    const present = [...store.statuses.values()].find((status) => sameName(status.name, name));
    if (present !== undefined) return present.id;
    const id = store.nextId('status');
    store.statuses.set(id, { id, name, description: '', category });
    return id;
  };
  const statusIds = [
    statusId('Backlog', 'TODO'),
    statusId('Selected for Development', 'TODO'),
    statusId('In Progress', 'IN_PROGRESS'),
    statusId('Done', 'DONE'),
  ];
  const [initial = ''] = statusIds;
  const workflow: Workflow = {
    ...{ id: store.nextId('workflow'), name: `Software Simplified Workflow for Project ${key}`, statusIds },
    transitions: [
      { id: '1', name: 'Create', type: 'INITIAL', from: [], to: initial, conditions: [] },
      ...statusIds.map((to, index) => ({
        ...{ id: String(11 + index * 10), name: store.status(to).name, type: 'GLOBAL' as const },
        ...{ from: [], to, conditions: [] },
      })),
    ],
  };
  store.configuration.workflows.set(workflow.name, workflow);
  return workflow;
}

function createTemplateBoard(store: JiraStore, project: Project): void {
  const filterId = store.nextId('filter');
  store.configuration.filters.set(filterId, {
    ...{
      id: filterId,
      name: `Filter for ${project.key} board`,
      description: '',
      ownerId: project.leadAccountId,
    },
    ...{
      jql: `project = ${project.key} ORDER BY Rank ASC`,
      projectIds: [project.id],
      createdAt: store.clock.now(),
    },
  });
  const id = Number(store.nextId('board'));
  store.configuration.boards.set(id, {
    id,
    name: `${project.key} board`,
    type: 'kanban',
    filterId,
    projectId: project.id,
  });
}

/** Roles with their default members; every app is in the role of apps. */
function startingRoles(store: JiraStore): Project['roles'] {
  return Object.fromEntries(
    [...store.roles.keys()].map((roleId) => [
      roleId,
      {
        accountIds: store.appRoleId === roleId ? store.apps.map(({ accountId }) => accountId) : [],
        groupIds: [...(store.configuration.defaultActors.get(roleId) ?? [])],
      },
    ]),
  );
}
