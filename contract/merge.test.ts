import fc from 'fast-check';
import { anyLookalikeSnapshot, anySnapshot as anyVariedSnapshot } from '../test/support/arbitraries';
import { sampleSnapshot } from '../test/support/sample-messages';
import { REQUEST_STATES, stateRank, type AccessReview, type RequestSnapshot } from './access-request';
import { isStateRegression, mergeSnapshots } from './merge';

const anySnapshot = fc.oneof(anyVariedSnapshot, anyLookalikeSnapshot);

const review = (author: string, createdAt: string, reason = ''): AccessReview => ({
  author,
  verdict: 'APPROVED',
  reason,
  createdAt,
});

describe('mergeSnapshots', () => {
  it('is commutative', () => {
    fc.assert(
      fc.property(anySnapshot, anySnapshot, (a, b) => {
        expect(mergeSnapshots(a, b)).toEqual(mergeSnapshots(b, a));
      }),
    );
  });

  it('is associative', () => {
    fc.assert(
      fc.property(anySnapshot, anySnapshot, anySnapshot, (a, b, c) => {
        expect(mergeSnapshots(mergeSnapshots(a, b), c)).toEqual(mergeSnapshots(a, mergeSnapshots(b, c)));
      }),
    );
  });

  it('is associative between snapshots that differ in little', () => {
    const look = anyLookalikeSnapshot;
    fc.assert(
      fc.property(look, look, look, (a, b, c) => {
        expect(mergeSnapshots(mergeSnapshots(a, b), c)).toEqual(mergeSnapshots(a, mergeSnapshots(b, c)));
      }),
      { numRuns: 500 },
    );
  });

  it('is idempotent: what was merged before changes nothing', () => {
    fc.assert(
      fc.property(anySnapshot, anySnapshot, (a, b) => {
        const merged = mergeSnapshots(a, b);
        for (const again of [a, b, merged]) expect(mergeSnapshots(merged, again)).toEqual(merged);
      }),
    );
  });

  it('gives the same for any order and repetition of arrival', () => {
    const deliveries = fc.array(anySnapshot, { minLength: 1, maxLength: 5 }).chain((sent) =>
      fc.record({
        sent: fc.constant(sent),
        arrived: fc
          .tuple(fc.shuffledSubarray(sent, { minLength: sent.length }), fc.subarray(sent))
          .map(([once, doubled]) => [...once, ...doubled]),
      }),
    );
    fc.assert(
      fc.property(deliveries, ({ sent, arrived }) => {
        expect(mergeAll(arrived)).toEqual(mergeAll(sent));
      }),
    );
  });

  it('keeps a snapshot as it is when it meets itself', () => {
    const snapshot = sampleSnapshot({
      reviews: [review('alice', '2026-11-24T14:01:00Z'), review('bob', '2026-11-24T14:02:00Z')],
      deletedAt: '2026-11-24T16:00:00Z',
    });
    expect(mergeSnapshots(snapshot, structuredClone(snapshot))).toEqual(snapshot);
  });

  it('leaves both of its arguments untouched', () => {
    const a = sampleSnapshot({ reviews: [review('bob', '2026-11-24T14:02:00Z')] });
    const b = sampleSnapshot({ reviews: [review('alice', '2026-11-24T14:01:00Z')], deletedAt: a.createdAt });
    const [beforeA, beforeB] = [structuredClone(a), structuredClone(b)];
    mergeSnapshots(a, b);
    expect([a, b]).toEqual([beforeA, beforeB]);
  });

  describe('state', () => {
    it('ranks PENDING < EXPIRED < APPROVED < PROMOTED < DENIED', () => {
      const ranked = [...REQUEST_STATES].sort((a, b) => stateRank(a) - stateRank(b));
      expect(ranked).toEqual(['PENDING', 'EXPIRED', 'APPROVED', 'PROMOTED', 'DENIED']);
      expect(new Set(REQUEST_STATES.map(stateRank)).size).toBe(REQUEST_STATES.length);
    });

    it('is the one of higher rank, whichever was observed last', () => {
      fc.assert(
        fc.property(anySnapshot, anySnapshot, (a, b) => {
          const { state } = mergeSnapshots(a, b);
          expect(stateRank(state)).toBe(Math.max(stateRank(a.state), stateRank(b.state)));
        }),
      );
    });

    it('brings the other fields of its snapshot along', () => {
      const denied = sampleSnapshot({ state: 'DENIED', resolveReason: 'no ticket' });
      const later = sampleSnapshot({ observedAt: '2026-11-24T14:59:00Z', resolveReason: '' });
      const merged = mergeSnapshots(later, denied);
      expect(merged).toMatchObject({ resolveReason: 'no ticket', observedAt: denied.observedAt });
      expect([merged.grantDigest, merged.syncDigest]).toEqual([denied.grantDigest, denied.syncDigest]);
    });

    it('leaves it to the later observation between equals, whatever the precision of its clock', () => {
      const earlier = sampleSnapshot({ reason: 'old', observedAt: '2026-11-24T14:00:01Z' });
      const later = sampleSnapshot({ reason: 'new', observedAt: '2026-11-24T14:00:01.250Z' });
      expect(mergeSnapshots(earlier, later).reason).toBe('new');
      expect(mergeSnapshots(later, earlier).reason).toBe('new');
    });
  });

  describe('reviews', () => {
    const keyOf = (r: AccessReview) => `${r.createdAt} ${r.author}`;

    it('are a union keyed by author and time, oldest first, nothing invented', () => {
      fc.assert(
        fc.property(anySnapshot, anySnapshot, (a, b) => {
          const merged = mergeSnapshots(a, b).reviews;
          const keys = merged.map(keyOf);
          const given = [...a.reviews, ...b.reviews];
          expect(keys).toEqual([...new Set(given.map(keyOf))].sort());
          for (const one of merged) expect(given).toContainEqual(one);
        }),
      );
    });

    it('come from the snapshot of lower state, too', () => {
      const pending = sampleSnapshot({ reviews: [review('bob', '2026-11-24T14:02:00Z')] });
      const approved = sampleSnapshot({
        state: 'APPROVED',
        reviews: [review('alice', '2026-11-24T14:01:00Z')],
      });
      const authors = mergeSnapshots(approved, pending).reviews.map(({ author }) => author);
      expect(authors).toEqual(['alice', 'bob']);
    });

    it('of one author at two times both stay', () => {
      const a = sampleSnapshot({ reviews: [review('bob', '2026-11-24T14:01:00Z')] });
      const b = sampleSnapshot({ reviews: [review('bob', '2026-11-24T14:02:00Z')] });
      expect(mergeSnapshots(a, b).reviews).toHaveLength(2);
    });
  });

  describe('deletedAt', () => {
    it('stays once seen, and is the earliest one seen', () => {
      fc.assert(
        fc.property(anySnapshot, anySnapshot, (a, b) => {
          const seen = [a.deletedAt, b.deletedAt].filter((at) => at !== undefined).sort();
          expect(mergeSnapshots(a, b).deletedAt).toBe(seen[0]);
        }),
      );
    });

    it('is absent, not undefined, while nobody has seen a removal', () => {
      expect(mergeSnapshots(sampleSnapshot(), sampleSnapshot({ state: 'DENIED' }))).not.toHaveProperty(
        'deletedAt',
      );
    });
  });
});

