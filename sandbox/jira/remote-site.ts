import { z } from 'zod';
import { appAuthorization } from './credentials';
import type { PropertyIndex } from './model';
import type { JiraEvent, JiraSite } from './site';

const described = z.object({ baseUrl: z.string(), cloudId: z.string() });
const installed = z.object({ accountId: z.string(), secret: z.string() });
const pinned = z.object({ modules: z.array(z.string()) });
const bytes = z.instanceof(Uint8Array);
const event = z.object({
  eventType: z.string(),
  actorAccountId: z.string().optional(),
  isCausedByApp: z.boolean(),
  trace: z.string().optional(),
  body: z.record(z.string(), z.unknown()),
});

/** Wait before a broken stream of events is opened again, in milliseconds. */
const RECONNECT_MS = 500;

/** A site of this sandbox that runs in another process. @throws Error when nothing answers there. */
export async function connectJiraSite(baseUrl: string): Promise<JiraSite> {
  const base = baseUrl.replace(/\/+$/, '');
  const site = described.parse(await readJson(await fetch(`${base}/_sandbox/site`)));
  let secret: string | undefined;
  return {
    baseUrl: base,
    cloudId: site.cloudId,
    async installApp(app) {
      const answer = installed.parse(await readJson(await postJson(`${base}/_sandbox/install`, app)));
      ({ secret } = answer);
      return answer.accountId;
    },
    authorize(principal) {
      if (secret === undefined) throw new Error('the app is not installed on the simulated site');
      return { authorization: appAuthorization(secret, principal) };
    },
    async isPanelPinned(moduleId, projectId) {
      const answer = await readJson(await fetch(`${base}/_sandbox/panels/${encodeURIComponent(projectId)}`));
      return pinned.parse(answer).modules.includes(moduleId);
    },
    onEvent(listener) {
      const stop = new AbortController();
      void follow(`${base}/_sandbox/events`, listener, stop.signal);
      return () => stop.abort();
    },
  };
}

/** Makes properties searchable on a site that runs in another process. */
export async function indexRemoteProperty(baseUrl: string, index: PropertyIndex): Promise<void> {
  await readJson(await postJson(`${baseUrl.replace(/\/+$/, '')}/_sandbox/index`, index));
}

function postJson(url: string, body: unknown): Promise<Response> {
  return fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });
}

async function readJson(response: Response): Promise<unknown> {
  if (!response.ok) throw new Error(`the simulated site answered ${response.status}`);
  return response.json();
}

/** Reads the stream of events until it is stopped; what happens while it is broken is lost, as events may be. */
async function follow(url: string, listener: (event: JiraEvent) => void, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    await readStream(url, listener, signal).catch((error: unknown) => {
      // A broken connection; everything else is a fault of the stream's contents or of the listener.
      if (!signal.aborted && !(error instanceof TypeError)) throw error;
    });
    await pause(RECONNECT_MS, signal);
  }
}

async function readStream(
  url: string,
  listener: (event: JiraEvent) => void,
  signal: AbortSignal,
): Promise<void> {
  const response = await fetch(url, { signal });
  if (response.body === null) return;
  const decoder = new TextDecoder();
  let pending = '';
  for await (const chunk of response.body) {
    pending += decoder.decode(bytes.parse(chunk), { stream: true });
    const blocks = pending.split('\n\n');
    pending = blocks.pop() ?? '';
    for (const block of blocks) {
      if (!block.startsWith('data: ')) continue;
      const { actorAccountId, trace, ...rest } = event.parse(JSON.parse(block.slice('data: '.length)));
      listener({ ...rest, actorAccountId, trace });
    }
  }
}

async function pause(millis: number, signal: AbortSignal): Promise<void> {
  await new Promise<void>((resolve) => {
    const timer = setTimeout(resolve, millis);
    signal.addEventListener(
      'abort',
      () => {
        clearTimeout(timer);
        resolve();
      },
      { once: true },
    );
  });
}
