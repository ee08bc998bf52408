import { route } from '@forge/api';
import { z } from 'zod';
import { plainText } from '../domain/adf';
import type { CommentView, IssueView, JiraIssues, JiraResult, TransitionView } from '../usecases/ports';
import type { JiraClient } from './client';
import { readHistory, type CardHistory, type HistoryEntry } from './history';

/** The entity property on linked issues; the manifest indexes it for JQL. */
const PROPERTY_KEY = 'teleport-access';
/** Marks a comment as internal in a service project (Jira Service Management, internal comments). */
const INTERNAL_COMMENT = { key: 'sd.public.comment', value: { internal: true } };
const COMMENT_PROPERTY_KEY = 'teleport-access-comment';
/** Fields that the app fills on a transition. */
const FILLED_ON_TRANSITION = ['resolution', 'comment'];
const MAX_BULK = 1000;

const id = z.string().regex(/^\d+$/);
const time = z.string().transform((text) => Date.parse(text));
const account = z.object({ accountId: z.string() }).optional();
const nothing = z.unknown();

const created = z.object({ id, key: z.string() });
const comment = z.object({ id, author: account, created: time, body: z.unknown() });
const commentPage = z.object({ comments: z.array(comment), total: z.int(), startAt: z.int().default(0) });
const historyItem = z.object({
  field: z.string(),
  fieldId: z.string().optional(),
  from: z.string().nullish(),
  to: z.string().nullish(),
});
const history = z.object({ id, author: account, created: time, items: z.array(historyItem) });

const issue = z.object({
  id,
  key: z.string(),
  fields: z.object({
    summary: z.string(),
    description: z.unknown(),
    status: z.object({ id }),
    project: z.object({ id }),
    issuetype: z.object({ id }),
    created: time,
    comment: commentPage.optional(),
  }),
  changelog: z.object({ histories: z.array(history), total: z.int() }).optional(),
});

const changelogPage = z.object({ values: z.array(history), total: z.int(), isLast: z.boolean() });

const transitionField = z.object({
  required: z.boolean(),
  hasDefaultValue: z.boolean().optional(),
  allowedValues: z.array(z.object({ id: z.string().optional() })).optional(),
});
const transitions = z.object({
  transitions: z.array(
    z.object({
      id: z.string(),
      to: z.object({ id }),
      hasScreen: z.boolean().default(false),
      isAvailable: z.boolean().default(true),
      fields: z.record(z.string(), transitionField).default({}),
    }),
  ),
});

const searchPage = z.object({
  issues: z.array(
    z.object({
      id,
      key: z.string().optional(),
      fields: z.object({ creator: account }).optional(),
      properties: z
        .object({
          [PROPERTY_KEY]: z.object({ cluster: z.string(), attemptId: z.string() }).partial().optional(),
        })
        .optional(),
    }),
  ),
});
const bulkFetched = z.object({
  issues: z.array(z.object({ id, fields: z.object({ status: z.object({ id }) }) })),
});

/** Jira's issues by REST v3, as the app. */
export function createJiraIssues(jira: JiraClient): JiraIssues {
  return {
    create: (input) => createIssue(jira, input),
    read: (issueId, options) => readIssue(jira, issueId, options?.history === true),
    edit: (issueId, { summary, description }) =>
      jira.send({
        route: route`/rest/api/3/issue/${issueId}`,
        method: 'PUT',
        body: { fields: { summary, description } },
      }),
    addComment: (issueId, body, { internal }) =>
      jira.call(
        {
          route: route`/rest/api/3/issue/${issueId}/comment`,
          method: 'POST',
          body: {
            body,
            properties: [
              { key: COMMENT_PROPERTY_KEY, value: { by: 'app' } },
              ...(internal ? [INTERNAL_COMMENT] : []),
            ],
          },
        },
        z.object({ id }),
      ),
    updateComment: (issueId, commentId, body) =>
      jira.send({
        route: route`/rest/api/3/issue/${issueId}/comment/${commentId}`,
        method: 'PUT',
        body: { body },
      }),
    deleteComment: async (issueId, commentId) => {
      const deleted = await jira.send({
        route: route`/rest/api/3/issue/${issueId}/comment/${commentId}`,
        method: 'DELETE',
      });
      return !deleted.ok && deleted.problem.kind === 'not_found' ? { ok: true, value: undefined } : deleted;
    },
    recentComments: async (issueId) => {
      const read = await jira.call(
        { route: route`/rest/api/3/issue/${issueId}/comment?orderBy=-created&maxResults=100` },
        commentPage,
      );
      return read.ok ? { ok: true, value: read.value.comments.map(commentView) } : read;
    },
    transitions: (issueId) => readTransitions(jira, issueId),
    transition: (issueId, { transitionId, resolutionId, property }) =>
      jira.send({
        route: route`/rest/api/3/issue/${issueId}/transitions`,
        method: 'POST',
        body: {
          transition: { id: transitionId },
          ...(resolutionId === undefined ? {} : { fields: { resolution: { id: resolutionId } } }),
          properties: [{ key: PROPERTY_KEY, value: property }],
        },
      }),
    setProperty: (issueId, property) =>
      jira.send({
        route: route`/rest/api/3/issue/${issueId}/properties/${PROPERTY_KEY}`,
        method: 'PUT',
        body: property,
      }),
    linkToTeleport: async (issueId, { requestId, url, title, resolved }) => {
      const result = await jira.call(
        {
          route: route`/rest/api/3/issue/${issueId}/remotelink`,
          method: 'POST',
          body: {
            globalId: `teleport-access-request:${requestId}`,
            application: { type: 'com.goteleport', name: 'Teleport' },
            relationship: 'access request',
            object: { url, title, status: { resolved } },
          },
        },
        nothing,
      );
      return result.ok ? { ok: true, value: undefined } : result;
    },
    findByRequest: (projectId, requestId) => findByRequest(jira, projectId, requestId),
    findMisplaced: (input) => findMisplaced(jira, input),
    statuses: (issueIds) => readStatuses(jira, issueIds),
  };
}

