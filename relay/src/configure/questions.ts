import { type APPROVER_IDENTITIES } from '../../../contract/decision';
import type { Flag } from '../config/choices';
import { type SUPPORTED_MODES } from '../config/schema';

/** What each decision mode means, in a line. */
export const MODE_WORDS: Readonly<Record<(typeof SUPPORTED_MODES)[number], string>> = {
  observe: 'requests are shown in Jira, and nothing is decided there',
  'set-state': 'a decision in Jira sets the state of the request; works in every edition of Teleport',
  'review-as-bot':
    "a decision in Jira is one review by the relay's user, counted by Teleport's thresholds (Enterprise)",
};

/** What each way of knowing the approver means, in a line. */
export const IDENTITY_WORDS: Readonly<Record<(typeof APPROVER_IDENTITIES)[number], string>> = {
  trait: 'a user trait in Teleport holds the Jira account id; who is unknown cannot decide (the strictest)',
  email:
    'the e-mail address in Jira is the user name in Teleport; needs addresses that are verified and shown',
  any: 'whoever may decide in Jira may; the relay cannot prove that they are not the requester',
};

/** Something to ask for. */
export interface Question {
  flag: Flag;
  text: string;
  /** The answers that there are, each with its meaning; absent for a free text. */
  choices?: Readonly<Record<string, string>>;
}

/** The questions, in their order. The last is left out where nothing is decided. */
export const QUESTIONS: readonly Question[] = [
  {
    flag: 'address',
    text: "Teleport's address as host:port: the cluster's proxy (443 or 3080) or the Auth Service (3025)",
  },
  { flag: 'identity', text: 'Path of the identity file, or of the directory that tbot writes to' },
  {
    flag: 'pairing-token-file',
    text: "Path of a file with the pairing token of the app's page (the token itself is never asked for)",
  },
  { flag: 'mode', text: 'What the relay does with decisions made in Jira', choices: MODE_WORDS },
  {
    flag: 'approver-identity',
    text: 'How the relay proves that nobody approves their own request',
    choices: IDENTITY_WORDS,
  },
];
