import { randomUUID } from 'node:crypto';
import { EventEmitter } from 'node:events';
import { status } from '@grpc/grpc-js';
import {
  AccessRequestKind,
  RequestState,
  type AccessRequestFilter,
  type AccessRequestSpecV3,
  type AccessRequestV3,
  type AccessReview,
} from '../../relay/src/teleport/gen/types';
import type { RequestStateSetter } from '../../relay/src/teleport/gen/auth';
import type { Clock } from '../clock';
import type { SimulatedRole, SimulatedUser } from './cast';
import type { SimulatedResource } from './resources';
import { filterMatches, resolveByReviews, thresholdsFor } from './thresholds';

/** A refusal with the gRPC code that Teleport maps it to (Teleport, trace errors over gRPC). */
export class TeleportError extends Error {
  constructor(
    readonly code: status,
    message: string,
  ) {
    super(message);
  }
}

/** One entry of the simulated audit log (Teleport audit events access_request.*). */
export interface AuditEvent {
  type:
    | 'access_request.create'
    | 'access_request.update'
    | 'access_request.review'
    | 'access_request.delete'
    | 'access_request.expire';
  id: string;
  /** Who did it, by identity. */
  user: string;
  state?: string;
  delegator?: string;
  reason?: string;
  annotations?: Record<string, string[]>;
}

/** What the cluster tells watchers. */
export type ClusterEvent = { type: 'put'; request: AccessRequestV3 } | { type: 'delete'; id: string };

const MAX_REASON_BYTES = 4096;
const MAX_RESOURCES = 300;
const SESSION_TTL_MS = 12 * 3_600_000;
const MAX_DURATION_MS = 14 * 24 * 3_600_000;
const MAX_PENDING_MS = 7 * 24 * 3_600_000;
const SWEEP_GRACE_MS = 40_000;
const MAX_SWEPT = 120;
const SENTINEL_RESOURCE = {
  ClusterName: '__SENTINEL__',
  Kind: 'node',
  Name: '__SENTINEL__',
  SubResourceName: '',
};

/** The state of a simulated cluster and the rules of access requests in it (Teleport, access request life cycle). */
export class Cluster {
  readonly events = new EventEmitter<{ event: [ClusterEvent] }>();
  readonly audit: AuditEvent[] = [];
  readonly users: Record<string, SimulatedUser>;
  readonly roles: Record<string, SimulatedRole>;
  /** Users that a lock is in force for: every call of theirs is refused, while streams that are open stay so (Teleport, locks). */
  readonly locks = new Set<string>();
  /** Whether changing a request takes a second factor, of which only bots are spared (Teleport, MFA for administrative actions). */
  requiresAdminMfa = false;
  /** What can be asked for beside roles. */
  readonly resources: SimulatedResource[] = [];
  private requests = new Map<string, AccessRequestV3>();

  constructor(
    readonly name: string,
    private readonly clock: Clock,
    cast: { users: Record<string, SimulatedUser>; roles: Readonly<Record<string, SimulatedRole>> },
    /** Whether reviews and thresholds exist (the AdvancedAccessWorkflows feature). */
    public hasReviews: boolean,
    private readonly pendingTtlMs = MAX_PENDING_MS,
  ) {
    this.events.setMaxListeners(0);
    this.users = cast.users;
    this.roles = { ...cast.roles };
  }

  /** Refuses unless one of the caller's roles grants the verb on the resource. */
  authorize(user: string, resource: string, verb: string): void {
    const granted = this.rolesOf(user).some((role) => role.rules?.[resource]?.includes(verb));
    if (!granted)
      throw new TeleportError(
        status.PERMISSION_DENIED,
        `access denied to perform action "${verb}" on "${resource}"`,
      );
  }

