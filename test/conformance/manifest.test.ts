import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { validate } from '@forge/manifest';
import { build } from 'esbuild';
import ts from 'typescript';
import { isScalar, isSeq, parseDocument } from 'yaml';
import { z } from 'zod';
import { spawnSync } from 'node:child_process';

/** The manifest fits Atlassian's own schema, the code, and what Jira says each operation needs. */

const root = join(__dirname, '..', '..');
const openApiFile = join(
  process.env['CONFORMANCE_DIR'] ?? join(root, '..', 'shared', 'conformance'),
  'jira-platform-openapi.json',
);

/** What each operation of Jira's REST API v3 that the app uses needs, in classic OAuth scopes (Jira's OpenAPI description). */
const EVERYDAY: Readonly<Record<string, readonly string[]>> = {
  'GET /rest/api/3/serverInfo': [],
  'GET /rest/api/3/myself': ['read:jira-user'],
  'GET /rest/api/3/user': ['read:jira-user'],
  'GET /rest/api/3/group/bulk': ['read:jira-user'],
  'GET /rest/api/3/mypermissions': ['read:jira-work'],
  'GET /rest/api/3/project/{}': ['read:jira-work'],
  'GET /rest/api/3/project/{}/statuses': ['read:jira-work'],
  'GET /rest/api/3/issue/createmeta/{}/issuetypes/{}': ['read:jira-work'],
  'POST /rest/api/3/issue': ['write:jira-work'],
  'POST /rest/api/3/issue/bulkfetch': ['read:jira-work'],
  'GET /rest/api/3/issue/{}': ['read:jira-work'],
  'PUT /rest/api/3/issue/{}': ['write:jira-work'],
  'GET /rest/api/3/issue/{}/changelog': ['read:jira-work'],
  'GET /rest/api/3/issue/{}/comment': ['read:jira-work'],
  'POST /rest/api/3/issue/{}/comment': ['write:jira-work'],
  'PUT /rest/api/3/issue/{}/comment/{}': ['write:jira-work'],
  'DELETE /rest/api/3/issue/{}/comment/{}': ['write:jira-work'],
  'GET /rest/api/3/issue/{}/transitions': ['read:jira-work'],
  'POST /rest/api/3/issue/{}/transitions': ['write:jira-work'],
  'PUT /rest/api/3/issue/{}/properties/{}': ['write:jira-work'],
  'POST /rest/api/3/issue/{}/remotelink': ['write:jira-work'],
  'POST /rest/api/3/search/jql': ['read:jira-work'],
  'POST /rest/api/3/issue/{}/watchers': ['write:jira-work'],
  'POST /rest/api/3/filter': ['write:jira-work'],
  'GET /rest/api/3/user/search': ['read:jira-user'],
  'GET /rest/api/3/user/bulk': ['read:jira-user'],
  'GET /rest/api/3/resolution/search': ['read:jira-work'],
  'GET /rest/api/3/resolution': ['read:jira-work'],
  'GET /rest/api/3/projectvalidate/validProjectName': ['read:jira-work'],
  'GET /rest/api/3/projectvalidate/validProjectKey': ['read:jira-work'],
  'GET /rest/api/3/project/{}/role': ['read:jira-work'],
  'GET /rest/api/3/project/{}/role/{}': ['read:jira-work'],
  'GET /rest/api/3/project/{}/properties/{}': ['read:jira-work'],
  'GET /rest/api/3/project/{}/permissionscheme': ['read:jira-work'],
  'GET /rest/api/3/project/search': ['read:jira-work'],
  'GET /rest/api/3/permissionscheme/{}': ['read:jira-work'],
  'GET /rest/api/3/permissionscheme': ['read:jira-work'],
  'GET /rest/api/3/issuetype': ['read:jira-work'],
  'GET /rest/api/3/groups/picker': ['read:jira-user'],
  'GET /rest/api/3/filter/search': ['read:jira-work'],
  'GET /rest/api/3/task/{}': ['read:jira-work'],
};

