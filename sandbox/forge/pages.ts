import { randomUUID } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { join, normalize } from 'node:path';
import { z } from 'zod';
import { listenHttp, readBody, sendFile, sendJson } from '../http';
import type { JiraSite } from '../jira/site';
import { createPolicy } from './csp';
import { moduleIdOf } from './identity';
import { openIssue, type OpenedIssue } from './issue-modules';
import type { Manifest, PageModule } from './manifest';
import {
  invokeResolver,
  pageContext,
  ResolverCallError,
  type IssueContext,
  type ResolverParts,
} from './resolver';
import { tokenStyles } from './tokens';

const FRAME_DIR = join(__dirname, 'frame');
const OWN_PATH = '/__forge/';
const KEPT_SESSIONS = 500;
const KEPT_REPORTS = 200;
/** A request from a page with what the bridge wraps around it. */
const MAX_BRIDGE_BYTES = 1_000_000;

const bridgeCall = z.object({
  session: z.string(),
  command: z.enum(['invoke', 'getContext']),
  payload: z.looseObject({ functionKey: z.string().optional(), payload: z.unknown().optional() }).nullish(),
});
const cspReport = z.object({
  'csp-report': z.looseObject({ 'violated-directive': z.string(), 'blocked-uri': z.string().default('') }),
});

/** Parts that pages need. */
export interface PageParts {
  manifest: Manifest;
  resolver: ResolverParts;
  /** The folder that resource paths start from. */
  staticDir: string;
  site: JiraSite;
  /** Where the outer pages are, which stand for the site's. */
  platformUrl: () => string;
  /** Who opens a page when its address does not say. */
  viewer: string | undefined;
}

/** The app's pages: an outer page that stands for Jira's, and the app in a frame of another origin. */
export interface Pages {
  /** Answers requests for outer pages and the bridge. @returns whether the address was one of these. */
  handle(request: IncomingMessage, response: ServerResponse, url: URL): Promise<boolean>;
  /** What browsers reported that the policy forbade. */
  readonly violations: readonly string[];
  stop(): Promise<void>;
}

interface Session {
  page: PageModule;
  accountId: string;
  issue: IssueContext | undefined;
}

/** Starts the server of the app's resources, which has an origin of its own as on the platform. */
export async function startPages(parts: PageParts): Promise<Pages> {
  const sessions = new Map<string, Session>();
  const violations: string[] = [];
  const resources = await listenHttp((request, response) =>
    serveResource(parts, request, response, violations, resources.url),
  );

  function open(opened: Session): string {
    const session = randomUUID();
    sessions.set(session, opened);
    const oldest = sessions.keys().next();
    if (sessions.size > KEPT_SESSIONS && oldest.done !== true) sessions.delete(oldest.value);
    return session;
  }

  return {
    violations,
    async handle(request, response, url) {
      if (url.pathname.startsWith('/frame/')) {
        await sendFile(response, join(FRAME_DIR, normalize(url.pathname.slice('/frame'.length))));
        return true;
      }
      if (url.pathname === '/bridge' && request.method === 'POST') {
        await answerBridge(parts.resolver, sessions, request, response);
        return true;
      }
      const page = findPage(parts.manifest, url.pathname);
      if (page === undefined) return false;
      const accountId = url.searchParams.get('as') ?? parts.viewer;
      if (accountId === undefined) {
        sendHtml(response, 400, '<p>Say who opens the page: add <code>?as=</code> and an account id.</p>');
        return true;
      }
      const opened = await issueOf(parts, page, accountId, url);
      if (opened.kind === 'absent') {
        sendHtml(response, 404, `<p>${escapeHtml(opened.why)}</p>`);
        return true;
      }
      const session = open({ page, accountId, issue: opened.issue });
      const outer = { page, accountId, session, isEmbedded: url.searchParams.has('embedded') };
      sendHtml(response, 200, outerPage(outer, resources.url, parts.resolver.siteUrl));
      return true;
    },
    stop: () => resources.close(),
  };
}

/** Modules of issues show on an issue only, others on none. */
async function issueOf(
  { site, resolver }: PageParts,
  page: PageModule,
  accountId: string,
  url: URL,
): Promise<OpenedIssue | { kind: 'open'; issue: undefined }> {
  if (!page.type.startsWith('jira:issue')) return { kind: 'open', issue: undefined };
  const idOrKey = url.searchParams.get('issue');
  if (idOrKey === null) return { kind: 'absent', why: 'Say which issue: add ?issue= and its id or key.' };
  const moduleId = moduleIdOf(resolver.identity, page.key);
  return openIssue(site, { page, moduleId }, accountId, idOrKey);
}

/** `/admin` is the plain admin page; every page is at `/pages/<module key>`. */
function findPage(manifest: Manifest, path: string): PageModule | undefined {
  const { pages } = manifest.modules;
  if (path === '/admin') return pages.find(({ type }) => type === 'jira:adminPage');
  const [, key] = /^\/pages\/([\w-]+)$/.exec(path) ?? [];
  return pages.find((page) => page.key === key);
}

