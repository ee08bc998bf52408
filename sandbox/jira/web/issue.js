import { attempt, avatar, CallError, el, fill, flag, menu, time } from './dom.js';
import { adfOf, renderAdf } from './adf.js';
import { act, jira, onPersonChange, openSession, person, watchChanges } from './session.js';
import { showModule } from './app-module.js';
import { take, transitionsOf } from './transitions.js';

const PROPERTY = 'teleport-access';
const CATEGORY_TONES = { new: 'pending', indeterminate: 'pending', done: 'approved' };

const byId = (id) => document.getElementById(id);
const key = decodeURIComponent(location.pathname.split('/').pop());
const part = (issueId, rest) => `issue/${issueId}/${rest}`;
let issue;

async function load() {
  await openSession();
  byId('issue-key').textContent = key;
  byId('more').append(menu({ label: 'More actions', items: () => moreActions() }));
  await refresh();
  watchChanges((change) => {
    if (change?.issueId === issue?.id && change?.kind === 'deleted') showTrouble('This issue was deleted.');
    else if (change === undefined || change.issueId === issue?.id) void refresh();
  });
  onPersonChange(() => void refresh());
}

async function refresh() {
  try {
    issue = await jira(`issue/${encodeURIComponent(key)}?properties=${PROPERTY}`);
    const [transitions, comments, histories, links] = await Promise.all([
      transitionsOf(issue.id),
      allOf('comments', part(issue.id, 'comment?maxResults=100')),
      allOf('values', part(issue.id, 'changelog?maxResults=100')),
      jira(part(issue.id, 'remotelink')),
    ]);
    showIssue(transitions, links);
    showComments(comments);
    showHistory(histories);
    byId('trouble').textContent = '';
    byId('content').hidden = false;
  } catch (error) {
    const isAbsent = error instanceof CallError && error.status === 404;
    showTrouble(isAbsent ? 'This issue does not exist, or this person may not see it.' : error.message);
  }
}

function showTrouble(text) {
  byId('trouble').textContent = text;
  byId('content').hidden = true;
}

/** All entries of a paged list. */
async function allOf(name, path) {
  const entries = [];
  for (;;) {
    const page = await jira(`${path}&startAt=${entries.length}`);
    entries.push(...page[name]);
    if (page[name].length === 0 || entries.length >= page.total) return entries;
  }
}

function showIssue(transitions, links) {
  const { summary, description, status, resolution, project } = issue.fields;
  document.title = `${issue.key} ${summary}`;
  byId('issue-key').textContent = issue.key;
  byId('to-board').setAttribute('href', `/board?project=${project.key}`);
  byId('summary').textContent = summary;
  fill(byId('description'), description, () =>
    description === null ? [el('p', { class: 'quiet' }, 'No description.')] : renderAdf(description),
  );
  fill(byId('status'), status, () => [
    el(
      'span',
      { class: `lozenge lozenge--${CATEGORY_TONES[status.statusCategory.key] ?? 'expired'}` },
      status.name,
    ),
  ]);
  byId('resolution').textContent = resolution === null ? '' : `Resolution: ${resolution.name}`;
  fill(byId('transitions'), [issue.id, transitions], () => transitionButtons(transitions));
  fill(byId('details'), issue.fields, () => details(issue.fields));
  byId('links-card').hidden = links.length === 0;
  fill(byId('links'), links, () => links.map(remoteLink));
  const property = issue.properties?.[PROPERTY];
  byId('property-card').hidden = property === undefined;
  byId('property').textContent = JSON.stringify(property, null, 2);
  void showModule(byId('app-card'), issue, person());
}

function transitionButtons(transitions) {
  if (transitions.length === 0)
    return [el('p', { class: 'quiet small' }, 'This person cannot move the issue.')];
  return transitions.map(({ id, name, to }) =>
    el(
      'button',
      {
        class: 'button',
        type: 'button',
        on: {
          click: () =>
            void attempt('Jira refused', async () => {
              await take(issue.id, id);
              flag('success', `${issue.key} moved to ${to.name}`);
            }).then(refresh),
        },
      },
      name,
    ),
  );
}

function details({ issuetype, priority, reporter, creator, assignee, labels, created, updated, duedate }) {
  const row = (name, value) => [el('dt', {}, name), el('dd', {}, value)];
  return [
    row('Type', issuetype.name),
    row('Reporter', someone(reporter)),
    row('Creator', someone(creator)),
    row('Assignee', someone(assignee)),
    priority ? row('Priority', priority.name) : [],
    labels.length > 0 ? row('Labels', labels.join(', ')) : [],
    duedate ? row('Due', duedate) : [],
    row('Created', time(created)),
    row('Updated', time(updated)),
  ].flat();
}

