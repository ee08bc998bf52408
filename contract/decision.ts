import * as z from 'zod';
import { utcTime } from './access-request';
import { CONTRACT_VERSION } from './version';

/** How the decision modes of the relay are called; there is no default, the Teleport administrator must choose. */
export const DECISION_MODES = ['observe', 'set-state', 'review-as-bot', 'review-as-user'] as const;

/** How the relay proves that the mover is not the requester; there is no default. */
export const APPROVER_IDENTITIES = ['trait', 'email', 'any'] as const;
export type ApproverIdentity = (typeof APPROVER_IDENTITIES)[number];

/** Where in Jira a decision was made. */
export const DECISION_SOURCES = ['panel', 'card'] as const;
export type DecisionSource = (typeof DECISION_SOURCES)[number];

/**
 * A decision made in Jira, on its way to Teleport. It grants nothing by itself: the relay checks it against Teleport
 * and its own ceiling at delivery.
 */
export const decision = z.object({
  v: z.literal(CONTRACT_VERSION),
  /** `c:<issueId>:<historyId>` for a card, `p:<issueId>:<uuid>` for a button. */
  id: z.string().regex(/^(c:\d+:\d+|p:\d+:[0-9a-f-]{36})$/),
  connectionId: z.string().min(1).max(64),
  cluster: z.string().min(1).max(1024),
  requestId: z.string().min(1).max(1024),
  verdict: z.enum(['approve', 'deny']),
  source: z.enum(DECISION_SOURCES),
  actor: z.object({
    accountId: z.string().min(1).max(128),
    /** Only when the account shows it and the administrator asked for it. */
    email: z.string().max(320).optional(),
  }),
  reason: z.string().max(4096),
  issue: z.object({ id: z.string().regex(/^\d+$/), key: z.string().max(64), url: z.string().max(2048) }),
  /** Digest of what the actor was shown. */
  grantDigest: z.string().max(64),
  decidedAt: utcTime,
  /** Past this moment the decision is void. */
  notAfter: utcTime,
});
export type Decision = z.infer<typeof decision>;

/** Why a relay refuses a decision. Codes are stable; the words beside them are for people and may change. */
export const REFUSAL_CODES = [
  'observe_only',
  'wrong_connection',
  'source_not_accepted',
  'late',
  'not_pending',
  'grant_changed',
  'needs_review',
  'over_ceiling',
  'too_many_approvals',
  'own_request',
  'identity_unproven',
  'already_reviewed',
  'no_right',
  'mfa_required',
  'teleport_refused',
] as const;
export type RefusalCode = (typeof REFUSAL_CODES)[number];

/**
 * What became of a decision in Teleport. `recorded` = a review counted and the request still waits for more;
 * `already_resolved` = somebody else was first; `gone` = Teleport no longer holds the request.
 */
export const decisionOutcome = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('applied') }),
  z.object({ kind: z.literal('recorded'), text: z.string().max(512) }),
  z.object({ kind: z.literal('already_resolved') }),
  z.object({ kind: z.literal('refused'), code: z.enum(REFUSAL_CODES), text: z.string().max(512) }),
  z.object({ kind: z.literal('gone') }),
]);
export type DecisionOutcome = z.infer<typeof decisionOutcome>;

/** The outcome of one decision, as the relay reports it. */
export const reportedOutcome = z.object({
  decisionId: z.string().max(256),
  outcome: decisionOutcome,
  at: utcTime,
});
export type ReportedOutcome = z.infer<typeof reportedOutcome>;
