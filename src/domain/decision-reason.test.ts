import fc from 'fast-check';
import { anyCharacter } from '../../test/support/arbitraries';
import { findReason, type ReasonComment } from './decision-reason';

const created = Date.parse('2026-11-24T14:00:00Z');
const moved = Date.parse('2026-11-24T14:10:00Z');
const comment = (text: string, changes: Partial<ReasonComment> = {}): ReasonComment => ({
  accountId: 'bob',
  createdAt: moved - 60_000,
  text,
  ...changes,
});
const reasonOf = (...comments: ReasonComment[]) =>
  findReason(comments, { accountId: 'bob', at: moved, issueCreatedAt: created });

describe('findReason', () => {
  it.each([
    ['reason: looks fine', 'looks fine'],
    ['  Resolution :   not today  ', 'not today'],
    ['Hello\nREASON: second line\nmore', 'second line'],
    ['reason:\n\n\nfirst\nsecond', 'first\nsecond'],
    ['resolution:\nbelow', 'below'],
    ['reason:\n\nreason: nested', 'reason: nested'],
  ])('reads the form of Teleport’s own plugin: %j', (text, expected) => {
    expect(reasonOf(comment(text))).toBe(expected);
  });

  it.each([['no reason given'], ['reasons: many'], ['the reason: x'], ['reason:'], ['reason:\n \n'], ['']])(
    'finds none in %j',
    (text) => {
      expect(reasonOf(comment(text))).toBe('');
    },
  );

  it('takes the newest one of the mover that has the form', () => {
    const older = comment('reason: old', { createdAt: moved - 90_000 });
    expect(reasonOf(older, comment('reason: new'), comment('thanks', { createdAt: moved }))).toBe('new');
  });

  it('takes no comment of others, from before the issue, or from more than two minutes after the move', () => {
    expect(reasonOf(comment('reason: x', { accountId: 'carol' }))).toBe('');
    expect(reasonOf(comment('reason: x', { createdAt: created - 1 }))).toBe('');
    expect(reasonOf(comment('reason: x', { createdAt: moved + 120_000 }))).toBe('x');
    expect(reasonOf(comment('reason: x', { createdAt: moved + 120_001 }))).toBe('');
  });

  it('stays within what Teleport takes, whole code points only, free of invisible characters', () => {
    expect(reasonOf(comment(`reason: ${'ü'.repeat(3000)}`))).toBe('ü'.repeat(2048));
    fc.assert(
      fc.property(
        fc.string({ unit: anyCharacter, maxLength: 40 }),
        fc.integer({ min: 1, max: 300 }),
        (piece, times) => {
          const reason = reasonOf(comment(`reason: x${piece.repeat(times)}`));
          expect(Buffer.byteLength(reason)).toBeLessThanOrEqual(4096);
          expect(reason).not.toMatch(/[\p{Surrogate}\u202e\u200b]/u);
        },
      ),
      { numRuns: 200 },
    );
  });
});
