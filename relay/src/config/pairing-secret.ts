import { decodePairingToken, type Pairing } from '../../../contract/pairing-token';
import { environmentName, TOKEN_FILE_KEY, TOKEN_KEY } from './keys';
import { describeFound, isShowable, type ConfigProblem } from './problems';
import { readTextFile } from './text-file';
import { isTree, type Tree } from './yaml-file';

const EXPECTED = "the pairing token of the app's admin page";
const SOURCES = [
  TOKEN_FILE_KEY,
  TOKEN_KEY,
  environmentName(TOKEN_FILE_KEY.split('.')),
  environmentName(TOKEN_KEY.split('.')),
] as const;

/**
 * Takes the pairing token out of the file's tree and the environment, where exactly one of its four sources may be set, and
 * decodes it. The tree keeps neither the token nor the name of its file.
 */
export async function takePairing(
  tree: Tree,
  env: Readonly<Record<string, string | undefined>>,
): Promise<{ ok: true; pairing: Pairing } | { ok: false; problem: ConfigProblem }> {
  const section = isTree(tree['jira_app']) ? tree['jira_app'] : {};
  const values: unknown[] = [
    section['pairing_token_file'],
    section['pairing_token'],
    env[SOURCES[2]],
    env[SOURCES[3]],
  ];
  delete section['pairing_token'];
  delete section['pairing_token_file'];
  const set = SOURCES.map((source, index) => ({
    source,
    value: values[index],
    isFile: index % 2 === 0,
  })).filter(({ value }) => value !== undefined && value !== null);
  const [only, ...others] = set;
  if (only === undefined) {
    return refuse(TOKEN_KEY, 'nothing', `${EXPECTED} from exactly one of ${SOURCES.join(', ')}`);
  }
  if (others.length > 0) {
    const names = set.map(({ source }) => source).join(' and ');
    return refuse(TOKEN_KEY, `more than one source: ${names}`, 'exactly one');
  }
  if (typeof only.value !== 'string' || only.value.trim() === '') {
    const found = typeof only.value === 'string' ? 'an empty text' : describeKind(only.value);
    return refuse(only.source, found, only.isFile ? 'the path of a file' : EXPECTED);
  }
  return only.isFile ? fromFile(only.source, only.value) : decode(only.source, only.value);
}

async function fromFile(source: string, path: string) {
  const file = await readTextFile(path);
  const where = isShowable(path) ? ` at ${path}` : '';
  return file.ok
    ? decode(source, file.text)
    : refuse(source, `${file.found}${where}`, `the path of a file with ${EXPECTED}`);
}

function decode(source: string, token: string) {
  const result = decodePairingToken(token);
  return result.ok
    ? { ok: true as const, pairing: result.pairing }
    : refuse(source, `a token that cannot be used (${result.reason})`, EXPECTED);
}

function refuse(key: string, found: string, expected: string): { ok: false; problem: ConfigProblem } {
  return { ok: false, problem: { key, found, expected } };
}

/** Never the value, not even of a number: it may be part of the secret. */
function describeKind(value: unknown): string {
  return typeof value === 'object' ? describeFound(value) : `a ${typeof value}`;
}
