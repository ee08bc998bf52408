import type { z } from 'zod';
import type { Pairing } from '../../../contract/pairing-token';
import { sayHow } from './choices';
import { checkIdentityFile, checkWebCaFile } from './teleport-files';
import { readEnvironment, type EnvironmentValue } from './environment';
import { findKey, nearestKey, SECTIONS } from './keys';
import { takePairing } from './pairing-secret';
import { describeFound, describeKey, type ConfigProblem } from './problems';
import { relayConfig, SUPPORTED_MODES, type RelayConfig } from './schema';
import { readTomlFile } from './toml-file';
import { isTree, readYamlFile, type Tree } from './yaml-file';

/** Stands in the checked configuration where the pairing token was, which is handed out decoded and apart. */
const TOKEN_TAKEN = '(taken)';

/** Where the configuration comes from. */
export interface ConfigInput {
  /** Path of the file, YAML or (`.toml`) one of the official plugin; without one the environment must say everything. */
  file?: string | undefined;
  env: Readonly<Record<string, string | undefined>>;
}

/** The checked configuration with the decoded pairing token, or everything that is wrong with it. */
export type ConfigResult =
  | { ok: true; config: RelayConfig; pairing: Pairing; notices: string[] }
  | { ok: false; problems: ConfigProblem[] };

/**
 * Reads the configuration: the file, then the environment over it, then secrets from their files. All problems are reported
 * together, none of them with a value that could be a secret.
 */
export async function loadConfig(input: ConfigInput): Promise<ConfigResult> {
  const isToml = input.file !== undefined && /\.toml$/i.test(input.file);
  const file = await readFileOf(input.file, isToml);
  const tree = file.ok ? file.tree : {};
  const environment = readEnvironment(input.env);
  // What a broken file would have said is unknown, so that nothing can be said to be missing.
  if (!file.ok) return { ok: false, problems: [...file.problems, ...environment.problems] };

  fillSections(tree);
  const secret = await takePairing(tree, input.env);
  const notices = [...file.notices, ...environment.notices, ...overlay(tree, environment.values)];
  if (isTree(tree['jira_app'])) tree['jira_app']['pairing_token'] = TOKEN_TAKEN;
  const checked = relayConfig.safeParse(tree);
  const identity = checkIdentityFile(tree);
  const webCa = await checkWebCaFile(tree);

  const names = new Map(environment.values.map(({ key, name }) => [key.path.join('.'), name]));
  const problems = [
    ...environment.problems,
    ...(checked.success ? [] : schemaProblems(checked.error.issues, tree, names)),
    ...identity.problems,
    ...webCa,
    ...(secret.ok ? [] : [secret.problem]),
  ];
  if (!checked.success || !secret.ok || problems.length > 0) {
    return { ok: false, problems: once(problems).map((problem) => (isToml ? sayHow(problem) : problem)) };
  }
  return {
    ok: true,
    config: checked.data,
    pairing: secret.pairing,
    notices: [...notices, ...identity.notices],
  };
}

async function readFileOf(
  file: string | undefined,
  isToml: boolean,
): Promise<{ ok: true; tree: Tree; notices: string[] } | { ok: false; problems: ConfigProblem[] }> {
  if (file === undefined) return { ok: true, tree: {}, notices: [] };
  if (isToml) return readTomlFile(file);
  const yaml = await readYamlFile(file);
  return yaml.ok ? { ...yaml, notices: [] } : yaml;
}

/** A section that is missing or empty counts as one without keys, so that each missing key is reported by its name. */
function fillSections(tree: Tree): void {
  for (const [section, nested] of SECTIONS) {
    if (section !== undefined && nested === undefined) tree[section] ??= {};
  }
}

