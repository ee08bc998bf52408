/**
 * Control characters (except line feed), bidirectional controls, zero-width and every other character that is not drawn:
 * none of them may reach an approver's eyes, since they can make a text read differently from what it says. By Unicode
 * property, so that no block of such characters is forgotten.
 */
const INVISIBLE = /(?!\n)[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}]/gu;
const LONE_SURROGATE = /\p{Surrogate}/gu;

/** The mark that shows where a text was shortened. */
export const ELLIPSIS = '…';

/** Text of a user made safe to show: invisible characters removed, line ends unified, lone surrogates replaced. */
export function cleanText(text: string): string {
  return text
    .replace(/\r\n?/g, '\n')
    .replace(/\t/g, ' ')
    .replace(LONE_SURROGATE, '\ufffd')
    .replace(INVISIBLE, '');
}

/** The same on a single line, with runs of white space made one space. */
export function cleanLine(text: string): string {
  return cleanText(text).replace(/\s+/g, ' ').trim();
}

/**
 * Shortens a text to at most `max` UTF-16 units, which is how Jira counts, without splitting a code point, and marks
 * the cut with an ellipsis.
 */
export function shorten(text: string, max: number): string {
  if (text.length <= max) return text;
  let end = max - ELLIPSIS.length;
  const last = text.charCodeAt(end - 1);
  if (last >= 0xd800 && last <= 0xdbff) end -= 1;
  return text.slice(0, end) + ELLIPSIS;
}
