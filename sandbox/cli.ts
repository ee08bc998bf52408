import { parseArgs } from 'node:util';

/** Parts that can be started alone. */
export const PARTS = ['teleport', 'jira', 'forge'] as const;
export type Part = (typeof PARTS)[number];

/** What the command line asks for. */
export type Command =
  | { kind: 'help' }
  | { kind: 'bad'; text: string }
  | {
      kind: 'run';
      part: Part | 'all';
      /** One line of JSON instead of words for people. */
      json: boolean;
      portBase: number;
      /** The relay only collects decisions; none are pushed to it. */
      poll: boolean;
      /** Base address of a Jira simulator that runs elsewhere, for the Forge platform alone. */
      jira?: string;
    };

const DEFAULT_PORT_BASE = 4600;
const MAX_PORT_BASE = 65_520;

/** What `--help` prints. */
export const HELP = `Runs Teleport, Jira, the Forge app and the relay on this machine, without accounts.

  npm start                          everything, with pages to click on
  npm start -- --poll                the same; the relay collects decisions by itself, as one without an address does
  npm start -- --json                the same as the first; prints one line of JSON with all addresses when it is ready
  npm run sandbox -- teleport        a simulated Teleport cluster alone
  npm run sandbox -- jira            a simulated Jira site alone
  npm run sandbox -- forge           a simulated Forge platform with the app, on a Jira site of its own
  npm run sandbox -- forge --jira http://127.0.0.1:4601
                                     the same, on a Jira simulator that runs already

  --json             print one line of JSON when ready, nothing else on standard output
  --port-base N      first of the ports to use (${DEFAULT_PORT_BASE}); those that are taken are replaced by free ones
  --help             this text
`;

/** Reads the command line. */
export function readCommand(args: readonly string[]): Command {
  const parsed = parse(args);
  if (typeof parsed === 'string') return { kind: 'bad', text: parsed };
  const { values, positionals } = parsed;
  if (values.help === true) return { kind: 'help' };
  const [name = 'all', surplus] = positionals;
  const part = ['all', ...PARTS].find((known): known is Part | 'all' => known === name);
  if (part === undefined) return bad(`There is no part “${name}”; there are ${PARTS.join(', ')}.`);
  if (surplus !== undefined) return bad(`“${surplus}” is one argument too many.`);
  const portBase = Number(values['port-base'] ?? DEFAULT_PORT_BASE);
  if (!Number.isInteger(portBase) || portBase < 1 || portBase > MAX_PORT_BASE)
    return bad(`--port-base must be a port between 1 and ${MAX_PORT_BASE}.`);
  const { jira } = values;
  if (jira !== undefined && part !== 'forge') return bad('--jira goes with the part forge only.');
  if (jira !== undefined && !/^https?:$/.test(URL.canParse(jira) ? new URL(jira).protocol : ''))
    return bad('--jira must be an address such as http://127.0.0.1:4601.');
  const poll = values.poll === true;
  if (poll && part !== 'all') return bad('--poll goes with the whole only.');
  return {
    kind: 'run',
    part,
    json: values.json === true,
    portBase,
    poll,
    ...(jira !== undefined && { jira }),
  };
}

function parse(args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      allowPositionals: true,
      options: {
        json: { type: 'boolean' },
        help: { type: 'boolean', short: 'h' },
        poll: { type: 'boolean' },
        'port-base': { type: 'string' },
        jira: { type: 'string' },
      },
    });
  } catch (error) {
    // Not `instanceof`: Node's own errors come from another realm when a test runner isolates us.
    const hasMessage = typeof error === 'object' && error !== null && 'message' in error;
    const [line = ''] = (hasMessage ? String(error.message) : '').split('\n');
    return line === '' ? 'The arguments cannot be read.' : line;
  }
}

function bad(text: string): Command {
  return { kind: 'bad', text };
}
