import { z } from 'zod';
import { relayConfig } from './schema';

/** What a key takes. */
export interface KnownKey {
  path: readonly string[];
  kind: 'text' | 'number' | 'boolean' | 'list';
  /** What is right, in words. */
  expected: string;
}

/** Where a secret's file is named; not a key of the checked configuration. */
export const TOKEN_KEY = 'jira_app.pairing_token';
export const TOKEN_FILE_KEY = 'jira_app.pairing_token_file';

type Node = z.core.JSONSchema.BaseSchema;

const root: Node = z.toJSONSchema(relayConfig, { io: 'input' });

/** All keys of the configuration that hold a value. */
export const KNOWN_KEYS: readonly KnownKey[] = leaves(root, []);

/** Paths of the sections, outer ones first. */
export const SECTIONS: readonly (readonly string[])[] = sections(root, []);

/** Name of the environment variable for a key: `RELAY_<SECTION>_<KEY>`. */
export function environmentName(path: readonly string[]): string {
  return `RELAY_${path.join('_').toUpperCase()}`;
}

/** The known key at a path. */
export function findKey(path: readonly PropertyKey[]): KnownKey | undefined {
  const dotted = path.map(String).join('.');
  return KNOWN_KEYS.find((key) => key.path.join('.') === dotted);
}

/** The known key that a mistyped or misplaced one most likely means. */
export function nearestKey(path: readonly string[]): string | undefined {
  const name = path.at(-1) ?? '';
  const section = path.slice(0, -1).join('.');
  const candidates = [...KNOWN_KEYS.map((key) => key.path), ...SECTIONS, TOKEN_FILE_KEY.split('.')];
  const scored = candidates.map((candidate) => {
    const isSibling = candidate.slice(0, -1).join('.') === section;
    const apart = distance(name.toLowerCase(), candidate.at(-1) ?? '');
    return { candidate, score: apart + (isSibling ? 0 : 0.5) };
  });
  scored.sort((a, b) => a.score - b.score);
  const [best] = scored;
  const isNear = best !== undefined && best.score <= Math.max(1, Math.min(3, name.length / 3));
  return isNear ? best.candidate.join('.') : undefined;
}

/** The name that a mistyped environment variable most likely means. */
export function nearestEnvironmentName(name: string): string | undefined {
  const candidates = [
    ...KNOWN_KEYS.map((key) => environmentName(key.path)),
    environmentName(TOKEN_FILE_KEY.split('.')),
  ];
  const scored = candidates.map((candidate) => ({ candidate, score: distance(name, candidate) }));
  scored.sort((a, b) => a.score - b.score);
  const [best] = scored;
  return best !== undefined && best.score <= 4 ? best.candidate : undefined;
}

function children(node: Node): [string, Node][] {
  return Object.entries(node.properties ?? {}).flatMap(([name, child]): [string, Node][] =>
    typeof child === 'object' ? [[name, child]] : [],
  );
}

function leaves(node: Node, path: readonly string[]): KnownKey[] {
  return children(node).flatMap(([name, child]) => {
    const here = [...path, name];
    return child.type === 'object' ? leaves(child, here) : [leaf(child, here)];
  });
}

function sections(node: Node, path: readonly string[]): (readonly string[])[] {
  return children(node).flatMap(([name, child]) => {
    const here = [...path, name];
    return child.type === 'object' ? [here, ...sections(child, here)] : [];
  });
}

function leaf(node: Node, path: readonly string[]): KnownKey {
  switch (node.type) {
    case 'boolean':
      return { path, kind: 'boolean', expected: 'true or false' };
    case 'number':
    case 'integer':
      return { path, kind: 'number', expected: describeNumber(node) };
    case 'array':
      return { path, kind: 'list', expected: describeList(node) };
    default:
      return { path, kind: 'text', expected: describeChoice(node) ?? 'a text' };
  }
}

function describeNumber(node: Node): string {
  const low = node.exclusiveMinimum ?? node.minimum;
  const bound = node.exclusiveMinimum === undefined ? `of at least ${low ?? 0}` : `above ${low ?? 0}`;
  return `a ${node.type === 'integer' ? 'whole ' : ''}number ${bound}, at most ${node.maximum ?? 'any'}`;
}

function describeList(node: Node): string {
  const items = Array.isArray(node.items) ? undefined : node.items;
  const choice = typeof items === 'object' ? describeChoice(items) : undefined;
  return choice === undefined ? 'a list of names' : `a list; each ${choice}`;
}

function describeChoice(node: Node): string | undefined {
  return node.enum && `one of ${node.enum.map(String).join(', ')}`;
}

/** Edit distance: letters to insert, remove or replace. */
function distance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (const [i, letter] of Array.from(a).entries()) {
    const next = [i + 1];
    for (let j = 1; j <= b.length; j += 1) {
      const replace = (row[j - 1] ?? 0) + (letter === b[j - 1] ? 0 : 1);
      next.push(Math.min(replace, (row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1));
    }
    row = next;
  }
  return row.at(-1) ?? 0;
}
