import { route } from '@forge/api';
import * as z from 'zod';
import { plainText } from '../domain/adf';
import type { Deadline } from '../usecases/ports';
import type { ProjectProof } from '../usecases/provision/ports';
import type { JiraClient } from './client';
import { withDeadline } from './provisioning-pacing';
import { createProjectReading } from './provisioning-reading';

/** The entity property of requests; the manifest makes it searchable. */
const PROPERTY_KEY = 'teleport-access';

const id = z.string().regex(/^\d+$/);
const createFields = z.object({
  fields: z.array(
    z.object({
      fieldId: z.string(),
      name: z.string(),
      required: z.boolean(),
      hasDefaultValue: z.boolean().default(false),
    }),
  ),
});
const permissions = z.object({
  permissions: z.record(z.string(), z.object({ havePermission: z.boolean() })),
});
const created = z.object({ id, key: z.string() });
const found = z.object({ issues: z.array(z.object({ id, key: z.string() })) });
const issue = z.object({
  fields: z.object({
    status: z.object({ id }),
    comment: z.object({ comments: z.array(z.object({ body: z.unknown() })) }),
  }),
});
const transitions = z.object({
  transitions: z.array(
    z.object({
      id: z.string(),
      to: z.object({ id }),
      fields: z
        .record(
          z.string(),
          z.object({
            required: z.boolean(),
            allowedValues: z.array(z.object({ id: z.string().optional() })).optional(),
          }),
        )
        .default({}),
    }),
  ),
});

/** Fields that the app fills when it creates an issue, or that Jira fills by itself. */
const FILLED = ['project', 'issuetype', 'summary', 'description', 'labels', 'reporter'];

/**
 * Proving projects by REST v3. The issue carries the property of requests, which is searchable, with an id that no request has
 * and no cluster, so nothing takes it for one.
 */
export function createProjectProof(client: JiraClient, deadline: Deadline): ProjectProof {
  const jira = withDeadline(client, deadline);
  return {
    ...createProjectReading(jira),
    async missingPermissions(projectId, keys) {
      const read = await jira.call(
        { route: route`/rest/api/3/mypermissions?projectId=${projectId}&permissions=${keys.join(',')}` },
        permissions,
      );
      if (!read.ok) return read;
      return { ok: true, value: keys.filter((key) => read.value.permissions[key]?.havePermission !== true) };
    },
    async unfilledFields(projectId, issueTypeId) {
      const read = await jira.call(
        { route: route`/rest/api/3/issue/createmeta/${projectId}/issuetypes/${issueTypeId}?maxResults=200` },
        createFields,
      );
      if (!read.ok) return read;
      const unfilled = read.value.fields.filter(
        ({ required, hasDefaultValue, fieldId }) => required && !hasDefaultValue && !FILLED.includes(fieldId),
      );
      return { ok: true, value: unfilled.map(({ name }) => name) };
    },
    createIssue({ projectId, issueTypeId, summary, description, attemptId }) {
      const value = {
        ...{ requestId: requestIdOf(attemptId), cluster: '', user: '', roles: [], state: 'SET_UP' },
        attemptId,
      };
      const body = {
        fields: { project: { id: projectId }, issuetype: { id: issueTypeId }, summary, description },
        properties: [{ key: PROPERTY_KEY, value }],
      };
      return jira.call({ route: route`/rest/api/3/issue`, method: 'POST', body }, created);
    },
    async findIssue(attemptId) {
      const jql = `issue.property[${PROPERTY_KEY}].requestId = "${requestIdOf(attemptId)}" ORDER BY created ASC`;
      const body = { jql, fields: ['summary'], maxResults: 1 };
      const read = await jira.call({ route: route`/rest/api/3/search/jql`, method: 'POST', body }, found);
      return read.ok ? { ok: true, value: read.value.issues[0] } : read;
    },
    async readIssue(issueId) {
      const read = await jira.call(
        { route: route`/rest/api/3/issue/${issueId}?fields=status,comment` },
        issue,
      );
      if (!read.ok) return read;
      const { status, comment } = read.value.fields;
      return {
        ok: true,
        value: { statusId: status.id, comments: comment.comments.map(({ body }) => plainText(body)) },
      };
    },
    async waysOf(issueId) {
      const read = await jira.call(
        { route: route`/rest/api/3/issue/${issueId}/transitions?expand=transitions.fields` },
        transitions,
      );
      if (!read.ok) return read;
      const ways = read.value.transitions.map(({ id: transitionId, to, fields }) => ({
        ...{ id: transitionId, toStatusId: to.id },
        resolutionId:
          fields.resolution?.required === true ? fields.resolution.allowedValues?.[0]?.id : undefined,
      }));
      return { ok: true, value: ways };
    },
    comment: (issueId, body) =>
      jira.send({ route: route`/rest/api/3/issue/${issueId}/comment`, method: 'POST', body: { body } }),
    move: (issueId, way) =>
      jira.send({
        route: route`/rest/api/3/issue/${issueId}/transitions`,
        method: 'POST',
        body: {
          transition: { id: way.id },
          ...(way.resolutionId !== undefined && { fields: { resolution: { id: way.resolutionId } } }),
        },
      }),
  };
}

function requestIdOf(attemptId: string): string {
  return `set-up-${attemptId}`;
}
