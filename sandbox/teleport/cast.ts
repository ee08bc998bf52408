/** Rules of a simulated role: just those that concern access requests (Teleport, role reference). */
export interface SimulatedRole {
  /** Verbs on resources, for example `access_request: [list, read]`. */
  rules?: Readonly<Record<string, readonly string[]>>;
  request?: {
    roles?: readonly string[];
    searchAsRoles?: readonly string[];
    thresholds?: readonly { name?: string; filter?: string; approve: number; deny: number }[];
    suggestedReviewers?: readonly string[];
  };
  reviewRoles?: readonly string[];
  /** Roles whose rights count when resources are looked up to be shown (Teleport, preview_as_roles). */
  previewAsRoles?: readonly string[];
  /** Kinds of resources that it grants access to, whatever their labels. */
  sees?: readonly string[];
}

/** A simulated user. */
export interface SimulatedUser {
  roles: readonly string[];
  traits?: Record<string, string[]>;
  isBot?: boolean;
}

/** The roles that every simulated cluster starts with. */
export const DEFAULT_ROLES: Readonly<Record<string, SimulatedRole>> = {
  requester: {
    request: { roles: ['editor', 'auditor'], suggestedReviewers: ['bob', 'carol'] },
  },
  'production-requester': {
    request: {
      roles: ['dba'],
      searchAsRoles: ['production-access'],
      thresholds: [{ name: 'two reviewers', approve: 2, deny: 1 }],
    },
  },
  'filtered-requester': {
    request: {
      roles: ['payments'],
      thresholds: [{ name: 'carol only', filter: 'equals(reviewer.name, "carol")', approve: 1, deny: 1 }],
    },
  },
  'two-person-requester': {
    request: { roles: ['root'], thresholds: [{ name: 'two people', approve: 2, deny: 2 }] },
  },
  reviewer: { reviewRoles: ['*'] },
  editor: {},
  auditor: {},
  dba: {},
  payments: {},
  root: {},
  'production-access': {},
  admin: {
    rules: { access_request: ['list', 'read', 'create', 'update', 'delete'], user: ['list', 'read'] },
    reviewRoles: ['*'],
  },
  // What relay/roles/ ships; a test compares them.
  'jira-relay-set-state': { rules: { access_request: ['list', 'read', 'update'] } },
  'jira-relay-observe': { rules: { access_request: ['list', 'read'] } },
  'jira-relay-approver-identity': { rules: { user: ['list', 'read'] } },
  'jira-relay-resource-names': { previewAsRoles: ['list-access-request-resources'] },
  // A preset of newer versions: lists servers, applications and groups of every label, and opens none.
  'list-access-request-resources': {
    rules: { node: ['list', 'read'], app_server: ['list', 'read'], user_group: ['list', 'read'] },
    sees: ['node', 'app', 'user_group'],
  },
};

/** The people and bots that every simulated cluster starts with. */
export function defaultUsers(): Record<string, SimulatedUser> {
  return {
    alice: { roles: ['requester', 'production-requester', 'filtered-requester', 'two-person-requester'] },
    'erin@example.com': { roles: ['requester'] },
    bob: { roles: ['requester', 'reviewer'] },
    carol: { roles: ['requester', 'reviewer'] },
    admin: { roles: ['admin'] },
    'bot-jira-relay': {
      roles: ['jira-relay-set-state', 'jira-relay-approver-identity', 'jira-relay-resource-names'],
      isBot: true,
    },
    'bot-jira-relay-observe': { roles: ['jira-relay-observe', 'jira-relay-resource-names'], isBot: true },
  };
}
