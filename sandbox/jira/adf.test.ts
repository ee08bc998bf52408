import { checkDocument } from './adf';
import { document } from './client';
import { ApiError } from './errors';
import type { Json } from './model';

function refused(body: Json): string {
  try {
    checkDocument('description', body);
    return '';
  } catch (error) {
    if (error instanceof ApiError) return `${error.status} ${error.message}`;
    throw error;
  }
}
const paragraph = (...content: Json[]): Json => ({
  type: 'doc',
  version: 1,
  content: [{ type: 'paragraph', content }],
});
const linked = (href: string): Json => ({
  type: 'text',
  text: 'x',
  marks: [{ type: 'link', attrs: { href } }],
});

test('takes documents', () => {
  expect(refused(document('two\n\nlines'))).toBe('');
  expect(refused(paragraph(linked('https://teleport.example.com/web/requests/1')))).toBe('');
});

test.each<[string, Json, string]>([
  ['a string', 'text', '400 Operation value must be an Atlassian Document'],
  ['a list', [], '400 Operation value must be an Atlassian Document'],
  ['an empty text', paragraph({ type: 'text', text: '' }), '400 INVALID_INPUT'],
  ['a node that is none', { type: 'doc', version: 1, content: [{ type: 'box' }] }, '400 INVALID_INPUT'],
  ['a document without version', { type: 'doc', content: [] }, '400 INVALID_INPUT'],
  [
    'text outside of a block',
    { type: 'doc', version: 1, content: [{ type: 'text', text: 'x' }] },
    '400 INVALID_INPUT',
  ],
  ['an unknown property', { ...Object(document('x')), extra: 1 }, '400 INVALID_INPUT'],
  ['a relative link', paragraph(linked('/web/requests')), '400 INVALID_INPUT'],
  ['a link that runs code', paragraph(linked('javascript:alert(1)')), '400 INVALID_INPUT'],
  ['too much text', document('x'.repeat(32_768)), '400 The entered text is too long'],
  ['too much markup', document('x\n'.repeat(900)), '400 CONTENT_LIMIT_EXCEEDED'],
])('refuses %s', (_what, body, message) => {
  expect(refused(body)).toContain(message);
});
