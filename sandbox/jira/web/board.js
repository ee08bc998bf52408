import { attempt, avatar, call, CallError, el, fill, flag, menu } from './dom.js';
import { jira, onPersonChange, openSession, person, watchChanges } from './session.js';
import { moveTo, take, transitionsOf } from './transitions.js';

const FIELDS = ['summary', 'status', 'project', 'reporter', 'created', 'comment'];
const PROPERTY = 'teleport-access';
const PAGE_SIZE = 100;
/** Changes are told as they happen; the board looks again all the same, soon after loading and now and then. */
const LOOK_AGAIN_MS = 2_000;
const RELOAD_MS = 30_000;
/** How long after a person's own move a comment on the issue is shown as a notification. */
const NOTIFY_MS = 60_000;

const byId = (id) => document.getElementById(id);
const board = byId('board');
/** Issues by id. */
const issues = new Map();
/** Cards by issue id, each with its column and what it shows. */
const cards = new Map();
/** When the acting person last moved an issue, and how many comments it had then; by issue id. */
const moved = new Map();
let project;
let columns = [];

async function load() {
  await openSession();
  const { values } = await jira('project/search');
  const wanted = new URLSearchParams(location.search).get('project') ?? 'TAR';
  project = values.find(({ key }) => key === wanted) ?? values[0];
  showProject(values);
  const types = await jira(`project/${project.id}/statuses`);
  const statuses = new Map(types.flatMap((type) => type.statuses).map((status) => [status.id, status]));
  columns = [...statuses.values()].map(newColumn);
  board.replaceChildren(...columns.map(({ root }) => root));
  await loadIssues();
  watchChanges(follow);
  onPersonChange(() => void loadIssues());
  setTimeout(() => void loadIssues(), LOOK_AGAIN_MS);
  setInterval(() => void loadIssues(), RELOAD_MS);
}

function follow(change) {
  if (change === undefined) void loadIssues();
  else if (change.kind === 'deleted') forget(change.issueId);
  else if (change.projectId === project.id || issues.has(change.issueId)) void refresh(change.issueId);
}

function forget(issueId) {
  issues.delete(issueId);
  render();
}

function showProject(all) {
  byId('project-key').textContent = project.key;
  byId('project-name').textContent = project.name;
  document.title = `${project.name} · Jira sandbox`;
  byId('project-field').hidden = all.length < 2;
  byId('project').replaceChildren(...all.map(({ key, name }) => el('option', { value: key }, name)));
  byId('project').value = project.key;
  byId('project').addEventListener('change', () =>
    location.assign(`/board?project=${byId('project').value}`),
  );
}

async function loadIssues() {
  try {
    const [found, truth] = await Promise.all([search(), call('/_sandbox/board')]);
    // The index is behind: what the board already knows or the site truly holds is read one by one where it differs.
    const standing =
      truth.project.id === project.id ? truth.columns.flatMap(({ cards }) => cards.map(({ id }) => id)) : [];
    const ids = new Set([...found.keys(), ...issues.keys(), ...standing]);
    await Promise.all([...ids].map((id) => merge(id, found.get(id))));
    byId('trouble').textContent = '';
  } catch (error) {
    byId('trouble').textContent = error.message;
  }
  render();
}

/** The project's issues by id, as the search index has them. */
async function search() {
  const found = new Map();
  let nextPageToken;
  do {
    const page = await jira('search/jql', {
      method: 'POST',
      body: {
        jql: `project = ${project.key} ORDER BY created DESC`,
        fields: FIELDS,
        properties: [PROPERTY],
        maxResults: PAGE_SIZE,
        ...(nextPageToken === undefined ? {} : { nextPageToken }),
      },
    });
    for (const issue of page.issues) found.set(issue.id, issue);
    nextPageToken = page.nextPageToken;
  } while (nextPageToken !== undefined);
  return found;
}

async function merge(id, indexed) {
  const known = issues.get(id);
  if (known === undefined && indexed !== undefined) issues.set(id, indexed);
  else if (indexed === undefined || signature(indexed) !== signature(known)) await refresh(id);
}

const signature = (issue) => JSON.stringify([issue.fields, issue.properties]);

/** Reads one issue from the database, not from the index. */
async function refresh(issueId) {
  try {
    const issue = await jira(`issue/${issueId}?fields=${FIELDS.join(',')}&properties=${PROPERTY}`);
    if (issue.fields.project.id === project.id) issues.set(issue.id, issue);
    else issues.delete(issueId);
  } catch (error) {
    const isAbsent = error instanceof CallError && error.status === 404;
    if (isAbsent) issues.delete(issueId);
    else byId('trouble').textContent = error.message;
  }
  render();
  notify(issueId);
}

/** Jira notifies people of comments on what they touched; here a flag stands for that. */
function notify(issueId) {
  const move = moved.get(issueId);
  const issue = issues.get(issueId);
  if (move === undefined || issue === undefined) return;
  const fresh = issue.fields.comment.comments.slice(move.comments);
  if (Date.now() - move.at > NOTIFY_MS) moved.delete(issueId);
  for (const comment of fresh) {
    move.comments += 1;
    if (comment.author.accountId !== person().accountId)
      flag('info', `${comment.author.displayName} commented on ${issue.key}`, textOf(comment.body));
  }
}

