/**
 * Control characters (except line feed), bidirectional overrides and isolates, zero-width and other invisible
 * formatting characters: none of them may reach an approver's eyes, since they can make a text read differently from
 * what it says. Written as escapes on purpose.
 */
const INVISIBLE =
  // eslint-disable-next-line no-control-regex -- control characters are what this expression is about
  /[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u00ad\u061c\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb]|[\u{e0000}-\u{e007f}]/gu;
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
