/** A grant of a permission scheme (Jira REST v3, PermissionGrant). */
export interface Grant {
  permission: string;
  holder: { type: string; value?: string | undefined };
}

/** Permissions that could forge or hide a request; only the app and who administers the project keep them. */
const FOR_APP_AND_ADMINISTRATORS = ['EDIT_ISSUES', 'DELETE_ISSUES', 'MOVE_ISSUES'];

/** Built-in permissions of a project; a copy must not carry keys of apps, which another site or a later day does not know. */
const BUILT_IN = new Set([
  'ADMINISTER_PROJECTS',
  'BROWSE_PROJECTS',
  'VIEW_DEV_TOOLS',
  'VIEW_READONLY_WORKFLOW',
  'CREATE_ISSUES',
  'EDIT_ISSUES',
  'TRANSITION_ISSUES',
  'SCHEDULE_ISSUES',
  'MOVE_ISSUES',
  'ASSIGN_ISSUES',
  'ASSIGNABLE_USER',
  'RESOLVE_ISSUES',
  'CLOSE_ISSUES',
  'MODIFY_REPORTER',
  'DELETE_ISSUES',
  'LINK_ISSUES',
  'SET_ISSUE_SECURITY',
  'VIEW_VOTERS_AND_WATCHERS',
  'MANAGE_WATCHERS',
  'ADD_COMMENTS',
  'EDIT_ALL_COMMENTS',
  'EDIT_OWN_COMMENTS',
  'DELETE_ALL_COMMENTS',
  'DELETE_OWN_COMMENTS',
  'CREATE_ATTACHMENTS',
  'DELETE_ALL_ATTACHMENTS',
  'DELETE_OWN_ATTACHMENTS',
]);

/**
 * Grants for the project of access requests, made from the site's default scheme: nobody but approvers and the app moves
 * cards, nobody but the app and administrators edits, deletes or moves issues away, and the public holds nothing.
 */
export function tightenGrants(
  grants: readonly Grant[],
  roles: { approverRoleId: string | undefined; appRoleId: string },
): Grant[] {
  const app = { type: 'projectRole', value: roles.appRoleId };
  const administrators = grants
    .filter(({ permission }) => permission === 'ADMINISTER_PROJECTS')
    .map(({ holder }) => holder);
  const movers =
    roles.approverRoleId === undefined ? [] : [{ type: 'projectRole', value: roles.approverRoleId }];
  const kept = grants.filter(
    ({ permission }) =>
      BUILT_IN.has(permission) &&
      permission !== 'TRANSITION_ISSUES' &&
      !FOR_APP_AND_ADMINISTRATORS.includes(permission),
  );
  const all: Grant[] = [
    ...kept,
    ...FOR_APP_AND_ADMINISTRATORS.flatMap((permission) =>
      [app, ...administrators].map((holder) => ({ permission, holder })),
    ),
    ...[app, ...movers].map((holder) => ({ permission: 'TRANSITION_ISSUES', holder })),
  ];
  const seen = new Set<string>();
  return all.filter(({ permission, holder }) => {
    const key = `${permission} ${holder.type} ${holder.value ?? ''}`;
    const isNew = holder.type !== 'anyone' && !seen.has(key);
    seen.add(key);
    return isNew;
  });
}
