import * as z from 'zod';
import { MAX_SNAPSHOT_BYTES, REQUEST_STATES, requestSnapshot, utcTime } from './access-request';
import { APPROVER_IDENTITIES, decision, DECISION_MODES, DECISION_SOURCES, reportedOutcome } from './decision';
import { CONTRACT_VERSION } from './version';

/** Largest body of a call to the web trigger, in bytes. */
export const MAX_INBOX_BODY_BYTES = 1_000_000;
/** Most requests in one `apply`. */
export const MAX_APPLY_ITEMS = 10;

/** Most host CAs that a hello names; a rotation has two. */
export const MAX_CA_FINGERPRINTS = 8;

const v = z.literal(CONTRACT_VERSION);
const clusterName = z.string().min(1).max(253);
const requestId = z.string().min(1).max(1024);
const line = z.string().max(512);

/** The CA fingerprint of a cluster: SHA-256 over the DER of its host CA certificates, lower-case hex. */
export const caFingerprint = z.string().regex(/^[0-9a-f]{64}$/);

/** `hello`: the relay says who it is and how it is; the app answers with hints and with the decisions that wait. */
export const helloRequest = z.object({
  v,
  op: z.literal('hello'),
  /** The `statusToken` of the last answer, unread; it spares the app a look at what it stored. */
  statusToken: z.string().max(64).optional(),
  relay: z.object({ version: line, startedAt: utcTime }),
  cluster: z.object({
    name: clusterName,
    caFingerprint,
    /** Those of all host CAs that the relay's identity trusts, several during a rotation. Older relays leave it out. */
    caFingerprints: z.array(caFingerprint).max(MAX_CA_FINGERPRINTS).optional(),
    version: line,
    proxyAddress: line.optional(),
    /** Whether the cluster offers reviews and thresholds (Teleport's AdvancedAccessWorkflows). */
    reviews: z.boolean(),
  }),
  decisions: z.object({
    mode: z.enum(DECISION_MODES),
    approverIdentity: z.enum(APPROVER_IDENTITIES).optional(),
    accept: z.array(z.enum(DECISION_SOURCES)),
    /** The ceiling in words, one rule a line. */
    ceiling: z.array(line).max(20),
  }),
  identity: z.object({ user: line, expiresAt: utcTime.optional() }),
  /** Whether the relay takes decisions that are pushed to it. Relays that do not know of it leave it out. */
  push: z.object({ available: z.boolean() }).optional(),
  health: z.object({
    state: z.enum(['in_step', 'catching_up', 'degraded']),
    waiting: z.int().nonnegative(),
    failed: z.int().nonnegative(),
    /** Requests that are older than the pairing and were left out. */
    olderRequests: z.int().nonnegative(),
    lastListAt: utcTime.optional(),
    problems: z.array(line).max(10),
  }),
});
export type HelloRequest = z.infer<typeof helloRequest>;

export const helloAnswer = z.object({
  v,
  op: z.literal('hello'),
  /** Nothing but `hello` is answered until the administrator has confirmed the cluster. */
  connection: z.enum(['proposed', 'confirmed', 'mismatch']),
  /** Requests that were resolved before this moment are mirrored only if the app already knows them. */
  mirrorSince: utcTime.optional(),
  /** When to say hello next. */
  helloAfterSeconds: z.number().positive().max(3600),
  decisions: z.array(decision).max(50),
  /** To be sent back with the next hello. */
  statusToken: z.string().max(64),
});
export type HelloAnswer = z.infer<typeof helloAnswer>;

/** `open`: the requests that the app expects Teleport to list, page by page. */
export const openRequest = z.object({
  v,
  op: z.literal('open'),
  cluster: clusterName,
  pageToken: z.string().max(4096).optional(),
});
export type OpenRequest = z.infer<typeof openRequest>;

/** Where the mirroring of a request stands. */
export const LINK_PHASES = ['creating', 'linked', 'parked', 'detached'] as const;

