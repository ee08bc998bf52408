import { Comments } from './comments';
import type { Credentials } from './credentials';
import { JiraEvents } from './events';
import type { JiraFaults } from './faults';
import { IssueOperations } from './issue-operations';
import { Journal } from './journal';
import { MoveOperations } from './move-operations';
import type { Account } from './model';
import { Permissions } from './permissions';
import { IssueRenderer } from './render-issue';
import { SearchIndex } from './search-index';
import type { JiraStore } from './store';
import { Transitions } from './transitions';
import { Workflows } from './workflow';

/** Everything a route works with. */
export interface SiteState {
  store: JiraStore;
  cloudId: string;
  baseUrl: string;
  credentials: Credentials;
  permissions: Permissions;
  workflows: Workflows;
  events: JiraEvents;
  issues: IssueOperations;
  moves: MoveOperations;
  transitions: Transitions;
  comments: Comments;
  journal: Journal;
  search: SearchIndex;
  /** The installed app as issues show it: where the platform serves its pages. */
  app: { pages?: string };
}

/** Where `self` links of answers to apps lead (Atlassian, API gateway). */
export function gatewayUrl(cloudId: string): string {
  return `https://api.atlassian.com/ex/jira/${cloudId}`;
}

/** Puts the parts of a site together around its store. */
export function createSiteState(input: {
  store: JiraStore;
  cloudId: string;
  baseUrl: string;
  credentials: Credentials;
  faults: JiraFaults;
  searchLagMs: number;
  seed: number;
}): SiteState {
  const { store, cloudId, baseUrl, credentials } = input;
  const permissions = new Permissions(store);
  // Events carry no e-mail addresses but those that are visible to everybody.
  const nobody: Account = {
    accountId: '',
    displayName: '',
    email: undefined,
    emailVisible: false,
    accountType: 'app',
    active: false,
    guest: false,
    groupIds: [],
  };
  const events = new JiraEvents(store, new IssueRenderer(store, permissions, gatewayUrl(cloudId), nobody));
  const journal = new Journal(store, events);
  const workflows = new Workflows(store, permissions);
  const comments = new Comments(store, permissions, journal);
  const transitions = new Transitions(store, permissions, workflows, journal, comments);
  const issues = new IssueOperations(store, permissions, journal, comments, transitions);
  return {
    store,
    cloudId,
    baseUrl,
    credentials,
    permissions,
    workflows,
    events,
    issues,
    moves: new MoveOperations(store, permissions, journal, issues),
    transitions,
    comments,
    journal,
    search: new SearchIndex(store, input.faults, input.searchLagMs, input.seed),
    app: {},
  };
}
