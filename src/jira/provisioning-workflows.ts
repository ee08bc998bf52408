import { route } from '@forge/api';
import * as z from 'zod';
import type { WorkflowView } from '../domain/provision/workflow';
import type { WorkflowProvisioning } from '../usecases/provision/ports';
import type { JiraClient } from './client';

const PAGE = 50;

const statuses = z.array(z.object({ id: z.string(), statusReference: z.string() }));
const workflow = z.object({
  id: z.string(),
  name: z.string(),
  description: z.string().default(''),
  statuses: z.array(z.object({ statusReference: z.string() })).default([]),
  transitions: z
    .array(
      z.object({
        name: z.string().default(''),
        type: z.string(),
        toStatusReference: z.string().default(''),
        links: z.array(z.object({ fromStatusReference: z.string().default('') })).default([]),
      }),
    )
    .default([]),
});
const read = z.object({ workflows: z.array(workflow), statuses });
const page = z.object({ values: z.array(workflow), statuses: statuses.default([]), isLast: z.boolean() });
const created = z.object({ workflows: z.array(z.object({ id: z.string(), name: z.string() })) });
const validated = z.object({
  errors: z.array(z.object({ type: z.string().default(''), message: z.string().default('') })).default([]),
});

/** Workflows by REST v3 (bulk operations). `patient` waits while another task changes workflows. */
export function createWorkflowProvisioning(jira: JiraClient, patient: JiraClient): WorkflowProvisioning {
  return {
    async workflowById(id) {
      const found = await jira.call(
        { route: route`/rest/api/3/workflows`, method: 'POST', body: { workflowIds: [id] } },
        read,
      );
      if (!found.ok) return found.problem.kind === 'not_found' ? { ok: true, value: undefined } : found;
      const [first] = found.value.workflows;
      return { ok: true, value: first && view(first, found.value.statuses) };
    },
    async findWorkflows(text) {
      const found: WorkflowView[] = [];
      for (let startAt = 0; ; startAt += PAGE) {
        const answer = await jira.call(
          {
            route: route`/rest/api/3/workflows/search?queryString=${text}&expand=values.transitions&startAt=${startAt}&maxResults=${PAGE}`,
          },
          page,
        );
        if (!answer.ok) return answer;
        const { values, isLast } = answer.value;
        found.push(...values.map((each) => view(each, answer.value.statuses)));
        if (isLast || values.length === 0) return { ok: true, value: found };
      }
    },
    async validateWorkflow(document) {
      const answer = await jira.call(
        {
          route: route`/rest/api/3/workflows/create/validation`,
          method: 'POST',
          body: { payload: document, validationOptions: { levels: ['ERROR'] } },
        },
        validated,
      );
      return answer.ok ? { ok: true, value: answer.value.errors } : answer;
    },
    async createWorkflow(document) {
      const answer = await patient.call(
        { route: route`/rest/api/3/workflows/create`, method: 'POST', body: document },
        created,
      );
      if (!answer.ok) return answer;
      const [first] = answer.value.workflows;
      const detail = 'Jira did not say which workflow it made.';
      return first === undefined
        ? { ok: false, problem: { kind: 'uncertain', detail } }
        : { ok: true, value: first };
    },
  };
}

/** Jira names statuses by references of the answer; ids are what counts. */
function view(
  { id, name, description, ...rest }: z.infer<typeof workflow>,
  known: z.infer<typeof statuses>,
): WorkflowView {
  const idOf = (reference: string) =>
    known.find(({ statusReference }) => statusReference === reference)?.id ?? reference;
  return {
    ...{ id, name, description },
    statusIds: rest.statuses.map(({ statusReference }) => idOf(statusReference)),
    transitions: rest.transitions.map((each) => ({
      ...{ name: each.name, type: each.type, toStatusId: idOf(each.toStatusReference) },
      fromStatusIds: each.links.map(({ fromStatusReference }) => idOf(fromStatusReference)),
    })),
  };
}
