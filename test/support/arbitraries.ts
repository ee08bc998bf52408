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
import type { UncutSnapshot } from '../../contract/digests';
import { digested, sampleSnapshot } from './sample-messages';

/**
 * Any character, the ones outside the basic plane and control characters included, but no lone surrogate. The library's own
 * unit for this takes a second to make itself ready, in each file of tests.
 */
export const anyCharacter: fc.Arbitrary<string> = fc
  .integer({ min: 0, max: 0x10ffff - 0x800 })
  .map((n) => String.fromCodePoint(n < 0xd800 ? n : n + 0x800));

/** Any text without lone surrogates, control characters and characters outside the basic plane included. */
const anyText = fc.string({ unit: anyCharacter, maxLength: 24 });

/** A name: never empty, otherwise any text. */
const anyName = fc.string({ unit: anyCharacter, minLength: 1, maxLength: 16 });

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
