import type { RequestSnapshot } from '../../contract/access-request';
import type { HealthCheck } from '../../contract/admin';
import type { Pairing } from '../../contract/pairing-token';
import type { ActivityEntry } from '../domain/activity';
import type { AdfDocument } from '../domain/adf';
import type { StatusMove } from '../domain/card';
import type { ConnectionStatus, ConnectionTrust } from '../domain/connection';
import type { Link, IssueLink } from '../domain/link';
import type { LiveDecision, SettledDecision } from '../domain/live-decision';
import type { PutBack } from '../domain/put-back';
import type { Settings } from '../domain/settings';
import type { CreateField, JiraCatalogue } from './ports-catalogue';

/** Why Jira did not do what was asked. */
export type JiraProblem =
  /** Jira refused for certain: nothing was done. `fields` are the names it complained about. */
  | { kind: 'refused'; status: number; fields: string[]; detail: string }
  /** Deleted, or not visible to the app. */
  | { kind: 'not_found'; detail: string }
  /** Not executed; try again after that many seconds. */
  | { kind: 'rate_limited'; retryAfterSeconds: number; detail: string }
  /** No certain answer: a write may or may not have been done. The wait is what Jira asked for, if it did. */
  | { kind: 'uncertain'; detail: string; retryAfterSeconds?: number };

/** The outcome of a call to Jira. */
export type JiraResult<T> = { ok: true; value: T } | { ok: false; problem: JiraProblem };

/** A comment as Jira stores it. */
export interface CommentView {
  id: string;
  accountId: string | undefined;
  /** Unix milliseconds. */
  createdAt: number;
  /** The words without formatting. */
  text: string;
}

/** An issue, read strongly consistently. */
export interface IssueView {
  id: string;
  key: string;
  projectId: string;
  issueTypeId: string;
  statusId: string;
  summary: string;
  /** The stored document, as Jira returns it. */
  description: unknown;
  createdAt: number;
  /** The newest change of status, when the history was asked for. */
  lastMove: StatusMove | undefined;
  /** Who changed summary or description last, when the history was asked for; `undefined` when nobody ever did. */
  lastEditor: string | undefined;
  comments: CommentView[];
}

/** A transition that the app may take now. */
export interface TransitionView {
  id: string;
  toStatusId: string;
  /** Ids that the resolution field accepts on the transition's screen; absent when the screen lacks the field. */
  resolutionIds: string[] | undefined;
  resolutionRequired: boolean;
  /** Whether the screen requires fields that the app does not fill. */
  needsOtherFields: boolean;
  hasScreen: boolean;
}

/** The entity property on every linked issue. It serves searches and recovery; it is never trusted. */
export interface IssueProperty {
  requestId: string;
  cluster: string;
  user: string;
  roles: string[];
  state: string;
  attemptId: string;
}

/** An issue that the search index knows, with what its property claims. */
export interface FoundIssue {
  id: string;
  key: string;
  creatorAccountId: string;
  attemptId: string | undefined;
  cluster: string | undefined;
}

/** Fields of a new issue that are left out when Jira refuses them: the issue matters more than they do. */
export interface OptionalFields {
  labels?: string[];
  /** A day, `YYYY-MM-DD`. */
  duedate?: string;
  /** Account ids. */
  reporter?: string;
  assignee?: string;
}
export type OptionalField = keyof OptionalFields;

/** Where an issue stands or is to be made. */
export interface Place {
  projectId: string;
  issueTypeId: string;
}

