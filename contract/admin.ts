/**
 * What the admin page and the app's admin resolver say to each other. The resolver checks on every call that the caller
 * administers Jira; secrets travel in one place only, the pairing token that is shown once.
 */

/** A cluster with the fingerprint to compare before confirming it. */
export interface ClusterView {
  name: string;
  caFingerprint: string;
}

/** How decisions reach a relay. `poll` always works: the relay collects them. */
export interface Delivery {
  way: 'push' | 'poll';
  /** In plain words. */
  why: string;
  /** Whether this is the connection that the administrator chose for push; one at most. */
  isChosenForPush: boolean;
}

/** A connection as pages show it. */
export interface ConnectionView {
  id: string;
  name: string;
  state: 'proposed' | 'confirmed' | 'mismatch' | 'revoked';
  /** What a relay presented and nobody confirmed yet. */
  proposal?: ClusterView;
  cluster?: ClusterView;
  keys: { keyId: string; createdAt: string; expiresAt?: string }[];
  /** How decisions made in Jira reach the relay, and why so. */
  delivery: Delivery;
  /** Since when requests are mirrored; older ones only after a backfill. Absent until the cluster is confirmed. */
  mirrorSince?: string;
  relay?: {
    version: string;
    teleportVersion: string;
    decisionMode: string;
    /** Where the relay takes decisions from: `panel`, `card`. */
    accepts: string[];
    /** How the relay proves who approves: `trait`, `email` or `any`. */
    approverIdentity?: string;
    /** What no setting in Jira can raise, one rule a line. */
    ceiling: string[];
    identityUser: string;
    identityExpiresAt?: string;
    health: string;
    waiting: number;
    failed: number;
    olderRequests: number;
    problems: string[];
    lastContact: string;
  };
}

/** What the app knows at a glance. */
export interface OverviewView {
  connections: ConnectionView[];
  /** Requests whose issue is not in step, at most 200 are counted; see `listFailures`. */
  failing: number;
  /** Decisions made in Jira that wait for a relay. */
  decisionsWaiting: number;
  /** Checks that failed when the configuration was last checked, and when that was. */
  health: { failed: number; checkedAt?: string };
  /** Set while Jira's hourly quota is used up: until then the app does no background work. */
  pausedUntil?: string;
  /** The newest request that was mirrored. */
  lastRequest?: FirstRequest;
}

/** Kinds of entries in the activity list. */
export type ActivityKind =
  | 'connection'
  | 'settings'
  | 'decision'
  | 'refusal'
  | 'put_back'
  | 'failure'
  | 'request_changed'
  | 'message_refused'
  | 'field_dropped'
  | 'set_up'
  | 'retry';

/** One entry of the activity list. */
export interface ActivityView {
  id: string;
  at: string;
  kind: string;
  code?: string;
  text: string;
  cluster?: string;
  requestId?: string;
  issueKey?: string;
  issueId?: string;
  accountId?: string;
  /** Of a decision: its id in app, relay and Teleport, where it was made, and what whoever made it was shown. */
  decisionId?: string;
  source?: string;
  verdict?: string;
  grantDigest?: string;
  outcome?: string;
}

/** Which entries of the activity list are wanted; all given conditions must hold. */
export interface ActivityFilter {
  kinds?: ActivityKind[];
  cluster?: string;
  requestId?: string;
  issueKey?: string;
  accountId?: string;
  /** Part of the text, in any case. */
  text?: string;
  /** First and last moment, ISO 8601. */
  from?: string;
  to?: string;
}

/** One entry with the present state of the request that it tells of. */
export interface ActivityDetail {
  entry: ActivityView;
  /** Absent when the entry concerns no request, or the request is forgotten. */
  request?: {
    cluster: string;
    requestId: string;
    state: string;
    /** `creating`, `linked`, `parked` or `detached`. */
    phase: string;
    issueKey?: string;
    issueUrl?: string;
    /** Why it is not in step, with the next attempt. */
    failure?: FailureView;
    /** The decision that waits for the relay. */
    waitingDecision?: { verdict: string; decidedAt: string; notAfter: string; accountId: string };
  };
}

/** One check of the configuration, in plain words, with what to do when it failed. */
export interface HealthCheck {
  code: string;
  ok: boolean;
  text: string;
  fix?: string;
  /** A check that failed but stops nothing: the text tells what is missing. */
  isWarning?: boolean;
  /** What it concerns, where there may be several. */
  subject?: { connectionId?: string; projectId?: string; issueTypeId?: string; ruleId?: string };
}

/** A request that is not in step, with its reason. */
export interface FailureView {
  cluster: string;
  requestId: string;
  issueKey?: string;
  code: string;
  text: string;
  at: string;
  nextAttemptAt: string;
}

