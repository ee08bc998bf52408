import * as z from 'zod';

/**
 * States of an access request as the two sides know them. PENDING, APPROVED, DENIED and PROMOTED are Teleport's own
 * (types.RequestState); EXPIRED is ours for a request that ended unanswered, by clock or by removal.
 */
export const REQUEST_STATES = ['PENDING', 'EXPIRED', 'APPROVED', 'PROMOTED', 'DENIED'] as const;
export type RequestState = (typeof REQUEST_STATES)[number];

/** Rank of a state when two snapshots are merged: the higher one wins, so order of arrival does not matter. */
export function stateRank(state: RequestState): number {
  return REQUEST_STATES.indexOf(state);
}

/** A moment as UTC text with seconds or milliseconds, for example `2026-11-24T14:00:00Z`. */
export const utcTime = z.iso.datetime({ offset: false });

/** Writes a moment as UTC text without fractions of a second, the form that digests use. */
export function toUtcSeconds(time: Date): string {
  return `${time.toISOString().slice(0, 19)}Z`;
}

/** Largest snapshot that one `apply` item may hold, in bytes of its JSON text. The relay cuts visibly to stay below. */
export const MAX_SNAPSHOT_BYTES = 96_000;

const shortText = z.string().max(1024);

/** A requested resource: Teleport's ResourceID, with the constraints of ResourceAccessID and a name for people. */
export const requestedResource = z.object({
  cluster: shortText,
  kind: shortText,
  name: shortText,
  subResource: shortText.optional(),
  /** What people call it (a host name, for example), when Teleport tells. */
  friendlyName: shortText.optional(),
  /** Canonical JSON of the constraints, when there are any. */
  constraints: z.string().max(8192).optional(),
});
export type RequestedResource = z.infer<typeof requestedResource>;

/** One review of a request (types.AccessReview). */
export const accessReview = z.object({
  author: shortText,
  verdict: z.enum(['APPROVED', 'DENIED', 'PROMOTED']),
  reason: z.string().max(8192),
  createdAt: utcTime,
});
export type AccessReview = z.infer<typeof accessReview>;

/** The system user in whose name Teleport itself reviews by rules (Teleport, access automation rules). */
const TELEPORT_REVIEWER = '@teleport-access-approval-bot';

/** Whether Teleport itself gave a review, by a rule for automatic reviews, and no person. */
export function isAutomaticReview({ author }: Pick<AccessReview, 'author'>): boolean {
  return author === TELEPORT_REVIEWER;
}

/** One review threshold of a request (types.AccessReviewThreshold). A count of 0 means that it is never reached. */
export const reviewThreshold = z.object({
  name: shortText,
  approve: z.int().nonnegative(),
  deny: z.int().nonnegative(),
  hasFilter: z.boolean(),
});
export type ReviewThreshold = z.infer<typeof reviewThreshold>;

/** Fields of a snapshot that the relay may shorten to keep it within MAX_SNAPSHOT_BYTES. */
export const CUTTABLE_FIELDS = [
  'roles',
  'resources',
  'reason',
  'resolveReason',
  'reviews',
  'suggestedReviewers',
] as const;

/**
 * What the relay saw of an access request at `observedAt`. Both digests are computed from the uncut data, so they
 * also tell a card whose lists were cut from one that is complete.
 */
export const requestSnapshot = z.object({
  cluster: shortText.min(1),
  id: shortText.min(1),
  state: z.enum(REQUEST_STATES),
  user: shortText.min(1),
  roles: z.array(shortText),
  resources: z.array(requestedResource),
  reason: z.string().max(8192),
  createdAt: utcTime,
  /** When a pending request ends unanswered. */
  requestExpiresAt: utcTime.optional(),
  /** When the access that it grants ends. */
  accessExpiresAt: utcTime.optional(),
  /** The end of access that the requester asked for. */
  maxDurationUntil: utcTime.optional(),
  /** The access is usable only from then. */
  assumeStartAt: utcTime.optional(),
  kind: z.enum(['UNDEFINED', 'SHORT_TERM', 'LONG_TERM']),
  reviews: z.array(accessReview),
  thresholds: z.array(reviewThreshold),
  suggestedReviewers: z.array(shortText),
  resolveReason: z.string().max(8192),
  promotedAccessList: z.object({ name: shortText, title: shortText }).optional(),
  /** The request's page in Teleport's web interface. */
  teleportUrl: z
    .url({ protocol: /^https?$/ })
    .max(2048)
    .optional(),
  /** When the relay learnt that Teleport no longer holds the request. */
  deletedAt: utcTime.optional(),
  observedAt: utcTime,
  /** Names of the fields that were shortened. */
  cut: z.array(z.enum(CUTTABLE_FIELDS)),
  grantDigest: z.string().regex(/^g1:[A-Za-z0-9_-]{43}$/),
  syncDigest: z.string().regex(/^s1:[A-Za-z0-9_-]{43}$/),
});
export type RequestSnapshot = z.infer<typeof requestSnapshot>;
