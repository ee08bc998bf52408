import type { ActivityDetail, ActivityFilter, ActivityView, FailureView } from './activity';
import type { ClusterView, ConnectionView } from './connections';
import type { HealthCheck } from './health';
import type { FirstRequest, OverviewView, ReadyFilter, WizardStep } from './overview';
import type { IssueTypeDetails, ProjectChoice, ProjectDetails, SlotPath } from './projects';
import type { RoutingAnswer } from './routing';
import type { SetUpReport } from './set-up';
import type { SettingsDocument, SettingsProblem, SlotName } from './settings';

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