  /** Creates a request; the server sets id, times and thresholds. */
  create(user: string, asked: AccessRequestV3): AccessRequestV3 {
    const spec = asked.Spec;
    if (spec === undefined) throw new TeleportError(status.INVALID_ARGUMENT, 'missing request spec');
    if (spec.User !== '' && spec.User !== user) this.authorize(user, 'access_request', 'create');
    const requester = spec.User === '' ? user : spec.User;
    if (Buffer.byteLength(spec.RequestReason) > MAX_REASON_BYTES) {
      throw new TeleportError(status.INVALID_ARGUMENT, 'access request reason is too long, max 4096 bytes');
    }
    const resources = spec.RequestedResourceIDs;
    if (resources.length + spec.RequestedResourceAccessIDs.length > MAX_RESOURCES) {
      throw new TeleportError(
        status.INVALID_ARGUMENT,
        `access request exceeds the maximum of ${MAX_RESOURCES} resources`,
      );
    }
    const conditions = this.rolesOf(requester).flatMap((role) => role.request ?? []);
    const asksForResources = resources.length > 0 || spec.RequestedResourceAccessIDs.length > 0;
    const roles =
      asksForResources && spec.Roles.length === 0
        ? conditions.flatMap((condition) => condition.searchAsRoles ?? [])
        : spec.Roles;
    if (roles.length === 0)
      throw new TeleportError(status.INVALID_ARGUMENT, 'at least one role or resource must be requested');
    const allowed = conditions.flatMap((condition) => [
      ...(condition.roles ?? []),
      ...(condition.searchAsRoles ?? []),
    ]);
    const refused = roles.find((role) => !allowed.includes(role));
    if (refused !== undefined)
      throw new TeleportError(
        status.INVALID_ARGUMENT,
        `user "${requester}" can not request role "${refused}"`,
      );

    const now = this.clock.now();
    const accessUntil = Math.min(spec.MaxDuration?.getTime() ?? now + SESSION_TTL_MS, now + MAX_DURATION_MS);
    const pendingUntil = new Date(Math.min(now + this.pendingTtlMs, accessUntil));
    const id = randomUUID();
    const request: AccessRequestV3 = {
      Kind: 'access_request',
      SubKind: '',
      Version: 'v3',
      Metadata: {
        Name: id,
        Namespace: 'default',
        Description: '',
        Labels: {},
        Expires: pendingUntil,
        Revision: randomUUID(),
      },
      Spec: {
        ...spec,
        User: requester,
        Roles: [...new Set(roles)].sort(),
        State: RequestState.PENDING,
        Created: new Date(now),
        Expires: new Date(accessUntil),
        ResourceExpiry: pendingUntil,
        ResolveReason: '',
        ResolveAnnotations: undefined,
        Reviews: [],
        SuggestedReviewers: conditions.flatMap((condition) => [...(condition.suggestedReviewers ?? [])]),
        // Older clients that know only the plain list must not take a constrained request for one without resources.
        RequestedResourceIDs:
          resources.length === 0 && spec.RequestedResourceAccessIDs.length > 0
            ? [SENTINEL_RESOURCE]
            : resources,
        RequestKind:
          spec.RequestKind === AccessRequestKind.UNDEFINED ? AccessRequestKind.SHORT_TERM : spec.RequestKind,
        ...thresholdsFor(roles, conditions, this.hasReviews),
      },
    };
    if (spec.DryRun) return request;
    this.requests.set(id, request);
    this.audit.push({ type: 'access_request.create', id, user, reason: spec.RequestReason });
    this.publish(request);
    return request;
  }

  /** One request by id, also when it is past its end but not swept yet. */
  get(id: string): AccessRequestV3 {
    const request = this.requests.get(id);
    if (request === undefined) throw new TeleportError(status.NOT_FOUND, `access request "${id}" not found`);
    return request;
  }

  /** Requests that a list shows: those past their end are left out. */
  list(filter: AccessRequestFilter | undefined): AccessRequestV3[] {
    if (filter !== undefined && filter.ID !== '')
      return this.requests.has(filter.ID) ? [this.get(filter.ID)] : [];
    return [...this.requests.values()]
      .filter((request) => (request.Metadata?.Expires?.getTime() ?? Infinity) > this.clock.now())
      .filter((request) => !filter?.User || request.Spec?.User === filter.User)
      .filter((request) => !filter?.State || request.Spec?.State === filter.State)
      .sort((a, b) => ((a.Metadata?.Name ?? '') < (b.Metadata?.Name ?? '') ? -1 : 1));
  }

