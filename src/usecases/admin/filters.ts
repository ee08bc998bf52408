import * as z from 'zod';
import type { AdminResult, ReadyFilter } from '../../../contract/admin';
import { readyFilters, type FilterText } from '../../domain/ready-filters';
import type { Services } from '../ports';
import type { JiraFilters } from '../ports-catalogue';
import { badInput, failed, problemAnswer, succeeded } from './results';

const createInput = z.object({ key: z.string().min(1).max(300) });
const DESCRIPTION = 'Made by the app that mirrors Teleport access requests.';

/** The searches that the page offers, each with the address that opens it. */
export async function listFilters(services: Services): Promise<AdminResult<{ filters: ReadyFilter[] }>> {
  const root = await services.door.siteUrl();
  const filters = (await offered(services)).map((filter) => ({
    ...filter,
    url: `${root}/issues/?jql=${encodeURIComponent(filter.jql)}`,
  }));
  return succeeded({ filters });
}

/** Saves one of them as a filter of the person who clicks, by that person's own rights. */
export async function createFilter(
  services: Services,
  filters: JiraFilters,
  payload: unknown,
): Promise<AdminResult<{ id: string; url: string }>> {
  const input = createInput.safeParse(payload);
  if (!input.success) return badInput(input.error);
  const filter = (await offered(services)).find(({ key }) => key === input.data.key);
  if (filter === undefined) return failed({ code: 'not_found', text: 'There is no such filter.' });
  const { name, jql } = filter;
  const made = await filters.create({ name, jql, description: DESCRIPTION });
  if (!made.ok) {
    // Jira names the field; names are unique for each owner (Jira REST v3, create filter).
    const isTaken = made.problem.kind === 'refused' && made.problem.fields.includes('filterName');
    const text = `You already have a filter called “${name}”.`;
    return isTaken ? failed({ code: 'conflict', text }) : problemAnswer(made.problem);
  }
  const { id } = made.value;
  return succeeded({ id, url: `${await services.door.siteUrl()}/issues/?filter=${id}` });
}

async function offered(services: Services): Promise<FilterText[]> {
  const connections = await services.connections.listStatus();
  return readyFilters([...new Set(connections.flatMap(({ cluster }) => cluster?.name ?? []))]);
}
