import { canonicalJson } from '../../../contract/canonical-json';
import { described, isOurs, NAMES } from '../../domain/provision/run';
import type { JiraProblem } from '../ports';
import type { ProjectView } from './ports';
import { done, failed, missing, stopped, type Step, type StepContext, type StepOutcome } from './step';

const DESCRIPTION = described('Access requests of Teleport, decided here or there.');

/** The project: the one made before, else a new one under a key that is free. */
export const project: Step = async (context) => {
  const { known, input, services } = context;
  const { workflowSchemeId, issueTypeSchemeId, accountId } = known;
  if (workflowSchemeId === undefined || issueTypeSchemeId === undefined || accountId === undefined)
    return missing('A scheme of the project');
  for (const wanted of new Set([known.project?.id, known.creatingKey, input.key])) {
    if (wanted === undefined) continue;
    const found = await services.jira.findProject(wanted);
    if (!found.ok) return stopped(found.problem);
    if (found.value === undefined) continue;
    const isKnown = wanted === known.project?.id || (wanted === known.creatingKey && isOurs(found.value));
    const isUsable = isKnown || (isOurs(found.value) && (await hasOurWorkflows(context, found.value.id)));
    if (isUsable) return keepProject(context, found.value, 'found');
  }
  const free = await services.jira.freeProject({ key: input.key, name: input.name });
  if (!free.ok) return stopped(free.problem);
  // Should the answer get lost, the next call knows by this key which project was meant.
  await context.remember({ creatingKey: free.value.key, schemesSet: false, permissionSchemeSet: false });
  const basics = {
    ...free.value,
    description: DESCRIPTION,
    type: input.projectType,
    leadAccountId: accountId,
  };
  let created = await services.jira.createProject({
    ...basics,
    from: { workflowSchemeId, issueTypeSchemeId },
  });
  if (!created.ok && asksForTemplate(created.problem))
    created = await services.jira.createProject({ ...basics, from: 'template' });
  if (!created.ok) return stopped(created.problem);
  return keepProject(context, { ...created.value, name: free.value.name, archived: false }, 'created');
};

/** Whether a business project is made from schemes alone is not documented; a refusal that names no field means it is not. */
function asksForTemplate(problem: JiraProblem): boolean {
  return problem.kind === 'refused' && problem.status === 400 && problem.fields.length === 0;
}

/** Only administrators of Jira give a project its schemes, so they prove more than the description does. */
async function hasOurWorkflows({ services, known }: StepContext, projectId: string): Promise<boolean> {
  const schemes = await services.jira.schemesOf(projectId);
  return schemes.ok && schemes.value.workflowSchemeId === known.workflowSchemeId;
}

/** Gives a new project its schemes where it lacks them; a project that had them once is left as it is. */
async function keepProject(
  { services, known, input }: StepContext,
  kept: Pick<ProjectView, 'id' | 'key' | 'name' | 'archived'>,
  outcome: 'created' | 'found',
): Promise<StepOutcome> {
  const { jira } = services;
  const { workflowSchemeId = '', issueTypeSchemeId = '' } = known;
  const more = {
    path: `/browse/${kept.key}`,
    known: { project: { id: kept.id, key: kept.key }, schemesSet: true },
  };
  if (kept.archived)
    return failed(`Project ${kept.key} is archived. Restore it, or set up under another key.`);
  const schemes = await jira.schemesOf(kept.id);
  if (!schemes.ok) return stopped(schemes.problem);
  const hasWorkflows = schemes.value.workflowSchemeId === workflowSchemeId;
  const hasTypes = schemes.value.issueTypeSchemeId === issueTypeSchemeId;
  if ((!hasWorkflows || !hasTypes) && outcome === 'found' && known.schemesSet === true)
    return done('attention', `Project ${kept.key} has other schemes now. The app leaves it as it is.`, more);
  if (!hasTypes) {
    const assigned = await jira.assignIssueTypeScheme(kept.id, issueTypeSchemeId);
    if (!assigned.ok) return stopped(assigned.problem);
  }
  if (!hasWorkflows) {
    const assigned = await jira.assignWorkflowScheme(kept.id, workflowSchemeId);
    if (!assigned.ok) return stopped(assigned.problem);
  }
  if (outcome === 'found') return done('found', `Project ${kept.key}, “${kept.name}”, is there.`, more);
  const other = kept.key === input.key ? '' : ` ${input.key} is taken on this site.`;
  return done('created', `Project ${kept.key}, “${kept.name}”, was made.${other}`, more);
}

