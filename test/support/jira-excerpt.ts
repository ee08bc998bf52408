/**
 * What the tests ask of Jira's answers and of calls to it when its published description is not at hand: the operations the
 * app uses, with the parameters and properties it relies on, in the form of an OpenAPI document.
 */
type Json = Record<string, unknown>;

const text = { type: 'string' };
const whole = { type: 'integer' };
const list = (items: Json): Json => ({ type: 'array', items });
const object = (required: Json, optional: Json = {}): Json => ({
  type: 'object',
  required: Object.keys(required),
  properties: { ...required, ...optional },
});
const strict = (required: Json, optional: Json = {}): Json => ({
  ...object(required, optional),
  additionalProperties: false,
});
const query = (...names: string[]): Json[] => names.map((name) => ({ name, in: 'query', schema: {} }));
const content = (schema: Json): Json => ({ content: { 'application/json': { schema } } });
const answers = (status: number, schema?: Json): Json => ({
  [status]: schema === undefined ? {} : content(schema),
});
const operation = (responses: Json, more: { parameters?: Json[]; body?: Json } = {}): Json => ({
  parameters: more.parameters ?? [],
  ...(more.body === undefined ? {} : { requestBody: { required: true, ...content(more.body) } }),
  responses,
});

const account = object({ accountId: text, displayName: text, active: { type: 'boolean' } });
const history = object({ id: text, author: account, items: list(object({ field: text })) });
const comment = object({
  id: text,
  author: account,
  body: object({ type: text }),
  created: text,
  updated: text,
});
const bean = object({ id: text }, { key: text, self: text, fields: { type: 'object' } });
const status = object({ id: text, name: text, statusCategory: object({ key: text }) });
const property = strict({ key: text, value: {} });
const update = object(
  {},
  {
    fields: { type: 'object' },
    update: { type: 'object' },
    properties: list(property),
    transition: object({ id: text }),
  },
);
const paged = (values: Json): Json =>
  object({ startAt: whole, maxResults: whole, total: whole, values: list(values) });
const grants = object({
  permissions: { type: 'object', additionalProperties: object({ havePermission: { type: 'boolean' } }) },
});
const link = object({ id: whole, self: text });
const remoteLink = object({ object: object({ url: text, title: text }) });
const issuePath = '/rest/api/3/issue/{issueIdOrKey}';

export const JIRA_EXCERPT: Json = {
  paths: {
    '/rest/api/3/issue': {
      post: operation(answers(201, object({ id: text, key: text, self: text })), { body: update }),
    },
    '/rest/api/3/issue/bulkfetch': {
      post: operation(answers(200, object({ issues: list(bean) })), {
        body: strict(
          { issueIdsOrKeys: list(text) },
          { fields: list(text), properties: list(text), expand: list(text) },
        ),
      }),
    },
    [issuePath]: {
      get: operation(answers(200, bean), { parameters: query('fields', 'expand', 'properties') }),
      put: operation(
        { ...answers(204), ...answers(200) },
        { body: update, parameters: query('returnIssue', 'expand') },
      ),
      delete: operation(answers(204)),
    },
    [`${issuePath}/changelog`]: {
      get: operation(answers(200, paged(history)), { parameters: query('startAt', 'maxResults') }),
    },
    [`${issuePath}/transitions`]: {
      get: operation(
        answers(200, object({ transitions: list(object({ id: text, name: text, to: status })) })),
        { parameters: query('expand', 'includeUnavailableTransitions') },
      ),
      post: operation(answers(204), { body: update }),
    },
    [`${issuePath}/comment`]: {
      get: operation(answers(200, object({ comments: list(comment), total: whole, startAt: whole })), {
        parameters: query('startAt', 'maxResults', 'orderBy', 'expand'),
      }),
      post: operation(answers(201, comment), { body: object({ body: object({ type: text }) }) }),
    },
    [`${issuePath}/comment/{id}`]: {
      get: operation(answers(200, comment)),
      put: operation(answers(200, comment), { body: object({ body: object({ type: text }) }) }),
      delete: operation(answers(204)),
    },
    [`${issuePath}/properties/{propertyKey}`]: {
      get: operation(answers(200, property)),
      put: operation({ ...answers(200), ...answers(201) }, { body: {} }),
    },
    [`${issuePath}/remotelink`]: {
      post: operation({ ...answers(200, link), ...answers(201, link) }, { body: remoteLink }),
    },
    '/rest/api/3/search/jql': {
      post: operation(answers(200, object({ issues: list(bean) }, { nextPageToken: text })), {
        body: strict(
          {},
          { jql: text, fields: list(text), maxResults: whole, nextPageToken: text, properties: list(text) },
        ),
      }),
    },
    '/rest/api/3/myself': { get: operation(answers(200, account)) },
    '/rest/api/3/user': {
      get: operation(answers(200, account), { parameters: query('accountId', 'expand') }),
    },
    '/rest/api/3/group/bulk': {
      get: operation(answers(200, paged(object({ groupId: text, name: text }))), {
        parameters: query('groupId', 'groupName', 'startAt', 'maxResults'),
      }),
    },
    '/rest/api/3/mypermissions': {
      get: operation(answers(200, grants), { parameters: query('permissions', 'projectId', 'issueId') }),
    },
    '/rest/api/3/project/{projectIdOrKey}': {
      get: operation(answers(200, object({ id: text, key: text, projectTypeKey: text }))),
    },
    '/rest/api/3/project/{projectIdOrKey}/statuses': {
      get: operation(answers(200, list(object({ id: text, name: text, statuses: list(status) })))),
    },
    '/rest/api/3/issue/createmeta/{projectIdOrKey}/issuetypes/{issueTypeId}': {
      get: operation(
        answers(
          200,
          object({ fields: list(object({ fieldId: text, name: text, required: { type: 'boolean' } })) }),
        ),
        { parameters: query('startAt', 'maxResults') },
      ),
    },
  },
  components: { schemas: {} },
};
