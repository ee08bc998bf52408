import fc from 'fast-check';
import { anyCharacter } from '../../test/support/arbitraries';
import { adfProblems } from '../../test/support/fakes/adf-schema';
import {
  bulletList,
  doc,
  fingerprint,
  fitting,
  heading,
  inline,
  link,
  paragraph,
  plainText,
  quote,
  strong,
} from './adf';

const document = doc(
  paragraph(strong('alice'), inline(' asks')),
  heading('Roles'),
  bulletList([inline('editor'), inline('auditor')]),
  quote('first\nsecond'),
  paragraph(link('Open', 'https://teleport.example.com/r')),
);

/** The document as JSON, changed by somebody. */
function changed(change: (json: string) => string): unknown {
  const next = change(JSON.stringify(document));
  expect(next).not.toBe(JSON.stringify(document));
  return JSON.parse(next);
}

describe('documents', () => {
  it('fit the schema of Atlassian, whatever texts they hold', () => {
    expect(adfProblems(document)).toEqual([]);
    fc.assert(
      fc.property(
        fc.array(fc.string({ unit: anyCharacter, maxLength: 12 }), { minLength: 1, maxLength: 5 }),
        (texts) => {
          const made = doc(
            paragraph(...texts.map(strong), ...texts.map(inline)),
            bulletList(texts.map(inline)),
            quote(texts.join('\n')),
          );
          expect(adfProblems(made)).toEqual([]);
        },
      ),
      { numRuns: 200 },
    );
  });

  it('are refused by the schema when they hold an empty text, so the check above can fail', () => {
    expect(adfProblems(doc({ type: 'paragraph', content: [{ type: 'text', text: '' }] }))).not.toEqual([]);
  });

  it('hold the words in plain text, block by block, with link targets', () => {
    expect(plainText(document)).toContain('alice asks\nRoles\neditor\n\nauditor\n\nfirst\nsecond\n');
    expect(plainText(document)).toContain('Open <https://teleport.example.com/r>');
  });

  it('survive foreign nodes as plain text', () => {
    const foreign = { type: 'doc', content: [{ type: 'mention', attrs: { text: '@bob' } }, null, 7] };
    expect(plainText(foreign)).toBe('@bob');
    expect(plainText(undefined)).toBe('');
  });
});

describe('fingerprint', () => {
  const original = fingerprint(document);

  it('does not care for attributes that Jira adds, nor for how it splits a text', () => {
    expect(
      fingerprint(
        changed((json) =>
          json.replaceAll('"type":"paragraph"', '"type":"paragraph","attrs":{"localId":"x"}'),
        ),
      ),
    ).toBe(original);
    expect(
      fingerprint(
        changed((json) =>
          json.replace(
            '{"type":"text","text":" asks"}',
            '{"type":"text","text":" a"},{"type":"text","text":"sks"}',
          ),
        ),
      ),
    ).toBe(original);
  });

  it.each([
    ['a changed word', (json: string) => json.replace('auditor', 'viewer')],
    [
      'a struck-out word',
      (json: string) => json.replace('"text":"auditor"', '"text":"auditor","marks":[{"type":"strike"}]'),
    ],
    [
      'a word in white',
      (json: string) =>
        json.replace(
          '"text":"auditor"',
          '"text":"auditor","marks":[{"type":"textColor","attrs":{"color":"#ffffff"}}]',
        ),
    ],
    [
      'emphasis moved',
      (json: string) => json.replace('"text":"alice","marks":[{"type":"strong"}]', '"text":"alice"'),
    ],
    [
      'another link target',
      (json: string) => json.replace('https://teleport.example.com/r', 'https://evil.example.com/r'),
    ],
    [
      'a picture',
      (json: string) =>
        json.replace(
          '"content":[',
          '"content":[{"type":"mediaSingle","content":[{"type":"media","attrs":{"type":"file","id":"1","collection":""}}]},',
        ),
    ],
    [
      'a date',
      (json: string) =>
        json.replace('{"type":"text","text":" asks"}', '{"type":"date","attrs":{"timestamp":"1"}}'),
    ],
    [
      'an expand around nothing',
      (json: string) =>
        json.replace(
          '"content":[',
          '"content":[{"type":"expand","attrs":{"title":"only read access"},"content":[]},',
        ),
    ],
    [
      'an alignment',
      (json: string) =>
        json.replace(
          '"type":"paragraph"',
          '"type":"paragraph","marks":[{"type":"alignment","attrs":{"align":"end"}}]',
        ),
    ],
    [
      'a text that looks like structure',
      (json: string) => json.replace('"text":"auditor"', '"text":"auditor\\") (listItem"'),
    ],
    ['an item less', (json: string) => json.replace(/,\{"type":"listItem".*?\]\}\]\}/, '')],
  ])('notices %s', (_, change) => {
    expect(fingerprint(changed(change))).not.toBe(original);
  });

  it('takes anything for a document', () => {
    fc.assert(fc.property(fc.jsonValue(), (value) => typeof fingerprint(value) === 'string'));
  });
});

describe('fitting', () => {
  it('keeps a text of many lines, quotes or backslashes within the bound', () => {
    for (const text of ['\n'.repeat(8000), 'a\n'.repeat(4000), '"\\'.repeat(4000)]) {
      expect(JSON.stringify(inline(fitting(text, 5000))).length).toBeLessThanOrEqual(5000);
    }
    expect(fitting('short', 5000)).toBe('short');
  });
});
