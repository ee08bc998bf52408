import { makeInvoke, view } from '@forge/bridge';
import type { AdminFunctions, AdminResult } from '../../../contract/admin';
import { activityView, connectionsView, errorView, healthView, setupView } from './views';

/** The admin functions that only read. */
type Reading = {
  [Name in 'listConnections' | 'getHealth' | 'listActivity']: (
    payload: AdminFunctions[Name]['payload'],
  ) => AdminResult<AdminFunctions[Name]['value']>;
};

const invoke = makeInvoke<Reading>();
const status = find('status');
const refresh = find('refresh');

function find(id: string): HTMLElement {
  const found = document.getElementById(id);
  if (found === null) throw new Error(`The page has no element ${id}.`);
  return found;
}

function show(id: string, content: Node): void {
  const place = find(id);
  place.replaceChildren(content);
  place.setAttribute('aria-busy', 'false');
}

/** An answer of the app; a call that breaks off counts as one without a reason. */
async function answerOf<T>(
  call: Promise<AdminResult<T>>,
): Promise<AdminResult<T> | { ok: false; error: undefined }> {
  try {
    return await call;
  } catch {
    return { ok: false, error: undefined };
  }
}

async function load(): Promise<void> {
  refresh.setAttribute('disabled', '');
  status.textContent = 'Loading…';
  const [connections, health, activity] = await Promise.all([
    answerOf(invoke('listConnections', {})),
    answerOf(invoke('getHealth', {})),
    answerOf(invoke('listActivity', {})),
  ]);
  show(
    'connections',
    connections.ok ? connectionsView(connections.value.connections) : errorView(connections.error),
  );
  show('health', health.ok ? healthView(health.value.checks) : errorView(health.error));
  show('activity', activity.ok ? activityView(activity.value.entries) : errorView(activity.error));
  show(
    'setup',
    !connections.ok
      ? errorView(connections.error)
      : health.ok
        ? setupView(connections.value.connections, health.value.checks)
        : errorView(health.error),
  );
  const isWhole = connections.ok && health.ok && activity.ok;
  status.textContent = isWhole ? '' : 'Some parts of this page could not be read.';
  refresh.removeAttribute('disabled');
}

refresh.addEventListener('click', () => void load());
void view.theme.enable();
void load().then(() => view.emitReadyEvent());