/** A problem with saved settings: which key, and what is expected. */
export interface SettingsProblem {
  key: string;
  expected: string;
}

/** The four meanings of a status. */
export type SlotName = 'pending' | 'approved' | 'denied' | 'expired';

/** A value for a field of a new issue, as Jira's REST API takes it (for example `{ id: '10010' }`). */
export type FieldValue = string | number | boolean | null | FieldValue[] | { [key: string]: FieldValue };

/** What the statuses of one issue type in one project mean. An issue is judged by the mapping of its own project and type. */
export interface ProjectMapping {
  projectId: string;
  issueTypeId: string;
  /** Status ids of each slot; the first is the one that the app writes. */
  slots: Record<SlotName, string[]>;
  /** Resolution set with the transition where its screen has the field. */
  resolutions: { approved?: string; denied?: string; expired?: string };
  /** Values for required fields that the app does not fill by itself, by field id. */
  defaults: Record<string, FieldValue>;
}

/** Who may decide in Jira. With nobody in it, nobody can. */
export interface Approvers {
  groupIds: string[];
  accountIds: string[];
  /** Roles of the project; whoever administers the project decides who is in them. None when left out. */
  projectRoleIds?: string[];
  /** Whether holders of the app's own project permission may decide; not when left out. */
  permission?: boolean;
}

/** Where a request goes and who decides it. `projectId` and `issueTypeId` must have a mapping. */
export interface RoutingTarget {
  projectId: string;
  issueTypeId: string;
  /** Added to the label `teleport`. */
  labels: string[];
  approvers: Approvers;
  /** Accounts that watch each issue. */
  watchers: string[];
  /** Sets the due date to the day on which the request ends unanswered. */
  dueDate: boolean;
}

/**
 * What a request must be like. Each list holds patterns (`*` stands for any text, `?` for one character; case does not
 * matter); an empty list matches everything. All lists must match; within a list one pattern that matches one value is enough.
 */
export interface RoutingMatch {
  roles: string[];
  resourceKinds: string[];
  resourceNames: string[];
  requesters: string[];
  clusters: string[];
}

/** A rule. The first that matches counts. */
export interface RoutingRule {
  /** Made by the page, a UUID or any text of up to 64 letters, digits and dashes. */
  id: string;
  name: string;
  match: RoutingMatch;
  then: RoutingTarget;
}

/** A Teleport user and their Jira account, for display and for four eyes. */
export interface PersonLink {
  teleportUser: string;
  accountId: string;
}

/** Version of the form of the settings. The form before it is still accepted. */
export const SETTINGS_VERSION = 2;

/** Settings of the app for a site. Objects are named by id, never by display name. */
export interface SettingsDocument {
  v: typeof SETTINGS_VERSION;
  mappings: ProjectMapping[];
  /** In order. */
  rules: RoutingRule[];
  /** What holds for every request that no rule matches; cannot be left out. */
  catchAll: RoutingTarget;
  people: PersonLink[];
  /** A moved card never decides; only the buttons of the app do. */
  strictMode: boolean;
  /** Whether a denial by button needs a reason; not when left out. */
  denyNeedsReason?: boolean;
  /** Whether the visible e-mail of exactly one account links it to the Teleport user of that name, for display; not when left out. */
  linkByEmail?: boolean;
  /** What linked suggested reviewers become on the issue; watchers when left out. */
  suggestedReviewers?: 'watchers' | 'assignee' | 'nothing';
  sendApproverEmail: boolean;
  approveWithinMinutes: number;
  denyWithinHours: number;
  /** How long decisions and refusals stay in the activity list, in days; 365 when left out. */
  auditDays?: number;
  /** Most issues that are made for one cluster in an hour; 500 when left out. */
  newIssuesPerHour?: number;
}

/** A project to choose from. */
export interface ProjectChoice {
  id: string;
  key: string;
  name: string;
  kind: 'software' | 'business' | 'service_desk';
  isTeamManaged: boolean;
}

/** A status of an issue type. */
export interface StatusView {
  id: string;
  name: string;
  category: 'new' | 'indeterminate' | 'done' | 'unknown';
}

/** A project in detail. */
export interface ProjectDetails extends ProjectChoice {
  isArchived: boolean;
  issueTypes: { id: string; name: string; isSubtask: boolean; statuses: StatusView[] }[];
  /** What does not work in this kind of project, in plain words. */
  limits: string[];
  /** Where the administrator finds the board and the settings of the project. */
  url: string;
}