/** Jira's issues, by the app's own rights. */
export interface JiraIssues {
  /** Creates an issue with its property. Optional fields that Jira refuses are dropped, and named in the answer. */
  create(
    input: Place & {
      summary: string;
      description: AdfDocument;
      property: IssueProperty;
      optional?: OptionalFields;
      /** Values of further fields that the project requires, by field id. */
      defaults?: Readonly<Record<string, unknown>>;
    },
  ): Promise<JiraResult<{ id: string; key: string; dropped: OptionalField[] }>>;
  /** Reads an issue with its comments; `history` also brings the newest change of status. */
  read(issueId: string, options?: { history?: boolean }): Promise<JiraResult<IssueView>>;
  edit(issueId: string, content: { summary: string; description: AdfDocument }): Promise<JiraResult<void>>;
  /** Adds comments, none of them internal, and sets the property in one call, which also reads the issue, without its history. */
  sayAndMark(
    issueId: string,
    input: { bodies: readonly AdfDocument[]; property: IssueProperty },
  ): Promise<JiraResult<IssueView>>;
  addComment(
    issueId: string,
    body: AdfDocument,
    options: { internal: boolean },
  ): Promise<JiraResult<{ id: string }>>;
  updateComment(issueId: string, commentId: string, body: AdfDocument): Promise<JiraResult<void>>;
  /** Removes a comment of the app; one that is already gone counts as removed. */
  deleteComment(issueId: string, commentId: string): Promise<JiraResult<void>>;
  /** The newest comments of an issue, at least 50. */
  recentComments(issueId: string): Promise<JiraResult<CommentView[]>>;
  transitions(issueId: string): Promise<JiraResult<TransitionView[]>>;
  transition(
    issueId: string,
    input: {
      transitionId: string;
      /** `null` clears it; left alone when absent. */
      resolutionId: string | null | undefined;
      property: IssueProperty;
    },
  ): Promise<JiraResult<void>>;
  setProperty(issueId: string, property: IssueProperty): Promise<JiraResult<void>>;
  linkToTeleport(
    issueId: string,
    input: { requestId: string; url: string; title: string; resolved: boolean },
  ): Promise<JiraResult<void>>;
  /** Issues that carry the property of a request, wherever they are, by the search index: late, and only a hint. */
  findByRequest(requestId: string): Promise<JiraResult<FoundIssue[]>>;
  /** Ids of issues that stand where their property says they should not, newest change first; one search for all places. */
  findMisplaced(input: {
    places: readonly MisplacedIn[];
    changedWithinMinutes: number;
  }): Promise<JiraResult<string[]>>;
  /** Lets an account watch an issue. */
  addWatcher(issueId: string, accountId: string): Promise<JiraResult<void>>;
  /** Status ids of many issues by strongly consistent reads; missing ones are left out. At most 1,000 ids. */
  statuses(issueIds: readonly string[]): Promise<JiraResult<Map<string, string>>>;
}

/** Issues of one project and type: in which statuses they should not stand while their property says `state`. */
export interface MisplacedIn extends Place {
  wrong: readonly { state: string; statusIds: readonly string[] }[];
}

/** An account as Jira describes it. */
export interface AccountView {
  accountId: string;
  accountType: string;
  active: boolean;
  guest: boolean;
  groupIds: string[];
  email: string | undefined;
}

/** What hardly ever changes on a site, so that it need not be asked of Jira each time. */
export interface SiteFacts {
  get(name: 'app-account' | 'site-url'): Promise<string | undefined>;
  set(name: 'app-account' | 'site-url', value: string): Promise<void>;
}

/** People and rights on the site. */
export interface JiraPeople {
  /** The account of the app itself. */
  appAccountId(): Promise<JiraResult<string>>;
  read(accountId: string): Promise<JiraResult<AccountView>>;
  /** The one active person whose visible e-mail is exactly this; `undefined` when there is none or more than one. */
  findByEmail(email: string): Promise<JiraResult<string | undefined>>;
  /** Who is in a role of a project now. */
  roleActors(
    projectId: string,
    roleId: string,
  ): Promise<JiraResult<{ accountIds: string[]; groupIds: string[] }>>;
  /** Whether an account holds the app's own permission on an issue now. */
  mayDecide(issueId: string, accountId: string): Promise<JiraResult<boolean>>;
  /** The roles that a project has, by name. */
  projectRoles(projectId: string): Promise<JiraResult<{ id: string; name: string }[]>>;
}

/** A finding about the configuration of a mapped project. */
export interface ProjectFacts {
  id: string;
  key: string;
  typeKey: string;
  isTeamManaged: boolean;
  archived: boolean;
  /** Status ids by issue type id. */
  statusIds: Map<string, string[]>;
  /** The create screen of the issue type; empty when the app may not create there. */
  fields: CreateField[];
}

/** What the configuration checks look at. */
export interface JiraProjects {
  read(projectId: string, issueTypeId: string): Promise<JiraResult<ProjectFacts>>;
  /** Whether the project is there for the app: not deleted, not archived, not hidden from it. */
  isVisible(projectId: string): Promise<JiraResult<boolean>>;
  /**
   * Whether anybody without an account may look at the project's issues. `undefined` where that cannot be told: team-managed
   * projects have no permission scheme.
   */
  isPublic(projectId: string): Promise<JiraResult<boolean | undefined>>;
  /** Permissions out of `keys` that the app lacks in the project. */
  missingPermissions(projectId: string, keys: readonly string[]): Promise<JiraResult<string[]>>;
  /** Group ids out of `groupIds` that do not exist. */
  missingGroups(groupIds: readonly string[]): Promise<JiraResult<string[]>>;
}

