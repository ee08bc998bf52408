import type { ActivityView, AdminError, ConnectionView, HealthCheck } from '../../../contract/admin';
import { element, empty, lozenge, time, type Tone } from './elements';

const STATES: Readonly<Record<ConnectionView['state'], readonly [Tone, string]>> = {
  proposed: ['waiting', 'Not confirmed'],
  confirmed: ['good', 'Confirmed'],
  mismatch: ['bad', 'Other cluster'],
  revoked: ['neutral', 'Revoked'],
};

/** A step of the set-up, and whether it is done. */
interface Step {
  isDone: boolean;
  text: string;
}

/** The steps from nothing to the first mirrored request, and which of them remain. */
export function setupView(connections: readonly ConnectionView[], checks: readonly HealthCheck[]): Node {
  const live = connections.filter(({ state }) => state !== 'revoked');
  const isGood = (code: string): boolean =>
    checks.some((check) => check.code === code) && checks.every((check) => check.code !== code || check.ok);
  const steps: Step[] = [
    { isDone: live.length > 0, text: 'Make a connection and give its pairing token to the relay.' },
    {
      isDone: live.some(({ relay }) => relay !== undefined),
      text: 'Start the relay, so that it reports here.',
    },
    {
      isDone: live.some(({ state }) => state === 'confirmed'),
      text: 'Compare the fingerprint of the cluster and confirm it.',
    },
    { isDone: isGood('settings'), text: 'Choose the project, its issue type and statuses.' },
    { isDone: isGood('approvers'), text: 'Choose who may approve.' },
  ];
  const remaining = steps.filter(({ isDone }) => !isDone).length;
  const summary =
    remaining === 0
      ? 'Everything is set up.'
      : `${remaining} of ${steps.length} steps ${remaining === 1 ? 'remains' : 'remain'}.`;
  const items = steps.map(({ isDone, text }) =>
    element('li', {}, lozenge(isDone ? 'good' : 'waiting', isDone ? 'Done' : 'To do'), ' ', text),
  );
  return element(
    'div',
    {},
    element('p', { id: 'setup-summary' }, summary),
    element('ol', { class: 'rows' }, ...items),
  );
}

/** The connections, live ones first. */
export function connectionsView(connections: readonly ConnectionView[]): Node {
  if (connections.length === 0)
    return empty('There is no connection yet. A connection joins one Teleport cluster to this site.');
  const inOrder = [...connections].sort(
    (a, b) => Number(a.state === 'revoked') - Number(b.state === 'revoked'),
  );
  return element('ul', { class: 'cards' }, ...inOrder.map(connectionView));
}

function connectionView({ name, state, cluster, proposal, relay }: ConnectionView): HTMLElement {
  const [tone, word] = STATES[state];
  const facts: [string, Node | string][] = [];
  const shown = cluster ?? proposal;
  if (shown !== undefined) {
    facts.push([cluster === undefined ? 'Proposed cluster' : 'Cluster', shown.name]);
    facts.push(['CA fingerprint', element('code', {}, shown.caFingerprint)]);
  }
  if (relay === undefined) facts.push(['Relay', 'has not reported yet']);
  else {
    facts.push(['Relay', `${relay.version}, ${relay.health}`]);
    facts.push(['Decisions', relay.decisionMode]);
    facts.push(['Last contact', time(relay.lastContact)]);
  }
  const terms = facts.flatMap(([term, fact]) => [element('dt', {}, term), element('dd', {}, fact)]);
  return element('li', {}, element('h3', {}, name, ' ', lozenge(tone, word)), element('dl', {}, ...terms));
}

/** The checks, failed ones first, with what to do. */
export function healthView(checks: readonly HealthCheck[]): Node {
  const inOrder = [...checks].sort((a, b) => Number(a.ok) - Number(b.ok));
  const items = inOrder.map(({ ok, text, fix }) => {
    const advice = !ok && fix !== undefined ? [element('p', { class: 'fix' }, fix)] : [];
    return element('li', {}, lozenge(ok ? 'good' : 'bad', ok ? 'OK' : 'Problem'), ' ', text, ...advice);
  });
  return element('ul', { class: 'rows' }, ...items);
}

/** What happened lately, newest first. */
export function activityView(entries: readonly ActivityView[]): Node {
  if (entries.length === 0) return empty('Nothing has happened yet.');
  const items = entries.map(({ at, text, issueKey, cluster }) => {
    const about = [issueKey, cluster].filter((part) => part !== undefined).join(' · ');
    return element('li', {}, time(at), ' ', element('span', {}, text), ' ', element('small', {}, about));
  });
  return element('ul', { class: 'rows activity' }, ...items);
}

/** Why something cannot be shown, and what to do. */
export function errorView(error: AdminError | undefined): Node {
  return element('p', { class: 'error', role: 'alert' }, errorText(error));
}

function errorText(error: AdminError | undefined): string {
  switch (error?.code) {
    case 'not_administrator':
      return 'Only administrators of Jira see this. Ask one of them, or sign in as one.';
    case 'conflict':
    case 'not_found':
    case 'jira_unavailable':
      return error.text;
    case 'bad_input':
    case undefined:
      return 'This could not be read. Refresh the page; if it stays so, see the log of the app.';
  }
}
