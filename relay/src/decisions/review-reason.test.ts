import fc from 'fast-check';
import type { Decision } from '../../../contract/decision';
import { isNamed, markedReason, readMark } from './review-reason';

function decision(changes: Partial<Decision> = {}): Decision {
  return {
    v: 1,
    id: 'c:10001:70001',
    connectionId: 'connection',
    cluster: 'test.cluster',
    requestId: 'request',
    verdict: 'approve',
    source: 'card',
    actor: { accountId: '712020:0b7f-22' },
    reason: 'fine',
    issue: { id: '10001', key: 'TAR-7', url: 'https://jira.test/browse/TAR-7' },
    grantDigest: '',
    decidedAt: '2026-11-24T14:04:00Z',
    notAfter: '2026-11-24T14:19:00Z',
    ...changes,
  };
}

test('the mark stands at the end and is read back', () => {
  const reason = markedReason(decision());
  expect(reason).toBe('fine [jira TAR-7 · account 712020:0b7f-22 · decision c:10001:70001]');
  expect(readMark(reason)).toEqual({
    ...{ issueKey: 'TAR-7', accountId: '712020:0b7f-22', decisionId: 'c:10001:70001' },
  });
  expect(markedReason(decision({ reason: '' }))).toMatch(/^\[jira /);
});

test('whatever people write, the mark is whole, theirs is not taken for it, and Teleport’s limit is kept', () => {
  const mark = '[jira OTHER-1 · account mallory · decision c:1:1]';
  const words = fc.oneof(
    fc.string({ unit: 'grapheme', maxLength: 1500 }),
    fc.constantFrom(mark, `${mark} `, '€'.repeat(2000), `${'x'.repeat(4090)}👍`, '['.repeat(4096)),
  );
  fc.assert(
    fc.property(
      words,
      fc.string({ maxLength: 128 }),
      fc.string({ maxLength: 64 }),
      (reason, account, key) => {
        const asked = decision({
          reason,
          actor: { accountId: account || 'a' },
          issue: { id: '1', key: key || 'K', url: '' },
        });
        const text = markedReason(asked);
        expect(Buffer.byteLength(text)).toBeLessThanOrEqual(4096);
        const read = readMark(text);
        expect(read?.decisionId).toBe('c:10001:70001');
        expect(isNamed(read?.accountId ?? '', account || 'a')).toBe(true);
        expect(text).not.toContain('\ufffd');
      },
    ),
  );
});

test.each(['', 'no mark', '[jira A · account b · decision c] and more', '[jira A account b decision c]'])(
  'no mark is read in %j',
  (reason) => expect(readMark(reason)).toBeUndefined(),
);
