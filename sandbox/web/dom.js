/* Helpers that the sandbox's pages share. Text goes into the page as text nodes only. */

/**
 * Makes an element. `props` are attributes; `class` is the class name, `on` maps event names to listeners, `true` and `false`
 * set and leave out an attribute. Strings among the children become text nodes.
 */
export function el(tag, props = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(props)) {
    if (name === 'on')
      for (const [event, listener] of Object.entries(value)) element.addEventListener(event, listener);
    else if (value === true) element.setAttribute(name, '');
    else if (value !== false && value !== undefined) element.setAttribute(name, value);
  }
  element.append(...children.flat().filter((child) => child !== undefined && child !== false));
  return element;
}

/** A call failed: what the server said about it. */
export class CallError extends Error {
  constructor(message, status) {
    super(message);
    this.status = status;
  }
}

/** Calls a JSON endpoint of this page's own server. Throws CallError with a sentence that can be shown. */
export async function call(path, { method = 'GET', body, headers = {} } = {}) {
  let response;
  try {
    response = await fetch(path, {
      method,
      headers: {
        accept: 'application/json',
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        ...headers,
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
  } catch {
    throw new CallError('The server does not answer. Is the sandbox still running?', 0);
  }
  const text = await response.text();
  let answer;
  try {
    answer = text === '' ? undefined : JSON.parse(text);
  } catch {
    answer = undefined;
  }
  if (!response.ok)
    throw new CallError(reasonIn(answer) ?? `The server answered ${response.status}.`, response.status);
  return answer;
}

/** The words in an error answer: Jira's `errorMessages` and `errors`, or `message`. */
function reasonIn(answer) {
  if (answer === null || typeof answer !== 'object') return undefined;
  const words = [
    ...(answer.errorMessages ?? []),
    ...Object.values(answer.errors ?? {}),
    ...(answer.message ? [answer.message] : []),
  ];
  return words.length > 0 ? words.join(' ') : undefined;
}

const QUIET_FLAG_MS = 6_000;
const ERROR_FLAG_MS = 15_000;

/** Shows what just happened; also read aloud. `tone` is info, success or error. */
export function flag(tone, title, text = '') {
  const place = document.querySelector('.flags');
  const shown = el(
    'div',
    { class: `flag flag--${tone}`, role: tone === 'error' ? 'alert' : 'status' },
    el('div', { class: 'flag__title' }, title),
    text === '' ? undefined : el('div', { class: 'flag__text small' }, text),
    el(
      'button',
      {
        class: 'button button--plain button--icon flag__close',
        type: 'button',
        'aria-label': 'Dismiss',
        on: { click: () => shown.remove() },
      },
      '✕',
    ),
  );
  place.append(shown);
  while (place.children.length > 3) place.firstElementChild.remove();
  setTimeout(() => shown.remove(), tone === 'error' ? ERROR_FLAG_MS : QUIET_FLAG_MS);
}

/** Runs what a click asks for and shows its failure. @returns whether it went well. */
export async function attempt(title, act) {
  try {
    await act();
    return true;
  } catch (error) {
    flag('error', title, error.message);
    return false;
  }
}

/** A round sign with a person's initial; decoration, so it is hidden from screen readers. */
export function avatar(name) {
  const sum = [...name].reduce((total, letter) => total + (letter.codePointAt(0) ?? 0), 0);
  return el('span', { class: `avatar avatar--${sum % 6}`, 'aria-hidden': 'true' }, [...name][0] ?? '?');
}

const moment = new Intl.DateTimeFormat(undefined, { dateStyle: 'medium', timeStyle: 'short' });

/** A moment as people write it, with the exact one beside it. */
export function time(iso) {
  const date = new Date(iso);
  if (Number.isNaN(date.getTime())) return el('span', {}, '—');
  return el('time', { datetime: date.toISOString(), title: date.toISOString() }, moment.format(date));
}

const STEPS = [
  ['day', 86_400_000],
  ['hour', 3_600_000],
  ['minute', 60_000],
  ['second', 1_000],
];
const relative = new Intl.RelativeTimeFormat('en', { numeric: 'auto' });

const NOW_MS = 10_000;

/** How long ago or ahead a moment is: “just now”, “3 minutes ago”, “in 6 days”. */
export function fromNow(iso, now) {
  const distance = Date.parse(iso) - now;
  if (distance <= 0 && distance > -NOW_MS) return 'just now';
  const [unit, size] = STEPS.find(([, length]) => Math.abs(distance) >= length) ?? ['second', 1_000];
  return relative.format(Math.round(distance / size), unit);
}

/** Fills an element only when what it shows has changed, so that focus and selection stay. */
export function fill(element, shown, make) {
  const signature = JSON.stringify(shown);
  if (element.dataset.shown === signature) return;
  element.dataset.shown = signature;
  element.replaceChildren(...make());
}

/** A button with a menu: arrow keys move, Escape closes. `items()` gives `[{ title, act }]`, perhaps later. */
export function menu({ label, symbol = '⋯', heading, items }) {
  const list = el('div', { class: 'menu__list', role: 'menu', 'aria-label': label, hidden: true });
  const button = el(
    'button',
    {
      class: 'button button--plain button--icon',
      type: 'button',
      'aria-haspopup': 'menu',
      'aria-expanded': 'false',
      'aria-label': label,
      title: label,
    },
    symbol,
  );
  const root = el('div', { class: 'menu' }, button, list);
  const close = (refocus) => {
    if (list.hidden) return;
    list.hidden = true;
    button.setAttribute('aria-expanded', 'false');
    document.removeEventListener('pointerdown', closeOutside);
    if (refocus) button.focus();
  };
  const closeOutside = (event) => {
    if (!root.contains(event.target)) close(false);
  };
  const open = async () => {
    list.replaceChildren(el('div', { class: 'menu__title' }, 'Loading …'));
    list.hidden = false;
    button.setAttribute('aria-expanded', 'true');
    document.addEventListener('pointerdown', closeOutside);
    let entries;
    try {
      entries = await items();
    } catch (error) {
      close(true);
      flag('error', label, error.message);
      return;
    }
    list.replaceChildren(
      el(
        'div',
        { class: 'menu__title' },
        entries.length > 0 ? (heading ?? label) : 'Nothing can be done here',
      ),
      ...entries.map(({ title, act, tone }) =>
        el(
          'button',
          {
            class: `menu__item${tone ? ` button--${tone}` : ''}`,
            type: 'button',
            role: 'menuitem',
            tabindex: '-1',
            on: {
              click: () => {
                close(true);
                act();
              },
            },
          },
          title,
        ),
      ),
    );
    list.querySelector('[role=menuitem]')?.focus();
  };
  button.addEventListener('click', () => (list.hidden ? void open() : close(true)));
  root.addEventListener('keydown', (event) => {
    if (event.key === 'Escape') close(true);
    if (event.key !== 'ArrowDown' && event.key !== 'ArrowUp') return;
    event.preventDefault();
    if (list.hidden) return void open();
    const entries = [...list.querySelectorAll('[role=menuitem]')];
    const at = entries.indexOf(document.activeElement);
    entries[(at + (event.key === 'ArrowDown' ? 1 : -1) + entries.length) % entries.length]?.focus();
  });
  root.addEventListener('focusout', (event) => {
    if (event.relatedTarget !== null && !root.contains(event.relatedTarget)) close(false);
  });
  return root;
}
