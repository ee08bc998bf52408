import { readIdentity } from '../teleport/identity-file';
import { validityProblem } from '../teleport/identity';
import { readPemBlocks } from '../teleport/pem';
import { sentence } from '../teleport/problems';
import { isShowable, type ConfigProblem } from './problems';
import { readTextFile } from './text-file';
import { isTree, type Tree } from './yaml-file';

/** Longest path and longest name in it that Linux takes. */
const MAX_PATH = 4096;
const MAX_NAME = 255;

/**
 * Looks at the identity that the configuration names. What is wrong with it now may be right in a moment (tbot has not
 * written it yet, or is writing), so it is something to notice and to wait for; only a path that no file can have is wrong.
 */
export function checkIdentityFile(tree: Tree): { problems: ConfigProblem[]; notices: string[] } {
  const path = teleportText(tree, 'identity_file');
  if (path === undefined) return { problems: [], notices: [] };
  const key = 'teleport.identity_file';
  if (!isPossiblePath(path)) {
    const expected = 'path of an identity file, or of a directory that tbot writes to';
    return { problems: [{ key, found: 'a path that no file can have', expected }], notices: [] };
  }
  const result = readIdentity(path);
  const found = result.ok ? validityProblem(result.identity, Date.now()) : result.problem;
  if (found === undefined) return { problems: [], notices: [] };
  const where = isShowable(path) ? ` (${path})` : '';
  return { problems: [], notices: [`${key}${where}: ${sentence(found)}`] };
}

/** Looks at the file of web CAs, which must be there from the start. */
export async function checkWebCaFile(tree: Tree): Promise<ConfigProblem[]> {
  const path = teleportText(tree, 'web_ca_file');
  if (path === undefined) return [];
  const wrong = (found: string): ConfigProblem[] => [
    { key: 'teleport.web_ca_file', found, expected: 'a PEM file of CA certificates' },
  ];
  const where = isShowable(path) ? ` at ${path}` : '';
  const file = await readTextFile(path);
  if (!file.ok) return wrong(`${file.found}${where}`);
  const blocks = readPemBlocks(file.text) ?? [];
  return blocks.some((block) => block.label === 'CERTIFICATE')
    ? []
    : wrong(`a file${where} that holds no certificate`);
}

function teleportText(tree: Tree, name: string): string | undefined {
  const teleport = tree['teleport'];
  const value = isTree(teleport) ? teleport[name] : undefined;
  return typeof value === 'string' && value !== '' ? value : undefined;
}

function isPossiblePath(path: string): boolean {
  return (
    !path.includes('\0') &&
    Buffer.byteLength(path) < MAX_PATH &&
    path.split('/').every((name) => Buffer.byteLength(name) <= MAX_NAME)
  );
}
