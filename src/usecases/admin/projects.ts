import * as z from 'zod';
import type {
  AdminResult,
  IssueTypeDetails,
  ProjectChoice,
  ProjectDetails,
  RequiredField,
  SlotPath,
  StatusView,
} from '../../../contract/admin';
import { SLOTS, slots as slotsSchema, type Slot } from '../../domain/settings';
import { pathWarnings, slotPaths, type KnownWays } from '../../domain/slot-paths';
import { suggestSlots } from '../../domain/slot-words';
import type { JiraResult, Place, Services } from '../ports';
import type { CreateField, ProjectEntry, WorkflowTransition } from '../ports-catalogue';
import { badInput, failed, problemAnswer, succeeded } from './results';

const jiraId = z.string().regex(/^\d{1,19}$/, 'must be a Jira id (digits)');
const searchInput = z.object({
  query: z.string().max(255),
  pageToken: z
    .string()
    .regex(/^\d{1,6}$/)
    .optional(),
});
const projectInput = z.object({ projectId: jiraId });
const placeInput = projectInput.extend({ issueTypeId: jiraId });
const pathsInput = placeInput.extend({ slots: slotsSchema });

/** Fields that the app fills when it creates an issue, or that Jira fills by itself. */
const FILLED = ['project', 'issuetype', 'summary', 'description', 'labels', 'duedate', 'reporter'];
/** Optional fields that the app sets when the create screen has them. */
const OPTIONAL = ['labels', 'duedate'];

/** Projects by name or key that can be mapped, a page at a time. */
export async function searchProjects(
  services: Services,
  payload: unknown,
): Promise<AdminResult<{ projects: ProjectChoice[]; nextPageToken?: string }>> {
  const input = searchInput.safeParse(payload);
  if (!input.success) return badInput(input.error);
  const found = await services.catalogue.searchProjects(
    input.data.query.trim(),
    Number(input.data.pageToken ?? 0),
  );
  if (!found.ok) return problemAnswer(found.problem);
  const { projects, nextStartAt } = found.value;
  return succeeded({
    projects: projects.flatMap((entry) => choiceOf(entry) ?? []),
    ...(nextStartAt !== undefined && { nextPageToken: String(nextStartAt) }),
  });
}

/** A project with its issue types and their statuses, and what does not work there. */
export async function getProject(services: Services, payload: unknown): Promise<AdminResult<ProjectDetails>> {
  const input = projectInput.safeParse(payload);
  if (!input.success) return badInput(input.error);
  const { projectId } = input.data;
  const [project, types] = await Promise.all([
    services.catalogue.project(projectId),
    services.catalogue.issueTypes(projectId),
  ]);
  if (!project.ok) return problemAnswer(project.problem);
  if (!types.ok) return problemAnswer(types.problem);
  const choice = choiceOf(project.value);
  if (choice === undefined)
    return failed({ code: 'not_found', text: 'Projects of this kind hold ideas, not requests.' });
  const { key, typeKey, isArchived } = project.value;
  const root = await services.door.siteUrl();
  return succeeded({
    ...choice,
    isArchived,
    issueTypes: types.value
      .filter(({ isSubtask }) => !isSubtask)
      .map((type) => ({ ...type, statuses: type.statuses.map(statusView) })),
    limits: limitsOf(project.value),
    url: `${root}/${typeKey === 'business' ? 'jira/core' : 'jira/software'}/projects/${key}/board`,
  });
}

/** All that the mapping editor needs about one issue type. */
export async function getIssueType(
  services: Services,
  payload: unknown,
): Promise<AdminResult<IssueTypeDetails>> {
  const input = placeInput.safeParse(payload);
  if (!input.success) return badInput(input.error);
  const { projectId, issueTypeId } = input.data;
  const { catalogue } = services;
  const [types, fields, resolutions, workflow] = await Promise.all([
    catalogue.issueTypes(projectId),
    catalogue.createFields(input.data),
    catalogue.resolutions(),
    catalogue.workflow(input.data),
  ]);
  if (!types.ok) return problemAnswer(types.problem);
  const type = types.value.find(({ id }) => id === issueTypeId);
  if (type === undefined) return failed({ code: 'not_found', text: 'The project has no such issue type.' });
  if (!fields.ok) return problemAnswer(fields.problem);
  const initialStatusId = workflow.ok ? workflow.value.find(({ isInitial }) => isInitial)?.to : undefined;
  return succeeded({
    statuses: type.statuses.map(statusView),
    suggested: suggestSlots(type.statuses),
    ...(initialStatusId !== undefined && { initialStatusId }),
    requiredFields: unfilledFields(fields.value).map(requiredField),
    missingOptionalFields: missingOptional(fields.value),
    resolutions: resolutions.ok ? resolutions.value : [],
  });
}

