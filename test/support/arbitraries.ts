import fc from 'fast-check';
import {
  CUTTABLE_FIELDS,
  REQUEST_STATES,
  toUtcSeconds,
  type AccessReview,
  type RequestedResource,
  type RequestSnapshot,
  type ReviewThreshold,
} from '../../contract/access-request';
import type { Decision } from '../../contract/decision';
import { grantDigest, syncDigest, type UncutSnapshot } from '../../contract/digests';
import type { HelloRequest } from '../../contract/relay-inbox';
import { CONTRACT_VERSION } from '../../contract/version';

/** Any text without lone surrogates, control characters and characters outside the basic plane included. */
const anyText = fc.string({ unit: 'binary', maxLength: 24 });

/** A name: never empty, otherwise any text. */
const anyName = fc.string({ unit: 'binary', minLength: 1, maxLength: 16 });

/** A moment as UTC text with whole seconds, from a range small enough that two of them are sometimes equal. */
const anyUtcSeconds: fc.Arbitrary<string> = fc
  .integer({ min: 0, max: 40 })
  .map((step) => toUtcSeconds(new Date(Date.UTC(2026, 10, 24, 14, 0, step * 30))));

/** Any requested resource, with and without its optional parts. */
export const anyResource: fc.Arbitrary<RequestedResource> = fc.record(
  {
    cluster: anyName,
    kind: fc.constantFrom('node', 'app', 'db', 'kube_cluster'),
    name: anyName,
    subResource: anyText,
    friendlyName: anyText,
    constraints: fc.constantFrom('{"logins":["root"]}', '{"logins":["app"]}'),
  },
  { requiredKeys: ['cluster', 'kind', 'name'] },
);

/** Any review; few authors and moments, so that two of them sometimes have the same key and another text. */
const anyReview: fc.Arbitrary<AccessReview> = fc.record({
  author: fc.constantFrom('alice', 'bob', 'carol'),
  verdict: fc.constantFrom('APPROVED', 'DENIED', 'PROMOTED'),
  reason: fc.oneof(fc.constantFrom('', 'fine'), anyText),
  createdAt: fc.constantFrom('2026-11-24T14:00:00Z', '2026-11-24T14:05:00Z', '2026-11-24T14:10:00Z'),
});

/** Any review threshold. */
const anyThreshold: fc.Arbitrary<ReviewThreshold> = fc.record({
  name: anyText,
  approve: fc.nat({ max: 5 }),
  deny: fc.nat({ max: 5 }),
  hasFilter: fc.boolean(),
});

/** Any snapshot of the request with this cluster name and id, before it is cut and digested. */
export function anyUncutSnapshotOf(cluster: string, id: string): fc.Arbitrary<UncutSnapshot> {
  return fc.record(
    {
      cluster: fc.constant(cluster),
      id: fc.constant(id),
      state: fc.constantFrom(...REQUEST_STATES),
      user: fc.constantFrom('alice', 'dave'),
      roles: fc.array(anyName, { maxLength: 4 }),
      resources: fc.array(anyResource, { maxLength: 3 }),
      reason: anyText,
      createdAt: anyUtcSeconds,
      requestExpiresAt: anyUtcSeconds,
      accessExpiresAt: anyUtcSeconds,
      maxDurationUntil: anyUtcSeconds,
      assumeStartAt: anyUtcSeconds,
      kind: fc.constantFrom('UNDEFINED', 'SHORT_TERM', 'LONG_TERM'),
      reviews: fc.array(anyReview, { maxLength: 4 }),
      thresholds: fc.array(anyThreshold, { maxLength: 2 }),
      suggestedReviewers: fc.array(anyName, { maxLength: 3 }),
      resolveReason: anyText,
      promotedAccessList: fc.record({ name: anyName, title: anyText }),
      teleportUrl: fc.constant(`https://teleport.example.com/web/requests/${id}`),
      deletedAt: anyUtcSeconds,
      observedAt: anyUtcSeconds,
    },
    {
      requiredKeys: [
        'cluster',
        'id',
        'state',
        'user',
        'roles',
        'resources',
        'reason',
        'createdAt',
        'kind',
        'reviews',
        'thresholds',
        'suggestedReviewers',
        'resolveReason',
        'observedAt',
      ],
    },
  );
}

