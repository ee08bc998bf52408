type Child = Node | string | undefined | false;

/** Makes an element. Texts become text nodes, so nothing that people wrote is ever read as markup. */
export function el<K extends keyof HTMLElementTagNameMap>(
  tag: K,
  attributes: Readonly<Record<string, string>> = {},
  ...children: readonly (Child | readonly Child[])[]
): HTMLElementTagNameMap[K] {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  for (const child of children.flat()) if (child !== undefined && child !== false) element.append(child);
  return element;
}

/** Puts children in the place of those that are there, unless they are the same already: a reader is not disturbed. */
export function fill(element: Element, ...children: readonly (Child | readonly Child[])[]): void {
  const next = el('div', {}, ...children);
  if (next.innerHTML === element.innerHTML) return;
  element.replaceChildren(...next.childNodes);
}