/** Which slot the app reaches from which: by the workflow where the app may read it, else by an issue in the status. */
export async function checkPaths(
  services: Services,
  payload: unknown,
): Promise<AdminResult<{ paths: SlotPath[]; warnings: string[] }>> {
  const input = pathsInput.safeParse(payload);
  if (!input.success) return badInput(input.error);
  const { slots, ...place } = input.data;
  const paths = await pathsBy(services, place, slots, await services.catalogue.workflow(place));
  if (!paths.ok) return problemAnswer(paths.problem);
  return succeeded({ paths: paths.value, warnings: pathWarnings(paths.value) });
}

/** The paths between the slots of a mapping, by its workflow as it was read, or not. */
export async function pathsBy(
  services: Pick<Services, 'catalogue' | 'issues'>,
  place: Place,
  slots: Readonly<Record<Slot, readonly string[]>>,
  workflow: JiraResult<WorkflowTransition[]>,
): Promise<JiraResult<SlotPath[]>> {
  if (!workflow.ok && workflow.problem.kind === 'rate_limited') return workflow;
  const ways = new Map<string, readonly { to: string; isSure: boolean }[]>();
  if (workflow.ok) for (const id of allOf(slots)) ways.set(id, waysOut(workflow.value, id));
  const paths = slotPaths(slots, ways);
  const doubtful = new Set(
    paths.filter(({ reachable }) => reachable === 'unknown').flatMap(({ from }) => slots[from]),
  );
  // Conditions cannot be judged from here, but Jira offers the app only what it may take.
  await Promise.all([...doubtful].map((statusId) => lookAtAnIssue(services, place, statusId, ways)));
  return { ok: true, value: slotPaths(slots, ways) };
}

async function lookAtAnIssue(
  services: Pick<Services, 'catalogue' | 'issues'>,
  place: Place,
  statusId: string,
  ways: Map<string, KnownWays extends ReadonlyMap<string, infer Known> ? Known : never>,
): Promise<void> {
  const issueId = await services.catalogue.findIssueIn(place, statusId);
  if (!issueId.ok || issueId.value === undefined) return;
  const offered = await services.issues.transitions(issueId.value);
  if (!offered.ok) return;
  const usable = offered.value.filter(({ needsOtherFields }) => !needsOtherFields);
  ways.set(
    statusId,
    usable.map(({ toStatusId }) => ({ to: toStatusId, isSure: true })),
  );
}

function waysOut(
  transitions: readonly WorkflowTransition[],
  statusId: string,
): { to: string; isSure: boolean }[] {
  return transitions
    .filter(({ isInitial, from }) => !isInitial && (from === undefined || from.includes(statusId)))
    .map(({ to, isGuarded }) => ({ to, isSure: !isGuarded }));
}

function allOf(slots: Readonly<Record<Slot, readonly string[]>>): string[] {
  return SLOTS.flatMap((slot) => slots[slot]);
}

/** Required fields that have no default and that the app does not fill. */
export function unfilledFields(fields: readonly CreateField[]): CreateField[] {
  return fields.filter(({ id, required, hasDefault }) => required && !hasDefault && !FILLED.includes(id));
}

/** Optional fields of the app that the create screen lacks. */
export function missingOptional(
  fields: readonly CreateField[],
  wanted: readonly string[] = OPTIONAL,
): string[] {
  return wanted.filter((name) => fields.every(({ id }) => id !== name));
}

/** Types of fields that a page can offer an editor for. */
const EDITABLE = ['string', 'document', 'number', 'date', 'user'];

function requiredField({ id, name, type, itemType, choices }: CreateField): RequiredField {
  const isList = type === 'array';
  const isChoice = choices !== undefined;
  const canFill = isChoice || EDITABLE.includes(type) || (isList && itemType === 'string');
  return {
    ...{ id, name, type, canFill },
    ...(isChoice && {
      choices: choices.map((choice) => ({
        value: isList ? [{ id: choice.id }] : { id: choice.id },
        label: choice.label,
      })),
    }),
  };
}

function choiceOf({ id, key, name, typeKey, isTeamManaged }: ProjectEntry): ProjectChoice | undefined {
  switch (typeKey) {
    case 'software':
    case 'business':
    case 'service_desk':
      return { id, key, name, kind: typeKey, isTeamManaged };
    default:
      return undefined;
  }
}

function statusView({ id, name, category }: { id: string; name: string; category: string }): StatusView {
  return {
    ...{ id, name },
    category:
      category === 'new' || category === 'indeterminate' || category === 'done' ? category : 'unknown',
  };
}

/** What does not work in such a project, in plain words (Jira, kinds of projects). */
function limitsOf({ isTeamManaged, typeKey, isArchived }: ProjectEntry): string[] {
  return [
    ...(isArchived ? ['The project is archived: nothing can be made or changed in it.'] : []),
    ...(isTeamManaged
      ? [
          'Team-managed project: every administrator of it can change its statuses and workflow at any time. Transitions cannot be limited to the app there, so the list of approvers is the only gate.',
          'Team-managed project: its statuses belong to it alone, so they are mapped anew for every other project.',
        ]
      : []),
    ...(typeKey === 'service_desk'
      ? [
          'Service project: issues made by the app have no request type, so they do not show on the customer portal.',
          'Service project: comments of the app are internal. Approvals of the service desk itself are not used.',
        ]
      : []),
  ];
}
