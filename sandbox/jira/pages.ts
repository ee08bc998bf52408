import type { IncomingMessage, ServerResponse } from 'node:http';
import { join } from 'node:path';
import { sendAsset, sendPage } from '../pages';

const WEB = join(__dirname, 'web');

/**
 * Answers for the pages that people see: `/` and `/board`, `/browse/<issue key>`, and what they load from `/assets/`. The pages
 * work through the site's REST API with the chosen person's own credentials, and hear of changes from `/_sandbox/changes`.
 * @param appPages where the platform serves the pages of the installed app, which issues show in a frame.
 * @returns whether the path belongs to a page.
 */
export async function servePage(
  request: IncomingMessage,
  response: ServerResponse,
  path: string,
  appPages: string | undefined,
): Promise<boolean> {
  const isPage = path === '/' || path === '/board' || /^\/browse\/[^/]+$/.test(path);
  const isAsset = path.startsWith('/assets/');
  if (!isPage && !isAsset) return false;
  if (request.method !== 'GET' && request.method !== 'HEAD') response.writeHead(405, { allow: 'GET' }).end();
  else if (isAsset) await sendAsset(response, WEB, path.slice('/assets/'.length));
  else if (path.startsWith('/browse/')) await sendPage(response, WEB, 'issue.html', appPages);
  else await sendPage(response, WEB, 'board.html');
  return true;
}
