import fc from 'fast-check';
import { anyCharacter } from '../../test/support/arbitraries';
import { codeOf, messageOf, oneLine } from './errors';

test('any text becomes one line of at most so many characters, cut between characters', () => {
  fc.assert(
    fc.property(fc.string({ unit: anyCharacter }), fc.integer({ min: 1, max: 20 }), (text, maxLength) => {
      const line = oneLine(text, maxLength);
      expect(line).not.toMatch(/[\p{Cc}\p{Cf}\u2028\u2029]/u);
      expect(Array.from(line).length).toBeLessThanOrEqual(maxLength);
      expect(Buffer.from(line).toString()).toBe(line);
    }),
  );
});

test('a short text stays as it is, a long one is cut visibly', () => {
  expect(oneLine(' fine ')).toBe('fine');
  expect(oneLine('abcdef', 4)).toBe('abc…');
});

test('message and code of whatever was thrown', () => {
  expect(messageOf(new Error('a\nb'))).toBe('a b');
  expect(messageOf('text')).toBe('text');
  expect(messageOf(undefined)).toBe('undefined');
  expect(codeOf(Object.assign(new Error('x'), { code: 'ENOENT' }))).toBe('ENOENT');
  expect(codeOf({ code: 5 })).toBeUndefined();
  expect(codeOf(null)).toBeUndefined();
});
