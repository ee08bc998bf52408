import type { ServerResponse } from 'node:http';
import { join } from 'node:path';
import { sendFile } from './http';

const SHARED = join(__dirname, 'web');
const SHARED_ASSETS: readonly string[] = ['base.css', 'controls.css', 'dom.js'];

/** What the sandbox's own pages may load: nothing from elsewhere, no inline script or style. */
const PAGE_HEADERS = {
  'content-security-policy':
    "default-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'; object-src 'none'",
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
};

/** Answers with a page of the sandbox. `framed` is an origin whose pages it may show in a frame. */
export async function sendPage(
  response: ServerResponse,
  folder: string,
  name: string,
  framed?: string,
): Promise<void> {
  const policy = PAGE_HEADERS['content-security-policy'];
  await sendFile(response, join(folder, name), {
    ...PAGE_HEADERS,
    'content-security-policy': framed === undefined ? policy : `${policy}; frame-src ${framed}`,
  });
}

/** Answers with a script or style sheet: one that all pages share, or one of the page's own folder. */
export async function sendAsset(response: ServerResponse, folder: string, name: string): Promise<void> {
  if (!/^[a-z-]+\.(?:css|js|svg)$/.test(name)) {
    response.writeHead(404).end('not found');
    return;
  }
  await sendFile(response, join(SHARED_ASSETS.includes(name) ? SHARED : folder, name), PAGE_HEADERS);
}