/** Any snapshot of the request with this cluster name and id, digests as the relay would compute them. */
function anySnapshotOf(cluster: string, id: string): fc.Arbitrary<RequestSnapshot> {
  return fc
    .tuple(anyUncutSnapshotOf(cluster, id), fc.uniqueArray(fc.constantFrom(...CUTTABLE_FIELDS)))
    .map(([uncut, cut]) => digested(uncut, cut));
}

/** Any snapshot of one and the same request. */
export const anySnapshot: fc.Arbitrary<RequestSnapshot> = anySnapshotOf(
  'teleport.example.com',
  '01934c2e-7a31-7d5c-9a10-5b3d7a1c0e11',
);

/** Snapshots of one request at one moment in one state that differ in little: what decides between equals. */
export const anyLookalikeSnapshot: fc.Arbitrary<RequestSnapshot> = fc
  .record(
    {
      reason: fc.constantFrom('', 'a', 'b'),
      user: fc.constantFrom('alice', 'dave'),
      reviews: fc.array(anyReview, { maxLength: 2 }),
      deletedAt: fc.constantFrom('2026-11-24T16:00:00Z', '2026-11-24T16:00:30Z'),
    },
    { requiredKeys: ['reason', 'user', 'reviews'] },
  )
  .map(sampleSnapshot);

/** A plain pending request, with the given fields changed, before it is cut and digested. */
export function sampleUncutSnapshot(changes: Partial<UncutSnapshot> = {}): UncutSnapshot {
  return {
    cluster: 'teleport.example.com',
    id: '01934c2e-7a31-7d5c-9a10-5b3d7a1c0e11',
    state: 'PENDING',
    user: 'alice',
    roles: ['editor'],
    resources: [],
    reason: 'restore the nightly backup',
    createdAt: '2026-11-24T14:00:00Z',
    requestExpiresAt: '2026-11-24T15:00:00Z',
    kind: 'SHORT_TERM',
    reviews: [],
    thresholds: [{ name: 'default', approve: 1, deny: 1, hasFilter: false }],
    suggestedReviewers: [],
    resolveReason: '',
    observedAt: '2026-11-24T14:00:01Z',
    ...changes,
  };
}

/** A plain pending request, with the given fields changed, digests as the relay would compute them. */
export function sampleSnapshot(changes: Partial<UncutSnapshot> = {}): RequestSnapshot {
  return digested(sampleUncutSnapshot(changes), []);
}

/** A valid approval made with the button, with the given fields changed. */
export function sampleDecision(changes: Partial<Decision> = {}): Decision {
  const shown = sampleSnapshot();
  return {
    v: CONTRACT_VERSION,
    id: 'p:10007:3f0e9f56-2f0c-4c0e-8f6b-0c6a2f3f7a11',
    connectionId: 'b9a1c0de-1f6e-4a4f-9a3f-0d8f5a6c7e21',
    cluster: shown.cluster,
    requestId: shown.id,
    verdict: 'approve',
    source: 'panel',
    actor: { accountId: '712020:8d0f5b7e-1c2d-4e3f-a4b5-c6d7e8f90a1b' },
    reason: '',
    issue: { id: '10007', key: 'TAR-7', url: 'https://jira.example.com/browse/TAR-7' },
    grantDigest: shown.grantDigest,
    decidedAt: '2026-11-24T14:02:00Z',
    notAfter: '2026-11-24T14:17:00Z',
    ...changes,
  };
}

/** A valid `hello` of a relay that may decide, with the given fields changed. */
export function sampleHello(changes: Partial<HelloRequest> = {}): HelloRequest {
  return {
    v: CONTRACT_VERSION,
    op: 'hello',
    relay: { version: '0.1.0', startedAt: '2026-11-24T13:00:00Z' },
    cluster: {
      name: 'teleport.example.com',
      caFingerprint: '0123456789abcdef'.repeat(4),
      version: '18.4.0',
      reviews: true,
    },
    decisions: { mode: 'set-state', approverIdentity: 'trait', accept: ['panel', 'card'], ceiling: [] },
    identity: { user: 'bot-jira', expiresAt: '2026-11-25T13:00:00Z' },
    health: { state: 'in_step', waiting: 0, failed: 0, olderRequests: 0, problems: [] },
    ...changes,
  };
}

function digested(uncut: UncutSnapshot, cut: RequestSnapshot['cut']): RequestSnapshot {
  return { ...uncut, cut, grantDigest: grantDigest(uncut), syncDigest: syncDigest(uncut) };
}
