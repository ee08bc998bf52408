import { environmentName, TOKEN_FILE_KEY, TOKEN_KEY } from './keys';
import type { ConfigProblem } from './problems';

/** Options of the command line that stand for a key of the configuration. */
export const FLAG_KEYS = {
  address: 'teleport.address',
  identity: 'teleport.identity_file',
  'pairing-token-file': TOKEN_FILE_KEY,
  mode: 'decisions.mode',
  'approver-identity': 'decisions.approver_identity',
} as const;

/** Name of such an option. */
export type Flag = keyof typeof FLAG_KEYS;

export const FLAGS = Object.keys(FLAG_KEYS).filter((name) => isFlag(name));

function isFlag(name: string): name is Flag {
  return Object.hasOwn(FLAG_KEYS, name);
}

type Environment = Readonly<Record<string, string | undefined>>;

/** The environment with options of the command line over it, as the variables that they stand for. */
export function withFlags(env: Environment, flags: Readonly<Partial<Record<Flag, string>>>): Environment {
  const given = FLAGS.flatMap((flag) =>
    flags[flag] === undefined ? [] : [[environmentName(FLAG_KEYS[flag].split('.')), flags[flag]] as const],
  );
  return { ...env, ...Object.fromEntries(given) };
}

/** Says of a choice that nobody has made where it can be made. Files of the official plugin have no place for some. */
export function sayHow(problem: ConfigProblem): ConfigProblem {
  if (problem.found !== 'nothing') return problem;
  const key = problem.key === TOKEN_KEY ? TOKEN_FILE_KEY : problem.key;
  const flag = FLAGS.find((name) => FLAG_KEYS[name] === key);
  if (flag === undefined) return problem;
  const how = `give it as ${environmentName(key.split('.'))} or --${flag}`;
  return { ...problem, expected: `${problem.expected}; ${how}` };
}
