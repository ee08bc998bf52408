import fc from 'fast-check';
import { sampleHello } from '../../test/support/sample-messages';
import {
  acceptedSources,
  connectionTrust,
  liveKeys,
  ROTATION_OVERLAP_MS,
  rotateKeys,
  type StoredKey,
} from './connection';

const now = Date.parse('2026-11-24T14:00:00Z');
const key = (keyId: string, changes: Partial<StoredKey> = {}): StoredKey => ({
  keyId,
  secret: 's',
  createdAt: now,
  ...changes,
});

describe('rotateKeys', () => {
  it('lets the former key live for a day and no longer', () => {
    const keys = rotateKeys([key('a')], key('b'), now);
    expect(liveKeys(keys, now).map((live) => live.keyId)).toEqual(['b', 'a']);
    expect(liveKeys(keys, now + ROTATION_OVERLAP_MS - 1)).toHaveLength(2);
    expect(liveKeys(keys, now + ROTATION_OVERLAP_MS).map((live) => live.keyId)).toEqual(['b']);
  });

  it('never lengthens the life of a key, however often it is repeated', () => {
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: 0, max: ROTATION_OVERLAP_MS }), { minLength: 1, maxLength: 10 }),
        (gaps) => {
          let keys = [key('first')];
          let time = now;
          gaps.forEach((gap, index) => {
            time += index === 0 ? 0 : gap;
            keys = rotateKeys(keys, key(`k-${index}`), time);
            const first = keys.find((candidate) => candidate.keyId === 'first');
            expect(first?.expiresAt ?? now + ROTATION_OVERLAP_MS).toBe(now + ROTATION_OVERLAP_MS);
            expect(liveKeys(keys, time).filter((live) => live.expiresAt === undefined)).toHaveLength(1);
          });
        },
      ),
    );
  });
});

describe('acceptedSources', () => {
  const status = { id: 'c', name: 'c', createdAt: now, state: 'confirmed' as const, keys: [] };
  const after = (decisions: Partial<ReturnType<typeof sampleHello>['decisions']>) => {
    const hello = sampleHello();
    return {
      ...status,
      lastHello: { at: now, hello: { ...hello, decisions: { ...hello.decisions, ...decisions } } },
    };
  };

  it('are what the relay said, and none while it only observes or never spoke', () => {
    expect(acceptedSources(after({ accept: ['panel'] }))).toEqual(['panel']);
    expect(acceptedSources(after({ mode: 'observe' }))).toEqual([]);
    expect(acceptedSources(status)).toEqual([]);
  });
});

describe('connectionTrust', () => {
  it('is confirmed only with a pinned cluster', () => {
    const proposed = { state: 'proposed', id: 'c', keys: [key('a')] };
    expect(connectionTrust.safeParse(proposed).success).toBe(true);
    expect(connectionTrust.safeParse({ ...proposed, state: 'confirmed', mirrorSince: now }).success).toBe(
      false,
    );
  });
});