async function answerBridge(
  resolver: ResolverParts,
  sessions: ReadonlyMap<string, Session>,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const text = await readBody(request, MAX_BRIDGE_BYTES);
  if (text === undefined) {
    sendJson(response, 413, { error: 'A call from a page carries at most 500 KB.' });
    return;
  }
  const parsed = bridgeCall.safeParse(JSON.parse(text));
  const session = parsed.success ? sessions.get(parsed.data.session) : undefined;
  if (!parsed.success || session === undefined) {
    sendJson(response, 400, { error: 'Not a call of an open page; load it again.' });
    return;
  }
  const { page, accountId, issue } = session;
  const { command, payload } = parsed.data;
  if (command === 'getContext') {
    sendJson(response, 200, { value: pageContext(resolver, page, accountId, issue) });
    return;
  }
  try {
    const call = {
      moduleKey: page.key,
      accountId,
      functionKey: payload?.functionKey ?? '',
      payload: payload?.payload,
      issue,
    };
    sendJson(response, 200, { value: await invokeResolver(resolver, call) });
  } catch (error) {
    if (!(error instanceof ResolverCallError)) throw error;
    sendJson(response, error.status, { error: error.message });
  }
}

async function serveResource(
  { manifest, staticDir, site, platformUrl }: PageParts,
  request: IncomingMessage,
  response: ServerResponse,
  violations: string[],
  ownUrl: string,
): Promise<void> {
  const { pathname } = new URL(request.url ?? '/', ownUrl);
  if (pathname === `${OWN_PATH}csp-report`) {
    const report = cspReport.safeParse(JSON.parse((await readBody(request)) ?? '{}'));
    if (report.success) {
      const { 'violated-directive': directive, 'blocked-uri': blocked } = report.data['csp-report'];
      violations.push(`${directive} ${blocked}`);
      if (violations.length > KEPT_REPORTS) violations.shift();
    }
    response.writeHead(204).end();
    return;
  }
  if (pathname === `${OWN_PATH}tokens.css`) {
    response.writeHead(200, { 'content-type': 'text/css; charset=utf-8' }).end(tokenStyles());
    return;
  }
  if (pathname.startsWith(OWN_PATH)) {
    await sendFile(response, join(FRAME_DIR, normalize(`/${pathname.slice(OWN_PATH.length)}`)));
    return;
  }
  const [, key, ...rest] = decodeURIComponent(pathname).split('/');
  const resource = manifest.resources.find((each) => each.key === key);
  if (resource === undefined) {
    response.writeHead(404).end();
    return;
  }
  const policy = createPolicy(manifest, [platformUrl(), site.baseUrl], `${ownUrl}${OWN_PATH}csp-report`);
  response.setHeader('content-security-policy', policy);
  const file = normalize(`/${rest.join('/')}`);
  const path = join(staticDir, resource.path, file);
  if (file === '/' || file === '/index.html')
    await sendIndex(response, join(staticDir, resource.path, 'index.html'), platformUrl());
  else await sendFile(response, path);
}

/** The page itself, with the bridge as its first script. */
async function sendIndex(response: ServerResponse, path: string, hostUrl: string): Promise<void> {
  let html: string;
  try {
    html = await readFile(path, 'utf8');
  } catch {
    response.writeHead(404, { 'content-type': 'text/plain' }).end('The resource is not built.');
    return;
  }
  const script = `<script src="${OWN_PATH}bridge.js" data-host="${escapeHtml(hostUrl)}"></script>`;
  sendHtml(
    response,
    200,
    html.replace(/<head[^>]*>/i, (head) => head + script),
  );
}

function outerPage(
  outer: { page: PageModule; accountId: string; session: string; isEmbedded: boolean },
  resourcesUrl: string,
  siteUrl: string,
): string {
  const { page, accountId, session, isEmbedded } = outer;
  const title = escapeHtml(page.title ?? page.key);
  const data = Object.entries({ session, app: resourcesUrl, site: siteUrl })
    .map(([name, value]) => `data-${name}="${escapeHtml(value)}"`)
    .join(' ');
  // As the real frame: scripts, forms and pop-ups, but no navigation of the page around it.
  const sandbox = 'allow-scripts allow-same-origin allow-forms allow-popups allow-downloads allow-modals';
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${title} – Jira settings</title>
<link rel="stylesheet" href="/frame/frame.css">
<script type="module" src="/frame/frame.js"></script>
</head>
<body ${data}${isEmbedded ? ' class="embedded"' : ''}>
<header>
<p class="product">Jira settings <span>${title}</span></p>
<p class="viewer">Signed in as <code>${escapeHtml(accountId)}</code></p>
<label>Theme <select id="theme"><option value="auto">System</option><option value="light">Light</option><option value="dark">Dark</option></select></label>
</header>
<iframe id="app" title="${title}" sandbox="${sandbox}" src="${escapeHtml(`${resourcesUrl}/${page.resource}/index.html`)}"></iframe>
<div id="flags" role="status" aria-live="polite"></div>
</body>
</html>
`;
}

function sendHtml(response: ServerResponse, status: number, html: string): void {
  response
    .writeHead(status, { 'content-type': 'text/html; charset=utf-8', 'cache-control': 'no-store' })
    .end(html);
}

function escapeHtml(text: string): string {
  const named: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' };
  return text.replace(/[&<>"]/g, (character) => named[character] ?? character);
}
