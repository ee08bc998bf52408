import { route } from '@forge/api';
import * as z from 'zod';
import type { JiraResult } from '../usecases/ports';
import type { SiteProvisioning, StatusView } from '../usecases/provision/ports';
import type { JiraClient } from './client';

const PAGE = 200;

const status = z.object({
  id: z.string(),
  name: z.string(),
  statusCategory: z.string(),
  description: z.string().default(''),
  scope: z.object({ type: z.string() }).optional(),
});
const statusPage = z.object({ values: z.array(status), isLast: z.boolean() });
const permissions = z.object({
  permissions: z.record(z.string(), z.object({ havePermission: z.boolean() })),
});
const myself = z.object({ accountId: z.string() });
const license = z.object({ applications: z.array(z.object({ id: z.string(), plan: z.string() })) });
const issueType = z.object({
  id: z.string(),
  name: z.string(),
  subtask: z.boolean().default(false),
  hierarchyLevel: z.int().default(0),
  scope: z.unknown().optional(),
});
/** Roles have numeric ids here, and text everywhere else. */
const role = z.object({ id: z.int(), name: z.string() });
const resolution = z.object({ id: z.string(), name: z.string() });

/** The application whose plan counts for a kind of project (Jira REST v3, get license). */
const APPLICATIONS: Readonly<Record<string, readonly string[]>> = {
  software: ['jira-software'],
  business: ['jira-core', 'jira-software'],
};

/** Statuses, types and roles of the site by REST v3. `patient` waits while another task changes workflows. */
export function createSiteProvisioning(jira: JiraClient, patient: JiraClient): SiteProvisioning {
  return {
    async myAccountId() {
      const read = await jira.call({ route: route`/rest/api/3/myself` }, myself);
      return read.ok ? { ok: true, value: read.value.accountId } : read;
    },
    async mayAdminister() {
      const read = await jira.call(
        { route: route`/rest/api/3/mypermissions?permissions=ADMINISTER` },
        permissions,
      );
      return read.ok ? { ok: true, value: read.value.permissions.ADMINISTER?.havePermission === true } : read;
    },
    async plan(projectType) {
      const read = await jira.call({ route: route`/rest/api/3/instance/license` }, license);
      if (!read.ok) return read;
      const { applications } = read.value;
      const licensed = (APPLICATIONS[projectType] ?? [])
        .map((id) => applications.find((application) => application.id === id)?.plan)
        .filter((plan) => plan === 'FREE' || plan === 'PAID');
      // Whether one paid product is enough is not documented: only a clear answer counts.
      if (licensed.length === 0 || new Set(licensed).size > 1) return { ok: true, value: 'unknown' };
      return { ok: true, value: licensed[0] === 'FREE' ? 'free' : 'paid' };
    },
    async statusesById(ids) {
      const query = new URLSearchParams(ids.map((id): [string, string] => ['id', id]));
      const read = await jira.call({ route: route`/rest/api/3/statuses?${query}` }, z.array(status));
      return read.ok ? { ok: true, value: read.value.map(view) } : read;
    },
    statusesNamed: (names) => statusesNamed(jira, names),
    async createStatuses(statuses) {
      const body = {
        scope: { type: 'GLOBAL' },
        statuses: statuses.map(({ name, category, description }) => ({
          ...{ name, statusCategory: category, description },
        })),
      };
      const made = await patient.call(
        { route: route`/rest/api/3/statuses`, method: 'POST', body },
        z.array(status),
      );
      return made.ok ? { ok: true, value: made.value.map(view) } : made;
    },
    async issueTypes() {
      const read = await jira.call({ route: route`/rest/api/3/issuetype` }, z.array(issueType));
      if (!read.ok) return read;
      const usable = read.value.filter(
        ({ subtask, hierarchyLevel, scope }) => !subtask && hierarchyLevel === 0 && scope === undefined,
      );
      return { ok: true, value: usable.map(({ id, name }) => ({ id, name })) };
    },
    createIssueType: ({ name, description }) =>
      jira.call(
        {
          route: route`/rest/api/3/issuetype`,
          method: 'POST',
          body: { name, description, type: 'standard' },
        },
        issueType,
      ),
    async roles() {
      const read = await jira.call({ route: route`/rest/api/3/role` }, z.array(role));
      return read.ok ? { ok: true, value: read.value.map(named) } : read;
    },
    async createRole({ name, description }) {
      const made = await jira.call(
        { route: route`/rest/api/3/role`, method: 'POST', body: { name, description } },
        role,
      );
      return made.ok ? { ok: true, value: named(made.value) } : made;
    },
    resolutions: () => jira.call({ route: route`/rest/api/3/resolution` }, z.array(resolution)),
  };
}

/** Exact names by one call; for those that are not there, names of other case by search. */
async function statusesNamed(jira: JiraClient, names: readonly string[]): Promise<JiraResult<StatusView[]>> {
  const query = new URLSearchParams(names.map((name): [string, string] => ['name', name]));
  const exact = await jira.call({ route: route`/rest/api/3/statuses/byNames?${query}` }, z.array(status));
  if (!exact.ok) return exact;
  const found = exact.value.filter(isGlobal).map(view);
  for (const name of names) {
    if (found.some((each) => each.name === name)) continue;
    const alike = await statusesLike(jira, name);
    if (!alike.ok) return alike;
    found.push(...alike.value);
  }
  return { ok: true, value: found };
}

async function statusesLike(jira: JiraClient, name: string): Promise<JiraResult<StatusView[]>> {
  const found: StatusView[] = [];
  for (let startAt = 0; ; startAt += PAGE) {
    const page = await jira.call(
      {
        route: route`/rest/api/3/statuses/search?searchString=${name}&startAt=${startAt}&maxResults=${PAGE}`,
      },
      statusPage,
    );
    if (!page.ok) return page;
    const { values, isLast } = page.value;
    found.push(
      ...values.filter((each) => isGlobal(each) && each.name.toLowerCase() === name.toLowerCase()).map(view),
    );
    if (isLast || values.length === 0) return { ok: true, value: found };
  }
}

function isGlobal({ scope }: z.infer<typeof status>): boolean {
  return scope === undefined || scope.type === 'GLOBAL';
}

function view({ id, name, statusCategory, description }: z.infer<typeof status>): StatusView {
  return { id, name, category: statusCategory, description };
}

function named({ id, name }: z.infer<typeof role>): { id: string; name: string } {
  return { id: String(id), name };
}
