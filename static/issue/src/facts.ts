import { router } from '@forge/bridge';
import type { IssuePageView, RequestView, ResourceView } from '../../../contract/issue-page';
import { el } from './dom';
import { texts } from './texts';
import { moment } from './times';

/** Entries of a list that are shown before somebody asks for the rest. */
const SHOWN_AT_FIRST = 12;

/** What is asked for. */
export function facts(request: RequestView): HTMLElement {
  const { facts: words } = texts;
  return el('dl', { class: 'facts' }, [
    ...row(words.requester, el('strong', {}, request.user)),
    ...row(words.cluster, request.cluster),
    ...row(words.roles, request.roles.length === 0 ? quiet(words.noRoles) : list(request.roles)),
    ...(request.resources.length === 0 ? [] : row(words.resources, list(request.resources.map(resource)))),
    ...row(words.reason, request.reason === '' ? quiet(words.noReason) : written(request.reason)),
    ...when(words.asked, request.createdAt),
    ...when(words.starts, request.assumeStartAt),
    ...when(words.until, request.maxDurationUntil),
    ...when(words.ends, request.state === 'APPROVED' ? request.accessExpiresAt : undefined),
    ...(request.suggestedReviewers.length === 0
      ? []
      : row(words.reviewers, request.suggestedReviewers.join(', '))),
    ...(request.promotedTo === undefined ? [] : row(words.promoted, request.promotedTo)),
    ...(request.resolveReason === '' ? [] : row(words.resolved, written(request.resolveReason))),
  ]);
}

function row(name: string, value: Node | string): HTMLElement[] {
  return [el('dt', {}, name), el('dd', {}, value)];
}

function when(name: string, utc: string | undefined): HTMLElement[] {
  return utc === undefined ? [] : row(name, moment(utc));
}

function resource({ name, place, id, constraints }: ResourceView): HTMLElement {
  const details = [
    place,
    ...(id === undefined ? [] : [texts.facts.id(id)]),
    ...(constraints === undefined ? [] : [texts.facts.limitedTo(constraints)]),
  ];
  return el('span', {}, name, el('span', { class: 'quiet' }, ` ${details.join(', ')}`));
}

/** All entries; a long list is folded, and its head says how many there are. */
function list(entries: readonly (Node | string)[]): Node {
  const items = entries.map((entry) => el('li', {}, entry));
  const first = el('ul', { class: 'list' }, items.slice(0, SHOWN_AT_FIRST));
  if (items.length <= SHOWN_AT_FIRST) return first;
  const rest = items.slice(SHOWN_AT_FIRST);
  return el(
    'div',
    {},
    first,
    el('details', {}, el('summary', {}, texts.facts.more(rest.length)), el('ul', { class: 'list' }, rest)),
  );
}

function written(text: string): HTMLElement {
  return el('blockquote', {}, text);
}

function quiet(text: string): HTMLElement {
  return el('span', { class: 'quiet' }, text);
}

/** Thresholds, and who reviewed so far. */
export function reviews({ thresholds, reviews: given }: RequestView): HTMLElement[] {
  const { reviews: words } = texts;
  const asked = thresholds.map(({ name, approve, deny, hasFilter }) =>
    el('li', {}, words.threshold(name, approve, deny) + (hasFilter ? words.filtered : '')),
  );
  const made = given.map(({ author, isAutomatic, verdict, reason, createdAt }) =>
    el(
      'li',
      {},
      el('strong', {}, isAutomatic ? words.automatic : author),
      ` ${words.verdicts[verdict]}, `,
      moment(createdAt),
      reason !== '' && written(reason),
    ),
  );
  return [
    el('h2', {}, words.title),
    ...(asked.length === 0 ? [] : [el('ul', { class: 'list quiet' }, asked)]),
    made.length === 0 ? el('p', { class: 'quiet' }, words.none) : el('ul', { class: 'list' }, made),
  ];
}

/** Who may decide, by name. */
export function approvers({
  groups,
  people,
  roles,
  permission,
  isCut,
}: IssuePageView['approvers']): HTMLElement[] {
  const { who } = texts;
  const names = [
    ...(groups.length === 0 ? [] : [who.groups(groups.join(', '))]),
    ...(roles.length === 0 ? [] : [who.roles(roles.join(', '))]),
    ...(permission ? [who.permission] : []),
    ...people,
    ...(isCut ? [who.more] : []),
  ];
  return [
    el('h2', {}, who.title),
    el('p', { class: 'quiet' }, names.length === 0 ? who.nobody : names.join('; ')),
  ];
}

/** A link out of the frame, which the platform opens in a tab of its own. */
export function teleportLink(url: string): HTMLElement {
  const link = el(
    'a',
    { href: url, target: '_blank', rel: 'noreferrer' },
    texts.teleport,
    el('span', { class: 'visually-hidden' }, ` ${texts.newTab}`),
  );
  link.addEventListener('click', (event) => {
    event.preventDefault();
    void router.open(url);
  });
  return link;
}