function textOf(node) {
  if (node === null || typeof node !== 'object') return '';
  const words = (node.content ?? []).map(textOf).join(node.type === 'doc' ? ' ' : '');
  return node.type === 'text' ? node.text : words;
}

function newColumn(status) {
  const title = el('h2', { class: 'column__title', id: `column-${status.id}` }, status.name);
  const count = el('span', { class: 'column__count' });
  const list = el('ol', { class: 'column__cards' });
  const root = el(
    'section',
    { class: 'column', 'aria-labelledby': title.id, 'data-status': status.id },
    el(
      'div',
      { class: 'column__head' },
      el('span', {
        class: `column__mark column__mark--${status.statusCategory.key}`,
        'aria-hidden': 'true',
      }),
      title,
      count,
    ),
    list,
  );
  root.addEventListener('dragover', (event) => {
    event.preventDefault();
    event.dataTransfer.dropEffect = 'move';
    root.classList.add('column--target');
  });
  root.addEventListener('dragleave', (event) => {
    if (!root.contains(event.relatedTarget)) root.classList.remove('column--target');
  });
  root.addEventListener('drop', (event) => {
    event.preventDefault();
    root.classList.remove('column--target');
    void drop(event.dataTransfer.getData('text/plain'), status);
  });
  return { status, root, count, list };
}

async function drop(issueId, status) {
  const issue = issues.get(issueId);
  if (issue === undefined || issue.fields.status.id === status.id) return;
  await move(issue, status.name, () => moveTo(issueId, status.id, status.name));
}

/** Moves a card: shown where it is headed to until Jira has answered, then where Jira says it is. */
async function move(issue, statusName, act) {
  const card = cards.get(issue.id);
  card?.root.classList.add('card--moving');
  moved.set(issue.id, { at: Date.now(), comments: issue.fields.comment.comments.length });
  const done = await attempt(`${issue.key} stays where it is`, act);
  if (done) byId('announcer').textContent = `${issue.key} moved to ${statusName}`;
  card?.root.classList.remove('card--moving');
  await refresh(issue.id);
  if (done) cards.get(issue.id)?.link.focus();
}

function render() {
  for (const [id, card] of cards) {
    if (issues.has(id)) continue;
    card.root.remove();
    cards.delete(id);
  }
  const sorted = [...issues.values()].sort((a, b) => Number(b.id) - Number(a.id));
  for (const { status, list, count, root } of columns) {
    const inside = sorted.filter((issue) => issue.fields.status.id === status.id);
    count.textContent = String(inside.length);
    root.classList.toggle('column--empty', inside.length === 0);
    inside.forEach((issue, index) => {
      const card = cards.get(issue.id) ?? newCard(issue.id);
      if (list.children[index] !== card.root) list.insertBefore(card.root, list.children[index] ?? null);
      show(card, issue);
    });
  }
}

function newCard(id) {
  const link = el('a', { class: 'card__link', draggable: 'false' });
  const facts = el('div', { class: 'card__facts' });
  const foot = el('div', { class: 'card__foot' });
  const actions = menu({
    label: 'Move',
    heading: 'Move to',
    items: async () =>
      (await transitionsOf(id)).map((transition) => ({
        title: transition.to.name,
        act: () => void move(issues.get(id), transition.to.name, () => take(id, transition.id)),
      })),
  });
  const root = el(
    'li',
    { class: 'card panel', draggable: 'true', 'data-issue': id },
    el('div', { class: 'card__top' }, link, actions),
    facts,
    foot,
  );
  root.addEventListener('dragstart', (event) => {
    event.dataTransfer.setData('text/plain', id);
    event.dataTransfer.effectAllowed = 'move';
    root.classList.add('card--dragged');
  });
  root.addEventListener('dragend', () => root.classList.remove('card--dragged'));
  const card = { root, link, facts, foot, menuButton: actions.querySelector('button') };
  cards.set(id, card);
  return card;
}

function show({ root, link, facts, foot, menuButton }, issue) {
  const { summary, reporter, comment } = issue.fields;
  const property = issue.properties?.[PROPERTY];
  root.dataset.key = issue.key;
  link.textContent = summary;
  link.setAttribute('href', `/browse/${issue.key}`);
  menuButton.setAttribute('aria-label', `Move ${issue.key}`);
  fill(facts, property?.roles ?? null, () =>
    Array.isArray(property?.roles)
      ? property.roles.map((role) => el('span', { class: 'tag' }, String(role)))
      : [],
  );
  const comments = comment.total ?? comment.comments.length;
  fill(foot, [issue.key, reporter?.displayName, comments, property?.user], () =>
    [
      el('span', { class: 'card__key' }, issue.key),
      el('span', { class: 'card__space' }),
      comments > 0 &&
        el(
          'span',
          { class: 'quiet small', title: 'Comments' },
          `${comments} comment${comments === 1 ? '' : 's'}`,
        ),
      reporter && el('span', { title: `Reporter: ${reporter.displayName}` }, avatar(reporter.displayName)),
    ].filter((part) => part !== false && part !== undefined && part !== null),
  );
}

load().catch((error) => {
  byId('trouble').textContent = error.message;
});