  /** Removes a request; watchers learn its id and nothing else. */
  delete(user: string, id: string): void {
    this.get(id);
    this.requests.delete(id);
    this.audit.push({ type: 'access_request.delete', id, user });
    this.events.emit('event', { type: 'delete', id });
  }

  /** Sets the state directly. Thresholds and reviews are not looked at, as in Teleport. */
  setState(user: string, setter: RequestStateSetter): void {
    this.authorize(user, 'access_request', 'update');
    this.demandMfa(user);
    const { spec, request } = this.open(setter.ID);
    if (setter.State !== RequestState.APPROVED && setter.State !== RequestState.DENIED) {
      throw new TeleportError(status.INVALID_ARGUMENT, 'cannot directly set this request state');
    }
    if (spec.User === user)
      throw new TeleportError(status.PERMISSION_DENIED, 'users may not set the state of their own request');
    if (Buffer.byteLength(setter.Reason) > MAX_REASON_BYTES) {
      throw new TeleportError(status.INVALID_ARGUMENT, 'resolve reason is too long, max 4096 bytes');
    }
    if (spec.State === RequestState.DENIED && setter.State !== RequestState.DENIED) {
      throw new TeleportError(
        status.INVALID_ARGUMENT,
        'cannot set the state of a request that is already denied',
      );
    }
    if (spec.State === RequestState.PROMOTED)
      throw new TeleportError(status.INVALID_ARGUMENT, 'the request is already promoted');
    if (setter.Roles.some((role) => !spec.Roles.includes(role))) {
      throw new TeleportError(status.INVALID_ARGUMENT, 'cannot approve roles that were not requested');
    }
    this.replace(request, {
      State: setter.State,
      ResolveReason: setter.Reason,
      ResolveAnnotations: setter.Annotations,
      ...(setter.Roles.length > 0 ? { Roles: setter.Roles } : {}),
    });
    this.audit.push({
      type: 'access_request.update',
      id: setter.ID,
      user,
      state: RequestState[setter.State],
      delegator: setter.Delegator,
      reason: setter.Reason,
      annotations: Object.fromEntries(
        Object.entries(setter.Annotations?.Values ?? {}).map(([key, value]) => [key, value.Values]),
      ),
    });
  }

  /** Submits a review and resolves the request when a threshold is reached. */
  review(user: string, id: string, review: AccessReview): AccessRequestV3 {
    if (!this.hasReviews)
      throw new TeleportError(status.UNIMPLEMENTED, 'access reviews are not available in this edition');
    this.demandMfa(user);
    const reviewable = this.rolesOf(user).flatMap((role) => role.reviewRoles ?? []);
    // Who may review nothing at all is refused before the request is looked for.
    if (reviewable.length === 0)
      throw new TeleportError(status.PERMISSION_DENIED, `user "${user}" cannot submit reviews`);
    const { spec, request } = this.open(id);
    if (review.Author !== '' && review.Author !== user) {
      throw new TeleportError(status.INVALID_ARGUMENT, 'the author of a review must be its submitter');
    }
    if (review.ProposedState !== RequestState.APPROVED && review.ProposedState !== RequestState.DENIED) {
      throw new TeleportError(status.INVALID_ARGUMENT, 'invalid proposed state');
    }
    if (Buffer.byteLength(review.Reason) > MAX_REASON_BYTES) {
      throw new TeleportError(status.INVALID_ARGUMENT, 'review reason is too long, max 4096 bytes');
    }
    if (spec.User === user)
      throw new TeleportError(status.PERMISSION_DENIED, 'users may not review their own request');
    if (!this.mayReview(user, spec.Roles)) {
      throw new TeleportError(status.PERMISSION_DENIED, `user "${user}" cannot review this request`);
    }
    if (spec.State !== RequestState.PENDING) {
      const state = RequestState[spec.State].toLowerCase();
      throw new TeleportError(status.PERMISSION_DENIED, `the access request has been already ${state}`);
    }
    if (spec.Reviews.some((known) => known.Author === user)) {
      throw new TeleportError(status.ALREADY_EXISTS, `user "${user}" has already reviewed this request`);
    }
    const counted: AccessReview = {
      ...review,
      Author: user,
      Created: new Date(this.clock.now()),
      ThresholdIndexes: spec.Thresholds.flatMap((threshold, index) =>
        filterMatches(threshold.Filter, user) ? [index] : [],
      ),
    };
    const reviews = [...spec.Reviews, counted];
    this.audit.push({
      type: 'access_request.review',
      id,
      user,
      state: RequestState[review.ProposedState],
      reason: review.Reason,
    });
    return this.replace(request, {
      Reviews: reviews,
      ...resolveByReviews({ ...spec, Reviews: reviews }, counted),
    });
  }

