/* Shows Atlassian Document Format. All words become text nodes; an unknown node shows what is in it. */
import { el } from './dom.js';

const SAFE_LINK = /^(?:https?|mailto):/i;
const BLOCKS = {
  doc: 'div',
  paragraph: 'p',
  bulletList: 'ul',
  orderedList: 'ol',
  listItem: 'li',
  blockquote: 'blockquote',
  codeBlock: 'pre',
  panel: 'div',
};
const MARKS = { strong: 'strong', em: 'em', code: 'code', strike: 's', underline: 'u' };

/** The elements for a node; none for nothing. */
export function renderAdf(node) {
  if (node === null || typeof node !== 'object') return [];
  const children = () => (Array.isArray(node.content) ? node.content.flatMap(renderAdf) : []);
  switch (node.type) {
    case 'text':
      return [(node.marks ?? []).reduce(mark, document.createTextNode(String(node.text ?? '')))];
    case 'hardBreak':
      return [el('br')];
    case 'rule':
      return [el('hr')];
    case 'heading':
      return [el('h3', {}, children())];
    case 'mention':
    case 'emoji':
      return [document.createTextNode(String(node.attrs?.text ?? ''))];
    default: {
      const tag = BLOCKS[node.type];
      return tag === undefined ? children() : [el(tag, {}, children())];
    }
  }
}

function mark(inner, { type, attrs }) {
  if (type === 'link' && SAFE_LINK.test(String(attrs?.href)))
    return el('a', { href: attrs.href, rel: 'noreferrer noopener', target: '_blank' }, inner);
  const tag = MARKS[type];
  return tag === undefined ? inner : el(tag, {}, inner);
}

/** A document with one paragraph for each line, as Jira's editor makes it. */
export function adfOf(text) {
  const paragraphs = text.split('\n').map((line) => ({
    type: 'paragraph',
    content: line === '' ? [] : [{ type: 'text', text: line }],
  }));
  return { type: 'doc', version: 1, content: paragraphs };
}
