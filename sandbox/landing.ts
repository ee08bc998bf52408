import { join } from 'node:path';
import { fetch } from 'undici';
import { z } from 'zod';
import { listenHttp, sendJson, type HttpListener } from './http';
import { sendAsset, sendPage } from './pages';
import type { Sandbox } from './start';

const WEB = join(__dirname, 'web');
const ANSWER_WITHIN_MS = 2_000;

/** Where a person finds what. */
export interface SandboxLinks {
  board: string;
  admin: string;
  console: string;
}

/** How a part is: works, works on it, or does not. */
interface PartState {
  key: 'teleport' | 'relay' | 'app' | 'jira';
  state: 'up' | 'busy' | 'down';
  text: string;
}

const relayStatus = z.object({
  state: z.string(),
  ready: z.boolean(),
  problems: z.array(z.string()),
  waiting: z.number(),
});

/** The page that a person sees first: what this is, where to click, and how each part is. */
export function startLanding(sandbox: Sandbox, links: SandboxLinks, port = 0): Promise<HttpListener> {
  return listenHttp(async (request, response) => {
    const path = new URL(request.url ?? '/', 'http://localhost').pathname;
    if (request.method !== 'GET') sendJson(response, 405, { message: 'GET only' });
    else if (path === '/') await sendPage(response, WEB, 'landing.html');
    else if (path.startsWith('/assets/')) await sendAsset(response, WEB, path.slice('/assets/'.length));
    else if (path === '/api/state')
      sendJson(response, 200, { links: withIssue(sandbox, links), parts: await partsOf(sandbox) });
    else sendJson(response, 404, { message: 'not found' });
  }, port);
}

function withIssue(
  sandbox: Sandbox,
  links: SandboxLinks,
): SandboxLinks & { issue?: { key: string; url: string } } {
  const { jira } = sandbox;
  const newest = [...jira.store.issues.values()]
    .filter((issue) => issue.projectId === jira.project.id)
    .reduce<{ key: string; created: number } | undefined>(
      (latest, issue) => (latest === undefined || issue.created >= latest.created ? issue : latest),
      undefined,
    );
  return newest === undefined
    ? links
    : { ...links, issue: { key: newest.key, url: `${jira.baseUrl}/browse/${newest.key}` } };
}

async function partsOf(sandbox: Sandbox): Promise<PartState[]> {
  return Promise.all([
    observe('teleport', () => teleportState(sandbox)),
    observe('relay', () => relayState(sandbox)),
    observe('app', () => appState(sandbox)),
    observe('jira', () => jiraState(sandbox)),
  ]);
}

type Observation = Omit<PartState, 'key'>;

async function observe(key: PartState['key'], look: () => Promise<Observation>): Promise<PartState> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<Observation>((resolve) => {
    timer = setTimeout(() => {
      resolve({ state: 'down', text: 'Does not answer.' });
    }, ANSWER_WITHIN_MS);
  });
  try {
    return { key, ...(await Promise.race([look(), late])) };
  } catch (error) {
    return { key, state: 'down', text: error instanceof Error ? error.message : 'Does not answer.' };
  } finally {
    clearTimeout(timer);
  }
}

async function teleportState({ teleport }: Sandbox): Promise<Observation> {
  const requests = await (await teleport.connectAs('admin')).list();
  return {
    state: 'up',
    text: `${teleport.clusterName}, ${counted(requests.length, 'access request')}`,
  };
}

async function relayState({ relay }: Sandbox): Promise<Observation> {
  if (relay.pid === undefined) return { state: 'down', text: 'The process has ended.' };
  const response = await fetch(`${relay.healthUrl}/status`);
  const { state, ready, problems, waiting } = relayStatus.parse(await response.json());
  const [problem] = problems;
  if (!ready) return { state: 'busy', text: problem ?? `Not ready yet (${state.replaceAll('_', ' ')}).` };
  return { state: 'up', text: waiting === 0 ? 'In step.' : `${counted(waiting, 'request')} on the way.` };
}

async function appState({ admin }: Sandbox): Promise<Observation> {
  const { connections } = await admin.call('listConnections', {});
  const confirmed = connections.find(({ state }) => state === 'confirmed');
  if (confirmed?.cluster !== undefined)
    return { state: 'up', text: `Connected to ${confirmed.cluster.name}.` };
  return { state: 'busy', text: 'No cluster is confirmed yet; see the admin page.' };
}

async function jiraState({ jira }: Sandbox): Promise<Observation> {
  const response = await fetch(`${jira.baseUrl}/_sandbox/site`);
  await response.text();
  if (!response.ok) return { state: 'down', text: `Answers ${response.status}.` };
  const issues = [...jira.store.issues.values()].filter((issue) => issue.projectId === jira.project.id);
  return { state: 'up', text: `Project ${jira.project.key}, ${counted(issues.length, 'issue')}` };
}

function counted(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`;
}
