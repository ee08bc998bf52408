import { deepStrictEqual } from 'node:assert/strict';
import fc from 'fast-check';
import { anyCharacter } from '../test/support/arbitraries';
import { canonicalJson, type JsonValue } from './canonical-json';

/** Any value that JSON.parse can give. */
const anyJson = fc
  .jsonValue({ stringUnit: 'binary' })
  .map((value) => JSON.parse(JSON.stringify(value)) as JsonValue);

describe('canonicalJson', () => {
  describe('literals, numbers and strings as RFC 8785 wants them', () => {
    const cases: [name: string, value: JsonValue, text: string][] = [
      ['null', null, 'null'],
      ['true', true, 'true'],
      ['false', false, 'false'],
      ['zero', 0, '0'],
      ['negative zero', -0, '0'],
      ['trailing zeros', 4.5, '4.5'],
      ['a small decimal', 2e-3, '0.002'],
      ['the last plain small number', 0.000001, '0.000001'],
      ['the first small number with exponent', 1e-7, '1e-7'],
      ['the last plain large number', 1e20, '100000000000000000000'],
      ['the first large number with exponent', 1e21, '1e+21'],
      ['the smallest number', Number.MIN_VALUE, '5e-324'],
      ['the largest number', Number.MAX_VALUE, '1.7976931348623157e+308'],
      ['more digits than a double holds', Number('333333333.33333329'), '333333333.3333333'],
      ['the empty string', '', '""'],
      ['quote and backslash', '"\\', '"\\"\\\\"'],
      ['control characters with a short form', '\b\t\n\f\r', '"\\b\\t\\n\\f\\r"'],
      ['control characters without one, in lower-case hex', '\u0000\u001f', '"\\u0000\\u001f"'],
      ['a slash, unescaped', '/', '"/"'],
      ['DEL and the line separators, unescaped', '\u007f\u2028\u2029', '"\u007f\u2028\u2029"'],
      ['text outside ASCII, not normalised', 'e\u0301 é €', '"e\u0301 é €"'],
      ['a character outside the basic plane', '\u{1f600}', '"\u{1f600}"'],
      ['an empty list', [], '[]'],
      ['an empty object', {}, '{}'],
      ['a nested list, in its order', [3, [2, []], 1], '[3,[2,[]],1]'],
    ];
    it.each(cases)('%s', (_name, value, text) => {
      expect(canonicalJson(value)).toBe(text);
    });
  });

  describe('order of keys', () => {
    it('sorts at every depth and writes no white space', () => {
      expect(canonicalJson({ b: [{ d: 1, c: 2 }], a: { z: null, y: true } })).toBe(
        '{"a":{"y":true,"z":null},"b":[{"c":2,"d":1}]}',
      );
    });

    it('compares UTF-16 units, where a surrogate pair comes before U+FB33', () => {
      const text = canonicalJson({ '\ufb33': 'hebrew', '\u{1f600}': 'smiley', '€': 'euro', '\r': 'return' });
      expect(text).toBe('{"\\r":"return","€":"euro","\u{1f600}":"smiley","\ufb33":"hebrew"}');
    });

    it('compares keys that look like numbers as text, though objects list them by value', () => {
      expect(canonicalJson({ 9: 'nine', 10: 'ten', 1: 'one' })).toBe('{"1":"one","10":"ten","9":"nine"}');
    });

    it('puts upper case before lower case and a prefix before its longer form', () => {
      expect(canonicalJson({ ab: 1, a: 2, B: 3, '': 4 })).toBe('{"":4,"B":3,"a":2,"ab":1}');
    });

    it('does not depend on the order of insertion', () => {
      const dictionary = fc.uniqueArray(fc.tuple(fc.string({ unit: anyCharacter }), anyJson), {
        selector: ([key]) => key,
        maxLength: 8,
      });
      const twoOrders = dictionary.chain((entries) =>
        fc.tuple(
          fc.constant(entries),
          fc.shuffledSubarray(entries, { minLength: entries.length, maxLength: entries.length }),
        ),
      );
      fc.assert(
        fc.property(twoOrders, ([entries, shuffled]) => {
          expect(canonicalJson(Object.fromEntries(shuffled))).toBe(
            canonicalJson(Object.fromEntries(entries)),
          );
        }),
      );
    });
  });

  describe('what JSON cannot carry', () => {
    it.each([NaN, Infinity, -Infinity])('refuses %p, however deep', (number) => {
      expect(() => canonicalJson(number)).toThrow(TypeError);
      expect(() => canonicalJson({ a: [{ b: number }] })).toThrow(TypeError);
    });

    it('leaves out undefined members, at every depth', () => {
      expect(canonicalJson({ a: undefined, b: { c: undefined, d: 1 }, e: [{ f: undefined }] })).toBe(
        '{"b":{"d":1},"e":[{}]}',
      );
    });
  });

  it('gives text that JSON.parse reads back as the same value', () => {
    fc.assert(
      fc.property(anyJson, (value) => {
        deepStrictEqual(JSON.parse(canonicalJson(value)), value);
      }),
    );
  });

  it('gives different text for different values', () => {
    fc.assert(
      fc.property(anyJson, anyJson, (a, b) => {
        fc.pre(!isSame(a, b));
        expect(canonicalJson(a)).not.toBe(canonicalJson(b));
      }),
    );
  });
});

function isSame(a: JsonValue, b: JsonValue): boolean {
  try {
    deepStrictEqual(a, b);
    return true;
  } catch {
    return false;
  }
}