export const openLink = z.object({
  requestId,
  /** Empty while nothing has been applied. */
  syncDigest: z.string().max(64),
  state: z.enum(REQUEST_STATES),
  phase: z.enum(LINK_PHASES),
});
export type OpenLink = z.infer<typeof openLink>;

export const openAnswer = z.object({
  v,
  op: z.literal('open'),
  links: z.array(openLink),
  nextPageToken: z.string().max(4096).optional(),
});
export type OpenAnswer = z.infer<typeof openAnswer>;

/** One request to bring in step: its newest snapshot, or word that Teleport no longer holds it. */
export const applyItem = z
  .object({
    requestId,
    snapshot: requestSnapshot.optional(),
    gone: z.object({ observedAt: utcTime }).optional(),
    outcome: reportedOutcome.optional(),
  })
  .refine(
    (item) => (item.snapshot === undefined) !== (item.gone === undefined),
    'needs either snapshot or gone',
  )
  .refine(
    (item) => item.snapshot === undefined || item.snapshot.id === item.requestId,
    'snapshot is of another request',
  )
  .refine(
    (item) =>
      item.snapshot === undefined || Buffer.byteLength(JSON.stringify(item.snapshot)) <= MAX_SNAPSHOT_BYTES,
    'snapshot is too large',
  );
export type ApplyItem = z.infer<typeof applyItem>;

export const applyRequest = z
  .object({
    v,
    op: z.literal('apply'),
    cluster: clusterName,
    items: z.array(applyItem).min(1).max(MAX_APPLY_ITEMS),
  })
  .refine(
    (body) =>
      body.items.every((item) => item.snapshot === undefined || item.snapshot.cluster === body.cluster),
    'snapshot is of another cluster',
  )
  .refine(
    (body) => new Set(body.items.map((item) => item.requestId)).size === body.items.length,
    'a request comes twice',
  );
export type ApplyRequest = z.infer<typeof applyRequest>;

/** Why a request could not be brought in step. Codes are stable; texts are for people and may change. */
export const APPLY_FAILURE_CODES = [
  'not_configured',
  'project_unusable',
  'jira_refused',
  'transition_missing',
  'issue_gone',
  'issue_detached',
  'teleport_went_back',
  'jira_unavailable',
  'unexpected',
] as const;

const issueRef = { issueId: z.string().max(32), issueKey: z.string().max(64) };

/**
 * What became of one item. `deferred` = try again after that many seconds; `failed` = stored for the administrator with
 * its reason, send it again only when it changes or after `retryAfterSeconds`.
 */
export const applyResult = z.discriminatedUnion('result', [
  z.object({ requestId, result: z.enum(['created', 'updated', 'unchanged']), ...issueRef }),
  /** A request that the app leaves out: it ended before the pairing, or its link is gone. */
  z.object({ requestId, result: z.literal('skipped') }),
  z.object({
    requestId,
    result: z.literal('deferred'),
    seconds: z.number().positive().max(86_400),
    text: line,
  }),
  z.object({
    requestId,
    result: z.literal('failed'),
    code: z.enum(APPLY_FAILURE_CODES),
    text: line,
    retryAfterSeconds: z.number().positive().max(86_400),
  }),
]);
export type ApplyResult = z.infer<typeof applyResult>;

/** What became of requests in a line, for the logs of both sides. */
export function describeResults(results: readonly ApplyResult[]): string {
  return results.map(({ requestId, result }) => `${requestId} ${result}`).join(', ');
}

export const applyAnswer = z.object({ v, op: z.literal('apply'), results: z.array(applyResult) });
export type ApplyAnswer = z.infer<typeof applyAnswer>;

export const inboxRequest = z.discriminatedUnion('op', [helloRequest, openRequest, applyRequest]);
export type InboxRequest = z.infer<typeof inboxRequest>;

/** Body of a 400, 409 or 426 answer to a verified call. */
export const INBOX_ERROR_CODES = [
  'bad_message',
  'unknown_version',
  'not_confirmed',
  'wrong_cluster',
] as const;
export const inboxError = z.object({ v, code: z.enum(INBOX_ERROR_CODES) });
export type InboxError = z.infer<typeof inboxError>;