/** Link records with the last known snapshot of their request. */
export interface LinkStore {
  read(cluster: string, requestId: string): Promise<Link | undefined>;
  /** Stores a new claim. `false` when a record exists already. */
  claim(link: Link): Promise<boolean>;
  /** Wins or loses the right to begin attempt number `attempt`; exactly one caller wins, and the others learn when (Unix milliseconds). */
  winAttempt(
    cluster: string,
    requestId: string,
    attempt: number,
    now: number,
  ): Promise<{ won: true } | { won: false; since: number }>;
  write(link: Link): Promise<void>;
  /** Writes a link together with its snapshot and the reverse entry by issue id, atomically. */
  writeWithSnapshot(link: IssueLink, snapshot: RequestSnapshot): Promise<void>;
  readSnapshot(cluster: string, requestId: string): Promise<RequestSnapshot | undefined>;
  /** The request of an issue, strongly consistent. */
  findByIssue(issueId: string): Promise<{ cluster: string; requestId: string } | undefined>;
  /** A page of links, eventually consistent. */
  list(cluster: string, pageToken?: string): Promise<{ links: Link[]; nextPageToken?: string }>;
  remove(link: Link): Promise<void>;
}

/** Decisions that wait for a relay. */
export interface DecisionStore {
  read(cluster: string, requestId: string): Promise<LiveDecision | undefined>;
  write(live: LiveDecision): Promise<void>;
  remove(cluster: string, requestId: string): Promise<void>;
  /**
   * Wins or loses the right to lend a decision for the time after `loan` earlier ones; exactly one caller wins, and the others
   * learn when (Unix milliseconds).
   */
  winLoan(
    decisionId: string,
    loan: number,
    now: number,
  ): Promise<{ won: true } | { won: false; since: number }>;
  /** Waiting decisions of a cluster, eventually consistent. */
  list(cluster: string): Promise<LiveDecision[]>;
  /** What became of the newest decision that ended; kept for some days. */
  readSettled(cluster: string, requestId: string): Promise<SettledDecision | undefined>;
  writeSettled(cluster: string, requestId: string, settled: SettledDecision): Promise<void>;
}

/** Decisions by moved cards, counted by person and minute. */
export interface CardPaceStore {
  /**
   * Takes one of `places` places in the minute of a move, once for each decision; exact however many do so at once.
   *
   * @param minute of Unix time.
   * @returns whether there was one, or this decision has one already.
   */
  take(place: { accountId: string; minute: number; decisionId: string; places: number }): Promise<boolean>;
}

/** New issues, counted by cluster and hour of Unix time; a little less exact than counting each, and much cheaper. */
export interface CreationPaceStore {
  count(cluster: string, hour: number): Promise<number>;
  add(cluster: string, hour: number): Promise<void>;
}

/** The platform's word on accounts whose owners left (Forge, privacy API). */
export interface Privacy {
  /** When accounts were last reported, Unix milliseconds; 0 before the first time. */
  lastReportAt(): Promise<number>;
  noteReport(at: number): Promise<void>;
  /** Reports accounts with the moment since which each is stored. @returns those that are closed. */
  report(accounts: readonly { accountId: string; since: number }[]): Promise<string[]>;
}

/** Put-backs of the last minutes, by issue. */
export interface PutBackStore {
  read(issueId: string): Promise<PutBack[]>;
  write(issueId: string, putBacks: readonly PutBack[]): Promise<void>;
}

/** The connection that gets push, and when it was last proved to work, Unix milliseconds. */
export interface PushChoice {
  connectionId: string;
  provedAt?: number | undefined;
  /** When it last failed, Unix milliseconds. */
  failedAt?: number | undefined;
}

