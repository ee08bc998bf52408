import {
  CUTTABLE_FIELDS,
  MAX_SNAPSHOT_BYTES,
  toUtcSeconds,
  type RequestSnapshot,
  type RequestState,
} from '../../../contract/access-request';
import { grantDigest, syncDigest, type UncutSnapshot } from '../../../contract/digests';
import type { AccessRequest } from '../ports';

/** What a snapshot says beside the request itself. */
export interface SnapshotContext {
  cluster: string;
  /** Address of Teleport's web interface without a slash at the end, when requests can be looked at there. */
  webUrl: string | undefined;
  /** Unix milliseconds. */
  observedAt: number;
  /** `EXPIRED` for a pending request that is past its end; Teleport has no such state. */
  state?: RequestState;
}

type CuttableField = (typeof CUTTABLE_FIELDS)[number];

/** Limits of the contract, in UTF-16 units. */
const MAX_NAME = 1024;
const MAX_TEXT = 8192;
/** Thresholds are shown and never decided by, so a wild number of them is left out without a word. */
const MAX_THRESHOLDS = 50;

/**
 * The snapshot of a request as it is sent to the app. Digests are computed from the whole data; then texts and lists are
 * shortened until the snapshot fits, each shortened field named in `cut`.
 */
export function toSnapshot(request: AccessRequest, context: SnapshotContext): RequestSnapshot {
  const uncut = uncutSnapshot(request, context);
  const digests = { grantDigest: grantDigest(uncut), syncDigest: syncDigest(uncut) };
  const cut = new Set<CuttableField>();
  let shortened = shortenNames(uncut, cut);
  while (byteLength({ ...shortened, ...digests, cut: [...CUTTABLE_FIELDS] }) > MAX_SNAPSHOT_BYTES) {
    const field = largestField(shortened);
    if (byteLength(shortened[field]) <= 2) break;
    cut.add(field);
    shortened = halve(shortened, field);
  }
  return { ...shortened, ...digests, cut: CUTTABLE_FIELDS.filter((field) => cut.has(field)) };
}

/** The digest of what a request would grant, from the request itself. */
export function grantDigestOf(request: AccessRequest): string {
  const { user, roles, resources, reason, kind } = request;
  return grantDigest({ user, roles, resources, reason, kind, ...grantTimes(request) });
}

function grantTimes(request: AccessRequest): Pick<RequestSnapshot, 'maxDurationUntil' | 'assumeStartAt'> {
  return { maxDurationUntil: time(request.maxDurationUntil), assumeStartAt: time(request.assumeStartAt) };
}

function time(value: Date | undefined): string | undefined {
  return value === undefined ? undefined : toUtcSeconds(value);
}

function uncutSnapshot(request: AccessRequest, context: SnapshotContext): UncutSnapshot {
  return {
    cluster: context.cluster,
    id: request.id,
    state: context.state ?? request.state,
    user: request.user,
    roles: request.roles,
    resources: request.resources,
    reason: request.reason,
    createdAt: toUtcSeconds(request.createdAt),
    requestExpiresAt: time(request.requestExpiresAt),
    accessExpiresAt: time(request.accessExpiresAt),
    ...grantTimes(request),
    kind: request.kind,
    reviews: request.reviews.map(({ author, verdict, reason, createdAt }) => ({
      author,
      verdict,
      reason,
      createdAt,
    })),
    thresholds: request.thresholds.map(({ name, filter, approve, deny }) => ({
      name,
      approve,
      deny,
      hasFilter: filter !== '',
    })),
    suggestedReviewers: request.suggestedReviewers,
    resolveReason: request.resolveReason,
    promotedAccessList: request.promotedAccessList,
    teleportUrl:
      context.webUrl === undefined
        ? undefined
        : `${context.webUrl}/web/requests/${encodeURIComponent(request.id)}`,
    observedAt: new Date(context.observedAt).toISOString(),
  };
}

/** Brings every single text within the contract's limits. */
function shortenNames(snapshot: UncutSnapshot, cut: Set<CuttableField>): UncutSnapshot {
  const within = (text: string, max: number, field?: CuttableField): string => {
    if (text.length <= max) return text;
    if (field !== undefined) cut.add(field);
    return cutText(text, max);
  };
  return {
    ...snapshot,
    user: within(snapshot.user, MAX_NAME),
    roles: snapshot.roles.map((role) => within(role, MAX_NAME, 'roles')),
    reason: within(snapshot.reason, MAX_TEXT, 'reason'),
    resolveReason: within(snapshot.resolveReason, MAX_TEXT, 'resolveReason'),
    resources: snapshot.resources.map((resource) => ({
      ...resource,
      cluster: within(resource.cluster, MAX_NAME, 'resources'),
      kind: within(resource.kind, MAX_NAME, 'resources'),
      name: within(resource.name, MAX_NAME, 'resources'),
      subResource: resource.subResource && within(resource.subResource, MAX_NAME, 'resources'),
      friendlyName: resource.friendlyName && within(resource.friendlyName, MAX_NAME, 'resources'),
      constraints: resource.constraints && within(resource.constraints, MAX_TEXT, 'resources'),
    })),
    reviews: snapshot.reviews.map((review) => ({
      ...review,
      author: within(review.author, MAX_NAME, 'reviews'),
      reason: within(review.reason, MAX_TEXT, 'reviews'),
    })),
    thresholds: snapshot.thresholds
      .slice(0, MAX_THRESHOLDS)
      .map((threshold) => ({ ...threshold, name: within(threshold.name, MAX_NAME) })),
    suggestedReviewers: snapshot.suggestedReviewers.map((name) =>
      within(name, MAX_NAME, 'suggestedReviewers'),
    ),
    promotedAccessList: snapshot.promotedAccessList && {
      name: within(snapshot.promotedAccessList.name, MAX_NAME),
      title: within(snapshot.promotedAccessList.title, MAX_NAME),
    },
  };
}

function largestField(snapshot: UncutSnapshot): CuttableField {
  return CUTTABLE_FIELDS.reduce((largest, field) =>
    byteLength(snapshot[field]) > byteLength(snapshot[largest]) ? field : largest,
  );
}

/** Keeps the first half of a list or text; of reviews the newest half. */
function halve(snapshot: UncutSnapshot, field: CuttableField): UncutSnapshot {
  switch (field) {
    case 'reason':
    case 'resolveReason':
      return { ...snapshot, [field]: cutText(snapshot[field], Math.floor(snapshot[field].length / 2)) };
    case 'reviews':
      return { ...snapshot, reviews: snapshot.reviews.slice(Math.ceil(snapshot.reviews.length / 2)) };
    case 'roles':
    case 'resources':
    case 'suggestedReviewers':
      return { ...snapshot, [field]: snapshot[field].slice(0, Math.floor(snapshot[field].length / 2)) };
  }
}

/** Shortens a text to at most `max` UTF-16 units without splitting a code point. */
function cutText(text: string, max: number): string {
  const last = text.charCodeAt(max - 1);
  return text.slice(0, last >= 0xd800 && last <= 0xdbff ? max - 1 : max);
}

function byteLength(value: unknown): number {
  return Buffer.byteLength(JSON.stringify(value));
}
