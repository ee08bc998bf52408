const list = new Intl.ListFormat('en', { type: 'conjunction' });

/** Names joined as in a sentence. */
export const listed = (names: readonly string[]): string => list.format(names);

/** The form of a word for a number. */
export const plural = (count: number, one: string, many: string): string => (count === 1 ? one : many);

/** A word of the app that has a name here, else the word itself, made readable. */
export const named = (names: Readonly<Record<string, string>>, word: string): string =>
  names[word] ?? word.toLowerCase().replaceAll(/[_-]/g, ' ');
