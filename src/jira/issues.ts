import { route } from '@forge/api';
import * as z from 'zod';
import { plainText } from '../domain/adf';
import type {
  CommentView,
  IssueView,
  JiraIssues,
  JiraResult,
  OptionalField,
  OptionalFields,
  TransitionView,
} from '../usecases/ports';
import { OPTIONAL_FIELDS, withoutFields } from '../usecases/optional-fields';
import type { JiraClient } from './client';
import { readHistory, type CardHistory, type HistoryEntry } from './history';
import { findByRequest, findMisplaced, PROPERTY_KEY, readStatuses } from './searches';

/** Marks a comment as internal in a service project (Jira Service Management, internal comments). */
const INTERNAL_COMMENT = { key: 'sd.public.comment', value: { internal: true } };
const COMMENT_PROPERTY_KEY = 'teleport-access-comment';
/** Fields that the app fills on a transition. */
const FILLED_ON_TRANSITION = ['resolution', 'comment'];

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
    sayAndMark: (issueId, input) => sayAndMark(jira, issueId, input),
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
          ...(resolutionId === undefined ? {} : { fields: { resolution: resolutionOf(resolutionId) } }),
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
    addWatcher: (issueId, accountId) =>
      jira.send({
        route: route`/rest/api/3/issue/${issueId}/watchers`,
        method: 'POST',
        body: accountId,
      }),
    findByRequest: (requestId) => findByRequest(jira, requestId),
    findMisplaced: (input) => findMisplaced(jira, input),
    statuses: (issueIds) => readStatuses(jira, issueIds),
  };
}

async function createIssue(
  jira: JiraClient,
  input: Parameters<JiraIssues['create']>[0],
): ReturnType<JiraIssues['create']> {
  const { projectId, issueTypeId, summary, description, property, optional = {}, defaults = {} } = input;
  const fields = {
    ...defaults,
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
  const made = await post({ ...fields, ...asFields(optional) });
  const named = !made.ok && made.problem.kind === 'refused' ? made.problem.fields : [];
  const dropped = OPTIONAL_FIELDS.filter((field) => field in optional && named.includes(field));
  // Anything else that it complains of would be refused again.
  if (dropped.length === 0 || dropped.length < named.length) return withDropped(made, []);
  return withDropped(await post({ ...fields, ...asFields(withoutFields(optional, dropped)) }), dropped);
}

/** Accounts are named by an object in a field (Jira REST v3, create issue). */
function asFields({ reporter, assignee, ...others }: OptionalFields): object {
  return {
    ...others,
    ...(reporter !== undefined && { reporter: { id: reporter } }),
    ...(assignee !== undefined && { assignee: { id: assignee } }),
  };
}

function withDropped(
  made: JiraResult<{ id: string; key: string }>,
  dropped: OptionalField[],
): JiraResult<{ id: string; key: string; dropped: OptionalField[] }> {
  return made.ok ? { ok: true, value: { ...made.value, dropped } } : made;
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
  const history = withHistory ? await cardHistory(jira, issueId, read.value.changelog) : NO_HISTORY;
  return history.ok ? issueView(jira, read.value, history.value) : history;
}

async function issueView(
  jira: JiraClient,
  value: z.infer<typeof issue>,
  history: CardHistory,
): Promise<JiraResult<IssueView>> {
  const comments = await allComments(jira, value.id, value.fields.comment);
  if (!comments.ok) return comments;
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
      lastMove: history.lastMove,
      lastEditor: history.lastEditor,
      comments: comments.value.map(commentView),
    },
  };
}

/** What the resolution field takes; `null` clears it. */
function resolutionOf(id: string | null): { id: string } | null {
  return id === null ? null : { id };
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

const UNREAD: CardHistory = { lastMove: undefined, lastEditor: undefined, moves: 0 };
const NO_HISTORY: JiraResult<CardHistory> = { ok: true, value: UNREAD };

/** Edits with `returnIssue`, which answers with the issue as it stands then: all comments included (Jira REST v3, edit issue). */
async function sayAndMark(
  jira: JiraClient,
  issueId: string,
  { bodies, property }: Parameters<JiraIssues['sayAndMark']>[1],
): Promise<JiraResult<IssueView>> {
  const edited = await jira.call(
    {
      route: route`/rest/api/3/issue/${issueId}?returnIssue=true`,
      method: 'PUT',
      body: {
        update: { comment: bodies.map((body) => ({ add: { body } })) },
        properties: [{ key: PROPERTY_KEY, value: property }],
      },
    },
    issue,
  );
  return edited.ok ? issueView(jira, edited.value, UNREAD) : edited;
}

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
