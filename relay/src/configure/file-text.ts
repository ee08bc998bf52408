import type { Flag } from '../config/choices';
import { IDENTITY_WORDS, MODE_WORDS } from './questions';

/** The answers to the questions; `approver-identity` only where something is decided. */
export type Answers = Readonly<Partial<Record<Flag, string>>>;

/** The parts of an identity, where it does not stand in one file. */
export interface IdentityParts {
  client_key: string;
  client_crt: string;
  root_cas: string;
}

/** The configuration as commented YAML. */
export function fileText(answers: Answers, parts: IdentityParts | undefined): string {
  const approver = answers['approver-identity'];
  const identity =
    parts === undefined
      ? [`  identity_file: ${quoted(answers.identity)}`]
      : [
          `  client_key: ${quoted(parts.client_key)}`,
          `  client_crt: ${quoted(parts.client_crt)}`,
          `  root_cas: ${quoted(parts.root_cas)}`,
        ];
  return `${[
    '# Configuration of the relay. Every key can also come from the environment as RELAY_<SECTION>_<KEY>.',
    '# "relay check -c" with this file tells whether everything is in place.',
    '',
    'teleport:',
    "  # The cluster's proxy (443 or 3080) or the Auth Service (3025); the relay finds out which.",
    `  address: ${quoted(answers.address)}`,
    '  # An identity file (tctl auth sign, tbot) or a directory that tbot writes to. Renewals are taken by themselves.',
    ...identity,
    "  # web_ca_file: PEM file of CAs for the proxy's web certificate, when no public CA vouches for it",
    '',
    'jira_app:',
    "  # A file with the pairing token of the app's page. It is a secret: for the relay's user only (chmod 600).",
    `  pairing_token_file: ${quoted(answers['pairing-token-file'])}`,
    '',
    'decisions:',
    '  # What the relay does with decisions made in Jira:',
    ...choices(MODE_WORDS),
    `  mode: ${quoted(answers.mode)}`,
    '  # How it proves that nobody approves their own request:',
    ...choices(IDENTITY_WORDS),
    approver === undefined ? '  # approver_identity: trait' : `  approver_identity: ${quoted(approver)}`,
    '',
    '# Bounds on approvals that nothing in Jira can widen.',
    '# ceiling:',
    "#   roles_allow: ['*']",
    '#   roles_deny: []',
    '#   max_access_duration: 12h',
    '',
    '# http:',
    '#   health_address: 127.0.0.1:8090',
    '# log:',
    '#   level: info',
  ].join('\n')}\n`;
}

function choices(words: Readonly<Record<string, string>>): string[] {
  return Object.entries(words).map(([name, meaning]) => `  #   ${name}: ${meaning}`);
}

/** A text as YAML takes it whatever is in it: its double quotes are those of JSON. */
function quoted(text = ''): string {
  return JSON.stringify(text);
}