  /** Whether one's roles let review requests for all of these roles. */
  mayReview(user: string, roles: readonly string[]): boolean {
    const reviewable = this.rolesOf(user).flatMap((role) => role.reviewRoles ?? []);
    return roles.every((role) => reviewable.includes('*') || reviewable.includes(role));
  }

  /** What the server's sweeper does every few minutes: removes what is past its end, pending requests after some grace. */
  sweep(): void {
    const now = this.clock.now();
    const due = [...this.requests.values()].filter((request) => {
      const grace = request.Spec?.State === RequestState.PENDING ? SWEEP_GRACE_MS : 0;
      return (request.Metadata?.Expires?.getTime() ?? Infinity) + grace < now;
    });
    for (const request of due.slice(0, MAX_SWEPT)) {
      const id = request.Metadata?.Name ?? '';
      this.requests.delete(id);
      this.audit.push({ type: 'access_request.expire', id, user: 'system' });
      this.events.emit('event', { type: 'delete', id });
    }
  }

  /** Changes a stored request without any check, as only a test may. */
  tamper(id: string, change: Partial<AccessRequestSpecV3>): void {
    this.replace(this.get(id), change);
  }

  /** A copy of all requests, to go back to as a restored backup would. */
  snapshot(): () => void {
    const copy = new Map(this.requests);
    return () => {
      this.requests = new Map(copy);
    };
  }

  /** Nobody can answer the prompt here, so while the switch is on only bots get through. */
  private demandMfa(user: string): void {
    if (!this.requiresAdminMfa || this.users[user]?.isBot === true) return;
    throw new TeleportError(status.PERMISSION_DENIED, 'admin-level API request requires MFA verification');
  }

  private open(id: string): { request: AccessRequestV3; spec: AccessRequestSpecV3 } {
    const request = this.get(id);
    if (request.Spec === undefined) throw new TeleportError(status.UNKNOWN, 'request without spec');
    return { request, spec: request.Spec };
  }

  private replace(request: AccessRequestV3, change: Partial<AccessRequestSpecV3>): AccessRequestV3 {
    const { Metadata: metadata, Spec: spec } = request;
    if (metadata === undefined || spec === undefined)
      throw new TeleportError(status.UNKNOWN, 'broken request');
    const nextSpec = { ...spec, ...change };
    // Approval lets the object live as long as the access that it grants.
    const isNowApproved = nextSpec.State === RequestState.APPROVED && spec.State !== RequestState.APPROVED;
    const expires = isNowApproved ? nextSpec.Expires : metadata.Expires;
    const next: AccessRequestV3 = {
      ...request,
      Metadata: { ...metadata, Expires: expires, Revision: randomUUID() },
      Spec: { ...nextSpec, ResourceExpiry: expires },
    };
    this.requests.set(metadata.Name, next);
    this.publish(next);
    return next;
  }

  private publish(request: AccessRequestV3): void {
    this.events.emit('event', { type: 'put', request });
  }

  /** The roles of a user. */
  rolesOf(user: string): SimulatedRole[] {
    return (this.users[user]?.roles ?? []).flatMap((name) => this.roles[name] ?? []);
  }
}
