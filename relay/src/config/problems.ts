import { oneLine } from '../errors';

/** One thing that is wrong with the configuration. No part of it holds a secret. */
export interface ConfigProblem {
  /** Key as in the file, name of an environment variable, or the file itself. */
  key: string;
  /** What was found there, in words. */
  found: string;
  /** What would be right, in words. */
  expected: string;
}

/** A problem as one line. */
export function formatProblem({ key, found, expected }: ConfigProblem): string {
  return `${oneLine(key)}: found ${oneLine(found)}; expected ${oneLine(expected, 300)}`;
}

const MAX_SHOWN = 60;
/** A long run of such characters with a digit or a capital in it may be a token that was pasted at the wrong place. */
const TOKEN_LIKE = /(?=[A-Za-z0-9_-]{20})[a-z_-]*[A-Z0-9][A-Za-z0-9_-]*/;

/** A URL with a user name or password in it. */
const CREDENTIALS = /:\/\/[^/]*@/;

/** Whether a text is short, plain and unlike any secret. */
export function isShowable(text: string): boolean {
  const isPlain = text.length <= MAX_SHOWN && /^[\x20-\x7e]*$/.test(text);
  return isPlain && ![/tpj1/i, TOKEN_LIKE, CREDENTIALS].some((pattern) => pattern.test(text));
}

/** Words for a value that was found: the value itself only when it can be no secret. */
export function describeFound(value: unknown): string {
  if (value === undefined || value === null) return 'nothing';
  if (typeof value === 'boolean') return String(value);
  if (typeof value === 'number') return isShowable(String(value)) ? String(value) : 'a number';
  if (typeof value === 'string') return describeText(value);
  return Array.isArray(value) ? `a list of ${value.length}` : 'a mapping';
}

function describeText(text: string): string {
  if (text === '') return 'an empty text';
  return isShowable(text) ? `"${text}"` : `a text of ${text.length} characters`;
}

/** A name for a key that is not known: itself, unless a secret may have been pasted as a key. */
export function describeKey(key: string): string {
  return /^[A-Za-z][A-Za-z0-9_.-]*$/.test(key) && isShowable(key)
    ? key
    : `(a key of ${key.length} characters)`;
}