/** Connections: what they are trusted with, and what they last said. */
export interface ConnectionStore {
  readTrust(id: string): Promise<ConnectionTrust | undefined>;
  /** The id of the confirmed connection of a cluster. */
  findByCluster(cluster: string): Promise<string | undefined>;
  /** Makes a connection the one of its cluster. `false` when another one is. */
  claimCluster(cluster: string, id: string): Promise<boolean>;
  /** Ends that, if this connection is the one. */
  releaseCluster(cluster: string, id: string): Promise<void>;
  writeTrust(trust: ConnectionTrust): Promise<void>;
  removeTrust(id: string): Promise<void>;
  /** CA fingerprints that are known to follow the pinned one, none at first. */
  readSuccessors(id: string): Promise<string[]>;
  writeSuccessors(id: string, caFingerprints: readonly string[]): Promise<void>;
  readStatus(id: string): Promise<ConnectionStatus | undefined>;
  writeStatus(status: ConnectionStatus): Promise<void>;
  listStatus(): Promise<ConnectionStatus[]>;
  /** The connection that the administrator chose for push; `provedAt` when push was last seen to work, Unix milliseconds. */
  readPush(): Promise<PushChoice | undefined>;
  writePush(choice: PushChoice | undefined): Promise<void>;
}

/** Settings as stored: what the administrator saved, and what the app found out about the project when they did. */
export interface StoredSettings {
  settings: Settings;
  version: number;
  /** Mapped service projects: comments there are shown to customers unless marked as internal. */
  serviceProjectIds: string[];
}

/** Settings with a version, so that two administrators do not overwrite each other. */
export interface SettingsStore {
  read(): Promise<StoredSettings | undefined>;
  /** Stores when `version` follows the stored one (1 for the first); `false` when somebody else was first. */
  write(next: StoredSettings): Promise<boolean>;
}

/** An optional field that Jira refused, and when; Unix milliseconds. */
export interface DroppedField {
  field: OptionalField;
  at: number;
}

/** Optional fields that Jira refused, by project and type. */
export interface DroppedFieldStore {
  read(place: Place): Promise<DroppedField[]>;
  /** Replaces them; an empty list forgets. */
  write(place: Place, fields: readonly DroppedField[]): Promise<void>;
}

/** Until when the site's hourly quota of Jira calls is used up (Jira rate limits, `jira-quota-…`). */
export interface QuotaStore {
  /** Unix milliseconds; 0 or a moment that is past when there is no pause. */
  pausedUntil(): Promise<number>;
}

/** What the last check of the configuration found. */
export interface HealthStore {
  read(): Promise<{ checks: HealthCheck[]; checkedAt: number } | undefined>;
  write(found: { checks: readonly HealthCheck[]; checkedAt: number }): Promise<void>;
}

/** The administrator's activity list. */
export interface ActivityStore {
  add(entry: Omit<ActivityEntry, 'id' | 'at'>): Promise<void>;
  /** Adds an entry unless one with this id and time is there: for what may be found again after a crash. */
  addOnce(entry: ActivityEntry): Promise<void>;
  list(limit: number, pageToken?: string): Promise<{ entries: ActivityEntry[]; nextPageToken?: string }>;
  read(at: number, id: string): Promise<ActivityEntry | undefined>;
  /** Writes an entry that is there anew, without whom it told of. */
  replace(entry: ActivityEntry): Promise<void>;
}

/** The platform's web trigger that relays call, and the ids that a pairing token carries. */
export interface RelayDoor {
  pairingTarget(): Promise<Pick<Pairing, 'webTriggerUrl' | 'cloudId' | 'appId' | 'environmentId'>>;
  /** Base address of the site for links to issues, without a slash at the end. */
  siteUrl(): Promise<string>;
  /** Deletes the web trigger's address. The next pairing makes another one. */
  close(): Promise<void>;
}

/** A log of outcomes; never bodies, secrets or names of people. */
export interface Log {
  info(message: string, facts?: Readonly<Record<string, string | number>>): void;
  warn(message: string, facts?: Readonly<Record<string, string | number>>): void;
}

/** Everything that use cases need from outside. */
export interface Services {
  issues: JiraIssues;
  people: JiraPeople;
  projects: JiraProjects;
  catalogue: JiraCatalogue;
  links: LinkStore;
  decisions: DecisionStore;
  cardPace: CardPaceStore;
  creationPace: CreationPaceStore;
  putBacks: PutBackStore;
  connections: ConnectionStore;
  settings: SettingsStore;
  droppedFields: DroppedFieldStore;
  quota: QuotaStore;
  health: HealthStore;
  activity: ActivityStore;
  privacy: Privacy;
  door: RelayDoor;
  log: Log;
  /** Unix milliseconds. */
  now: () => number;
  newId: () => string;
}

/** A budget of time for Jira writes: none is begun after it is over. */
export interface Deadline {
  isOver(): boolean;
}
