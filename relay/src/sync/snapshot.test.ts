import fc from 'fast-check';
import { MAX_SNAPSHOT_BYTES, requestSnapshot } from '../../../contract/access-request';
import { accessRequest } from '../../../test/support/relay/fake-teleport';
import { grantDigestOf, toSnapshot } from './snapshot';

const context = {
  cluster: 'test.cluster',
  webUrl: 'https://teleport.test',
  observedAt: Date.UTC(2026, 10, 24, 14, 5, 0),
};

describe('toSnapshot', () => {
  it('carries what approvers must see, and where to look at it in Teleport', () => {
    const snapshot = toSnapshot(
      accessRequest({ thresholds: [{ name: 'two', filter: 'x', approve: 2, deny: 1 }] }),
      context,
    );
    expect(snapshot).toMatchObject({
      cluster: 'test.cluster',
      state: 'PENDING',
      user: 'alice',
      roles: ['editor'],
      requestExpiresAt: '2026-11-24T16:00:00Z',
      thresholds: [{ name: 'two', approve: 2, deny: 1, hasFilter: true }],
      observedAt: '2026-11-24T14:05:00.000Z',
      cut: [],
    });
    expect(snapshot.teleportUrl).toBe(
      'https://teleport.test/web/requests/a6a7f0c2-5c5d-4a4e-9d4c-0a8f7c3f1f10',
    );
  });

  it('says nothing of a page in Teleport when there is none', () => {
    expect(toSnapshot(accessRequest(), { ...context, webUrl: undefined }).teleportUrl).toBeUndefined();
  });

  it('takes the digest of the grant from the request itself, whatever its state', () => {
    const request = accessRequest({ maxDurationUntil: new Date('2026-11-25T00:00:00Z') });
    const pending = toSnapshot(request, context);
    const expired = toSnapshot(request, { ...context, state: 'EXPIRED' });
    expect(pending.grantDigest).toBe(grantDigestOf(request));
    expect(expired.grantDigest).toBe(pending.grantDigest);
    expect(expired.syncDigest).not.toBe(pending.syncDigest);
  });

  it('does not change its digests with the time it was observed', () => {
    const later = toSnapshot(accessRequest(), { ...context, observedAt: context.observedAt + 60_000 });
    expect(later.syncDigest).toBe(toSnapshot(accessRequest(), context).syncDigest);
  });

  it('names every field that it shortened, and tells apart two requests that look alike once cut', () => {
    const roles = Array.from({ length: 5000 }, (_, index) => `role-with-a-rather-long-name-${index}`);
    const snapshot = toSnapshot(accessRequest({ roles }), context);
    const other = toSnapshot(accessRequest({ roles: [...roles.slice(0, -1), 'another'] }), context);
    expect(snapshot.cut).toEqual(['roles']);
    expect(snapshot.roles).toEqual(other.roles);
    expect(snapshot.roles.length).toBeLessThan(roles.length);
    expect(snapshot.grantDigest).not.toBe(other.grantDigest);
  });

  it('keeps the newest reviews when there are too many', () => {
    const reviews = Array.from({ length: 400 }, (_, index) => ({
      author: `reviewer-${index}`,
      verdict: 'APPROVED' as const,
      reason: 'r'.repeat(1000),
      createdAt: '2026-11-24T14:01:00Z',
      countsFor: [0],
    }));
    const snapshot = toSnapshot(accessRequest({ reviews }), context);
    expect(snapshot.cut).toEqual(['reviews']);
    expect(snapshot.reviews.at(-1)?.author).toBe('reviewer-399');
  });

  it('always fits the contract, and never ends a text in half a character', () => {
    const text = fc.string({ unit: 'grapheme', maxLength: 60 });
    const longText = fc
      .tuple(text, fc.integer({ min: 1, max: 400 }))
      .map(([part, times]) => part.repeat(times));
    const resource = fc.record({ cluster: text, kind: text, name: longText, constraints: longText });
    fc.assert(
      fc.property(
        fc.array(longText, { maxLength: 40 }),
        fc.array(resource, { maxLength: 40 }),
        longText,
        (roles, resources, reason) => {
          const snapshot = toSnapshot(accessRequest({ roles, resources, reason }), context);
          expect(requestSnapshot.safeParse(snapshot).error).toBeUndefined();
          expect(Buffer.byteLength(JSON.stringify(snapshot))).toBeLessThanOrEqual(MAX_SNAPSHOT_BYTES);
          expect(snapshot.reason).not.toMatch(/\p{Surrogate}/u);
        },
      ),
      { numRuns: 100 },
    );
  });
});
