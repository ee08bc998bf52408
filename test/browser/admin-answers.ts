import type {
  AdminFunctions,
  AdminResult,
  ConnectionView,
  RoutingTarget,
  SettingsDocument,
} from '../../contract/admin';

/*
 * Answers of the admin functions, for tests of what the page makes of them. They are checked against the contract by the compiler;
 * that the app gives such answers is tested where the app runs.
 */

/** What each function answers; one that is left out is not expected to be called. */
export type Answers = {
  [Name in keyof AdminFunctions]?:
    | AdminResult<AdminFunctions[Name]['value']>
    | ((payload: AdminFunctions[Name]['payload']) => AdminResult<AdminFunctions[Name]['value']>);
};

const good = <T>(value: T): AdminResult<T> => ({ ok: true, value });
const ago = (minutes: number): string => new Date(Date.now() - minutes * 60_000).toISOString();
const ahead = (minutes: number): string => ago(-minutes);

const connections: ConnectionView[] = [
  {
    id: 'c1',
    name: 'Production',
    state: 'confirmed',
    cluster: { name: 'teleport.example.com', caFingerprint: 'ab12'.repeat(16) },
    keys: [
      { keyId: 'k1', createdAt: ago(20_000), expiresAt: ahead(600) },
      { keyId: 'k2', createdAt: ago(840) },
    ],
    delivery: { way: 'poll', why: 'The app has no address of the relay.', isChosenForPush: false },
    mirrorSince: ago(20_000),
    relay: {
      version: '0.1.0',
      teleportVersion: '18.2.1',
      decisionMode: 'set-state',
      accepts: ['panel', 'card'],
      approverIdentity: 'trait',
      ceiling: ['Only the roles editor and auditor', 'At most 8 hours of access'],
      identityUser: 'bot-jira-relay',
      identityExpiresAt: ahead(300),
      health: 'ok',
      waiting: 2,
      failed: 1,
      olderRequests: 14,
      problems: ['The identity expires in 5 hours.'],
      lastContact: ago(1),
    },
  },
  {
    id: 'c2',
    name: 'Staging',
    state: 'proposed',
    proposal: { name: 'staging.example.com', caFingerprint: '09fe'.repeat(16) },
    keys: [{ keyId: 'k3', createdAt: ago(3) }],
    delivery: { way: 'poll', why: 'The cluster is not confirmed.', isChosenForPush: false },
  },
  {
    id: 'c3',
    name: 'Old laboratory',
    state: 'revoked',
    cluster: { name: 'lab.example.com', caFingerprint: 'cd34'.repeat(16) },
    keys: [],
    delivery: { way: 'poll', why: 'Revoked.', isChosenForPush: false },
  },
];

const target: RoutingTarget = {
  projectId: '10000',
  issueTypeId: '10001',
  labels: [],
  approvers: { groupIds: ['g-approvers'], accountIds: [] },
  watchers: [],
  dueDate: false,
};

/** Settings with two projects' worth of choices in them. */
export const settings: SettingsDocument = {
  v: 2,
  mappings: [
    {
      projectId: '10000',
      issueTypeId: '10001',
      slots: { pending: ['1'], approved: ['2'], denied: ['3'], expired: ['4'] },
      resolutions: { approved: '10', denied: '11' },
      defaults: {},
    },
  ],
  rules: [
    {
      id: 'rule-databases',
      name: 'Databases',
      match: {
        roles: ['dba', 'db-*'],
        resourceKinds: ['db'],
        resourceNames: [],
        requesters: [],
        clusters: [],
      },
      then: {
        ...target,
        labels: ['database'],
        approvers: { groupIds: [], accountIds: ['a-carol'] },
        watchers: ['a-bob'],
        dueDate: true,
      },
    },
    {
      id: 'rule-auditors',
      name: 'Auditors',
      match: { roles: ['auditor'], resourceKinds: [], resourceNames: [], requesters: [], clusters: [] },
      then: { ...target, approvers: { groupIds: [], accountIds: [] } },
    },
  ],
  catchAll: target,
  people: [
    { teleportUser: 'alice', accountId: 'a-alice' },
    { teleportUser: 'bob', accountId: 'a-bob' },
  ],
  strictMode: false,
  sendApproverEmail: false,
  approveWithinMinutes: 15,
  denyWithinHours: 24,
};

