import type { RoutingMatch, SetUpStep } from '../../../../contract/admin';
import { listed, named, plural } from './words';

const MATCHES = {
  roles: 'Roles',
  resourceKinds: 'Kinds of resources',
  resourceNames: 'Names of resources',
  requesters: 'Requesters (Teleport users)',
  clusters: 'Clusters',
} as const satisfies Record<keyof RoutingMatch, string>;

/** Optional fields that the app uses, by their id in Jira. */
const FIELDS = { labels: 'labels', duedate: 'the due date' } as const;

const CONDITIONS = {
  roles: 'role',
  resourceKinds: 'kind of resource',
  resourceNames: 'resource',
  requesters: 'requester',
  clusters: 'cluster',
} as const satisfies Record<keyof RoutingMatch, string>;

/** Projects, approvers, routing: what is saved as settings. */
export const choosing = {
  slots: {
    pending: { name: 'Pending', help: 'Waiting for a decision. New issues go to the first status.' },
    approved: { name: 'Approved', help: 'Moving a card here approves the request.' },
    denied: { name: 'Denied', help: 'Moving a card here denies the request.' },
    expired: { name: 'Expired', help: 'Ended without an answer. Moving a card here decides nothing.' },
  },
  projects: {
    title: 'Projects and statuses',
    lead: 'Where requests become issues, and what the statuses of these issues mean.',
    list: 'Projects in use',
    back: '← All projects',
    emptyTitle: 'No project is chosen yet',
    emptyText: 'Requests wait until there is one. Have one made, or use one that you have.',
    edit: 'Edit',
    gone: 'The project or its issue type is gone. Requests for it are parked. Choose another.',
    slots: (pending = '', approved = '', denied = '', expired = '') =>
      `Pending: ${pending} · Approved: ${approved} · Denied: ${denied} · Expired: ${expired}`,
    isDefault: 'Requests go here when no rule says otherwise.',
    add: 'Add a project',
    ways: {
      new: {
        title: 'Have one made',
        text: 'One button makes a project with statuses, workflow and board that fit.',
        button: 'Set up project',
      },
      existing: {
        title: 'Use one that you have',
        text: 'Its workflow stays as it is. You say what its statuses mean.',
        button: 'Choose project',
      },
      manual: {
        title: 'Make one by hand',
        text: 'Step by step in Jira, with live checks of what is done.',
        button: 'Show the steps',
      },
    },
  },
  existing: {
    title: 'Use a project that you have',
    lead: 'Nothing in it is changed but by the issues that requests become.',
    projectHelp: 'Projects for ideas (product discovery) cannot be used.',
    limits: 'What does not work in this kind of project',
    archived: 'This project is archived. Restore it first.',
    typeHelp: 'The type of the issues that requests become.',
    next: 'Map its statuses',
  },
  mapping: {
    title: (project: string, type: string) => `${project}: ${type}`,
    lead: 'Statuses that stand nowhere here are nobody’s decision.',
    suggested: 'Proposed from the names and categories of the statuses. Check it, then save.',
    openProject: 'Open the project',
    initial: (status: string) => `${status} (new issues begin here)`,
    missing: (slots: readonly string[]) => `Choose at least one status for ${listed(slots)}`,
    missingFields: (fields: readonly string[]) =>
      `The create screen lacks ${listed(fields.map((field) => named(FIELDS, field)))}. Issues are made without.`,
    resolutions: 'Resolutions',
    resolutionsLead: 'Set when an issue is moved, where the screen of the move has the field.',
    makeDefault: 'Requests go here when no rule says otherwise',
    saved: 'Statuses saved',
  },
  paths: {
    title: 'Ways between the statuses',
    lead: 'The app follows Teleport in one step, and puts back cards that may not be where they are.',
    caption: 'Whether the app gets from the status of a row to that of a column',
    from: 'From',
    to: (slot: string) => `to ${slot}`,
    reachable: { yes: '✓ yes', no: '✗ no', unknown: '? unknown' },
    warnings: 'Ways that are missing',
    allGood: 'The app can move cards wherever it needs to',
  },
  required: {
    title: 'Required fields',
    lead: 'Jira wants these in every new issue. Say what the app puts into them.',
    unfilled: (names: readonly string[]) => `Fill in ${listed(names)} before you save`,
    cannotFill: (names: readonly string[]) =>
      `The app cannot fill ${listed(names)}. Make ${plural(names.length, 'it', 'them')} optional in Jira, or choose another issue type.`,
  },
  setUp: {
    title: 'Set up a project',
    lead: 'Works as you, with your rights. What is there is used, what is missing is made, and nothing is deleted.',
    defaultName: 'Teleport access requests',
    defaultKey: 'TAR',
    name: 'Name of the project',
    key: 'Key',
    keyHelp:
      'Two to ten capital letters and digits. A project of this key that is there already is completed.',
    kind: 'Kind of board',
    kindHelp: 'A business project comes with every Jira plan.',
    kinds: { business: 'Business project', software: 'Software project (Kanban board)' },
    approvers: 'Approver groups',
    approversHelp: 'Their members may decide in Jira. Can be chosen later.',
    button: 'Set up project',
    again: 'Go on and repair',
    byHand: 'Do it by hand instead',
    running: 'Setting up…',
    receipts: 'What was done',
    openInJira: 'Open in Jira',
    states: {
      created: 'Made',
      found: 'Found',
      done: 'Done',
      skipped: 'Left out',
      failed: 'Failed',
      open: 'To do',
    } satisfies Record<SetUpStep['state'], string>,
    failed: (count: number) => `${count} ${plural(count, 'step', 'steps')} failed`,
    failedText: 'What was done stays. Follow the advice of the step and go on, or do it by hand.',
    needsAttention: 'Look at it',
    noScopes: 'This installation of the app may not set up projects by itself',
    saved: 'Requests go to this project now',
    ready: (key: string) => `Project ${key} is ready`,
  },
  manual: {
    title: 'Set up a project by hand',
    lead: 'Do these steps in Jira. The list follows by itself while this page is open.',
    projectHelp: 'Choose it as soon as it is there; what is done in it is then checked.',
    check: 'Check now',
    use: 'Use this project',
    prove: 'Try it with a test issue',
    proveHelp: 'The app makes an issue, moves it through the statuses and ends it. It stays, as a receipt.',
  },
  filters: {
    title: 'Ready filters',
    lead: 'Searches on what the app knows of each request. A saved one is yours, to share or subscribe to.',
    save: 'Save in Jira',
    saved: (name: string) => `Filter ${name} is saved`,
  },
  people: {
    title: 'Approvers and people',
    lead: 'Who may decide in Jira, and who is who in Teleport. The relay’s own rules hold above all of this.',
    projectFirst: 'Choose a project first',
    projectFirstText: 'Rules and approvers belong to requests that become issues, so they need a project.',
    toProjects: 'Choose a project',
    approvers: 'Approvers',
    approversLead: 'They decide requests for which no routing rule names others.',
    groups: 'Groups',
    groupsHelp: 'All active members may decide.',
    accounts: 'People',
    nobody: 'Nobody decides in Jira',
    nobodyText: 'With no approver, requests are shown in Jira and decided in Teleport alone.',
    links: 'Teleport users and Jira accounts',
    linksLead:
      'Makes linked people reporters of their requests, and keeps them from approving these in Jira.',
    noLinks: 'Nobody is linked yet',
    noLinksText: 'Issues then name the Teleport user in their text only.',
    isAccount: (name: string) => `is ${name} in Jira`,
    teleportUser: 'Teleport user',
    account: 'Jira account',
    addLink: 'Add link',
    decisions: 'Decisions',
    decisionsLead: 'How a decision made in Jira is taken.',
    strict: 'Strict mode: a moved card never decides, only the buttons on the issue do',
    email: 'Send the approver’s e-mail address to Teleport, where Jira shows it',
    approveWithin: 'An approval stays valid for (minutes)',
    approveWithinHelp: '1 to 60. Later, it must be given again.',
    denyWithin: 'A denial stays valid for (hours)',
    denyWithinHelp: '1 to 72.',
    saved: 'Saved',
  },
  routing: {
    title: 'Routing',
    lead: 'Which request becomes an issue where, and who decides it.',
    rules: 'Rules',
    rulesLead: 'Looked at from top to bottom; the first that fits counts.',
    add: 'Add rule',
    up: 'Up',
    down: 'Down',
    edit: 'Edit',
    delete: 'Delete',
    numbered: (number: number, name: string) => `${number}. ${name}`,
    catchAll: 'All other requests',
    catchAllText: 'Holds for every request that no rule fits. It cannot be deleted.',
    newRule: 'New rule',
    editRule: 'Edit rule',
    matchLead:
      'All that is filled in must fit; an empty line fits everything. * stands for any text, ? for one character.',
    name: 'Name',
    matches: MATCHES,
    when: (match: RoutingMatch) => {
      const conditions = Object.entries(CONDITIONS).flatMap(([key, word]) => {
        const patterns = match[key as keyof RoutingMatch];
        return patterns.length === 0 ? [] : [`${word} ${patterns.join(' or ')}`];
      });
      return conditions.length === 0 ? 'Fits every request' : `When ${listed(conditions)}`;
    },
    then: 'Then',
    place: 'Project and issue type',
    placeHelp: 'Those whose statuses are mapped.',
    watchers: 'Watchers',
    labels: 'Labels',
    labelsHelp: 'Beside the label teleport.',
    noLabels: 'None',
    dueDate: 'Set the due date to the day on which the request runs out',
    target: (
      project: string,
      deciders: readonly string[],
      labels: readonly string[],
      watchers: number,
      dueDate: boolean,
    ) =>
      [
        `→ ${project}`,
        deciders.length === 0 ? undefined : `decided by ${listed(deciders)}`,
        labels.length === 0 ? undefined : `labels ${labels.join(', ')}`,
        watchers === 0 ? undefined : `${watchers} ${plural(watchers, 'watcher', 'watchers')}`,
        dueDate ? 'with due date' : undefined,
      ]
        .filter((part) => part !== undefined)
        .join(' · '),
    deleteTitle: (name: string) => `Delete the rule ${name}?`,
    deleteText: 'Requests that it fits go where the next fitting rule says. Issues that are there stay.',
  },
  tester: {
    title: 'Which rule would it be?',
    lead: 'Describe a request; the app answers by the saved rules. Nothing is made.',
    user: 'Requester',
    roles: 'Roles',
    rolesPlaceholder: 'editor',
    resources: 'Resources',
    resourcesHelp: 'As kind/name, for example node/db-1.',
    resourcesPlaceholder: 'node/db-1',
    button: 'Test',
    hit: (rule: string) => `It hits the rule ${rule}`,
    catchAll: 'No rule fits: it goes where all other requests go',
    notMapped: 'The statuses of its project are not mapped, so it would be parked.',
    passedOver: (rule: string, list: string) => `${rule} does not fit: ${list}`,
  },
  conflict: {
    title: 'Somebody else saved first',
    text: (parts: readonly string[]) =>
      `Since you opened this page, ${listed(parts)} changed. Your change is still here: put it on top of theirs, or drop it and look at theirs.`,
    sameText:
      'Since you opened this page the settings were saved anew, with nothing different in them. You can save yours on top.',
    parts: {
      mappings: 'the mapped statuses',
      rules: 'the routing rules',
      catchAll: 'the place and approvers of all other requests',
      people: 'the linked people',
      decisions: 'how decisions are taken',
    },
    saveOnTop: 'Put mine on top',
    takeTheirs: 'Drop mine',
  },
} as const;
