/* The installed app's module on an issue, in a frame of the platform's, as Jira shows it in the right column. */
import { call, el } from './dom.js';

const MODULE = 'issue-context';
const PROPERTY = 'teleport-access';
let pages;
let shown;

/** Shows the module where its display condition holds: the issue carries the app's property. */
export async function showModule(card, issue, viewer) {
  pages ??= (await call('/_sandbox/site')).appPages;
  const isShown = pages !== null && issue.properties?.[PROPERTY] !== undefined;
  card.hidden = !isShown;
  const wanted = isShown ? `${issue.id} ${viewer.accountId}` : undefined;
  if (wanted === shown) return;
  shown = wanted;
  card.querySelector('iframe')?.remove();
  if (!isShown) return;
  const url = new URL(`/pages/${MODULE}`, pages);
  url.searchParams.set('issue', issue.id);
  url.searchParams.set('as', viewer.accountId);
  url.searchParams.set('embedded', '');
  card.append(el('iframe', { class: 'app-frame', src: url.href, title: 'Teleport access request' }));
}

window.addEventListener('message', ({ source, origin, data }) => {
  const frame = document.querySelector('.app-frame');
  if (pages === undefined || pages === null || origin !== new URL(pages).origin) return;
  if (source === frame?.contentWindow && data.forge === 'height') frame.style.height = `${data.height}px`;
});
