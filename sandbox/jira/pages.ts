import type { IncomingMessage, ServerResponse } from 'node:http';
import { join } from 'node:path';
import { sendAsset, sendPage } from '../pages';

const WEB = join(__dirname, 'web');

/**
 * Answers for the pages that people see: `/` and `/board`, `/browse/<issue key>`, and what they load from `/assets/`. The pages
 * work through the site's REST API with the chosen person's own credentials, and hear of changes from `/_sandbox/changes`.
 * @returns whether the path belongs to a page.
 */
export async function servePage(
  request: IncomingMessage,
  response: ServerResponse,
  path: string,
): Promise<boolean> {
  const isPage = path === '/' || path === '/board' || /^\/browse\/[^/]+$/.test(path);
  const isAsset = path.startsWith('/assets/');
  if (!isPage && !isAsset) return false;
  if (request.method !== 'GET' && request.method !== 'HEAD') response.writeHead(405, { allow: 'GET' }).end();
  else if (isAsset) await sendAsset(response, WEB, path.slice('/assets/'.length));
  else await sendPage(response, WEB, path.startsWith('/browse/') ? 'issue.html' : 'board.html');
  return true;
}
