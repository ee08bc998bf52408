/** Characters that could break a line, hide text or turn its direction (C0, C1, line separators, bidi controls). */
const UNSAFE = /[\p{Cc}\p{Cf}\u2028\u2029]+/gu;

/** Text of others for one line of a log or message: control and format characters become blanks, then it is capped. */
export function oneLine(text: string, maxLength = 200): string {
  const clean = Array.from(text.replace(UNSAFE, ' ').trim());
  return clean.length <= maxLength ? clean.join('') : `${clean.slice(0, maxLength - 1).join('')}…`;
}

/** What a thrown value says, as one line; the value itself may be anything. */
export function messageOf(error: unknown): string {
  return oneLine(textMember(error, 'message') ?? String(error));
}

/** The code of an error of Node, such as `ENOENT`. */
export function codeOf(error: unknown): string | undefined {
  return textMember(error, 'code');
}

/** By shape and not by class: errors of Node may come from another realm. */
function textMember(error: unknown, name: 'message' | 'code'): string | undefined {
  if (typeof error !== 'object' || error === null || !(name in error)) return undefined;
  const value: unknown = Reflect.get(error, name);
  return typeof value === 'string' ? value : undefined;
}
