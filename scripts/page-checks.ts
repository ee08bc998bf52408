import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';

/** What all files of a page together may weigh, compressed; so no first load can be above it, whichever part is opened first. */
const MOST_BYTES = 260_000;
/** The page on issues is opened with each of them, so it is held to less. */
const MOST_BYTES_OF: ReadonlyMap<string, number> = new Map([['issue', 130_000]]);

/** Names of XML vocabularies look like addresses; nothing opens them. */
const VOCABULARIES = 'www.w3.org';

/**
 * Holds a built page to its bounds.
 * @returns its compressed size in bytes.
 * @throws Error when it is too heavy or names a host of somebody else's.
 */
export async function checkPage(folder: string, page = ''): Promise<number> {
  const most = MOST_BYTES_OF.get(page) ?? MOST_BYTES;
  const files = await readdir(folder, { recursive: true, withFileTypes: true });
  const texts = await Promise.all(
    files.filter((file) => file.isFile()).map((file) => readFile(join(file.parentPath, file.name), 'utf8')),
  );
  const foreign = [...new Set(texts.flatMap(foreignHosts))];
  if (foreign.length > 0)
    throw new Error(`The page in ${folder} names foreign hosts: ${foreign.join(', ')}.`);
  const size = texts.reduce((sum, text) => sum + gzipSync(text).length, 0);
  if (size > most) throw new Error(`The page in ${folder} is ${size} bytes compressed; ${most} are allowed.`);
  return size;
}

/** Hosts of the addresses in a text. */
function foreignHosts(text: string): string[] {
  return [...text.matchAll(/(?:https?|wss?):\/\/([a-z0-9-]+(?:\.[a-z0-9-]+)+)/gi)]
    .map(([, host = '']) => host.toLowerCase())
    .filter((host) => host !== VOCABULARIES);
}
