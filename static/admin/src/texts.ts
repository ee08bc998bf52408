import { choosing } from './texts/choosing';
import { connecting } from './texts/connecting';
import { watching } from './texts/watching';

/*
 * The catalogue: all that the admin page says, here and in texts/. What the app answers (checks, failures, activity) comes from the app
 * and is shown as it is. A sentence with something in it is a function, since another language puts it elsewhere.
 */
export const texts = {
  ...connecting,
  ...choosing,
  ...watching,
  locale: 'en',
  app: {
    title: 'Teleport access requests',
    documentTitle: (page: string) => `${page} – Teleport access requests`,
  },
  nav: {
    label: 'Pages',
    menu: (page: string) => (page === '' ? 'Menu' : `Menu: ${page}`),
    pages: {
      start: 'Get started',
      overview: 'Overview',
      connections: 'Connections',
      projects: 'Projects and statuses',
      routing: 'Routing',
      people: 'Approvers and people',
      activity: 'Activity',
      health: 'Health',
    },
  },
  common: {
    loading: 'Loading…',
    refresh: 'Refresh',
    tryAgain: 'Try again',
    save: 'Save',
    cancel: 'Cancel',
    close: 'Close',
    remove: 'Remove',
    goOn: 'Go on',
    choose: 'Choose…',
    search: 'Type to search…',
    searchProject: 'Type a name or key…',
    nothingFound: 'Nothing found',
    any: 'Any',
    addText: (text: string) => `Add “${text}”`,
    typeAndEnter: 'Type and press Enter',
    newTab: '(opens in a new tab)',
    justNow: 'just now',
    unknownId: (id: string) => `${id} (unknown to Jira)`,
    inactive: (name: string) => `${name} (inactive)`,
    project: ({ key, name }: { key: string; name: string }) => `${name} (${key})`,
  },
  errors: {
    not_administrator: {
      title: 'This page is for administrators of Jira',
      text: 'Your account may not administer this site. Ask an administrator, or sign in as one.',
    },
    bad_input: { title: 'This cannot be saved yet' },
    conflict: { title: 'Something changed meanwhile' },
    not_found: { title: 'This is not there any more' },
    jira_unavailable: { title: 'Jira did not answer' },
    unreachable: {
      title: 'The app did not answer',
      text: 'Nothing was changed by this page. Try again; if it stays so, look at the log of the app.',
    },
  },
  terms: {
    cluster: 'Cluster',
    delivery: 'Delivery',
    teleport: 'Teleport',
    decisions: 'Decisions',
    ceiling: 'Ceiling',
    identity: 'Identity',
    lastContact: 'Last contact',
    queue: 'Requests',
    fingerprint: 'CA fingerprint',
    relay: 'Relay version',
    mirrored: 'Mirrors since',
    keys: 'Keys',
    issue: 'Issue',
    issueType: 'Issue type',
    project: 'Project',
    state: 'State',
    arrived: 'Arrived',
    request: 'Request',
    when: 'When',
    reason: 'Reason code',
    person: 'Person',
    mirror: 'Issue is',
    decision: 'Decision',
    notAfter: 'Runs out',
  },
} as const;
