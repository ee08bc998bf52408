import type { DecisionOutcome } from '../../../contract/decision';
import type { IssuePageError, PanelRefusal, RequestView, Verdict } from '../../../contract/issue-page';

/** What the page says; all of it stands here. */
export const texts = {
  title: 'Access request',
  loading: 'Loading…',
  again: 'Try again',
  states: {
    PENDING: 'Pending',
    EXPIRED: 'Expired',
    APPROVED: 'Approved',
    PROMOTED: 'Promoted',
    DENIED: 'Denied',
  } satisfies Record<RequestView['state'], string>,
  errors: {
    nothing_here: 'No Teleport access request belongs to this issue.',
    detached:
      'This issue was moved away from the project or type it was made in, so nothing can be decided here. Decide in Teleport.',
    bad_input: 'The app did not understand this page. Load it again.',
    unavailable: 'Jira did not answer the app. What you see here may be missing; nothing was decided.',
    unreachable: 'The app did not answer.',
  } satisfies Record<IssuePageError['code'] | 'unreachable', string>,
  edited:
    'Summary or description of this issue were edited. What stands here comes from Teleport and is what you decide on.',
  incomplete: 'Not everything that is asked for fits here. Read the whole request in Teleport.',
  longTerm: 'Long-term access, decided in Teleport only',
  facts: {
    requester: 'Requester',
    cluster: 'Cluster',
    roles: 'Roles',
    resources: 'Resources',
    reason: 'Reason',
    asked: 'Asked',
    starts: 'Access starts',
    until: 'Access asked until',
    ends: 'Access ends',
    reviewers: 'Suggested reviewers',
    resolved: 'Reason of the decision',
    promoted: 'Member of the access list',
    noRoles: 'None by name',
    noReason: 'None was given',
    id: (id: string) => `id ${id}`,
    limitedTo: (constraints: string) => `limited to ${constraints}`,
    more: (count: number) => `Show ${count} more`,
  },
  reviews: {
    title: 'Reviews',
    none: 'No reviews yet.',
    verdicts: { APPROVED: 'approves', DENIED: 'denies', PROMOTED: 'promotes' },
    threshold: (name: string, approve: number, deny: number) =>
      `${name === '' ? 'Default' : name}: ${approve} to approve, ${deny} to deny`,
    filtered: ', only certain reviewers count',
  },
  countdown: {
    left: (span: string) => `Ends unanswered in ${span}`,
    over: 'Its time to be answered is over',
    days: (days: number, hours: number) => `${days} d ${hours} h`,
    hours: (hours: number, minutes: number) => `${hours} h ${minutes} min`,
    minutes: (minutes: number, seconds: number) => `${minutes} min ${seconds} s`,
  },
  teleport: 'Open in Teleport',
  newTab: '(opens in a new tab)',
  who: {
    title: 'Who may decide',
    groups: (names: string) => `Members of ${names}`,
    roles: (names: string) => `Whoever has the project role ${names}`,
    permission: 'Holders of the permission “Decide Teleport access requests”',
    nobody: 'Nobody is set up to decide in Jira.',
    more: 'and others',
  },
  form: {
    title: 'Your decision',
    reason: 'Reason',
    reasonHint: 'Goes to Teleport’s audit log with your decision.',
    reasonNeeded: 'A denial needs a reason here. Write one.',
    reasonLong: 'Shorten the reason: Teleport takes at most 4,096 bytes.',
    approve: 'Approve',
    deny: 'Deny',
    onlyDeny: 'You may deny this request, but not approve it:',
    onlyApprove: 'You may approve this request, but not deny it:',
    neither: 'You cannot decide this request:',
  },
  progress: {
    sending: { approve: 'Sending your approval…', deny: 'Sending your denial…' } satisfies Record<
      Verdict,
      string
    >,
    mine: {
      approve: 'Your approval waits for the relay.',
      deny: 'Your denial waits for the relay.',
    } satisfies Record<Verdict, string>,
    others: {
      approve: 'Somebody’s approval waits for the relay.',
      deny: 'Somebody’s denial waits for the relay.',
    } satisfies Record<Verdict, string>,
    void: (time: string) => `It is void if Teleport cannot take it by ${time}.`,
    unsure: 'The app did not answer. Your decision may or may not have arrived; trying again does no harm.',
    refused: 'Not accepted:',
  },
  refusals: {
    not_pending: 'the request is already resolved in Teleport.',
    expired: 'the request ended before anyone decided.',
    not_mapped: 'the app’s settings no longer cover this project. Tell a Jira administrator.',
    not_human: 'only people may decide.',
    inactive: 'your account is not active.',
    guest: 'guests of this site may not decide.',
    is_app: 'the app itself may not decide.',
    nobody_may_approve: 'nobody is set up to decide in Jira. A Jira administrator can choose approvers.',
    not_approver: 'you are not one of the approvers.',
    own_request: 'it is your own request.',
    no_connection: 'no relay of this Teleport cluster is connected. Decide in Teleport.',
    observe_only: 'the relay only shows requests here. Decide in Teleport.',
    source_not_accepted: 'the relay takes no decisions by button. Decide in Teleport.',
    content_incomplete: 'not everything that is asked for can be shown here. Decide in Teleport.',
    changed_since_shown: 'the request changed since it was shown here. Read it again, then decide.',
    reason_required: 'a denial needs a reason here.',
    decision_waits:
      'another decision about this request came first and has no outcome yet, or took its place.',
    too_late:
      'Teleport could not be reached in time, so the decision is void. Decide again if it still stands.',
    issue_gone: 'the issue is gone.',
    issue_moved: 'the issue was moved to another project or type.',
    connection_changed: 'another connection stands for this cluster now.',
  } satisfies Record<PanelRefusal, string>,
  outcomes: {
    applied: {
      approve: { mine: 'Your approval is in effect.', others: 'Approved by a decision made in Jira.' },
      deny: { mine: 'Your denial is in effect.', others: 'Denied by a decision made in Jira.' },
    } satisfies Record<Verdict, { mine: string; others: string }>,
    recorded: 'Counted:',
    already_resolved: 'Too late: the request was already resolved in Teleport.',
    refused: 'Not accepted by Teleport:',
    gone: 'Without effect: Teleport no longer holds the request.',
    withdrawn: 'Not carried out:',
  } satisfies Record<DecisionOutcome['kind'] | 'withdrawn', unknown>,
  sessionsGoOn:
    'A denial after an approval ends no running session. The comment on this issue says how to lock the user.',
} as const;