/** Fields of a new issue that are left out when the project's create screen lacks them. */
const OPTIONAL_FIELDS = ['labels'];

async function createIssue(
  jira: JiraClient,
  input: Parameters<JiraIssues['create']>[0],
): ReturnType<JiraIssues['create']> {
  const { projectId, issueTypeId, summary, description, property } = input;
  const fields = {
    project: { id: projectId },
    issuetype: { id: issueTypeId },
    summary,
    description,
  };
  const post = (body: object) =>
    jira.call(
      {
        route: route`/rest/api/3/issue`,
        method: 'POST',
        body: { fields: body, properties: [{ key: PROPERTY_KEY, value: property }] },
      },
      created,
    );
  const made = await post({ ...fields, labels: ['teleport'] });
  const isOffScreen =
    !made.ok &&
    made.problem.kind === 'refused' &&
    made.problem.fields.length > 0 &&
    made.problem.fields.every((field) => OPTIONAL_FIELDS.includes(field));
  return isOffScreen ? post(fields) : made;
}

async function readIssue(
  jira: JiraClient,
  issueId: string,
  withHistory: boolean,
): Promise<JiraResult<IssueView>> {
  const fields = 'summary,description,status,project,issuetype,created,comment';
  const read = await jira.call(
    { route: route`/rest/api/3/issue/${issueId}?fields=${fields}&expand=${withHistory ? 'changelog' : ''}` },
    issue,
  );
  if (!read.ok) return read;
  const { value } = read;
  const comments = await allComments(jira, issueId, value.fields.comment);
  if (!comments.ok) return comments;
  const history = withHistory ? await cardHistory(jira, issueId, value.changelog) : NO_HISTORY;
  if (!history.ok) return history;
  return {
    ok: true,
    value: {
      id: value.id,
      key: value.key,
      projectId: value.fields.project.id,
      issueTypeId: value.fields.issuetype.id,
      statusId: value.fields.status.id,
      summary: value.fields.summary,
      description: value.fields.description,
      createdAt: value.fields.created,
      lastMove: history.value.lastMove,
      lastEditor: history.value.lastEditor,
      comments: comments.value.map(commentView),
    },
  };
}

/** The comments that came with the issue, or all of them page by page when the issue carried only some. */
async function allComments(
  jira: JiraClient,
  issueId: string,
  embedded: z.infer<typeof commentPage> | undefined,
): Promise<JiraResult<z.infer<typeof comment>[]>> {
  if (embedded !== undefined && embedded.comments.length >= embedded.total)
    return { ok: true, value: embedded.comments };
  const all: z.infer<typeof comment>[] = [];
  for (;;) {
    const page = await jira.call(
      {
        route: route`/rest/api/3/issue/${issueId}/comment?startAt=${all.length}&maxResults=100&orderBy=created`,
      },
      commentPage,
    );
    if (!page.ok) return page;
    all.push(...page.value.comments);
    if (page.value.comments.length === 0 || all.length >= page.value.total) return { ok: true, value: all };
  }
}

const NO_HISTORY: JiraResult<CardHistory> = {
  ok: true,
  value: { lastMove: undefined, lastEditor: undefined, moves: 0 },
};

/**
 * What the history tells. The issue brings its newest entries (at most 40); only when they do not hold the last two changes
 * of status the whole changelog is read.
 */
