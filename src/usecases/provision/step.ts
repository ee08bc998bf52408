import type { Known, Receipt, SetUpInput } from '../../domain/provision/run';
import type { Deadline, JiraProblem } from '../ports';
import type { ProvisionServices } from './ports';

/** What a step works with. */
export interface StepContext {
  services: ProvisionServices;
  input: SetUpInput;
  /** What earlier steps, and this step in earlier passes, found or made. */
  known: Known;
  deadline: Deadline;
  /** Stores something before an effect that could otherwise not be recognised afterwards. */
  remember(known: Known): Promise<void>;
}

/** How a step ended. */
export type StepOutcome =
  | { kind: 'done'; receipt: Receipt; known: Known }
  /** Nothing wrong, but it cannot be finished now: try again after so many seconds. */
  | { kind: 'later'; seconds: number; text: string }
  /** An administrator has to do something first. `scopes` means that the app was not granted what set-up needs. */
  | { kind: 'failed'; reason: 'refused' | 'scopes'; text: string };

export type Step = (context: StepContext) => Promise<StepOutcome>;

/** Wait after another task of Jira changed workflows, in seconds; facts of how long it takes are not published. */
const RETRY_CONFLICT_SECONDS = 3;
const RETRY_UNCERTAIN_SECONDS = 5;

/** A step that is done. */
export function done(
  outcome: Receipt['outcome'],
  text: string,
  more: { path?: string; known?: Known } = {},
): StepOutcome {
  return {
    kind: 'done',
    receipt: { outcome, text, ...(more.path !== undefined && { path: more.path }) },
    known: more.known ?? {},
  };
}

export function failed(text: string): StepOutcome {
  return { kind: 'failed', reason: 'refused', text };
}

/** What a problem with Jira means for the step it met. */
export function stopped(problem: JiraProblem): StepOutcome {
  switch (problem.kind) {
    case 'rate_limited':
      return { kind: 'later', seconds: problem.retryAfterSeconds, text: problem.detail };
    case 'uncertain':
      return {
        kind: 'later',
        seconds: problem.retryAfterSeconds ?? RETRY_UNCERTAIN_SECONDS,
        text: problem.detail,
      };
    case 'not_found':
      return failed(problem.detail);
    case 'refused':
      if (problem.status === 409)
        return { kind: 'later', seconds: RETRY_CONFLICT_SECONDS, text: problem.detail };
      if (problem.status === 401) {
        const text =
          'The app was not granted the permissions that set-up needs. Follow the manual steps instead.';
        return { kind: 'failed', reason: 'scopes', text };
      }
      return failed(problem.detail);
  }
}

/** Steps come in an order in which this cannot happen; a stored run that was cut short is mended by another pass. */
export function missing(what: string): StepOutcome {
  return failed(`${what} is not known yet. Start the set-up again.`);
}
