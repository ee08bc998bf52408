import { shorten } from './text';

/**
 * The little of the Atlassian Document Format that this app writes. User text only ever becomes a text node, so
 * nothing in it is interpreted as markup, a mention or a link (developer.atlassian.com, Atlassian Document Format).
 */
export type AdfMark = { type: 'strong' } | { type: 'link'; attrs: { href: string } };
export interface AdfText {
  type: 'text';
  text: string;
  marks?: AdfMark[];
}
export type AdfInline = AdfText | { type: 'hardBreak' };
export interface AdfParagraph {
  type: 'paragraph';
  content: AdfInline[];
}
export interface AdfListItem {
  type: 'listItem';
  content: AdfParagraph[];
}
export type AdfBlock =
  | AdfParagraph
  | { type: 'bulletList'; content: AdfListItem[] }
  | { type: 'blockquote'; content: AdfParagraph[] }
  | { type: 'heading'; attrs: { level: 3 }; content: AdfInline[] }
  | {
      type: 'panel';
      attrs: { panelType: 'info' | 'warning' | 'success' | 'error' };
      content: AdfParagraph[];
    };
export interface AdfDocument {
  type: 'doc';
  version: 1;
  content: AdfBlock[];
}

/** A document of the given blocks. */
export function doc(...content: AdfBlock[]): AdfDocument {
  return { type: 'doc', version: 1, content };
}

/** Inline text; line feeds become hard breaks. An empty text gives no node, since ADF forbids empty ones. */
export function inline(text: string): AdfInline[] {
  return text
    .split('\n')
    .flatMap((lineText, index): AdfInline[] => [
      ...(index > 0 ? [{ type: 'hardBreak' } as const] : []),
      ...(lineText === '' ? [] : [{ type: 'text' as const, text: lineText }]),
    ]);
}

/** Inline text in bold. */
export function strong(text: string): AdfInline[] {
  return text === '' ? [] : [{ type: 'text', text, marks: [{ type: 'strong' }] }];
}

/** A link with its own words. `href` must be absolute; it comes from a validated message. */
export function link(text: string, href: string): AdfInline[] {
  return [{ type: 'text', text, marks: [{ type: 'link', attrs: { href } }] }];
}

/** A paragraph of inline pieces. */
export function paragraph(...pieces: AdfInline[][]): AdfParagraph {
  return { type: 'paragraph', content: pieces.flat() };
}

/** A heading of the third level. */
export function heading(text: string): AdfBlock {
  return { type: 'heading', attrs: { level: 3 }, content: inline(text) };
}

/** A bullet list, one paragraph an item. */
export function bulletList(items: AdfInline[][]): AdfBlock {
  return {
    type: 'bulletList',
    content: items.map((item) => ({ type: 'listItem', content: [paragraph(item)] })),
  };
}

/** A quotation of a user's words. */
export function quote(text: string): AdfBlock {
  return { type: 'blockquote', content: [paragraph(inline(text))] };
}

/**
 * Shortens a text until its inline nodes, written as JSON, take at most `maxJson` characters: line feeds and quotation
 * marks cost far more in a document than in a text.
 */
export function fitting(text: string, maxJson: number): string {
  let fit = text;
  while (JSON.stringify(inline(fit)).length > maxJson) fit = shorten(fit, Math.floor(fit.length * 0.8));
  return fit;
}

/** Node types and marks that this app writes, each with the attributes that a reader would notice. */
const OWN: ReadonlyMap<string, readonly string[]> = new Map([
  ['doc', []],
  ['paragraph', []],
  ['hardBreak', []],
  ['bulletList', []],
  ['listItem', []],
  ['blockquote', []],
  ['heading', ['level']],
  ['panel', ['panelType']],
  ['strong', []],
  ['link', ['href']],
]);

/**
 * What a document shows, so that every edit that a reader could notice gives another text: words, structure, emphasis, link
 * targets, and anything that this app never writes (a picture, a struck-out word) in full. Attributes that Jira adds to
 * nodes of ours, and how it splits texts, make no difference.
 */
export function fingerprint(node: unknown): string {
  if (!isRecord(node)) return JSON.stringify(node ?? null);
  const name = stringOf(node.type);
  const noticed = OWN.get(name);
  if (noticed === undefined) return JSON.stringify(node);
  const children: unknown[] = Array.isArray(node.content) ? node.content : [];
  return `(${name}${attributes(node.attrs, noticed)}${styleOf(node)} ${runs(children)})`;
}

/** Children one after the other; neighbouring texts of one style are one text. */
function runs(children: readonly unknown[]): string {
  const out: { style: string | undefined; text: string }[] = [];
  for (const child of children) {
    if (!isRecord(child) || child.type !== 'text') {
      out.push({ style: undefined, text: fingerprint(child) });
      continue;
    }
    const style = styleOf(child);
    const last = out.at(-1);
    if (last?.style === style) last.text += stringOf(child.text);
    else out.push({ style, text: stringOf(child.text) });
  }
  return out
    .map(({ style, text }) => (style === undefined ? text : `${style}${JSON.stringify(text)}`))
    .join('');
}

function styleOf(node: Record<string, unknown>): string {
  const marks: unknown[] = Array.isArray(node.marks) ? node.marks : [];
  return marks.map(fingerprint).sort().join('');
}

function attributes(attrs: unknown, noticed: readonly string[]): string {
  return noticed
    .map((name) => ` ${name}=${JSON.stringify(isRecord(attrs) ? (attrs[name] ?? null) : null)}`)
    .join('');
}

/** The words of a document without its formatting, block by block, with link targets. */
export function plainText(node: unknown): string {
  if (!isRecord(node)) return '';
  if (node.type === 'text') return stringOf(node.text) + linkTarget(node.marks);
  if (node.type === 'hardBreak') return '\n';
  const inner = Array.isArray(node.content) ? node.content.map(plainText).join('') : '';
  const attrs = isRecord(node.attrs) ? stringOf(node.attrs.text) + stringOf(node.attrs.url) : '';
  const isBlock = ['paragraph', 'heading', 'codeBlock', 'rule', 'listItem'].includes(stringOf(node.type));
  return inner + attrs + (isBlock ? '\n' : '');
}

function linkTarget(marks: unknown): string {
  if (!Array.isArray(marks)) return '';
  const targets = marks.map((mark: unknown) =>
    isRecord(mark) && mark.type === 'link' && isRecord(mark.attrs) ? ` <${stringOf(mark.attrs.href)}>` : '',
  );
  return targets.join('');
}

function stringOf(value: unknown): string {
  return typeof value === 'string' ? value : '';
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}
