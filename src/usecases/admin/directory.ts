import * as z from 'zod';
import type { AdminFunctions, AdminResult } from '../../../contract/admin';
import type { Services } from '../ports';
import { badInput, problemAnswer, succeeded } from './results';

/** Groups and people shown for a search; more need a longer query. */
const SHOWN = 20;

const searchInput = z.object({ query: z.string().max(255) });
/** The role in which Jira puts the accounts of apps; it has this name in every language. */
const APP_ROLE = 'atlassian-addons-project-access';
const projectInput = z.object({ projectId: z.string().regex(/^\d{1,19}$/, 'must be a Jira id (digits)') });
const ids = z.array(z.string().min(1).max(128)).max(100).default([]);
const nameInput = z.object({ accountIds: ids, groupIds: ids, projectIds: ids });

/** Groups by part of their name. */
export async function searchGroups(
  services: Services,
  payload: unknown,
): Promise<AdminResult<AdminFunctions['searchGroups']['value']>> {
  const input = searchInput.safeParse(payload);
  if (!input.success) return badInput(input.error);
  const found = await services.catalogue.searchGroups(input.data.query.trim(), SHOWN);
  if (!found.ok) return problemAnswer(found.problem);
  const { groups, total } = found.value;
  return succeeded({ groups, isCut: total > groups.length });
}

/** Roles of a project, but for the one that holds the accounts of apps, which never decide. */
export async function listProjectRoles(
  services: Services,
  payload: unknown,
): Promise<AdminResult<AdminFunctions['listProjectRoles']['value']>> {
  const input = projectInput.safeParse(payload);
  if (!input.success) return badInput(input.error);
  const found = await services.people.projectRoles(input.data.projectId);
  if (!found.ok) return problemAnswer(found.problem);
  return succeeded({ roles: found.value.filter(({ name }) => name !== APP_ROLE) });
}

/** Active people by the beginning of their name or visible e-mail; never apps or customers, who cannot decide. */
export async function searchPeople(
  services: Services,
  payload: unknown,
): Promise<AdminResult<AdminFunctions['searchPeople']['value']>> {
  const input = searchInput.safeParse(payload);
  if (!input.success) return badInput(input.error);
  const query = input.data.query.trim();
  if (query === '') return succeeded({ people: [] });
  const found = await services.catalogue.searchPeople(query, SHOWN);
  return found.ok ? succeeded({ people: found.value }) : problemAnswer(found.problem);
}

/** Present names of stored ids, so that no names need to be stored. */
export async function nameObjects(
  services: Services,
  payload: unknown,
): Promise<AdminResult<AdminFunctions['nameObjects']['value']>> {
  const input = nameInput.safeParse(payload);
  if (!input.success) return badInput(input.error);
  const { accountIds, groupIds, projectIds } = input.data;
  const { catalogue } = services;
  const [people, groups, projects] = await Promise.all([
    catalogue.nameAccounts(accountIds),
    catalogue.nameGroups(groupIds),
    catalogue.nameProjects(projectIds),
  ]);
  if (!people.ok) return problemAnswer(people.problem);
  if (!groups.ok) return problemAnswer(groups.problem);
  if (!projects.ok) return problemAnswer(projects.problem);
  return succeeded({
    people: people.value,
    groups: groups.value,
    projects: projects.value.map(({ id, key, name }) => ({ id, key, name })),
  });
}