const someone = (user) =>
  user === null || user === undefined
    ? el('span', { class: 'quiet' }, 'Nobody')
    : el('span', { class: 'someone' }, avatar(user.displayName), user.displayName);

function remoteLink({ object }) {
  const isSafe = /^https?:/i.test(object.url);
  return el(
    'li',
    {},
    isSafe
      ? el('a', { href: object.url, rel: 'noreferrer noopener', target: '_blank' }, object.title)
      : object.title,
    object.summary ? el('div', { class: 'quiet small' }, object.summary) : undefined,
  );
}

function showComments(comments) {
  byId('no-comments').hidden = comments.length > 0;
  fill(byId('comments'), comments, () =>
    comments.map(({ id, author, body, created, updated, jsdPublic }) =>
      entry(author, created, [
        el('div', { class: 'prose', id: `comment-${id}` }, renderAdf(body)),
        el(
          'p',
          { class: 'quiet small' },
          [updated !== created && 'Edited', jsdPublic === false && 'Internal'].filter(Boolean).join(' · '),
        ),
      ]),
    ),
  );
}

function showHistory(histories) {
  const shown = [...histories].reverse();
  fill(byId('history'), shown, () =>
    shown.map(({ author, created, items }) => entry(author, created, items.map(change))),
  );
}

function entry(author, created, content) {
  return el(
    'li',
    { class: 'entry' },
    avatar(author?.displayName ?? '?'),
    el(
      'div',
      { class: 'entry__body' },
      el(
        'p',
        { class: 'entry__head' },
        el('strong', {}, author?.displayName ?? 'Somebody'),
        el('span', { class: 'quiet small' }, time(created)),
      ),
      content,
    ),
  );
}

function change(item) {
  const text = (name) =>
    Object.hasOwn(item, name) && item[name] !== null && item[name] !== '' ? item[name] : 'nothing';
  return el(
    'p',
    { class: 'change' },
    el('span', { class: 'quiet' }, `${item.field}: `),
    el('span', { class: 'change__from' }, text('fromString')),
    ' → ',
    el('span', {}, text('toString')),
  );
}

function moreActions() {
  return [
    { title: 'Edit the summary', act: () => editSummary(true) },
    { title: 'Clone', act: () => void attempt('Jira refused', clone) },
    { title: 'Delete …', tone: 'bad', act: () => byId('delete-dialog').showModal() },
  ];
}

function editSummary(isEditing) {
  byId('summary-form').hidden = !isEditing;
  byId('summary').hidden = isEditing;
  if (!isEditing) return;
  byId('summary-input').value = issue.fields.summary;
  byId('summary-input').focus();
}

/** REST v3 has no clone, so the site's own address stands for what Jira's page does. */
async function clone() {
  const created = await act(`/_sandbox/clone/${issue.id}`, { method: 'POST', body: {} });
  location.assign(`/browse/${created.key}`);
}

byId('summary-form').addEventListener('submit', (event) => {
  event.preventDefault();
  void attempt('Jira refused', async () => {
    await jira(`issue/${issue.id}`, {
      method: 'PUT',
      body: { fields: { summary: byId('summary-input').value } },
    });
    editSummary(false);
  }).then(refresh);
});
byId('summary-cancel').addEventListener('click', () => editSummary(false));

byId('comment-form').addEventListener('submit', (event) => {
  event.preventDefault();
  void attempt('Jira refused', async () => {
    await jira(part(issue.id, 'comment'), { method: 'POST', body: { body: adfOf(byId('comment').value) } });
    event.target.reset();
  }).then(refresh);
});

byId('delete-dialog').addEventListener('close', (event) => {
  if (event.target.returnValue !== 'delete') return;
  void attempt('Jira refused', async () => {
    await jira(`issue/${issue.id}`, { method: 'DELETE' });
    location.assign(byId('to-board').href);
  });
});

function showActivity(name) {
  byId('comments-part').hidden = name !== 'comments';
  byId('history').hidden = name !== 'history';
  byId('show-comments').setAttribute('aria-pressed', String(name === 'comments'));
  byId('show-history').setAttribute('aria-pressed', String(name === 'history'));
}
byId('show-comments').addEventListener('click', () => showActivity('comments'));
byId('show-history').addEventListener('click', () => showActivity('history'));

load().catch((error) => {
  byId('trouble').textContent = error.message;
});
