import type { AccessReview, RequestSnapshot } from './access-request';
import type { DecisionOutcome } from './decision';

/**
 * What the decision page on an issue and its resolver say to each other. The resolver trusts the account that the platform
 * names, and checks on every call that this account may see the very issue.
 */

export type Verdict = 'approve' | 'deny';

/** Why somebody may not decide, or a decision was not taken. The page has words for each. */
export const PANEL_REFUSALS = [
  'not_pending',
  'expired',
  'not_mapped',
  'not_human',
  'inactive',
  'guest',
  'is_app',
  'nobody_may_approve',
  'not_approver',
  'own_request',
  'no_connection',
  'observe_only',
  'source_not_accepted',
  'content_incomplete',
  'changed_since_shown',
  'reason_required',
  'decision_waits',
  'too_late',
  'issue_gone',
  'issue_moved',
  'connection_changed',
] as const;
export type PanelRefusal = (typeof PANEL_REFUSALS)[number];

/** A requested resource in words. Invisible characters in names are spelled out. */
export interface ResourceView {
  name: string;
  /** Kind and cluster. */
  place: string;
  /** The id that Teleport knows it by, where people call it otherwise. */
  id?: string;
  /** What the access is limited to. */
  constraints?: string;
}

/** A review; one that Teleport gave itself, by a rule for automatic reviews, has no person behind it. */
export interface ReviewView extends AccessReview {
  isAutomatic: boolean;
}

/** What is asked for, by the app's own record; nothing of it is read off the issue. Times are UTC text. */
export interface RequestView extends Pick<
  RequestSnapshot,
  'cluster' | 'id' | 'state' | 'user' | 'roles' | 'reason' | 'createdAt' | 'kind' | 'thresholds'
> {
  reviews: ReviewView[];
  resources: ResourceView[];
  /** When it ends unanswered. */
  requestExpiresAt?: string;
  accessExpiresAt?: string;
  maxDurationUntil?: string;
  assumeStartAt?: string;
  suggestedReviewers: string[];
  resolveReason: string;
  promotedTo?: string;
  teleportUrl?: string;
  /** Parts that were too long to be told whole: `roles`, `resources`, `reason` … */
  cut: string[];
  /** When Teleport was last seen to say so. */
  observedAt: string;
}

/** Whether the caller may give a verdict, and why not. */
export type Permission = { allowed: true } | { allowed: false; code: PanelRefusal };

/** A decision on its way. */
export interface WaitingView {
  decisionId: string;
  verdict: Verdict;
  source: 'panel' | 'card';
  isMine: boolean;
  decidedAt: string;
  /** Past this moment it is void. */
  notAfter: string;
}

/** What became of a decision made in Jira: Teleport's answer, or why the app did not let it go there. */
export interface OutcomeView {
  decisionId: string;
  verdict?: Verdict;
  isMine: boolean;
  at: string;
  outcome: DecisionOutcome | { kind: 'withdrawn'; code: PanelRefusal };
}

/** Where the newest decision of a request stands. */
export interface Progress {
  /** State of the request by the app's record. */
  state: RequestSnapshot['state'];
  waiting?: WaitingView;
  last?: OutcomeView;
}

/** All that the page shows of an issue that stands for a request. */
export interface IssuePageView extends Progress {
  request: RequestView;
  /** Digest of what is shown; goes back with a decision. */
  grantDigest: string;
  /** The app's clock, for the countdown. */
  now: string;
  /** Summary or description are not as the app wrote them. */
  isEdited: boolean;
  /** Names of who may decide; `isCut` when there are more. `permission`: holders of the app's own permission, too. */
  approvers: { groups: string[]; people: string[]; roles: string[]; permission: boolean; isCut: boolean };
  denyNeedsReason: boolean;
  may: Record<Verdict, Permission>;
}

/** Why there is nothing to show. None of these tells more than Jira tells the caller itself. */
export type IssuePageError =
  /** No request belongs to this issue, or the caller may not see it. */
  | { code: 'nothing_here' }
  /** The issue was moved away from where it was made; it decides nothing. */
  | { code: 'detached' }
  | { code: 'bad_input' }
  /** Jira did not answer; try again. */
  | { code: 'unavailable' };

/** What became of pressing a button. */
export type DecideResult =
  /** Taken; it is on its way, or it has its outcome already. */
  { result: 'taken'; progress: Progress } | { result: 'refused'; code: PanelRefusal };

export type IssuePageResult<T> = { ok: true; value: T } | { ok: false; error: IssuePageError };

type Nothing = Record<string, never>;

/** The page's functions: what each takes and gives. Which issue is meant comes from where the page was opened. */
export interface IssuePageFunctions {
  show: { payload: Nothing; value: IssuePageView };
  /** Only where the newest decision stands; cheap, for asking again while one waits. */
  follow: { payload: Nothing; value: Progress };
  decide: {
    payload: {
      verdict: Verdict;
      /** At most 4,096 bytes. */
      reason: string;
      /** Made by the page when the button is pressed, and kept when the call is repeated. */
      uuid: string;
      /** Digest of what the page showed. */
      grantDigest: string;
    };
    value: DecideResult;
  };
}