/** The same for what only setting up a project and reading workflows use. */
const SET_UP: Readonly<Record<string, readonly string[]>> = {
  'GET /rest/api/3/instance/license': ['manage:jira-configuration'],
  'GET /rest/api/3/issuetypescheme': ['manage:jira-configuration'],
  'GET /rest/api/3/issuetypescheme/mapping': ['manage:jira-configuration'],
  'GET /rest/api/3/issuetypescheme/project': ['manage:jira-configuration'],
  'GET /rest/api/3/role': ['manage:jira-configuration'],
  'GET /rest/api/3/statuses': ['manage:jira-configuration'],
  'GET /rest/api/3/statuses/byNames': ['manage:jira-configuration'],
  'GET /rest/api/3/statuses/search': ['manage:jira-configuration'],
  'GET /rest/api/3/workflows/search': ['manage:jira-configuration'],
  'GET /rest/api/3/workflowscheme': ['manage:jira-configuration'],
  'GET /rest/api/3/workflowscheme/project': ['manage:jira-configuration'],
  'POST /rest/api/3/issuetype': ['manage:jira-configuration'],
  'POST /rest/api/3/issuetypescheme': ['manage:jira-configuration'],
  'POST /rest/api/3/permissionscheme': ['manage:jira-configuration'],
  'POST /rest/api/3/project': ['manage:jira-configuration'],
  'POST /rest/api/3/project/{}/role/{}': ['manage:jira-configuration'],
  'POST /rest/api/3/role': ['manage:jira-configuration'],
  'POST /rest/api/3/statuses': ['manage:jira-configuration'],
  'POST /rest/api/3/workflows': ['manage:jira-configuration'],
  'POST /rest/api/3/workflows/create': ['manage:jira-configuration'],
  'POST /rest/api/3/workflows/create/validation': ['manage:jira-configuration'],
  'POST /rest/api/3/workflowscheme': ['manage:jira-configuration'],
  'PUT /rest/api/3/issuetypescheme/project': ['manage:jira-configuration'],
  'PUT /rest/api/3/project/{}/permissionscheme': ['manage:jira-project'],
  'PUT /rest/api/3/project/{}/properties/{}': ['manage:jira-project'],
  'PUT /rest/api/3/workflowscheme/project': ['manage:jira-configuration'],
};

/** The same for the API of boards, which has a description of its own and granular scopes only (Jira Software Cloud REST). */
const BOARDS: Readonly<Record<string, readonly string[]>> = {
  'GET /rest/agile/1.0/board': ['read:board-scope:jira-software', 'read:project:jira'],
  'GET /rest/agile/1.0/board/{}/configuration': ['read:board-scope.admin:jira-software', 'read:project:jira'],
  'POST /rest/agile/1.0/board': ['write:board-scope:jira-software'],
};

/** The same where Jira describes granular scopes only: a check of somebody else's permissions. */
const GRANULAR: Readonly<Record<string, readonly string[]>> = {
  'POST /rest/api/3/permissions/check': ['read:permission:jira'],
};

/** The same for what is in Jira's reference but not yet in the description (Jira REST v3, issue panels; get task). */
const PANELS: Readonly<Record<string, readonly string[]>> = {
  'POST /rest/api/3/forge/panel/action/bulk/async': ['manage:jira-project'],
  'POST /rest/api/3/forge/panel/action/bulk/status': ['manage:jira-project'],
};

const NEEDED: Readonly<Record<string, readonly string[]>> = {
  ...EVERYDAY,
  ...SET_UP,
  ...BOARDS,
  ...GRANULAR,
  ...PANELS,
};

function needsOf(operation: string): readonly string[] {
  return NEEDED[operation] ?? [];
}

const manifestText = readFileSync(join(root, 'manifest.yml'), 'utf8');
const manifest = z
  .object({
    permissions: z.object({ scopes: z.array(z.string()) }),
    modules: z.object({ function: z.array(z.object({ key: z.string(), handler: z.string() })) }),
  })
  .parse(parseDocument(manifestText).toJS());
const scopes = manifest.permissions.scopes;

/** All TypeScript of the app but its tests. */
const sources = readdirSync(join(root, 'src'), { recursive: true, encoding: 'utf8' })
  .filter((file) => file.endsWith('.ts') && !file.endsWith('.test.ts'))
  .map((file) =>
    ts.createSourceFile(file, readFileSync(join(root, 'src', file), 'utf8'), ts.ScriptTarget.ES2022, true),
  );

/** Every call of Jira in the app: each `route` template, with the method of the object literal around it. */
const operations = [...new Set(sources.flatMap(operationsOf))].sort();

function operationsOf(file: ts.SourceFile): string[] {
  const found: string[] = [];
  const visit = (node: ts.Node): void => {
    if (ts.isTaggedTemplateExpression(node) && node.tag.getText(file) === 'route')
      found.push(`${methodAround(node, file)} ${pathOf(node.template)}`);
    ts.forEachChild(node, visit);
  };
  visit(file);
  return found;
}

function methodAround(node: ts.Node, file: ts.SourceFile): string {
  const literal = node.parent.parent;
  if (!ts.isPropertyAssignment(node.parent) || !ts.isObjectLiteralExpression(literal)) return 'GET';
  const method = literal.properties.find((property) => property.name?.getText(file) === 'method');
  return method !== undefined && ts.isPropertyAssignment(method) && ts.isStringLiteral(method.initializer)
    ? method.initializer.text
    : 'GET';
}

function pathOf(template: ts.TemplateLiteral): string {
  const text = ts.isNoSubstitutionTemplateLiteral(template)
    ? template.text
    : template.head.text + template.templateSpans.map(({ literal }) => `{}${literal.text}`).join('');
  return text.split('?')[0] ?? text;
}

