import { call } from './dom.js';

const POLL_MS = 2_000;
const GONE = { state: 'down', text: 'The sandbox has ended.' };

function show(parts) {
  for (const element of document.querySelectorAll('[data-part]')) {
    const { state, text } = parts.find(({ key }) => key === element.dataset.part) ?? GONE;
    element.dataset.state = state;
    const words = element.querySelector('.part__text');
    if (words.textContent !== text) words.textContent = text;
  }
}

function showLinks(links) {
  for (const element of document.querySelectorAll('[data-link]')) {
    const target = links[element.dataset.link];
    element.hidden = target === undefined;
    if (target === undefined) continue;
    element.setAttribute('href', target.url ?? target);
    if (target.key !== undefined) element.textContent = `Open ${target.key}`;
  }
}

async function poll() {
  try {
    const { links, parts } = await call('/api/state');
    showLinks(links);
    show(parts);
  } catch {
    show([]);
  }
  setTimeout(() => void poll(), POLL_MS);
}

void poll();
