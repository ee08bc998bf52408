import Ajv, { type ValidateFunction } from 'ajv';
import schema from '@atlaskit/adf-schema/dist/json-schema/v1/full.json';
import { ApiError, fieldErrors } from './errors';
import type { Json } from './model';

/** Characters of text in a rich-text field or comment (Jira, default of jira.text.field.character.limit). */
const MAX_TEXT = 32_767;
/** Bytes of the document as JSON; beyond it Jira answers CONTENT_LIMIT_EXCEEDED. The exact bound is not documented. */
const MAX_DOCUMENT = 32_767;

let compiled: ValidateFunction | undefined;

/** Compiled on first use. The schema is of draft 4, of which it uses nothing that draft 7 changed. */
function validator(): ValidateFunction {
  compiled ??= new Ajv({
    strict: false,
    validateFormats: false,
    validateSchema: false,
    code: { optimize: false },
  }).compile({ ...schema, $schema: undefined });
  return compiled;
}

/** Compiles the schema, which takes some hundred milliseconds, before the first document comes. */
export function prepareDocumentCheck(): void {
  validator();
}

/**
 * Checks a document in Atlassian Document Format as Jira does for description and comments.
 * @param field name of the field that the refusal speaks of.
 * @throws ApiError 400.
 */
export function checkDocument(field: string, document: Json): void {
  if (typeof document !== 'object' || document === null || Array.isArray(document))
    throw fieldErrors({
      [field]: 'Operation value must be an Atlassian Document (see the Atlassian Document Format)',
    });
  const size = Buffer.byteLength(JSON.stringify(document));
  const text = textLength(document);
  if (text > MAX_TEXT)
    throw fieldErrors({
      [field]: 'The entered text is too long. It exceeds the allowed limit of 32,767 characters.',
    });
  if (size > MAX_DOCUMENT) throw new ApiError(400, ['CONTENT_LIMIT_EXCEEDED']);
  if (!validator()(document) || !linksAreAbsolute(document)) throw new ApiError(400, ['INVALID_INPUT']);
}

function textLength(node: Json): number {
  if (Array.isArray(node)) return node.reduce((sum: number, child) => sum + textLength(child), 0);
  if (typeof node !== 'object' || node === null) return 0;
  const own = node.type === 'text' && typeof node.text === 'string' ? node.text.length : 0;
  return own + textLength(node.content ?? null);
}

/** Link marks need an absolute address of a harmless scheme. */
function linksAreAbsolute(node: Json): boolean {
  if (Array.isArray(node)) return node.every(linksAreAbsolute);
  if (typeof node !== 'object' || node === null) return true;
  if (node.type === 'link' && typeof node.attrs === 'object' && node.attrs !== null && 'href' in node.attrs) {
    const { href } = node.attrs;
    return typeof href === 'string' && /^(https?|mailto|tel):/i.test(href);
  }
  return Object.values(node).every(linksAreAbsolute);
}

/** The plain text of a document; used to search in it and to show it on pages. */
export function documentText(node: Json): string {
  if (Array.isArray(node)) return node.map(documentText).join('');
  if (typeof node !== 'object' || node === null) return '';
  if (node.type === 'text' && typeof node.text === 'string') return node.text;
  if (node.type === 'hardBreak') return '\n';
  const inner = documentText(node.content ?? null);
  return node.type === 'paragraph' || node.type === 'heading' ? `${inner}\n` : inner;
}
