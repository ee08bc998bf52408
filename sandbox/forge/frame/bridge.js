/*
 * What Forge puts before an app's own scripts: `__bridge.callBridge`, which asks the page around the frame. Events and the actions
 * of flags hold functions, which cannot leave the frame, so they are kept here.
 */
{
  const host = document.currentScript.dataset.host;
  const pending = new Map();
  const listeners = new Map();
  const flagActions = new Map();
  let nextId = 1;
  let isThemed = false;

  const ask = (command, payload) =>
    new Promise((resolve, reject) => {
      const id = nextId++;
      pending.set(id, { resolve, reject });
      const sent = payload === undefined ? undefined : JSON.parse(JSON.stringify(payload));
      window.parent.postMessage({ forge: 'call', id, command, payload: sent }, host);
    });

  const applyTheme = (theme) => {
    if (!isThemed) return;
    document.documentElement.dataset.colorMode = theme;
    document.documentElement.dataset.theme =
      'light:light dark:dark spacing:spacing typography:typography shape:shape motion:motion';
  };

  const enableTheming = async () => {
    const theme = await ask('enableTheming');
    isThemed = true;
    const link = document.createElement('link');
    link.rel = 'stylesheet';
    link.href = '/__forge/tokens.css';
    document.head.append(link);
    applyTheme(theme);
  };

  const listen = (event, callback) => {
    const callbacks = listeners.get(event) ?? new Set();
    listeners.set(event, callbacks.add(callback));
    return { unsubscribe: () => callbacks.delete(callback) };
  };

  const emit = (event, payload) => {
    for (const callback of listeners.get(event) ?? []) callback(payload);
  };

  const showFlag = (flag) => {
    const actions = flag.actions ?? [];
    flagActions.set(
      flag.id,
      actions.map((action) => action.onClick),
    );
    return ask('showFlag', { ...flag, actions: actions.map(({ text }) => ({ text })) });
  };

  const local = {
    on: ({ event, callback }) => listen(event, callback),
    onPublic: ({ event, callback }) => listen(event, callback),
    emit: ({ event, payload }) => emit(event, payload),
    emitPublic: ({ event, payload }) => emit(event, payload),
    enableTheming,
    showFlag,
  };

  window.__bridge = {
    callBridge: async (command, payload) => {
      const handle = local[command];
      return handle === undefined ? ask(command, payload) : handle(payload);
    },
  };

  /* Modules on issues are as high as what they show. */
  let toldHeight = 0;
  const tellHeight = () => {
    const height = Math.ceil(document.body.getBoundingClientRect().height);
    if (height === toldHeight) return;
    toldHeight = height;
    window.parent.postMessage({ forge: 'height', height }, host);
  };
  document.addEventListener('DOMContentLoaded', () =>
    new window.ResizeObserver(tellHeight).observe(document.body),
  );

  window.addEventListener('message', ({ source, origin, data }) => {
    if (source !== window.parent || origin !== host) return;
    if (data.forge === 'theme') applyTheme(data.theme);
    if (data.forge === 'flag-action') flagActions.get(data.flag)?.[data.action]?.();
    if (data.forge !== 'answer') return;
    const waiting = pending.get(data.id);
    pending.delete(data.id);
    if (data.error === undefined) waiting?.resolve(data.value);
    else waiting?.reject(new Error(data.error));
  });
}