const statuses = [
  { id: '1', name: 'Offen', category: 'new' as const },
  { id: '2', name: 'Genehmigt', category: 'done' as const },
  { id: '3', name: 'Abgelehnt', category: 'done' as const },
  { id: '4', name: 'Abgelaufen', category: 'done' as const },
  { id: '5', name: 'In Arbeit', category: 'indeterminate' as const },
];
const project = {
  id: '10000',
  key: 'TAR',
  name: 'Teleport access requests',
  kind: 'business' as const,
  isTeamManaged: false,
};
const failure = {
  cluster: 'teleport.example.com',
  requestId: '018f2c3e-0000-7000-8000-000000000001',
  issueKey: 'TAR-12',
  code: 'no_way',
  text: 'Jira offers no transition from In Arbeit to Genehmigt. Add one to the workflow.',
  at: ago(42),
  nextAttemptAt: ahead(18),
};
const slotNames = ['pending', 'approved', 'denied', 'expired'] as const;

/** A site that works, with a bit of everything in it. */
export const full: Answers = {
  getWizard: good({
    steps: [
      { key: 'connect', done: true, text: 'Production is connected.' },
      { key: 'start_relay', done: true, text: 'Its relay reports.' },
      { key: 'confirm_cluster', done: true, text: 'teleport.example.com is confirmed.' },
      { key: 'project', done: true, text: 'Requests go to TAR.' },
      { key: 'approvers', done: true, text: 'One group may approve.' },
      { key: 'first_request', done: false, text: 'No request has arrived yet.' },
    ],
    next: 'first_request',
  }),
  getOverview: good({
    connections,
    failing: 1,
    decisionsWaiting: 2,
    health: { failed: 1, checkedAt: ago(90) },
    pausedUntil: ahead(12),
    lastRequest: {
      cluster: 'teleport.example.com',
      requestId: failure.requestId,
      issueKey: 'TAR-14',
      issueUrl: 'https://example.atlassian.net/browse/TAR-14',
      state: 'PENDING',
      at: ago(4),
    },
  }),
  listConnections: good({ connections }),
  getSettings: good({ settings, version: 7 }),
  searchProjects: good({ projects: [project] }),
  getProject: good({
    ...project,
    isArchived: false,
    issueTypes: [
      { id: '10001', name: 'Access request', isSubtask: false, statuses },
      { id: '10002', name: 'Task', isSubtask: false, statuses },
    ],
    limits: ['Resolutions cannot be set: the screens of this project have no such field.'],
    url: 'https://example.atlassian.net/jira/core/projects/TAR/board',
  }),
  getIssueType: good({
    statuses,
    suggested: { pending: ['1'], approved: ['2'], denied: ['3'], expired: ['4'] },
    initialStatusId: '1',
    requiredFields: [
      {
        id: 'customfield_10050',
        name: 'Cost centre',
        type: 'option',
        choices: [
          { value: { id: '1' }, label: 'Operations' },
          { value: { id: '2' }, label: 'Development' },
        ],
        canFill: true,
      },
      { id: 'customfield_10051', name: 'Ticket in the old system', type: 'string', canFill: true },
    ],
    missingOptionalFields: ['duedate'],
    resolutions: [
      { id: '10', name: 'Erledigt' },
      { id: '11', name: 'Abgelehnt' },
    ],
  }),
  checkPaths: good({
    paths: slotNames.flatMap((from) =>
      slotNames
        .filter((to) => to !== from)
        .map((to) => ({ from, to, reachable: from === 'expired' ? ('no' as const) : ('yes' as const) })),
    ),
    warnings: ['There is no way back from Expired: a card that somebody moves there stays there.'],
  }),
  listProjectRoles: good({ roles: [{ id: '10100', name: 'Member' }] }),
  searchGroups: good({ groups: [{ id: 'g-approvers', name: 'teleport-approvers' }], isCut: false }),
  searchPeople: good({
    people: [
      { accountId: 'a-bob', name: 'Bob' },
      { accountId: 'a-carol', name: 'Carol' },
    ],
  }),
  nameObjects: good({
    people: [
      { accountId: 'a-alice', name: 'Alice', active: true },
      { accountId: 'a-bob', name: 'Bob', active: true },
      { accountId: 'a-carol', name: 'Carol', active: true },
    ],
    groups: [{ id: 'g-approvers', name: 'teleport-approvers' }],
    projects: [project],
  }),
  listActivity: good({
    entries: [
      {
        id: 'e1',
        at: ago(4),
        kind: 'decision',
        text: 'Bob approved the request of alice for editor.',
        cluster: 'teleport.example.com',
        requestId: failure.requestId,
        issueKey: 'TAR-13',
        accountId: 'a-bob',
      },
      {
        id: 'e2',
        at: ago(30),
        kind: 'put_back',
        code: 'not_approver',
        text: 'The card was put back: the person who moved it is not one of the approvers.',
        cluster: 'teleport.example.com',
        issueKey: 'TAR-11',
      },
      { id: 'e3', at: ago(3_000), kind: 'settings', text: 'The settings were saved.', accountId: 'a-alice' },
    ],
    nextPageToken: 'more',
  }),
  getActivity: good({
    entry: {
      id: 'e1',
      at: ago(4),
      kind: 'decision',
      text: 'Bob approved the request of alice for editor.',
      cluster: 'teleport.example.com',
      requestId: failure.requestId,
      issueKey: 'TAR-13',
      accountId: 'a-bob',
      source: 'card',
      verdict: 'approve',
      outcome: 'recorded',
      grantDigest: 'sha256:digest-of-what-was-shown',
      decisionId: 'd-018f2c3e',
    },
    request: {
      cluster: 'teleport.example.com',
      requestId: failure.requestId,
      state: 'PENDING',
      phase: 'linked',
      issueKey: 'TAR-13',
      issueUrl: 'https://example.atlassian.net/browse/TAR-13',
      failure,
      waitingDecision: {
        verdict: 'approve',
        decidedAt: ago(4),
        notAfter: ahead(11),
        accountId: 'a-bob',
      },
    },
  }),
  listFailures: good({ failures: [failure] }),
  getHealth: good({
    checks: [
      {
        code: 'transition',
        ok: false,
        text: 'Nothing leads from Expired back to Pending.',
        fix: 'Add a transition to the workflow of TAR.',
      },
      {
        code: 'duedate',
        ok: false,
        isWarning: true,
        text: 'The create screen of TAR lacks the due date.',
        fix: 'Add the field to the screen, or leave it: issues are then made without.',
      },
      { code: 'permissions', ok: true, text: 'The app may create, edit and move issues in TAR.' },
      { code: 'approvers', ok: true, text: 'All approver groups are there.' },
    ],
    checkedAt: ago(90),
  }),
  listFilters: good({
    filters: [
      {
        key: 'waiting',
        name: 'Requests that wait for a decision',
        jql: 'teleportState = PENDING ORDER BY created ASC',
        url: 'https://example.atlassian.net/issues/?jql=teleportState',
      },
    ],
  }),
  checkManualSteps: good({
    steps: [
      { key: 'project', title: 'Make a project', state: 'done', text: 'TAR is there.' },
      {
        key: 'statuses',
        title: 'Add the statuses',
        state: 'open',
        text: 'Denied and Expired are missing.',
        url: 'https://example.atlassian.net/jira/settings/issues/statuses',
      },
    ],
    isUnfinished: true,
  }),
};

/** A site on which nothing was done yet. */
export const empty: Answers = {
  ...full,
  getWizard: good({
    steps: [
      { key: 'connect', done: false, text: 'No connection yet.' },
      { key: 'start_relay', done: false, text: 'No relay has reported.' },
      { key: 'confirm_cluster', done: false, text: 'No cluster is confirmed.' },
      { key: 'project', done: false, text: 'No project is chosen.' },
      { key: 'approvers', done: false, text: 'Nobody may approve.' },
      { key: 'first_request', done: false, text: 'No request has arrived.' },
    ],
    next: 'connect',
  }),
  getOverview: good({ connections: [], failing: 0, decisionsWaiting: 0, health: { failed: 0 } }),
  listConnections: good({ connections: [] }),
  getSettings: good({ settings: null, version: 0 }),
  nameObjects: good({ people: [], groups: [], projects: [] }),
  listActivity: good({ entries: [] }),
  listFailures: good({ failures: [] }),
  getHealth: good({ checks: [], checkedAt: ago(0) }),
};
