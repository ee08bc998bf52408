import { parse, TomlError } from 'smol-toml';
import { SECTIONS } from './keys';
import { describeFound, describeKey, type ConfigProblem } from './problems';
import { readTextFile } from './text-file';
import { isTree, type Tree } from './yaml-file';

/** Sections of the official plugin that the relay has no use for, and why. */
const DROPPED: Readonly<Record<string, string>> = {
  jira: 'issues are made by the app in Jira with its own rights; take the API token out of this file',
  http: 'decisions come over the pairing with the app, not from a webhook; remove the webhook in Jira',
};
/** Keys of `[teleport]` that say what the relay's own keys say. */
const TELEPORT_KEYS: Readonly<Record<string, string>> = {
  addr: 'address',
  auth_server: 'address',
  identity: 'identity_file',
};
const OWN_TELEPORT_KEYS = [
  ...['address', 'identity_file', 'web_ca_file', 'web_url'],
  ...['client_key', 'client_crt', 'root_cas'],
];
const NEEDLESS: Readonly<Record<string, string>> = {
  refresh_identity: 'a renewed identity is always taken',
  refresh_identity_interval: 'a renewed identity is always taken',
};
/** Severities of the official plugin. */
const LEVELS: Readonly<Record<string, string>> = {
  ...{ err: 'error', error: 'error', warn: 'warn', warning: 'warn', info: 'info' },
  ...{ debug: 'debug', trace: 'debug' },
};
/** What the official plugin takes when the file names no address. */
const DEFAULT_ADDRESS = 'localhost:3025';

/** What a TOML file says, in the relay's own keys, or why it cannot be read. */
export type TomlFile = { ok: true; tree: Tree; notices: string[] } | { ok: false; problems: ConfigProblem[] };

/**
 * Reads the configuration of Teleport's official Jira plugin (`teleport-jira.toml`), in which sections of the relay's own may
 * stand as well. Keys that no longer apply are named and not read; no line and no value of the file is ever repeated.
 */
export async function readTomlFile(path: string): Promise<TomlFile> {
  const key = `configuration file ${path}`;
  const file = await readTextFile(path);
  if (!file.ok) return { ok: false, problems: [{ key, found: file.found, expected: 'a readable file' }] };
  try {
    return translate(parse(file.text));
  } catch (error) {
    if (!(error instanceof TomlError)) throw error;
    // The parser's own text repeats lines of the file.
    const found = `text that is no TOML at line ${error.line}, column ${error.column}`;
    return {
      ok: false,
      problems: [{ key, found, expected: 'TOML 1.0, as teleport-jira configure writes it' }],
    };
  }
}

function translate(toml: Tree): TomlFile {
  const tree: Tree = {};
  const notices: string[] = [];
  const problems: ConfigProblem[] = [];
  for (const [section, value] of Object.entries(toml)) {
    const dropped = Object.hasOwn(DROPPED, section) ? DROPPED[section] : undefined;
    if (dropped !== undefined) notices.push(droppedNotice(section, value, dropped));
    else if (section === 'teleport' || section === 'log') {
      if (!isTree(value)) problems.push({ key: section, found: describeFound(value), expected: 'a table' });
      else if (section === 'log') tree[section] = logSection(value, notices);
      else tree[section] = teleportSection(value, notices, problems);
    } else if (SECTIONS.some((known) => known.join('.') === section)) tree[section] = value;
    else notices.push(`[${describeKey(section)}] is no section that the relay knows and was not read`);
  }
  if (problems.length > 0) return { ok: false, problems };
  const teleport = isTree(tree['teleport']) ? tree['teleport'] : {};
  if (teleport['address'] === undefined) {
    notices.push(
      `teleport.addr is not in the file: ${DEFAULT_ADDRESS} is taken, as the official plugin does`,
    );
  }
  tree['teleport'] = { address: DEFAULT_ADDRESS, ...teleport };
  return { ok: true, tree, notices };
}

function droppedNotice(section: string, value: unknown, reason: string): string {
  const keys = isTree(value) ? Object.keys(value).map(describeKey).join(', ') : '';
  return `[${section}] no longer applies and was not read${keys === '' ? '' : ` (${keys})`}: ${reason}`;
}

function teleportSection(section: Tree, notices: string[], problems: ConfigProblem[]): Tree {
  const teleport: Tree = {};
  for (const [name, value] of Object.entries(section)) {
    const own = Object.hasOwn(TELEPORT_KEYS, name) ? TELEPORT_KEYS[name] : undefined;
    const key = own ?? (OWN_TELEPORT_KEYS.includes(name) ? name : undefined);
    if (key === undefined) notices.push(unused(`teleport.${describeKey(name)}`, NEEDLESS[name]));
    // The newer name comes first, wherever it stands in the file.
    else if (name !== 'auth_server' || section['addr'] === undefined) {
      if (teleport[key] !== undefined) {
        const expected = `one of ${name} and its other name`;
        problems.push({ key: `teleport.${name}`, found: 'the same setting under two names', expected });
      }
      teleport[key] = value;
    }
  }
  return teleport;
}

function logSection(section: Tree, notices: string[]): Tree {
  const log: Tree = {};
  for (const [name, value] of Object.entries(section)) {
    if (name === 'level') log['level'] = value;
    else if (name === 'severity') {
      const known = typeof value === 'string' ? LEVELS[value.toLowerCase()] : undefined;
      log['level'] = known ?? value;
    } else if (name === 'output')
      notices.push(unused('log.output', 'the log always goes to standard output'));
    else notices.push(unused(`log.${describeKey(name)}`, undefined));
  }
  return log;
}

function unused(key: string, reason: string | undefined): string {
  return reason === undefined
    ? `${key} is not known and was not read`
    : `${key} is not needed and was not read: ${reason}`;
}