/** Puts the environment over the file. @returns what the administrator should know of it. */
function overlay(tree: Tree, values: readonly EnvironmentValue[]): string[] {
  return values.flatMap(({ key, name, value }) => {
    const section = key.path.slice(0, -1).reduce<Tree | undefined>((parent, part) => {
      if (parent === undefined) return undefined;
      const child = (parent[part] ??= {});
      return isTree(child) ? child : undefined;
    }, tree);
    const last = key.path.at(-1);
    // A section that is no mapping is reported as such.
    if (section === undefined || last === undefined) return [];
    const isReplaced = section[last] !== undefined && JSON.stringify(section[last]) !== JSON.stringify(value);
    section[last] = value;
    return isReplaced ? [`${name} replaces ${key.path.join('.')} of the file`] : [];
  });
}

/** What is wrong with a tree of settings by themselves: files that they name are not looked at. One problem for each key. */
export function issuesOf(tree: Tree): ConfigProblem[] {
  fillSections(tree);
  const checked = relayConfig.safeParse(tree);
  return checked.success ? [] : once(schemaProblems(checked.error.issues, tree, new Map()));
}

function schemaProblems(
  issues: readonly z.core.$ZodIssue[],
  tree: Tree,
  names: ReadonlyMap<string, string>,
): ConfigProblem[] {
  const problems = issues.flatMap((issue) => issueProblems(issue, tree, names));
  // The check across keys is left out by the schema while another key of the section is wrong.
  const decisions = tree['decisions'];
  if (isTree(decisions) && decisions['approver_identity'] === undefined && decisions['mode'] !== 'observe') {
    if (SUPPORTED_MODES.some((mode) => mode === decisions['mode'])) {
      problems.push(approverMissing(names));
    }
  }
  return problems;
}

function approverMissing(names: ReadonlyMap<string, string>): ConfigProblem {
  const key = 'decisions.approver_identity';
  return {
    key: names.get(key) ?? key,
    found: 'nothing',
    expected: 'trait, email or any: how to prove that nobody approves their own request',
  };
}

function issueProblems(
  issue: z.core.$ZodIssue,
  tree: Tree,
  names: ReadonlyMap<string, string>,
): ConfigProblem[] {
  const path = issue.path.map(String);
  if (issue.code === 'unrecognized_keys') {
    return issue.keys.map((key) => {
      const nearest = nearestKey([...path, key]);
      return {
        key: [...path, describeKey(key)].join('.'),
        found: 'an unknown key',
        expected: nearest === undefined ? 'a known key' : `a known key; did you mean ${nearest}?`,
      };
    });
  }
  const isItem = typeof issue.path.at(-1) === 'number';
  const keyPath = isItem ? path.slice(0, -1) : path;
  const known = findKey(keyPath);
  const name = names.get(keyPath.join('.')) ?? keyPath.join('.');
  return [
    {
      key: isItem ? `${name}, item ${Number(path.at(-1)) + 1}` : name,
      found: describeFound(valueAt(tree, issue.path)),
      expected: ownWords(issue) ?? known?.expected ?? 'a mapping of settings',
    },
  ];
}

/** What the schema says itself about what is right. */
function ownWords(issue: z.core.$ZodIssue): string | undefined {
  if (issue.code === 'custom') return issue.message;
  // Where the schema has no words of its own, the library's begin like this.
  if (issue.code === 'invalid_value' && !issue.message.startsWith('Invalid ')) return issue.message;
  if (issue.code !== 'invalid_format') return undefined;
  return issue.format === 'url' ? 'an http or https URL' : issue.message;
}

function valueAt(tree: unknown, path: readonly PropertyKey[]): unknown {
  return path.reduce<unknown>((value, part) => {
    if (Array.isArray(value)) return typeof part === 'number' ? value[part] : undefined;
    return isTree(value) ? value[String(part)] : undefined;
  }, tree);
}

/** One problem for each key: the first one says enough. */
function once(problems: readonly ConfigProblem[]): ConfigProblem[] {
  const seen = new Set<string>();
  return problems.filter(({ key }) => !seen.has(key) && seen.add(key));
}
