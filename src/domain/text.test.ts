import fc from 'fast-check';
import { anyCharacter } from '../../test/support/arbitraries';
import { cleanLine, cleanText, ELLIPSIS, shorten } from './text';

const anyText = fc.string({ unit: anyCharacter, maxLength: 60 });

describe('cleanText', () => {
  it.each([
    ['a bidirectional override', 'a\u202egpj.exe', 'agpj.exe'],
    ['an isolate', 'a\u2066b\u2069', 'ab'],
    ['zero-width characters', 'e\u200bdi\u200dtor\ufeff', 'editor'],
    ['a Hangul filler', 'a\u3164b\u115f', 'ab'],
    ['a tag character and a variation selector', 'a\u{e0041}b\ufe0f\u{e0100}', 'ab'],
    ['control characters', 'a\u0007b\u0085c\u001b[31m', 'abc[31m'],
    ['line and paragraph separators', 'a\u2028b\u2029c', 'abc'],
    ['a soft hyphen', 'ad\u00admin', 'admin'],
  ])('removes %s', (_, text, expected) => {
    expect(cleanText(text)).toBe(expected);
  });

  it('keeps line feeds, unifies line ends, makes tabs spaces and replaces half a code point', () => {
    expect(cleanText('a\r\nb\rc\td\ud800')).toBe('a\nb\nc d\ufffd');
  });

  it('leaves nothing invisible, whatever comes, and changes nothing the second time', () => {
    fc.assert(
      fc.property(anyText, (text) => {
        const clean = cleanText(text);
        expect(clean.replaceAll('\n', '')).not.toMatch(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Surrogate}]/u);
        expect(cleanText(clean)).toBe(clean);
      }),
      { numRuns: 500 },
    );
  });
});

describe('cleanLine', () => {
  it('is one line without surplus space', () => {
    expect(cleanLine('  a\n\n b\u00a0 c ')).toBe('a b c');
  });
});

describe('shorten', () => {
  it('keeps what fits and marks what does not', () => {
    expect(shorten('abcd', 4)).toBe('abcd');
    expect(shorten('abcde', 4)).toBe(`abc${ELLIPSIS}`);
  });

  it('never splits a code point and never exceeds the bound', () => {
    fc.assert(
      fc.property(
        fc.string({ unit: anyCharacter, maxLength: 40 }),
        fc.integer({ min: 2, max: 30 }),
        (text, max) => {
          const short = shorten(text, max);
          expect(short.length).toBeLessThanOrEqual(max);
          expect(short).not.toMatch(/\p{Surrogate}/u);
          if (text.length > max) expect(short.endsWith(ELLIPSIS)).toBe(true);
        },
      ),
      { numRuns: 500 },
    );
  });
});
