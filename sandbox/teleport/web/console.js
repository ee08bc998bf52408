import { attempt, avatar, call, el, fill, flag, fromNow, menu, time } from './dom.js';

const POLL_MS = 1_000;
const byId = (id) => document.getElementById(id);
const list = byId('list');
const cards = new Map();
let state;
let person = window.sessionStorage.getItem('person') ?? 'alice';

const TONES = { PENDING: 'pending', APPROVED: 'approved', PROMOTED: 'approved', DENIED: 'denied' };
const sentence = (word) => word.charAt(0) + word.slice(1).toLowerCase();

/** A request that nobody answered in time is still PENDING in Teleport until its sweeper comes. */
const shownState = (request) =>
  request.state === 'PENDING' && Date.parse(request.pendingUntil) <= state.now ? 'EXPIRED' : request.state;

const lozenge = (word) =>
  el('span', { class: `lozenge lozenge--${TONES[word] ?? 'expired'}` }, sentence(word));

async function refresh() {
  try {
    state = await call('/api/state');
    byId('connection').textContent = '';
  } catch (error) {
    byId('connection').textContent = error.message;
    return;
  }
  render();
}

async function poll() {
  await refresh();
  setTimeout(() => void poll(), POLL_MS);
}

function render() {
  byId('cluster').textContent = state.cluster;
  renderPeople();
  renderForm();
  renderRequests();
  renderAudit();
}

function renderPeople() {
  const names = state.users.map((user) => user.name);
  if (!names.includes(person)) person = names[0];
  fill(byId('person'), names, () => names.map((name) => el('option', { value: name }, name)));
  byId('person').value = person;
  fill(byId('person-avatar'), person, () => [avatar(person)]);
}

function renderForm() {
  const user = state.users.find(({ name }) => name === person);
  fill(byId('roles'), user.requestable, () =>
    user.requestable.map((role) =>
      el(
        'label',
        { class: 'choice' },
        el('input', { type: 'checkbox', name: 'role', value: role }),
        el('span', {}, role),
      ),
    ),
  );
  byId('resources-field').hidden = !user.canAskForResources;
  byId('no-roles').hidden = user.requestable.length > 0;
  byId('ask').querySelector('[type=submit]').disabled = user.requestable.length === 0;
}

function renderRequests() {
  byId('empty').hidden = state.requests.length > 0;
  const ids = new Set(state.requests.map(({ id }) => id));
  for (const [id, card] of cards) {
    if (ids.has(id)) continue;
    card.root.remove();
    cards.delete(id);
  }
  state.requests.forEach((request, index) => {
    const card = cards.get(request.id) ?? newCard(request.id);
    if (list.children[index] !== card.root) list.insertBefore(card.root, list.children[index] ?? null);
    renderCard(card, request);
  });
}

function newCard(id) {
  const head = el('div', { class: 'request__head' });
  const body = el('div', { class: 'request__body' });
  const reason = el('input', {
    class: 'input',
    placeholder: 'Why (optional)',
    'aria-label': 'Reason of the review',
    maxlength: '4000',
  });
  const actions = menu({
    label: 'More actions',
    heading: 'Past the reviews',
    items: () => [
      { title: 'Set approved', act: () => act(id, 'set-approve', reason.value) },
      { title: 'Set denied', act: () => act(id, 'set-deny', reason.value) },
      { title: 'Delete the request', tone: 'bad', act: () => act(id, 'delete', '') },
    ],
  });
  const review = (verdict) => async () => {
    if (await act(id, verdict, reason.value)) reason.value = '';
  };
  const button = (tone, title, verdict) =>
    el('button', { class: `button button--${tone}`, type: 'button', on: { click: review(verdict) } }, title);
  const form = el(
    'form',
    { class: 'review-form', on: { submit: (event) => event.preventDefault() } },
    reason,
    button('good', 'Approve', 'approve'),
    button('bad', 'Deny', 'deny'),
  );
  const root = el(
    'li',
    { class: 'panel request', 'data-request': id },
    el('div', { class: 'request__top' }, head, actions),
    body,
    form,
  );
  const card = { root, head, body, form };
  cards.set(id, card);
  return card;
}

const DONE = {
  approve: 'Your approval was counted',
  deny: 'Your denial was counted',
  'set-approve': 'The request was set to approved',
  'set-deny': 'The request was set to denied',
  delete: 'The request was deleted',
};

async function act(id, action, reason) {
  const done = await attempt('Teleport refused', () =>
    call('/api/actions', { method: 'POST', body: { as: person, id, action, reason } }),
  );
  if (done) flag('success', DONE[action]);
  await refresh();
  return done;
}

function renderCard({ root, head, body, form }, request) {
  const word = shownState(request);
  root.dataset.state = word;
  form.hidden = word !== 'PENDING';
  fill(head, [request, word], () => cardHead(request, word));
  const times = [request.created, request.pendingUntil].map((iso) => fromNow(iso, state.now));
  fill(body, [request, word, times], () => cardBody(request, word));
}

