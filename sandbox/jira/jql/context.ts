import type { Account } from '../model';
import type { JiraStore } from '../store';
import type { IndexedIssue } from './document';

/** Who asks and when. */
export interface JqlContext {
  store: JiraStore;
  viewer: Account;
  /** Unix milliseconds. */
  now: number;
}

/** Whether an issue is what a query looks for. */
export type Test = (issue: IndexedIssue) => boolean;
