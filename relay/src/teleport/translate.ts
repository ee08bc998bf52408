import { canonicalJson } from '../../../contract/canonical-json';
import type { RequestedResource } from '../../../contract/access-request';
import type { AccessRequest, Review, TeleportUser } from '../ports';
import {
  AccessRequestKind,
  RequestState,
  type AccessRequestSpecV3,
  type AccessRequestV3,
  type AccessReview as ReviewMessage,
  type ResourceConstraints,
  type ResourceID,
  type UserV2,
} from './gen/types';
import type { LabelValues } from './gen/wrappers';

/** A request as the relay knows it, or why it cannot be followed. */
export type Translation = { ok: true; request: AccessRequest } | { ok: false; id: string; reason: string };

/** Stands in the old list of resources while only the new one is used (Teleport, RequestedResourceAccessIDs). */
const SENTINEL = '__SENTINEL__';

const STATES = new Map<RequestState, AccessRequest['state']>([
  [RequestState.PENDING, 'PENDING'],
  [RequestState.APPROVED, 'APPROVED'],
  [RequestState.DENIED, 'DENIED'],
  [RequestState.PROMOTED, 'PROMOTED'],
]);

/**
 * Makes the relay's own form of a request (types.AccessRequestV3). A request without name, state or creation time, or in a
 * state that this version does not know, is not followed; a kind that it does not know counts as long-term, of which a
 * decision in Jira is never sent.
 */
export function translateRequest({ Metadata: metadata, Spec: spec }: AccessRequestV3): Translation {
  const id = metadata?.Name ?? '';
  if (id === '' || spec === undefined) return { ok: false, id, reason: 'it has no name or no content' };
  const state = STATES.get(spec.State);
  if (state === undefined)
    return { ok: false, id, reason: `its state ${spec.State} is unknown to this version` };
  const createdAt = moment(spec.Created);
  if (createdAt === undefined) return { ok: false, id, reason: 'it has no creation time' };
  return {
    ok: true,
    request: {
      id,
      user: spec.User,
      state,
      roles: [...spec.Roles],
      resources: resourcesOf(spec),
      reason: spec.RequestReason,
      resolveReason: spec.ResolveReason,
      createdAt,
      requestExpiresAt: moment(spec.ResourceExpiry) ?? moment(metadata?.Expires),
      accessExpiresAt: moment(spec.Expires),
      maxDurationUntil: moment(spec.MaxDuration),
      assumeStartAt: moment(spec.AssumeStartTime),
      kind: kindOf(spec.RequestKind),
      reviews: spec.Reviews.flatMap((review) => translateReview(review) ?? []),
      thresholds: spec.Thresholds.map(({ Name, Filter, Approve, Deny }) => ({
        name: Name,
        filter: Filter,
        approve: Approve,
        deny: Deny,
      })),
      roleThresholds: new Map(
        Object.entries(spec.RoleThresholdMapping).map(([role, { Sets: sets }]) => [
          role,
          sets.map((set) => [...set.Indexes]),
        ]),
      ),
      suggestedReviewers: [...spec.SuggestedReviewers],
      promotedAccessList: spec.accessList && { name: spec.accessList.Name, title: spec.accessList.Title },
      resolveAnnotations: labels(spec.ResolveAnnotations),
    },
  };
}

/** Makes the relay's own form of a user (types.UserV2). */
export function translateUser(user: UserV2): TeleportUser {
  return { name: user.Metadata?.Name ?? '', traits: labels(user.Spec?.Traits) };
}

/** An unset time of Go comes as the year 1, one of protobuf as 1970; both mean that there is none. */
function moment(time: Date | undefined): Date | undefined {
  return time !== undefined && time.getTime() > 0 ? time : undefined;
}

function kindOf(kind: AccessRequestKind): AccessRequest['kind'] {
  if (kind === AccessRequestKind.UNDEFINED) return 'UNDEFINED';
  return kind === AccessRequestKind.SHORT_TERM ? 'SHORT_TERM' : 'LONG_TERM';
}

function translateReview(review: ReviewMessage): Review | undefined {
  const verdict = STATES.get(review.ProposedState);
  const createdAt = moment(review.Created);
  if (verdict === undefined || verdict === 'PENDING' || createdAt === undefined) return undefined;
  return {
    author: review.Author,
    verdict,
    reason: review.Reason,
    createdAt: createdAt.toISOString(),
    countsFor: [...review.ThresholdIndexes],
  };
}

/** Both lists of resources as one, each entry once; the same resource with and without constraints is two entries. */
function resourcesOf(spec: AccessRequestSpecV3): RequestedResource[] {
  const plain = spec.RequestedResourceIDs.filter((id) => !isSentinel(id)).map((id) =>
    resource(id, undefined),
  );
  const constrained = spec.RequestedResourceAccessIDs.flatMap(({ id, constraints }) =>
    id === undefined || isSentinel(id) ? [] : [resource(id, constraints)],
  );
  const byText = new Map([...plain, ...constrained].map((entry) => [canonicalJson(entry), entry]));
  return [...byText.values()];
}

function isSentinel(id: ResourceID): boolean {
  return id.ClusterName === SENTINEL && id.Name === SENTINEL;
}

function resource(id: ResourceID, constraints: ResourceConstraints | undefined): RequestedResource {
  return {
    cluster: id.ClusterName,
    kind: id.Kind,
    name: id.Name,
    ...(id.SubResourceName === '' ? {} : { subResource: id.SubResourceName }),
    ...(constraints === undefined ? {} : { constraints: constraintText(constraints) }),
  };
}

/** Constraints of a sort that this version does not know are shown to be there, so that nobody takes them for none. */
function constraintText({ version, aws_console: aws, ssh }: ResourceConstraints): string {
  return canonicalJson({
    version,
    aws_console: aws && { role_arns: aws.role_arns },
    ssh: ssh && { logins: ssh.logins },
    unknown: aws === undefined && ssh === undefined ? true : undefined,
  });
}

function labels(values: LabelValues | undefined): ReadonlyMap<string, readonly string[]> {
  return new Map(Object.entries(values?.Values ?? {}).map(([key, { Values: list }]) => [key, [...list]]));
}