function cardHead(request, word) {
  return [
    avatar(request.user),
    el(
      'h3',
      { class: 'request__who' },
      el('strong', {}, request.user),
      ' asks for ',
      request.roles.map((role) => el('span', { class: 'tag' }, role)),
      request.resources.length > 0 ? ' on ' : '',
      request.resources.map((resource) => el('span', { class: 'tag mono' }, resource)),
    ),
    lozenge(word),
  ];
}

function cardBody(request, word) {
  const { reason, reviews, resolveReason } = request;
  const saysMore = resolveReason !== '' && !reviews.some((review) => review.reason === resolveReason);
  return [
    reason !== '' && el('p', { class: 'request__reason' }, reason),
    el(
      'dl',
      { class: 'facts' },
      fact('Asked', fromNow(request.created, state.now)),
      word === 'PENDING' && fact('Answer wanted', fromNow(request.pendingUntil, state.now)),
      fact(word === 'APPROVED' ? 'Access ends' : 'Access would end', time(request.accessUntil)),
      fact('Id', el('span', { class: 'mono' }, request.id.slice(0, 8))),
    ),
    ...request.thresholds.map((threshold) => progress(threshold, word)),
    reviews.length > 0 && el('ul', { class: 'reviews' }, reviews.map(review)),
    saysMore && el('p', { class: 'quiet' }, `Reason given: ${resolveReason}`),
  ].filter((part) => part !== false);
}

const fact = (name, value) => el('div', {}, el('dt', {}, name), el('dd', {}, value));

function progress(threshold, word) {
  const dots = Array.from({ length: threshold.approve }, (_, index) =>
    el('span', { class: `threshold__dot${index < threshold.approvals ? ' threshold__dot--full' : ''}` }),
  );
  const approvals = threshold.approve === 1 ? 'approval' : 'approvals';
  const only = /^equals\(reviewer\.name, "(.*)"\)$/.exec(threshold.filter)?.[1];
  const words = `${threshold.approvals} of ${threshold.approve} ${approvals}`;
  return el(
    'p',
    { class: 'threshold' },
    el('span', { class: 'threshold__dots', 'aria-hidden': 'true' }, dots),
    word === 'PENDING' ? `${words} so far` : words,
    threshold.denials > 0
      ? el('span', { class: 'quiet' }, `${threshold.denials} of ${threshold.deny} denied`)
      : undefined,
    only === undefined ? undefined : el('span', { class: 'quiet' }, `only ${only} counts`),
  );
}

const review = ({ author, verdict, reason }) =>
  el(
    'li',
    {},
    avatar(author),
    el('strong', {}, author),
    lozenge(verdict),
    reason === '' ? undefined : el('span', { class: 'quiet' }, reason),
  );

const AUDIT = {
  'access_request.create': 'asked for access',
  'access_request.update': 'set the state',
  'access_request.review': 'reviewed',
  'access_request.delete': 'deleted the request',
  'access_request.expire': 'removed what had expired',
};

function renderAudit() {
  fill(byId('audit'), state.auditTotal, () =>
    state.audit.map((event) =>
      el(
        'li',
        {},
        el('strong', {}, event.user),
        ` ${AUDIT[event.type]} `,
        event.state === undefined ? undefined : lozenge(event.state),
        el('div', { class: 'quiet mono' }, `${event.type} ${event.id.slice(0, 8)}`),
        event.delegator ? el('div', { class: 'quiet' }, `on behalf of ${event.delegator}`) : undefined,
        event.reason ? el('div', { class: 'quiet' }, event.reason) : undefined,
        ...Object.entries(event.annotations ?? {}).map(([key, values]) =>
          el('div', { class: 'quiet mono' }, `${key}: ${values.join(', ')}`),
        ),
      ),
    ),
  );
}

byId('person').addEventListener('change', (event) => {
  person = event.target.value;
  window.sessionStorage.setItem('person', person);
  render();
});

byId('ask').addEventListener('submit', (event) => {
  event.preventDefault();
  const form = event.target;
  const roles = [...form.querySelectorAll('[name=role]:checked')].map((box) => box.value);
  const resources = byId('resources-field').hidden ? [] : readResources(byId('resources').value);
  const hours = byId('hours').value;
  const body = {
    as: person,
    roles,
    reason: byId('reason').value,
    resources,
    ...(hours === '' ? {} : { hours: Number(hours) }),
  };
  void attempt('The request was not made', async () => {
    await call('/api/requests', { method: 'POST', body });
    form.reset();
    flag('success', 'Access requested', 'It is on its way to the Jira board.');
  }).then(refresh);
});

/** `node/db-1, app/grafana` as kinds and names. A part without a kind is taken for a node. */
function readResources(text) {
  return text
    .split(',')
    .map((part) => part.trim())
    .filter((part) => part !== '')
    .map((part) => {
      const [kind, ...name] = part.split('/');
      return name.length > 0 ? { kind, name: name.join('/') } : { kind: 'node', name: kind };
    });
}

void poll();
