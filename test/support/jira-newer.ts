/**
 * Operations of Jira's reference that are newer than the description which may lie beside the repository, in the form of OpenAPI
 * (Jira REST v3, issue panels). Granular scopes are not published for them.
 */
const moduleId = {
  type: 'string',
  pattern: '^ari:cloud:ecosystem::extension/[^/]+/[^/]+/static/[^/]+$',
};
const scopes = [
  { state: 'Current', scopes: ['manage:jira-project'] },
  { state: 'Beta', scopes: [] },
];

function operation(body: object, status: string, answer: object): object {
  return {
    post: {
      requestBody: { required: true, content: { 'application/json': { schema: body } } },
      responses: { [status]: { content: { 'application/json': { schema: answer } } } },
      'x-atlassian-oauth2-scopes': scopes,
    },
  };
}

export const NEWER_PATHS: Readonly<Record<string, object>> = {
  '/rest/api/3/forge/panel/action/bulk/async': operation(
    {
      type: 'object',
      required: ['moduleId', 'projectList'],
      additionalProperties: false,
      properties: {
        moduleId,
        projectList: {
          type: 'array',
          items: {
            type: 'object',
            required: ['action', 'projectIdOrKey'],
            additionalProperties: false,
            properties: {
              action: { type: 'string', enum: ['PIN', 'UNPIN'] },
              projectIdOrKey: { type: 'string' },
            },
          },
        },
      },
    },
    '202',
    { type: 'object', properties: { taskId: { type: 'string' } }, additionalProperties: false },
  ),
  '/rest/api/3/forge/panel/action/bulk/status': operation(
    {
      type: 'object',
      required: ['moduleId', 'projectList'],
      additionalProperties: false,
      properties: { moduleId, projectList: { type: 'array', items: { type: 'string' } } },
    },
    '200',
    {
      type: 'object',
      additionalProperties: false,
      properties: {
        moduleId,
        statuses: {
          type: 'array',
          items: {
            type: 'object',
            additionalProperties: false,
            properties: {
              projectIdOrKey: { type: 'string' },
              pinned: { type: 'boolean' },
              pinnedAt: { type: 'integer' },
              error: { type: 'string' },
            },
          },
        },
      },
    },
  ),
};
