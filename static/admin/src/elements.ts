/** Makes an element with attributes and children; texts become text, never markup. */
export function element<Name extends keyof HTMLElementTagNameMap>(
  name: Name,
  attributes: Readonly<Record<string, string>>,
  ...children: readonly (Node | string)[]
): HTMLElementTagNameMap[Name] {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  made.append(...children);
  return made;
}

/** A short word in a coloured box; the colour only repeats what the word says. */
export function lozenge(tone: Tone, text: string): HTMLElement {
  return element('span', { class: `lozenge ${tone}` }, text);
}

/** What a colour means. */
export type Tone = 'good' | 'bad' | 'waiting' | 'neutral';

/** A date and time in the reader's own form. */
export function time(iso: string): HTMLElement {
  const shown = new Date(iso).toLocaleString(undefined, { dateStyle: 'medium', timeStyle: 'short' });
  return element('time', { datetime: iso }, shown);
}

/** A paragraph for a list without entries. */
export function empty(text: string): HTMLElement {
  return element('p', { class: 'empty' }, text);
}