async function cardHistory(
  jira: JiraClient,
  issueId: string,
  embedded: { histories: HistoryEntry[]; total: number } | undefined,
): Promise<JiraResult<CardHistory>> {
  const newest = readHistory(embedded?.histories ?? []);
  if (newest.moves > 1 || (embedded !== undefined && embedded.histories.length >= embedded.total))
    return { ok: true, value: newest };
  const all: HistoryEntry[] = [];
  for (;;) {
    const page = await jira.call(
      { route: route`/rest/api/3/issue/${issueId}/changelog?startAt=${all.length}&maxResults=100` },
      changelogPage,
    );
    if (!page.ok) return page;
    all.push(...page.value.values);
    if (page.value.isLast || page.value.values.length === 0) return { ok: true, value: readHistory(all) };
  }
}

function commentView(entry: z.infer<typeof comment>): CommentView {
  return {
    id: entry.id,
    accountId: entry.author?.accountId,
    createdAt: entry.created,
    text: plainText(entry.body),
  };
}

async function readTransitions(jira: JiraClient, issueId: string): Promise<JiraResult<TransitionView[]>> {
  const read = await jira.call(
    { route: route`/rest/api/3/issue/${issueId}/transitions?expand=transitions.fields` },
    transitions,
  );
  if (!read.ok) return read;
  const views = read.value.transitions
    .filter((transition) => transition.isAvailable)
    .map((transition): TransitionView => {
      const { resolution } = transition.fields;
      const others = Object.entries(transition.fields).filter(
        ([name]) => !FILLED_ON_TRANSITION.includes(name),
      );
      return {
        id: transition.id,
        toStatusId: transition.to.id,
        resolutionIds: resolution?.allowedValues?.flatMap((value) => value.id ?? []),
        resolutionRequired: resolution?.required === true && resolution.hasDefaultValue !== true,
        needsOtherFields: others.some(([, field]) => field.required && field.hasDefaultValue !== true),
        hasScreen: transition.hasScreen,
      };
    });
  return { ok: true, value: views };
}

async function findByRequest(
  jira: JiraClient,
  projectId: string,
  requestId: string,
): ReturnType<JiraIssues['findByRequest']> {
  const jql = `project = ${projectId} AND issue.property[${PROPERTY_KEY}].requestId = ${quoted(requestId)} ORDER BY created ASC`;
  const found = await jira.call(
    {
      route: route`/rest/api/3/search/jql`,
      method: 'POST',
      body: { jql, fields: ['creator'], properties: [PROPERTY_KEY], maxResults: 50 },
    },
    searchPage,
  );
  if (!found.ok) return found;
  const value = found.value.issues.map((entry) => ({
    id: entry.id,
    key: entry.key ?? entry.id,
    creatorAccountId: entry.fields?.creator?.accountId ?? '',
    attemptId: entry.properties?.[PROPERTY_KEY]?.attemptId,
    cluster: entry.properties?.[PROPERTY_KEY]?.cluster,
  }));
  return { ok: true, value };
}

async function findMisplaced(
  jira: JiraClient,
  input: Parameters<JiraIssues['findMisplaced']>[0],
): Promise<JiraResult<string[]>> {
  const jql = `${[
    `project = ${input.projectId}`,
    `issue.property[${PROPERTY_KEY}].state = ${quoted(input.state)}`,
    `status IN (${input.statusIds.join(', ')})`,
    `updated >= "-${input.changedWithinMinutes}m"`,
  ].join(' AND ')} ORDER BY updated DESC`;
  const found = await jira.call(
    { route: route`/rest/api/3/search/jql`, method: 'POST', body: { jql, fields: ['id'], maxResults: 100 } },
    searchPage,
  );
  return found.ok ? { ok: true, value: found.value.issues.map((entry) => entry.id) } : found;
}

async function readStatuses(
  jira: JiraClient,
  issueIds: readonly string[],
): Promise<JiraResult<Map<string, string>>> {
  const statuses = new Map<string, string>();
  for (let start = 0; start < issueIds.length; start += MAX_BULK) {
    const read = await jira.call(
      {
        route: route`/rest/api/3/issue/bulkfetch`,
        method: 'POST',
        body: { issueIdsOrKeys: issueIds.slice(start, start + MAX_BULK), fields: ['status'] },
      },
      bulkFetched,
    );
    if (!read.ok) return read;
    for (const entry of read.value.issues) statuses.set(entry.id, entry.fields.status.id);
  }
  return { ok: true, value: statuses };
}

/** A JQL string literal. */
function quoted(text: string): string {
  const escaped = text.replace(/["\\]/g, '\\$&');
  // eslint-disable-next-line no-control-regex -- control characters are what this expression is about
  return `"${escaped.replace(/[\u0000-\u001f]/g, ' ')}"`;
}
