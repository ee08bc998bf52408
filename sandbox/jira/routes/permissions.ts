import { z } from 'zod';
import { ApiError, badRequest, forbidden, issueNotFound, notFound } from '../errors';
import type { Account, Issue, Json, Project } from '../model';
import { GLOBAL_PERMISSIONS, PROJECT_PERMISSIONS } from '../permissions';
import { ok, parseBody, type Route, type RouteContext } from '../route';

const checkBody = z.strictObject({
  accountId: z.string().optional(),
  globalPermissions: z.array(z.string()).optional(),
  projectPermissions: z
    .array(
      z.strictObject({
        permissions: z.array(z.string()),
        projects: z.array(z.int()).max(1000).optional(),
        issues: z.array(z.int()).max(1000).optional(),
      }),
    )
    .optional(),
});

/** What the caller, or somebody else, may do. */
export const permissionRoutes: readonly Route[] = [
  {
    method: 'GET',
    template: 'mypermissions',
    handle(context) {
      const wanted = context.query.get('permissions');
      if (wanted === null || wanted === '')
        throw badRequest("The 'permissions' query parameter is required.");
      const keys = wanted.split(',').map((key) => key.trim());
      requireKnown(context, keys);
      const place = placeOf(context);
      const { account } = context.caller;
      return ok({
        permissions: Object.fromEntries(
          keys.map((key) => [key, entry(key, has(context, account, key, place))]),
        ),
      });
    },
  },
  {
    method: 'POST',
    template: 'permissions/check',
    handle(context) {
      const body = parseBody(checkBody, context);
      const account = checkedAccount(context, body.accountId);
      const globals = body.globalPermissions ?? [];
      const projects = body.projectPermissions ?? [];
      requireKnown(context, [...globals, ...projects.flatMap(({ permissions }) => permissions)]);
      return ok({
        globalPermissions: globals.filter((key) => context.site.permissions.global(account, key)),
        projectPermissions: projects.flatMap((group) =>
          group.permissions.map((permission) => ({
            permission,
            projects: (group.projects ?? []).filter((id) => {
              const project = context.site.store.projects.get(String(id));
              return project !== undefined && context.site.permissions.project(account, permission, project);
            }),
            issues: (group.issues ?? []).filter((id) => {
              const issue = context.site.store.issues.get(String(id));
              return issue !== undefined && context.site.permissions.issue(account, permission, issue);
            }),
          })),
        ),
      });
    },
  },
];

interface Place {
  project?: Project;
  issue?: Issue;
}

function placeOf(context: RouteContext): Place {
  const { store, permissions } = context.site;
  const issueId = context.query.get('issueId') ?? context.query.get('issueKey');
  if (issueId !== null) {
    const issue = store.findIssue(issueId);
    if (issue === undefined || !permissions.canSee(context.caller.account, issue)) throw issueNotFound();
    return { issue, project: store.projectOf(issue) };
  }
  const projectId = context.query.get('projectId') ?? context.query.get('projectKey');
  if (projectId === null) return {};
  const project = store.findProject(projectId);
  if (project === undefined || !permissions.project(context.caller.account, 'BROWSE_PROJECTS', project))
    throw notFound(`No project could be found with id '${projectId}'.`);
  return { project };
}

/** Without a project a project permission holds if it holds in any (Jira REST v3, get my permissions). */
function has(context: RouteContext, account: Account, key: string, place: Place): boolean {
  const { permissions, store } = context.site;
  if (key in GLOBAL_PERMISSIONS) return permissions.global(account, key);
  if (place.project !== undefined) return permissions.project(account, key, place.project, place.issue);
  return [...store.projects.values()].some((project) => permissions.project(account, key, project));
}

function entry(key: string, havePermission: boolean): Json {
  const global = GLOBAL_PERMISSIONS[key];
  const { id, name } = global ?? PROJECT_PERMISSIONS[key] ?? { id: '', name: key };
  return {
    id,
    key,
    name,
    type: global === undefined ? 'PROJECT' : 'GLOBAL',
    description: '',
    havePermission,
  };
}

function requireKnown({ site }: RouteContext, keys: readonly string[]): void {
  const unknown = keys.filter(
    (key) =>
      !(key in GLOBAL_PERMISSIONS) && !(key in PROJECT_PERMISSIONS) && !site.store.appPermissions.has(key),
  );
  if (unknown.length > 0)
    throw new ApiError(400, [], Object.fromEntries(unknown.map((key) => [key, 'Unrecognized permission'])));
}

/** Somebody else may be checked by administrators, and by apps as themselves. */
function checkedAccount(context: RouteContext, accountId: string | undefined): Account {
  const { caller, site } = context;
  if (accountId === undefined || accountId === caller.account.accountId) return caller.account;
  if (caller.kind !== 'app' && !site.permissions.global(caller.account, 'ADMINISTER'))
    throw forbidden('Only Jira administrators can perform this operation.');
  const account = site.store.accounts.get(accountId);
  if (account === undefined) throw badRequest('The account does not exist.');
  return account;
}
