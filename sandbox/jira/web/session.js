/* Who acts, and the site's REST API under that person's own credentials. */
import { avatar, call, el, fill } from './dom.js';

const FALLBACK_POLL_MS = 2_000;
const picker = document.getElementById('person');
const listeners = new Set();
let people = [];
let acting;

/** Loads the people of the sandbox and puts them into the header. */
export async function openSession() {
  people = await call('/_sandbox/people');
  const wanted = window.sessionStorage.getItem('person') ?? 'bob';
  picker.replaceChildren(
    ...people.map(({ name, displayName, note }) =>
      el('option', { value: name }, note ? `${displayName} (${note})` : displayName),
    ),
  );
  picker.addEventListener('change', () => choose(picker.value));
  choose(people.some(({ name }) => name === wanted) ? wanted : people[0].name);
}

function choose(name) {
  acting = people.find((person) => person.name === name);
  picker.value = name;
  window.sessionStorage.setItem('person', name);
  fill(document.getElementById('person-avatar'), acting.displayName, () => [avatar(acting.displayName)]);
  for (const listener of listeners) listener();
}

/** Tells when somebody else acts. */
export function onPersonChange(listener) {
  listeners.add(listener);
}

/** The person who acts. */
export const person = () => acting;

/** Calls the site as that person; throws CallError with Jira's own words. */
export function act(path, options = {}) {
  const credentials = window.btoa(`${acting.email}:${acting.token}`);
  return call(path, { ...options, headers: { ...options.headers, authorization: `Basic ${credentials}` } });
}

/** Calls Jira's REST API v3 as that person. */
export const jira = (path, options) => act(`/rest/api/3/${path}`, options);

/**
 * Hears of changes as they happen: `listener({ kind, issueId, projectId })`, or without anything when all may have changed:
 * after a lost connection, and now and then while there is none.
 */
export function watchChanges(listener) {
  const source = new EventSource('/_sandbox/changes');
  let timer;
  source.addEventListener('open', () => {
    clearInterval(timer);
    timer = undefined;
    listener(undefined);
  });
  source.addEventListener('message', (event) => listener(JSON.parse(event.data)));
  source.addEventListener('error', () => {
    timer ??= setInterval(() => listener(undefined), FALLBACK_POLL_MS);
  });
}