describe('isStateRegression', () => {
  const at = (state: RequestSnapshot['state'], observedAt: string) => sampleSnapshot({ state, observedAt });
  const known = at('APPROVED', '2026-11-24T14:10:00Z');

  it('is a lower state observed later', () => {
    expect(isStateRegression(known, at('PENDING', '2026-11-24T14:10:01Z'))).toBe(true);
    expect(isStateRegression(known, at('EXPIRED', '2026-11-24T14:10:00.001Z'))).toBe(true);
  });

  it('is not an old message that comes late', () => {
    expect(isStateRegression(known, at('PENDING', '2026-11-24T14:09:59Z'))).toBe(false);
    expect(isStateRegression(known, at('PENDING', '2026-11-24T14:10:00Z'))).toBe(false);
  });

  it('is not an equal or higher state', () => {
    for (const state of ['APPROVED', 'PROMOTED', 'DENIED'] as const) {
      expect(isStateRegression(known, at(state, '2026-11-24T15:00:00Z'))).toBe(false);
    }
  });

  it('never holds in both directions', () => {
    fc.assert(
      fc.property(anySnapshot, anySnapshot, (a, b) => {
        expect(isStateRegression(a, b) && isStateRegression(b, a)).toBe(false);
      }),
    );
  });
});

/** The first one is merged with itself, too: a merge sorts reviews, which a single arrival would not show. */
function mergeAll(snapshots: readonly RequestSnapshot[]): RequestSnapshot {
  return snapshots.reduce(mergeSnapshots, snapshots[0]!);
}
