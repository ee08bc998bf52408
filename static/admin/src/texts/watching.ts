import { named, plural } from './words';

/** Activity, health, and words of the app. */
export const watching = {
  requestState: (state: string) =>
    named(
      {
        PENDING: 'Waiting for a decision',
        APPROVED: 'Approved',
        DENIED: 'Denied',
        EXPIRED: 'Expired',
        PROMOTED: 'Promoted to an access list',
      },
      state,
    ),
  phase: (phase: string) =>
    named(
      {
        creating: 'being made',
        linked: 'kept in step',
        parked: 'parked until somebody helps',
        detached: 'no longer kept in step',
      },
      phase,
    ),
  decisionMode: (mode: string) =>
    named(
      {
        observe: 'Only in Teleport; Jira shows them (observe)',
        'set-state': 'In Jira or Teleport; one approver decides (set-state)',
        'review-as-bot': 'Jira’s decision counts as one review by the relay (review-as-bot)',
        'review-as-user': 'Jira’s decision counts as a review by the approver (review-as-user)',
      },
      mode,
    ),
  activity: {
    title: 'Activity',
    lead: 'What is not in step and why, and all that happened lately.',
    log: 'Log',
    filter: 'Filter',
    text: 'Text',
    kindsLabel: 'Kind',
    from: 'From',
    to: 'Until',
    apply: 'Apply',
    kind: (kind: string) =>
      named(
        {
          connection: 'Connection',
          settings: 'Settings',
          decision: 'Decision',
          refusal: 'Refused decision',
          put_back: 'Card put back',
          failure: 'Failure',
          request_changed: 'Request changed',
          message_refused: 'Refused message',
          field_dropped: 'Field left out',
          set_up: 'Project set-up',
          retry: 'Retry',
        },
        kind,
      ),
    csv: 'Export CSV',
    json: 'Export JSON',
    exported: (count: number) => `${count} ${plural(count, 'entry', 'entries')} exported`,
    exportedCut: (count: number) => `The newest ${count} entries are exported; there are more`,
    noMatch: 'Nothing fits the filter',
    noMatchText: 'Take a condition out and apply it again.',
    emptyTitle: 'Nothing has happened yet',
    emptyText: 'Decisions, refusals, failures and changes of the settings will stand here.',
    more: 'Show older entries',
    details: 'Details',
    detailsTitle: 'What happened',
    verdict: 'Decided',
    verdicts: (verdict: string) => named({ approve: 'Approve', deny: 'Deny' }, verdict),
    account: 'Account',
    way: 'Way',
    ways: (source: string) => named({ panel: 'By button', card: 'By moving the card' }, source),
    outcome: 'Outcome in Teleport',
    decisionId: 'Decision',
    shown: 'Digest of what was shown',
    now: 'The request now',
    waiting: (verdict: string, person: string) =>
      `${named({ approve: 'Approval', deny: 'Denial' }, verdict)} by ${person} waits for the relay`,
  },
  failures: {
    title: 'Not in step',
    lead: 'These are tried again by themselves. Trying now helps after the cause is gone.',
    none: 'Every request and its issue are in step',
    since: 'since',
    next: 'next attempt',
    retry: 'Try now',
    retryAll: 'Try all now',
    mended: (count: number) => `${count} ${plural(count, 'request is', 'requests are')} in step again`,
    result: (result: string) =>
      named(
        {
          created: 'Its issue is made.',
          updated: 'It is in step again.',
          unchanged: 'It was in step already.',
          deferred: 'Jira asks to wait; it is tried again by itself.',
          failed: 'It failed again.',
        },
        result,
      ),
  },
  health: {
    title: 'Health',
    lead: 'Whether permissions and configuration are as they must be. Checked every day, and by you.',
    checkNow: 'Check now',
    checkedAt: 'Checked',
    emptyTitle: 'Nothing was checked yet',
    emptyText: 'Check now to see whether all is as it must be.',
    allGood: 'All is as it must be',
    failed: (count: number) => `${count} ${plural(count, 'problem', 'problems')}`,
    warnings: (count: number) => `${count} ${plural(count, 'warning', 'warnings')}`,
    good: (count: number) => `${count} in order`,
    ok: 'OK',
    warning: 'Warning',
    problem: 'Problem',
  },
} as const;
