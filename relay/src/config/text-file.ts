import { readFile, stat } from 'node:fs/promises';
import { codeOf } from '../errors';

const MAX_BYTES = 1_000_000;

/** Content of a text file, or what stands in its place, in words. */
export type TextFile = { ok: true; text: string } | { ok: false; found: string };

const WORDS: Readonly<Record<string, string>> = {
  ENOENT: 'no such file',
  ENOTDIR: 'no such file',
  EACCES: 'a file that may not be read',
  EPERM: 'a file that may not be read',
  ELOOP: 'links that lead in a circle',
  ENAMETOOLONG: 'a path that is too long',
};

/** Reads a small UTF-8 text file. The words for a failure repeat nothing of its content. */
export async function readTextFile(path: string): Promise<TextFile> {
  try {
    const info = await stat(path);
    if (info.isDirectory()) return { ok: false, found: 'a directory' };
    if (!info.isFile()) return { ok: false, found: 'something that is no file' };
    if (info.size > MAX_BYTES) return { ok: false, found: 'a file of more than 1 MB' };
    const text = new TextDecoder('utf-8', { fatal: true }).decode(await readFile(path));
    return text.trim() === '' ? { ok: false, found: 'an empty file' } : { ok: true, text };
  } catch (error) {
    if (codeOf(error) === 'ERR_ENCODING_INVALID_ENCODED_DATA') {
      return { ok: false, found: 'a file that is not UTF-8 text' };
    }
    return { ok: false, found: WORDS[codeOf(error) ?? ''] ?? 'a file that cannot be read' };
  }
}
