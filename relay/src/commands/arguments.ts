import { parseArgs } from 'node:util';
import { FLAGS, type Flag } from '../config/choices';
import { isCommand, type Command } from './help';

/** A command line that is understood. */
export interface CommandLine {
  command: Command;
  isHelp: boolean;
  isDebug: boolean;
  isJson: boolean;
  isForced: boolean;
  configFile: string | undefined;
  output: string | undefined;
  from: string | undefined;
  /** Settings of the configuration. */
  flags: Partial<Record<Flag, string>>;
}

/** Options of each command, beside `--help`. */
const OPTIONS: Readonly<Record<Command, readonly string[]>> = {
  start: ['config', 'debug', ...FLAGS],
  check: ['config', 'debug', 'json', ...FLAGS],
  health: ['config', 'debug', ...FLAGS],
  configure: ['output', 'force', 'from', ...FLAGS],
  version: [],
  help: [],
};

const TEXT = { type: 'string' } as const;
const SWITCH = { type: 'boolean', default: false } as const;

/** Reads the command line. The problem repeats no value of it. */
export function readArguments(
  args: readonly string[],
): { ok: true; line: CommandLine } | { ok: false; problem: string } {
  const parsed = parse(args);
  if (parsed === undefined) return { ok: false, problem: 'the options are not understood' };
  const { values, positionals } = parsed;
  const [name, ...rest] = positionals;
  const isHelp = values.help;
  const command = name ?? (isHelp ? 'help' : undefined);
  if (command === undefined) return { ok: false, problem: `a command is missing: ${KNOWN}` };
  if (!isCommand(command)) return { ok: false, problem: `unknown command; known are ${KNOWN}` };
  if (rest.length > 0) return { ok: false, problem: 'there are too many arguments' };
  const given = Object.entries(values).filter(([, value]) => value !== false);
  const stray = given.find(([option]) => option !== 'help' && !OPTIONS[command].includes(option));
  if (stray !== undefined && !isHelp)
    return { ok: false, problem: `--${stray[0]} is no option of relay ${command}` };
  const flags: CommandLine['flags'] = {};
  for (const flag of FLAGS) if (values[flag] !== undefined) flags[flag] = values[flag];
  return {
    ok: true,
    line: {
      command,
      isHelp,
      isDebug: values.debug,
      isJson: values.json,
      isForced: values.force,
      configFile: values.config,
      output: values.output,
      from: values.from,
      flags,
    },
  };
}

const KNOWN = 'start, check, health, configure and version';

function parse(args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      allowPositionals: true,
      options: {
        config: { ...TEXT, short: 'c' },
        debug: { ...SWITCH, short: 'd' },
        help: { ...SWITCH, short: 'h' },
        json: SWITCH,
        force: SWITCH,
        output: { ...TEXT, short: 'o' },
        from: TEXT,
        address: TEXT,
        identity: TEXT,
        'pairing-token-file': TEXT,
        mode: TEXT,
        'approver-identity': TEXT,
      },
    });
  } catch {
    return undefined;
  }
}
