import type { Decision } from '../../contract/decision';
import type { PanelRefusal } from '../../contract/issue-page';
import { doc, inline, link, paragraph, plainText, strong, type AdfInline } from './adf';
import type { AppComment } from './comments';
import { describeTime } from './issue-content';
import { cleanLine } from './text';

const WORDS: Readonly<Record<PanelRefusal, string>> = {
  not_pending: 'the request is already resolved in Teleport.',
  expired: 'the request ended before anyone decided.',
  not_mapped: 'the settings no longer say what the statuses of the issue’s project and type mean.',
  not_human: 'the account that decided is an app’s or an automation’s, and only people may decide.',
  inactive: 'the account that decided is no longer active.',
  guest: 'the account that decided is a guest of this site.',
  is_app: 'the account that decided is the app itself.',
  nobody_may_approve: 'nobody is set up to decide in Jira.',
  not_approver: 'the person who decided is not one of the approvers.',
  own_request: 'nobody may approve their own request.',
  no_connection: 'no confirmed connection to this Teleport cluster exists.',
  observe_only: 'the relay only shows requests here; decide in Teleport.',
  source_not_accepted: 'the relay does not accept decisions made by button; decide in Teleport.',
  content_incomplete: 'not everything that is asked for could be shown; decide in Teleport.',
  changed_since_shown: 'the request changed in Teleport after it was shown to the person who decided.',
  reason_required: 'a denial needs a reason here.',
  decision_waits: 'another decision was on its way already.',
  too_late: 'Teleport could not be reached in time, so the decision is void.',
  issue_gone: 'the issue was deleted, or the app may no longer see it.',
  issue_moved: 'the issue was moved to another project or type.',
  connection_changed: 'another connection stands for this cluster now.',
};

/** The plain words of a refusal, for the activity list and the issue. */
export function panelRefusalText(code: PanelRefusal): string {
  return WORDS[code];
}

/** Says on the issue who decided by button and when. The account stands there as a link, so that Jira can forget its name. */
export function decisionComment(decision: Decision, siteUrl: string): AppComment {
  const what = decision.verdict === 'approve' ? 'Approval by button' : 'Denial by button';
  const who =
    siteUrl === ''
      ? inline(`the account ${cleanLine(decision.actor.accountId)}`)
      : link('this person', `${siteUrl}/jira/people/${encodeURIComponent(decision.actor.accountId)}`);
  return comment(strong(what), `, ${exactTime(decision.decidedAt)}`, [
    ...inline(', by '),
    ...who,
    ...inline('.'),
  ]);
}

/** Says on the issue why a decision made by button did not go to Teleport. */
export function withdrawnComment(decision: Decision, code: PanelRefusal): AppComment {
  const what = decision.verdict === 'approve' ? 'Approval not carried out' : 'Denial not carried out';
  return comment(
    strong(what),
    `, made by button ${exactTime(decision.decidedAt)}: `,
    inline(`${WORDS[code]} Teleport was not told.`),
  );
}

/** Says on an issue whose access was taken back after it was granted what that does not do, and what does. */
export function lockComment(user: string): AppComment {
  const name = cleanLine(user);
  const isPlain = /^[A-Za-z0-9@._+-]+$/.test(name);
  const how = isPlain ? `tctl lock --user=${name} --ttl=8h` : 'tctl lock --user=<Teleport user> --ttl=8h';
  return comment(
    strong('Sessions that run already go on'),
    ': the denial came after an approval, and Teleport ends no session by it. ',
    inline(`To end them, a Teleport administrator locks the user, for example: ${how}`),
  );
}

function comment(head: AdfInline[], identifying: string, more: AdfInline[]): AppComment {
  return {
    body: doc(paragraph(head, inline(identifying), more)),
    identity: plainText(paragraph(head, inline(identifying))).trim(),
  };
}

/** With seconds, so that two decisions within a minute are told apart. */
function exactTime(utc: string): string {
  return `${describeTime(utc).slice(0, -' UTC'.length)}:${utc.slice(17, 19)} UTC`;
}
