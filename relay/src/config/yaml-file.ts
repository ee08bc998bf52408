import { parseDocument, type YAMLError } from 'yaml';
import { messageOf } from '../errors';
import type { ConfigProblem } from './problems';
import { readTextFile } from './text-file';

/** A mapping as it stands in a file, not checked yet. */
export type Tree = Record<string, unknown>;

const MAX_ALIASES = 20;
const EXPECTED = 'a YAML 1.2 mapping of settings';

/** Kinds of errors of the YAML parser. Its own texts may repeat a line of the file, so they are never used. */
const KINDS: Readonly<Record<string, string>> = {
  DUPLICATE_KEY: 'a key that stands twice',
  TAB_AS_INDENT: 'a tab as indentation',
  BAD_INDENT: 'wrong indentation',
  MISSING_CHAR: 'a missing quote, bracket, colon or comma',
  BLOCK_AS_IMPLICIT_KEY: 'a second colon in one line',
  MULTIPLE_DOCS: 'more than one document',
  TAG_RESOLVE_FAILED: 'a tag',
  NON_STRING_KEY: 'a key that is no text',
  BAD_ALIAS: 'a broken alias',
};

/** Reads a configuration file; broken YAML is told by line, column and kind only. */
export async function readYamlFile(
  path: string,
): Promise<{ ok: true; tree: Tree } | { ok: false; problems: ConfigProblem[] }> {
  const key = `configuration file ${path}`;
  const file = await readTextFile(path);
  if (!file.ok) return refuse([{ key, found: file.found, expected: 'a readable file' }]);
  const document = parseDocument(file.text, {
    version: '1.2',
    schema: 'core',
    strict: true,
    stringKeys: true,
    uniqueKeys: true,
    resolveKnownTags: false,
    prettyErrors: true,
    logLevel: 'error',
  });
  const faults = [...document.errors, ...document.warnings];
  if (faults.length > 0) {
    return refuse(faults.map((fault) => ({ key, found: describeFault(fault), expected: EXPECTED })));
  }
  try {
    const value: unknown = document.toJS({ maxAliasCount: MAX_ALIASES });
    if (isTree(value)) return { ok: true, tree: value };
    const found = Array.isArray(value) ? 'a list' : value === null ? 'nothing' : 'a single value';
    return refuse([{ key, found, expected: EXPECTED }]);
  } catch (error) {
    const found = /alias/i.test(messageOf(error))
      ? 'too many or broken aliases'
      : 'YAML that cannot be resolved';
    return refuse([{ key, found, expected: EXPECTED }]);
  }
}

function refuse(problems: ConfigProblem[]): { ok: false; problems: ConfigProblem[] } {
  return { ok: false, problems };
}

/** Whether a value is a mapping. */
export function isTree(value: unknown): value is Tree {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function describeFault({ code, linePos }: YAMLError): string {
  const where = linePos === undefined ? '' : ` at line ${linePos[0].line}, column ${linePos[0].col}`;
  return `${KINDS[code] ?? 'text that is no YAML'}${where}`;
}
