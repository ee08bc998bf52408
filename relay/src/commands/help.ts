const COMMANDS = ['start', 'check', 'health', 'configure', 'version', 'help'] as const;

/** A command of the relay. */
export type Command = (typeof COMMANDS)[number];

/** Whether a text is the name of a command. */
export function isCommand(text: string): text is Command {
  return COMMANDS.some((name) => name === text);
}

const SETTINGS = `      --address HOST:PORT          teleport.address
      --identity PATH              teleport.identity_file
      --pairing-token-file PATH    jira_app.pairing_token_file
      --mode MODE                  decisions.mode
      --approver-identity RULE     decisions.approver_identity`;

const CONFIG = `  -c, --config FILE                configuration: the relay's YAML, or teleport-jira.toml of Teleport's official plugin
  -d, --debug                      log everything
  -h, --help                       print this
${SETTINGS}

An option stands over the environment (RELAY_<SECTION>_<KEY>), and that over the file.`;

const GENERAL = `Carries Teleport access requests to Jira and decisions made in Jira back to Teleport.

Usage:
  relay start [-c FILE] [-d]            run until SIGTERM or SIGINT; SIGHUP reads decisions, ceiling and identity anew
  relay check [-c FILE] [-d] [--json]   look whether everything is in place; changes nothing
  relay health [-c FILE]                ask a running relay on this machine whether it works
  relay configure [-o FILE] [--force]   ask for what the relay must know, and write a configuration file
  relay version                         print the version

relay COMMAND --help tells more.

Exit codes:
  0  done, or stopped as asked
  1  something unexpected, stopped the hard way, or a check that failed
  2  bad configuration or command line: one line for each problem on standard error
`;

const HELP: Readonly<Record<Command, string>> = {
  help: GENERAL,
  version: `Usage: relay version

Prints the version.

Exit codes:
  0  always
`,
  start: `Usage: relay start [-c FILE] [-d] [SETTINGS]

Runs until SIGTERM or SIGINT; a second signal stops at once. SIGHUP reads the identity and the configuration anew and takes
over decisions and ceiling. The checks of "relay check" are run once and logged, but for those that call what changes requests.

Options:
${CONFIG}

Exit codes:
  0  stopped as asked
  1  something unexpected, or stopped the hard way
  2  bad configuration or command line: one line for each problem on standard error
`,
  check: `Usage: relay check [-c FILE] [-d] [--json] [SETTINGS]

Looks at the identity, the way to Teleport, certificates, clocks, each right that the relay needs, and the pairing with the app
in Jira. Prints one line a check: ok, warning, FAILED or unknown, what was seen, and what to do. Changes nothing.

Options:
${CONFIG}
      --json                       print the findings as JSON

Exit codes:
  0  nothing failed; there may be warnings
  1  a check failed, or something unexpected
  2  bad configuration or command line: one line for each problem on standard error
`,
  health: `Usage: relay health [-c FILE] [SETTINGS]

Asks the relay that runs on this machine with the same configuration whether it works (its /healthz). For containers, which have no
other program to ask with. Prints one line.

Options:
${CONFIG}

Exit codes:
  0  it works
  1  it does not, or nothing answers
  2  bad configuration or command line
`,
  configure: `Usage: relay configure [-o FILE] [--from FILE] [--force] [SETTINGS]

Writes a commented configuration file that only its owner may read. On a terminal it asks for what no option gives.

Options:
  -o, --output FILE                where to write it (relay.yaml)
      --from FILE                  take Teleport's address and identity from a teleport-jira.toml
      --force                      overwrite the file when it is there
  -h, --help                       print this
${SETTINGS}

Exit codes:
  0  written
  1  something unexpected
  2  something is missing or wrong, or the file is there already
  130  given up at a question; nothing was written
`,
};

/** What a command does, its options and exit codes. */
export function helpFor(command: Command): string {
  return HELP[command];
}
