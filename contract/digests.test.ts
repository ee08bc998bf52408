import fc from 'fast-check';
import { anyResource, anyUncutSnapshotOf } from '../test/support/arbitraries';
import { sampleUncutSnapshot } from '../test/support/sample-messages';
import type { RequestedResource, RequestSnapshot } from './access-request';
import { grantDigest, syncDigest, type GrantFacts, type UncutSnapshot } from './digests';

const anyUncutSnapshot = anyUncutSnapshotOf('teleport.example.com', '01934c2e-7a31-7d5c-9a10-5b3d7a1c0e11');

const resource: RequestedResource = {
  cluster: 'teleport.example.com',
  kind: 'node',
  name: 'c2a1e7d0-1f3b-4a8e-9b55-0a1d2c3e4f50',
  subResource: '',
  friendlyName: 'db-1',
  constraints: '{"logins":["app"]}',
};
const base = sampleUncutSnapshot({
  roles: ['editor', 'auditor'],
  resources: [resource],
  maxDurationUntil: '2026-11-24T18:00:00Z',
  assumeStartAt: '2026-11-24T14:30:00Z',
});

describe('grantDigest', () => {
  it('has its version in front and is a SHA-256 as base64url', () => {
    expect(grantDigest(base)).toMatch(/^g1:[A-Za-z0-9_-]{43}$/);
  });

  it('stays what it is from release to release, since decisions in flight carry it', () => {
    expect(
      grantDigest({
        user: 'alice',
        roles: ['editor', 'auditor'],
        resources: [{ cluster: 'c', kind: 'node', name: 'n', friendlyName: 'db-1' }],
        reason: 'why',
        kind: 'SHORT_TERM',
      }),
    ).toBe('g1:FE9lRt3eyc5dIMk4yCJh_FY4sV-11abqhY-q9CXeQME');
  });

  /** One other value for each fact; a new fact does not compile until it has one here. */
  const otherFacts: { [Fact in keyof GrantFacts]-?: GrantFacts[Fact] } = {
    user: 'mallory',
    roles: ['editor', 'admin'],
    resources: [],
    reason: 'another reason',
    maxDurationUntil: '2026-11-24T18:00:01Z',
    assumeStartAt: '2026-11-24T14:30:01Z',
    kind: 'LONG_TERM',
  };
  it.each(Object.keys(otherFacts) as (keyof GrantFacts)[])('changes with %s', (fact) => {
    expect(grantDigest({ ...base, [fact]: otherFacts[fact] })).not.toBe(grantDigest(base));
  });

  it.each(['maxDurationUntil', 'assumeStartAt'] as const)('changes when %s goes away', (fact) => {
    expect(grantDigest({ ...base, [fact]: undefined })).not.toBe(grantDigest(base));
  });

  const otherParts: [part: keyof RequestedResource, value: string | undefined][] = [
    ['cluster', 'leaf.example.com'],
    ['kind', 'db'],
    ['name', 'another'],
    ['subResource', 'default/pod-1'],
    ['constraints', '{"logins":["root"]}'],
    ['constraints', undefined],
  ];
  it.each(otherParts)('changes with the %s of a resource (%p)', (part, value) => {
    expect(grantDigest({ ...base, resources: [{ ...resource, [part]: value }] })).not.toBe(grantDigest(base));
  });

  it.each([undefined, 'db-2'])('does not look at the name that people see (%p)', (friendlyName) => {
    expect(grantDigest({ ...base, resources: [{ ...resource, friendlyName }] })).toBe(grantDigest(base));
  });

  it('tells one role from the same letters in two', () => {
    expect(grantDigest({ ...base, roles: ['ab', 'c'] })).not.toBe(
      grantDigest({ ...base, roles: ['a', 'bc'] }),
    );
    expect(grantDigest({ ...base, roles: ['a', 'b'] })).not.toBe(grantDigest({ ...base, roles: ['a,b'] }));
  });

  it('changes with one role or one resource more', () => {
    fc.assert(
      fc.property(anyUncutSnapshot, anyResource, (facts, more) => {
        expect(grantDigest({ ...facts, roles: [...facts.roles, 'admin'] })).not.toBe(grantDigest(facts));
        expect(grantDigest({ ...facts, resources: [...facts.resources, more] })).not.toBe(grantDigest(facts));
      }),
    );
  });

  it('does not depend on the order of roles and resources', () => {
    const twoOrders = anyUncutSnapshot.chain((facts) =>
      fc.record({
        facts: fc.constant(facts),
        roles: anyOrderOf(facts.roles),
        resources: anyOrderOf(facts.resources),
      }),
    );
    fc.assert(
      fc.property(twoOrders, ({ facts, roles, resources }) => {
        expect(grantDigest({ ...facts, roles, resources })).toBe(grantDigest(facts));
      }),
    );
  });

  it('leaves the lists it is given in their order', () => {
    const facts = sampleUncutSnapshot({
      roles: ['b', 'a'],
      resources: [{ ...resource, name: 'z' }, resource],
    });
    const before = structuredClone(facts);
    grantDigest(facts);
    expect(facts).toEqual(before);
  });

  it('does not change with what is no part of the grant', () => {
    fc.assert(
      fc.property(anyUncutSnapshot, anyUncutSnapshot, (one, other) => {
        const { user, roles, resources, reason, maxDurationUntil, assumeStartAt, kind } = one;
        const mixed = { ...other, user, roles, resources, reason, maxDurationUntil, assumeStartAt, kind };
        expect(grantDigest(mixed)).toBe(grantDigest(one));
      }),
    );
  });
});

