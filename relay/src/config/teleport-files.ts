import { readIdentity, type IdentitySource } from '../teleport/identity-file';
import { validityProblem } from '../teleport/identity';
import { readPemBlocks } from '../teleport/pem';
import { sentence } from '../teleport/problems';
import { isShowable, type ConfigProblem } from './problems';
import type { RelayConfig } from './schema';
import { readTextFile } from './text-file';
import { isTree, type Tree } from './yaml-file';

/** Longest path and longest name in it that Linux takes. */
const MAX_PATH = 4096;
const MAX_NAME = 255;
const PARTS = ['client_key', 'client_crt', 'root_cas'] as const;
const EXPECTED = 'path of an identity file, or of a directory that tbot writes to';

/**
 * Looks at the identity that the configuration names. What is wrong with it now may be right in a moment (tbot has not
 * written it yet, or is writing), so it is something to notice and to wait for; only a path that no file can have is wrong.
 */
export function checkIdentityFile(tree: Tree): { problems: ConfigProblem[]; notices: string[] } {
  const key = 'teleport.identity_file';
  const wrong = (found: string, expected = EXPECTED) => ({
    problems: [{ key, found, expected }],
    notices: [],
  });
  if (isTree(tree['teleport']) && !isTextOrNothing(tree['teleport']['identity_file']))
    return { problems: [], notices: [] };
  const path = teleportText(tree, 'identity_file');
  const parts = PARTS.map((name) => teleportText(tree, name));
  const isInParts = parts.some((part) => part !== undefined);
  if (path === undefined && !isInParts) return wrong('nothing');
  if (path !== undefined && isInParts) return wrong(`it beside ${PARTS.join(', ')}`, 'one or the other');
  if (isInParts && parts.includes(undefined)) return wrong(`not all of ${PARTS.join(', ')}`);
  const paths = [path, ...parts].filter((part) => part !== undefined);
  if (!paths.every(isPossiblePath)) return wrong('a path that no file can have');
  const [clientKey = '', clientCertificate = '', rootCas = ''] = parts;
  const result = readIdentity(
    path ?? { key: clientKey, certificate: clientCertificate, authorities: rootCas },
  );
  const found = result.ok ? validityProblem(result.identity, Date.now()) : result.problem;
  if (found === undefined) return { problems: [], notices: [] };
  const where = path !== undefined && isShowable(path) ? ` (${path})` : '';
  return { problems: [], notices: [`${key}${where}: ${sentence(found)}`] };
}

/** Where the identity of a checked configuration is. */
export function identitySource(teleport: RelayConfig['teleport']): IdentitySource {
  const {
    identity_file: file = '',
    client_key: key,
    client_crt: certificate,
    root_cas: authorities,
  } = teleport;
  return key === undefined || certificate === undefined || authorities === undefined
    ? file
    : { key, certificate, authorities };
}

function isTextOrNothing(value: unknown): boolean {
  return value === undefined || value === null || typeof value === 'string';
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