/** A field that Jira requires of new issues and that the app does not fill. */
export interface RequiredField {
  id: string;
  name: string;
  /** Jira's type: `option`, `string`, `array`, `user`, … */
  type: string;
  /** Choices, when the field has them; `value` is what goes into `defaults`. */
  choices?: { value: FieldValue; label: string }[];
  /** False when the page cannot offer an editor for it; the field must then become optional in Jira. */
  canFill: boolean;
}

/** Whether the app gets from one slot to another in one transition. */
export interface SlotPath {
  from: SlotName;
  to: SlotName;
  reachable: 'yes' | 'no' | 'unknown';
}

/** All that the mapping editor needs about one issue type. */
export interface IssueTypeDetails {
  statuses: StatusView[];
  /** By name in many languages and by category; only a proposal. A slot without a likely status is empty. */
  suggested: Record<SlotName, string[]>;
  /** Where new issues begin, when it can be told. */
  initialStatusId?: string;
  requiredFields: RequiredField[];
  /** Optional fields that the app uses and that the create screen lacks: `labels`, `duedate`. */
  missingOptionalFields: string[];
  resolutions: { id: string; name: string }[];
}

/** Where a request would go. */
export interface RoutingAnswer {
  /** Absent for the catch-all. */
  ruleId?: string;
  ruleName: string;
  target: RoutingTarget;
  /** Whether the target's project and type have a mapping. */
  isMapped: boolean;
  /** Whether anybody could decide it in Jira. */
  hasApprovers: boolean;
  /** Rules before it, with the list that did not match. */
  passedOver: { ruleId: string; ruleName: string; because: keyof RoutingMatch }[];
}

/** The first or newest request that was mirrored. */
export interface FirstRequest {
  cluster: string;
  requestId: string;
  issueKey: string;
  issueUrl: string;
  state: string;
  at: string;
}

/** The steps of the first run, in their order. */
export const WIZARD_STEPS = [
  'connect',
  'start_relay',
  'confirm_cluster',
  'project',
  'approvers',
  'first_request',
] as const;
export type WizardStep = (typeof WIZARD_STEPS)[number];

/** A saved search that the page offers. */
export interface ReadyFilter {
  key: string;
  name: string;
  jql: string;
  /** Opens the search in Jira. */
  url: string;
}

/** One step of setting up a project, with what became of it. */
export interface SetUpStep {
  key: string;
  /** What the step makes or checks, in plain words. */
  title: string;
  state: 'created' | 'found' | 'done' | 'skipped' | 'failed' | 'open';
  /** What was done, or why not, and what to do. */
  text: string;
  /** A page in Jira. */
  url?: string;
  /** It is there, but somebody changed it: an administrator should look at it. */
  needsAttention?: true;
  /** What to click in Jira, one after the other; for steps by hand. */
  instructions?: string[];
}

/** What setting up a project has come to. Called again, it goes on where it stopped. */
export interface SetUpReport {
  steps: SetUpStep[];
  /** True while steps remain that a further call can do. */
  isUnfinished: boolean;
  /** When a further call makes sense, in seconds; 0 for at once. */
  callAgainSeconds?: number;
  /** The app lacks the scopes for set-up: the steps by hand are the way. */
  needsManualSteps?: true;
  /** Set once the project can be used: ready to go into the settings. */
  project?: { id: string; key: string; url: string; mapping: ProjectMapping };
}

/** Why a call was refused. */
export type AdminError =
  | { code: 'not_administrator' }
  | { code: 'bad_input'; problems: SettingsProblem[] }
  | { code: 'conflict'; text: string }
  | { code: 'not_found'; text: string }
  | { code: 'jira_unavailable'; text: string };

/** The answer of every admin call. */
export type AdminResult<T> = { ok: true; value: T } | { ok: false; error: AdminError };

type Nothing = Record<string, never>;

/** The admin resolver's functions: what each takes and gives. */
export interface AdminFunctions {
  getOverview: { payload: Nothing; value: OverviewView };
  /** What is done of the first run, and what comes next (absent when all is done). */
  getWizard: {
    payload: Nothing;
    value: {
      steps: { key: WizardStep; done: boolean; text: string }[];
      next?: WizardStep;
      /** The first request that arrived since: the test request of the wizard. */
      firstRequest?: FirstRequest;
    };
  };

  listConnections: { payload: Nothing; value: { connections: ConnectionView[] } };
  /** Makes a connection; its pairing token is shown this once. */
  createConnection: { payload: { name: string }; value: { connectionId: string; pairingToken: string } };
  /** Pins the cluster that the administrator compared. */
  confirmConnection: {
    payload: { connectionId: string; cluster: ClusterView };
    value: { connectionId: string };
  };
  /** Makes a new key; the old ones run out within a day. */
  rotateConnection: {
    payload: { connectionId: string };
    value: { connectionId: string; pairingToken: string };
  };
  revokeConnection: { payload: { connectionId: string }; value: { connectionId: string } };
  /** Chooses the connection that gets push; `null` for none. */
  choosePush: { payload: { connectionId: string | null }; value: { connectionId: string | null } };
  /** How many older requests a backfill would mirror, as the relay last counted them. */
  countOlderRequests: { payload: { connectionId: string }; value: { count: number; countedAt: string } };
  /** Mirrors them; `count` is the number that the administrator saw. */
  startBackfill: { payload: { connectionId: string; count: number }; value: { connectionId: string } };