describe('syncDigest', () => {
  it('has its version in front and is a SHA-256 as base64url', () => {
    expect(syncDigest(base)).toMatch(/^s1:[A-Za-z0-9_-]{43}$/);
  });

  it('does not change with the moment of observation', () => {
    fc.assert(
      fc.property(anyUncutSnapshot, anyUncutSnapshot, (snapshot, { observedAt }) => {
        expect(syncDigest({ ...snapshot, observedAt })).toBe(syncDigest(snapshot));
      }),
    );
  });

  /** One other value for each rendered field; a new field does not compile until it has one here. */
  const otherFields: { [Field in keyof Omit<UncutSnapshot, 'observedAt'>]-?: UncutSnapshot[Field] } = {
    cluster: 'leaf.example.com',
    id: '01934c2e-7a31-7d5c-9a10-5b3d7a1c0e12',
    state: 'APPROVED',
    user: 'mallory',
    roles: ['editor', 'admin'],
    resources: [{ ...resource, friendlyName: 'db-2' }],
    reason: 'another reason',
    createdAt: '2026-11-24T14:00:01Z',
    requestExpiresAt: '2026-11-24T15:00:01Z',
    accessExpiresAt: '2026-11-24T19:00:00Z',
    maxDurationUntil: '2026-11-24T18:00:01Z',
    assumeStartAt: '2026-11-24T14:30:01Z',
    kind: 'LONG_TERM',
    reviews: [{ author: 'bob', verdict: 'APPROVED', reason: '', createdAt: '2026-11-24T14:01:00Z' }],
    thresholds: [{ name: 'default', approve: 2, deny: 1, hasFilter: false }],
    suggestedReviewers: ['bob'],
    resolveReason: 'fine',
    promotedAccessList: { name: 'list', title: 'Editors' },
    teleportUrl: 'https://teleport.example.com/web/requests/1',
    deletedAt: '2026-11-24T16:00:00Z',
  };
  it.each(Object.keys(otherFields) as (keyof typeof otherFields)[])('changes with %s', (field) => {
    expect(syncDigest({ ...base, [field]: otherFields[field] })).not.toBe(syncDigest(base));
  });

  it('takes an undefined field for a missing one', () => {
    const absent: Partial<RequestSnapshot> = {
      accessExpiresAt: undefined,
      promotedAccessList: undefined,
      teleportUrl: undefined,
      deletedAt: undefined,
    };
    expect(syncDigest({ ...base, ...absent })).toBe(syncDigest(base));
  });

  it('does not depend on the order in which fields were set', () => {
    fc.assert(
      fc.property(anyUncutSnapshot, (snapshot) => {
        const { cluster, id, ...rest } = snapshot;
        expect(syncDigest({ ...rest, id, cluster })).toBe(syncDigest(snapshot));
      }),
    );
  });

  it('leaves the snapshot it is given untouched', () => {
    const snapshot = structuredClone(base);
    syncDigest(snapshot);
    expect(snapshot).toEqual(base);
  });
});

function anyOrderOf<T>(list: readonly T[]): fc.Arbitrary<T[]> {
  return fc.shuffledSubarray([...list], { minLength: list.length, maxLength: list.length });
}
