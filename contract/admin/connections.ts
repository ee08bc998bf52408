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