  /** `settings` is `null` and `version` 0 while nothing is saved. */
  getSettings: { payload: Nothing; value: { settings: SettingsDocument | null; version: number } };
  /** Saves settings made from version `version`. `conflict` when somebody else saved meanwhile. */
  saveSettings: { payload: { settings: unknown; version: number }; value: { version: number } };
  /** Tells which rule a request would hit, by the saved settings or by the given ones. */
  testRule: {
    payload: {
      request: {
        cluster: string;
        user: string;
        roles: string[];
        resources: { kind: string; name: string }[];
      };
      settings?: unknown;
    };
    value: RoutingAnswer;
  };

  /** Projects by name or key, 20 at a time; those for ideas (product discovery) are left out. */
  searchProjects: {
    payload: { query: string; pageToken?: string };
    value: { projects: ProjectChoice[]; nextPageToken?: string };
  };
  getProject: { payload: { projectId: string }; value: ProjectDetails };
  getIssueType: { payload: { projectId: string; issueTypeId: string }; value: IssueTypeDetails };
  /** Which slot the app reaches from which, for a mapping that need not be saved. */
  checkPaths: {
    payload: { projectId: string; issueTypeId: string; slots: Record<SlotName, string[]> };
    value: { paths: SlotPath[]; warnings: string[] };
  };
  /** Groups by part of their name, 20 at most. */
  searchGroups: {
    payload: { query: string };
    value: { groups: { id: string; name: string }[]; isCut: boolean };
  };
  /** The roles of a project. */
  listProjectRoles: {
    payload: { projectId: string };
    value: { roles: { id: string; name: string }[] };
  };
  /** Active people by part of their name or visible e-mail, 20 at most. */
  searchPeople: {
    payload: { query: string };
    value: { people: { accountId: string; name: string; avatarUrl?: string }[] };
  };
  /** Present names of stored ids. What Jira no longer knows is left out. At most 100 ids of each kind. */
  nameObjects: {
    payload: { accountIds?: string[]; groupIds?: string[]; projectIds?: string[] };
    value: {
      people: { accountId: string; name: string; active: boolean }[];
      groups: { id: string; name: string }[];
      projects: { id: string; key: string; name: string }[];
    };
  };

  /** Newest first. A page may hold fewer entries than fit, even none, while `nextPageToken` is set. */
  listActivity: {
    payload: { pageToken?: string; filter?: ActivityFilter };
    value: { entries: ActivityView[]; nextPageToken?: string };
  };
  getActivity: { payload: { id: string; at: string }; value: ActivityDetail };
  /** The newest 5,000 entries that the filter lets through, as the text of a file. */
  exportActivity: {
    payload: { format: 'csv' | 'json'; filter?: ActivityFilter };
    value: { fileName: string; mediaType: string; text: string; entries: number; isCut: boolean };
  };
  listFailures: { payload: Nothing; value: { failures: FailureView[] } };
  retryRequest: { payload: { cluster: string; requestId: string }; value: { result: string; text?: string } };
  /** Retries what fails, one after the other, as far as the time of a call goes. Call again while `remaining` > 0 and `retried` > 0. */
  retryAll: { payload: Nothing; value: { retried: number; mended: number; remaining: number } };

  /** Checks now, or with `stored` gives what the last check found (each day, or when somebody asked). */
  getHealth: {
    payload: { stored?: boolean };
    value: { checks: HealthCheck[]; checkedAt: string };
  };

  listFilters: { payload: Nothing; value: { filters: ReadyFilter[] } };
  /** Saves one of them as a filter of the person who clicks. */
  createFilter: { payload: { key: string }; value: { id: string; url: string } };

  /** Makes or completes a project, acting as the person who clicks. Call again while `isUnfinished`. */
  setUpProject: {
    payload: { name: string; key: string; kind: 'business' | 'software'; approverGroupIds: string[] };
    value: SetUpReport;
  };
  /**
   * The same by hand: which steps are done in a project (none chosen yet: all open). With `prove`, an issue of the app is sent
   * through the workflow once all else is done.
   */
  checkManualSteps: { payload: { projectId?: string; prove?: boolean }; value: SetUpReport };
}
