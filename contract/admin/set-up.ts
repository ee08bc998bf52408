import type { ProjectMapping } from './settings';

/** One step of setting up a project, with what became of it. */
export interface SetUpStep {
  key: string;
  /** What the step makes or checks, in plain words. */
  title: string;
  state: 'created' | 'found' | 'done' | 'skipped' | 'failed' | 'open';
  /** What was done, or why not, and what to do. */
  text: string;
  /** A page in Jira. */
  url?: string;
  /** It is there, but somebody changed it: an administrator should look at it. */
  needsAttention?: true;
  /** What to click in Jira, one after the other; for steps by hand. */
  instructions?: string[];
}

/** What setting up a project has come to. Called again, it goes on where it stopped. */
export interface SetUpReport {
  steps: SetUpStep[];
  /** True while steps remain that a further call can do. */
  isUnfinished: boolean;
  /** When a further call makes sense, in seconds; 0 for at once. */
  callAgainSeconds?: number;
  /** The app lacks the scopes for set-up: the steps by hand are the way. */
  needsManualSteps?: true;
  /** Set once the project can be used: ready to go into the settings. */
  project?: { id: string; key: string; url: string; mapping: ProjectMapping };
}