/** The board of a software project. Its columns cannot be set by any public operation, so they are looked at. */
export const board: Step = async ({ services, known }) => {
  const { jira } = services;
  const { project: made, statusIds, accountId } = known;
  if (made === undefined || statusIds === undefined || accountId === undefined) return missing('The project');
  const boards = await jira.boardsOf(made.id);
  if (!boards.ok) {
    const isRefused = boards.problem.kind === 'refused' && boards.problem.status === 401;
    return isRefused
      ? done(
          'skipped',
          'The app was not granted access to boards. Make a Kanban board for the project by hand.',
        )
      : stopped(boards.problem);
  }
  let boardId = boards.value.find(({ id }) => id === known.boardId)?.id ?? boards.value[0]?.id;
  const isNew = boardId === undefined;
  if (boardId === undefined) {
    const name = `Teleport access requests ${made.key}`;
    const filter = await jira.findFilter(name, accountId);
    if (!filter.ok) return stopped(filter.problem);
    let filterId = filter.value;
    if (filterId === undefined) {
      const jql = `project = ${made.id} ORDER BY Rank ASC`;
      const created = await jira.createFilter({ name, jql, projectId: made.id });
      if (!created.ok) return stopped(created.problem);
      filterId = created.value;
    }
    const created = await jira.createBoard({ name, filterId, projectKey: made.key });
    if (!created.ok) return stopped(created.problem);
    boardId = created.value;
  }
  const columns = await jira.columnsOf(boardId);
  if (!columns.ok) return stopped(columns.problem);
  const shown = new Set(columns.value.flatMap((column) => column.statusIds));
  const path = `/jira/software/c/projects/${made.key}/boards/${boardId}`;
  const more = { path, known: { boardId } };
  const hidden = Object.values(statusIds).filter((id) => !shown.has(id));
  if (hidden.length > 0)
    return done(
      'attention',
      `${hidden.length} of the four statuses are in no column of the board, so their cards do not show.`,
      {
        ...more,
        path: `${path}?config=columns`,
      },
    );
  const used = columns.value.filter((column) => column.statusIds.length > 0).length;
  const hint =
    used < 4
      ? ' Several statuses share a column; give each its own in the board’s settings if you like.'
      : '';
  return done(isNew ? 'created' : 'found', `The board ${isNew ? 'was made' : 'is there'}.${hint}`, more);
};

/** Who is in the role of approvers. */
export const approvers: Step = async ({ services, input, known }) => {
  const { approverRoleId, project: made } = known;
  if (made === undefined) return missing('The project');
  if (approverRoleId === undefined)
    return done(
      'skipped',
      'The plan does not let members of roles be changed. The app’s list of approvers decides.',
    );
  const path = `/plugins/servlet/project-config/${made.key}/roles`;
  if (input.approverGroupIds.length === 0)
    return done(
      'skipped',
      `No groups were chosen. Add people to the role ${NAMES.role} so that they can move cards.`,
      { path },
    );
  const present = await services.jira.groupsInRole(made.id, approverRoleId);
  if (!present.ok) return stopped(present.problem);
  const wanting = input.approverGroupIds.filter((groupId) => !present.value.includes(groupId));
  if (wanting.length === 0)
    return done('found', `The chosen groups are in the role ${NAMES.role}.`, { path });
  const added = await services.jira.addGroupsToRole(made.id, approverRoleId, wanting);
  if (added.ok) return done('created', `The chosen groups were added to the role ${NAMES.role}.`, { path });
  if (added.problem.kind !== 'refused') return stopped(added.problem);
  return done(
    'attention',
    `Jira does not let groups be added to the role: ${added.problem.detail} Add them by hand.`,
    { path },
  );
};

/** What lies in the project, so that it is known as ours by whoever looks. */
export const receipt: Step = async ({ services, known }) => {
  const { project: made, statusIds, issueTypeId, workflowSchemeId, issueTypeSchemeId } = known;
  if (made === undefined) return missing('The project');
  const value = {
    v: 1,
    ...{ statusIds, issueTypeId, workflowSchemeId, issueTypeSchemeId },
    workflowId: known.workflow?.id,
    approverRoleId: known.approverRoleId,
    permissionSchemeId: known.permissionSchemeId,
  };
  const present = await services.jira.readReceipt(made.id);
  if (!present.ok) return stopped(present.problem);
  if (present.value !== undefined && canonicalJson(present.value) === canonicalJson(value))
    return done('found', 'The project carries the receipt of the set-up.');
  const written = await services.jira.writeReceipt(made.id, value);
  if (!written.ok) return stopped(written.problem);
  return done('created', 'The receipt of the set-up was put into the project.');
};
