/**
 * What the admin page and the app's admin resolver say to each other. The resolver checks on every call that the caller
 * administers Jira; secrets travel in one place only, the pairing token that is shown once.
 */

/** A cluster with the fingerprint to compare before confirming it. */
export interface ClusterView {
  name: string;
  caFingerprint: string;
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
  relay?: {
    version: string;
    teleportVersion: string;
    decisionMode: string;
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
  accountId?: string;
}

/** One check of the configuration, in plain words, with what to do when it failed. */
export interface HealthCheck {
  code: string;
  ok: boolean;
  text: string;
  fix?: string;
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

/** Why a call was refused. */
export type AdminError =
  | { code: 'not_administrator' }
  | { code: 'bad_input'; problems: SettingsProblem[] }
  | { code: 'conflict'; text: string }
  | { code: 'not_found'; text: string }
  | { code: 'jira_unavailable'; text: string };

/** The answer of every admin call. */
export type AdminResult<T> = { ok: true; value: T } | { ok: false; error: AdminError };

/** The admin resolver's functions: what each takes and gives. */
export interface AdminFunctions {
  listConnections: { payload: Record<string, never>; value: { connections: ConnectionView[] } };
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
  getSettings: { payload: Record<string, never>; value: { settings: unknown; version: number } };
  saveSettings: { payload: { settings: unknown; version: number }; value: { version: number } };
  listActivity: {
    payload: { pageToken?: string };
    value: { entries: ActivityView[]; nextPageToken?: string };
  };
  getHealth: { payload: Record<string, never>; value: { checks: HealthCheck[] } };
  listFailures: { payload: Record<string, never>; value: { failures: FailureView[] } };
  retryRequest: { payload: { cluster: string; requestId: string }; value: { result: string; text?: string } };
}
