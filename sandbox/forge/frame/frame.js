/* The page around an app's frame, which stands for Jira: answers the bridge, shows flags, chooses the theme. */
const { session, app, site } = document.body.dataset;
const frame = document.getElementById('app');
const themeSelect = document.getElementById('theme');
const flags = document.getElementById('flags');
const darkMode = window.matchMedia('(prefers-color-scheme: dark)');

const theme = () =>
  themeSelect.value === 'auto' ? (darkMode.matches ? 'dark' : 'light') : themeSelect.value;

function tell(message) {
  frame.contentWindow.postMessage(message, app);
}

function changeTheme() {
  document.documentElement.dataset.colorMode = theme();
  tell({ forge: 'theme', theme: theme() });
}

async function askPlatform(command, payload) {
  const answer = await fetch('/bridge', {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ session, command, payload }),
  });
  const { value, error } = await answer.json();
  if (error !== undefined) throw new Error(error);
  return value;
}

function closeFlag({ id }) {
  flags.querySelector(`[data-id="${CSS.escape(id)}"]`)?.remove();
  return true;
}

function showFlag(flag) {
  closeFlag(flag);
  const box = document.createElement('section');
  box.dataset.id = flag.id;
  box.className = `flag ${flag.appearance ?? flag.type ?? 'info'}`;
  const title = document.createElement('strong');
  title.textContent = flag.title ?? '';
  const text = document.createElement('p');
  text.textContent = flag.description ?? '';
  box.append(title, text);
  flag.actions.forEach((action, index) => {
    const button = document.createElement('button');
    button.textContent = action.text;
    button.addEventListener('click', () => tell({ forge: 'flag-action', flag: flag.id, action: index }));
    box.append(button);
  });
  const close = document.createElement('button');
  close.textContent = 'Close';
  close.addEventListener('click', () => box.remove());
  box.append(close);
  flags.append(box);
  if (flag.isAutoDismiss) setTimeout(() => box.remove(), 8000);
}

/** Paths are the site's; anything else opens in a window of its own. */
function navigate({ url, type }) {
  if (typeof url !== 'string') throw new Error('This platform navigates to addresses only.');
  const target = new URL(url, site);
  if (type === 'same-tab' && target.origin === new URL(site).origin) location.assign(target);
  else window.open(target, '_blank', 'noopener');
}

const commands = {
  invoke: async (payload) => {
    const body = await askPlatform('invoke', payload);
    return payload.metadata === undefined ? body : { body, metadata: {} };
  },
  getContext: async () => ({ ...(await askPlatform('getContext')), theme: { colorMode: theme() } }),
  showFlag,
  closeFlag,
  enableTheming: theme,
  navigate,
  reload: () => location.reload(),
  emitReadyEvent: () => {
    frame.dataset.ready = 'true';
  },
};

/** Inside an issue's page the frame is as high as what it shows, and the page around is told. */
function resize(height) {
  if (!document.body.classList.contains('embedded')) return;
  frame.style.height = `${height}px`;
  window.parent.postMessage({ forge: 'height', height }, site);
}

window.addEventListener('message', async ({ source, origin, data }) => {
  if (source !== frame.contentWindow || origin !== app) return;
  if (data.forge === 'height') resize(data.height);
  if (data.forge !== 'call') return;
  const { id, command, payload } = data;
  try {
    const handle = commands[command];
    if (handle === undefined) throw new Error(`This platform does not model the bridge command ${command}.`);
    tell({ forge: 'answer', id, value: await handle(payload) });
  } catch (error) {
    tell({ forge: 'answer', id, error: error.message });
  }
});
themeSelect.addEventListener('change', changeTheme);
darkMode.addEventListener('change', changeTheme);
document.documentElement.dataset.colorMode = theme();