/** Atlassian's own complaints about the manifest as it stands in the repository; the package reads it from the current folder. */
async function complaints(): Promise<string[]> {
  const before = process.cwd();
  process.chdir(root);
  try {
    const { errors = [] } = await validate(false);
    return errors.map(({ level, line, message }) => `${level} in line ${line}: ${message}`);
  } finally {
    process.chdir(before);
  }
}

describe('the manifest', () => {
  beforeAll(() => {
    // The package looks for the folders of resources.
    if (!['admin', 'issue'].every((page) => existsSync(join(root, 'static', page, 'build'))))
      spawnSync(process.execPath, ['--import', 'tsx', join(root, 'scripts', 'build.ts')], { cwd: root });
  });

  it('has nothing that Atlassian’s own schema and checks complain of', async () => {
    expect(await complaints()).toEqual([]);
  });

  it('names functions that the bundle exports', async () => {
    const { metafile } = await build({
      ...{ entryPoints: [join(root, 'src', 'index.ts')], absWorkingDir: root, outfile: 'index.mjs' },
      ...{ bundle: true, platform: 'node', format: 'esm', write: false, metafile: true },
    });
    const exported = Object.values(metafile.outputs).flatMap((output) => output.exports);
    const handlers = manifest.modules.function.map(({ handler }) => handler);
    expect(handlers.map((handler) => handler.split('.')[0])).toEqual(handlers.map(() => 'index'));
    expect(handlers.map((handler) => handler.split('.')[1]).sort()).toEqual(exported.sort());
  });
});

describe('scopes', () => {
  it('are asked for by the routes that the app calls, each of which is known', () => {
    expect(operations.length).toBeGreaterThan(15);
    expect(operations.filter((operation) => !(operation in NEEDED))).toEqual([]);
  });

  it('in this file are those of Jira’s own description', () => {
    const described = readOpenApi();
    // Without the description the table stands alone; then it has at least to fit the methods.
    const expected = described ?? ((operation: string) => scopesByMethod(operation));
    // A rough expectation does not know what is configuration.
    const table: Readonly<Record<string, readonly string[]>> =
      described === undefined ? EVERYDAY : { ...EVERYDAY, ...SET_UP };
    const used = operations.filter((operation) => operation in table);
    expect(Object.fromEntries(used.map((operation) => [operation, expected(operation)]))).toEqual(
      Object.fromEntries(used.map((operation) => [operation, needsOf(operation)])),
    );
  });

  it('in the manifest are enough for every route', () => {
    const missing = operations.filter(
      (operation) => !needsOf(operation).every((scope) => scopes.includes(scope)),
    );
    expect(missing).toEqual([]);
  });

  it('in the manifest are needed by a route, by storage, or have their reason beside them', () => {
    const needed = new Set(operations.flatMap((operation) => needsOf(operation)));
    if (sources.some((file) => file.text.includes("from '@forge/kvs'"))) needed.add('storage:app');
    const unexplained = scopes.filter((scope) => !needed.has(scope) && !explained().includes(scope));
    expect(unexplained).toEqual([]);
  });
});

/** Scopes with a comment above them in the manifest. */
function explained(): string[] {
  const list = parseDocument(manifestText).getIn(['permissions', 'scopes']);
  if (!isSeq(list)) throw new Error('The manifest’s scopes are not a list.');
  return list.items.flatMap((item) => (isScalar(item) && item.commentBefore ? [String(item.value)] : []));
}

/** Classic scopes by operation out of Jira's OpenAPI description, when it is there. */
function readOpenApi(): ((operation: string) => string[]) | undefined {
  if (!existsSync(openApiFile)) return undefined;
  const scopesOf = z.object({
    'x-atlassian-oauth2-scopes': z.array(z.object({ state: z.string(), scopes: z.array(z.string()) })),
  });
  const { paths } = z
    .object({ paths: z.record(z.string(), z.record(z.string(), z.unknown())) })
    .parse(JSON.parse(readFileSync(openApiFile, 'utf8')));
  const byShape = new Map(
    Object.entries(paths).map(([path, methods]) => [path.replace(/\{[^}]+\}/g, '{}'), methods] as const),
  );
  return (operation) => {
    const [method = '', path = ''] = operation.split(' ');
    const described = scopesOf.parse(byShape.get(path)?.[method.toLowerCase()]);
    return described['x-atlassian-oauth2-scopes'].find(({ state }) => state === 'Current')?.scopes ?? [];
  };
}

/** A rougher expectation: reads about people, other reads, writes. */
function scopesByMethod(operation: string): string[] {
  if (operation.endsWith('/serverInfo')) return [];
  if (/^GET \/rest\/api\/3\/(?:myself|user|groups?)\b/.test(operation)) return ['read:jira-user'];
  const isRead = operation.startsWith('GET') || /\/(?:search\/jql|bulkfetch)$/.test(operation);
  return [isRead ? 'read:jira-work' : 'write:jira-work'];
}
