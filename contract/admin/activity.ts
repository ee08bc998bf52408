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
