import * as z from 'zod';
import {
  REQUEST_STATES,
  requestSnapshot,
  utcTime,
  type RequestSnapshot,
} from '../../contract/access-request';
import { APPLY_FAILURE_CODES } from '../../contract/relay-inbox';

/** Times in stored records are Unix milliseconds. */
const millis = z.number().int().nonnegative();

const failure = z.object({
  code: z.enum(APPLY_FAILURE_CODES),
  text: z.string(),
  at: millis,
  nextAttemptAt: millis,
});
/** Why a request is not in step, for the administrator. */
export type LinkFailure = z.infer<typeof failure>;

const attempts = {
  /** Number of the current attempt to create the issue; 1 for the first. */
  attempt: z.int().positive(),
  /** Random id that goes into the issue's property, so that an issue found later tells which attempt made it. */
  attemptId: z.uuid(),
  /** Ids of attempts whose outcome never became known; an issue of theirs may still turn up. */
  earlierAttemptIds: z.array(z.uuid()),
};

const identity = { cluster: z.string(), requestId: z.string() };

/** Where an issue is to be made. Records from before there were rules lack it: the one project of then is meant. */
const place = z.object({ projectId: z.string(), issueTypeId: z.string() }).optional();

/** The issue of a request, with the project and type it was made in. */
const issueRef = z.object({
  id: z.string(),
  key: z.string(),
  projectId: z.string(),
  issueTypeId: z.string(),
});

const creatingLink = z.object({
  phase: z.literal('creating'),
  ...identity,
  ...attempts,
  /** Until then whoever claimed the link may be at work; nobody else touches it. */
  leaseUntil: millis,
  /** Searches done so far for the issue of an attempt whose outcome is unknown. */
  searches: z.int().nonnegative(),
  /** When the next search is due; absent while the attempt runs. */
  nextSearchAt: millis.optional(),
  place,
  /** What is to be created; also what is known should the request vanish before its issue is found. */
  snapshot: requestSnapshot,
});
/** An issue is being created, or may have been. */
export type CreatingLink = z.infer<typeof creatingLink>;

const parkedLink = z.object({
  phase: z.literal('parked'),
  ...identity,
  ...attempts,
  failure,
  snapshot: requestSnapshot,
});
/** Jira refused to create the issue, for certain. */
export type ParkedLink = z.infer<typeof parkedLink>;

const issueLink = z.object({
  /** `detached`: the issue was moved, re-typed, archived or deleted; it decides nothing and is not moved. */
  phase: z.enum(['linked', 'detached']),
  ...identity,
  ...attempts,
  issue: issueRef,
  /** Digest of the snapshot that was applied completely; empty before the first time. */
  syncDigest: z.string(),
  state: z.enum(REQUEST_STATES),
  /** What the issue shows: digest of the grant, digest of summary and description, and whether all of it fits. */
  shown: z.object({
    grantDigest: z.string(),
    contentDigest: z.string(),
    complete: z.boolean(),
    /** When the app last wrote it anew; 0 for the content that the issue was made with. */
    at: millis,
  }),
  /** Until then Teleport is expected to list the request. */
  listedUntil: millis,
  deletedAt: utcTime.optional(),
  failure: failure.optional(),
  createdAt: millis,
});
/** A request that has its issue. */
export type IssueLink = z.infer<typeof issueLink>;

/** The app's own record of which issue belongs to which request: the only truth about it. */
export const link = z.discriminatedUnion('phase', [creatingLink, parkedLink, issueLink]);
export type Link = z.infer<typeof link>;

/** How long a claim protects the one who creates the issue, in milliseconds; longer than any function may run. */
export const CLAIM_LEASE_MS = 60_000;
/** Seconds to wait before each search for an issue whose creation is uncertain, the last one being the quiet period. */
export const SEARCH_DELAYS_SECONDS = [2, 10, 60, 300] as const;
/** A link is forgotten this long after Teleport stopped holding its request. */
export const RETENTION_MS = 30 * 24 * 3_600_000;
/** An issue of an attempt that was given up is looked for so long after the link was made. */
export const LATE_DOUBLE_MS = 7 * 24 * 3_600_000;
/** A request that ended longer ago than this before Jira took its issue gets none any more. */
const LATE_ISSUE_MS = 24 * 3_600_000;
const AFTER_ACCESS_ENDS_MS = 24 * 3_600_000;

/** Whether a link has an issue. */
export function hasIssue(value: Link): value is IssueLink {
  return value.phase === 'linked' || value.phase === 'detached';
}

/** What to do next about an attempt to create an issue whose outcome is not known yet. */
export type CreationStep =
  /** Somebody is at work, or the next search is not due. */
  | { step: 'wait'; seconds: number }
  /** Search for the issue; if there is none, wait for `thenWaitSeconds` more. */
  | { step: 'search'; thenWaitSeconds: number }
  /** Search a last time; if there is none, nothing was created: begin a new attempt. */
  | { step: 'search_then_create' };

/**
 * The recovery of an uncertain creation: search after 2, 10, 60 and 300 s, and only when all of them found nothing create
 * again (a search index may lag by minutes). Which step comes is decided by the record alone, so any invocation can go on.
 */
export function nextCreationStep(value: CreatingLink, now: number): CreationStep {
  const dueAt = value.nextSearchAt ?? value.leaseUntil;
  if (now < dueAt) return { step: 'wait', seconds: Math.max(1, Math.ceil((dueAt - now) / 1000)) };
  const following = SEARCH_DELAYS_SECONDS[value.searches + 1];
  return following === undefined
    ? { step: 'search_then_create' }
    : { step: 'search', thenWaitSeconds: following };
}

/**
 * Whether a request has ended so long ago that an issue would tell nobody anything. One that ended while Jira was only busy
 * still gets its issue, as one that ended.
 */
export function isTooLateForIssue(snapshot: RequestSnapshot, now: number): boolean {
  return snapshot.deletedAt !== undefined && now - Date.parse(snapshot.deletedAt) > LATE_ISSUE_MS;
}

/** When Teleport is expected to stop listing a request, in Unix milliseconds. */
export function listedUntil(snapshot: RequestSnapshot, now: number): number {
  if (snapshot.deletedAt !== undefined) return now;
  const end = snapshot.state === 'PENDING' ? snapshot.requestExpiresAt : snapshot.accessExpiresAt;
  const base = end === undefined ? now : Math.max(now, Date.parse(end));
  return base + (snapshot.state === 'PENDING' ? RETENTION_MS : AFTER_ACCESS_ENDS_MS);
}
