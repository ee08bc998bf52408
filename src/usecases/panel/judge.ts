import type { RequestSnapshot } from '../../../contract/access-request';
import type { Permission, Verdict } from '../../../contract/issue-page';
import type { Mover } from '../../domain/card';
import { hasIssue, type IssueLink } from '../../domain/link';
import { judgePerson, panelRefusal, refusalOfRequest } from '../../domain/panel';
import { settingsForIssue, type IssueSettings } from '../../domain/routing';
import { isApproverNow } from '../approver';
import { acceptingConnection } from '../judge-card';
import { whyNotFound } from '../not-found';
import type { IssueView, JiraProblem, JiraResult, Services } from '../ports';

/** A request with its issue, by the app's own record and fresh reads. */
export interface PanelCard {
  settings: IssueSettings;
  link: IssueLink;
  snapshot: RequestSnapshot;
  issue: IssueView;
  appAccountId: string;
}

/** What an issue is to the page. */
export type PanelReading =
  | { kind: 'not_linked' }
  | { kind: 'detached'; link: IssueLink; code: 'issue_gone' | 'issue_detached' }
  | { kind: 'problem'; problem: JiraProblem }
  | { kind: 'linked'; card: PanelCard };

/**
 * Reads what belongs to an issue. The link record by issue id is the only thing that makes an issue one of ours: a clone, or
 * an issue that carries a copied property, has none.
 */
export async function readPanelCard(services: Services, issueId: string): Promise<PanelReading> {
  const reference = await services.links.findByIssue(issueId);
  if (reference === undefined) return { kind: 'not_linked' };
  const [link, snapshot, stored, read, app] = await Promise.all([
    services.links.read(reference.cluster, reference.requestId),
    services.links.readSnapshot(reference.cluster, reference.requestId),
    services.settings.read(),
    services.issues.read(issueId),
    services.people.appAccountId(),
  ]);
  const isOurs = link !== undefined && hasIssue(link) && link.issue.id === issueId;
  if (!isOurs || snapshot === undefined || stored === undefined) return { kind: 'not_linked' };
  if (!read.ok) {
    return read.problem.kind === 'not_found'
      ? whyNotFound(services, link, read.problem)
      : { kind: 'problem', problem: read.problem };
  }
  if (!app.ok) return { kind: 'problem', problem: app.problem };
  const issue = read.value;
  const isInPlace =
    link.phase === 'linked' &&
    issue.projectId === link.issue.projectId &&
    issue.issueTypeId === link.issue.issueTypeId;
  if (!isInPlace) return { kind: 'detached', link, code: 'issue_detached' };
  const settings = settingsForIssue(stored, link.issue, snapshot);
  return { kind: 'linked', card: { settings, link, snapshot, issue, appAccountId: app.value } };
}

/** What an account may do, with what was read of it. */
export interface JudgedPerson {
  may: Record<Verdict, Permission>;
  /** Absent when it could not be told apart from nobody. */
  person: Mover | undefined;
  /** The confirmed connection that would carry a decision. */
  connectionId: string | undefined;
}

/** Whether an account may decide now, checked afresh as the app: request, connection, account and approver list. */
export async function judgeAccount(
  services: Services,
  card: PanelCard,
  accountId: string,
): Promise<JiraResult<JudgedPerson>> {
  const { settings, snapshot, appAccountId } = card;
  const none = (code: Extract<Permission, { allowed: false }>['code']): JiraResult<JudgedPerson> => {
    const refused: Permission = { allowed: false, code };
    return {
      ok: true,
      value: { may: { approve: refused, deny: refused }, person: undefined, connectionId: undefined },
    };
  };
  const refusal = refusalOfRequest(snapshot, settings, services.now());
  if (refusal !== undefined) return none(refusal);
  const [connection, read] = await Promise.all([
    acceptingConnection(services, card.link.cluster, 'panel'),
    services.people.read(accountId),
  ]);
  if ('code' in connection) return none(panelRefusal(connection.code));
  if (!read.ok) {
    const isUnsure = read.problem.kind === 'rate_limited' || read.problem.kind === 'uncertain';
    return isUnsure ? read : none('not_human');
  }
  const place = { settings, appAccountId, issueId: card.issue.id };
  const isApprover = await isApproverNow(services, read.value, place);
  if (!isApprover.ok) return isApprover;
  const known = { snapshot, appAccountId, settings, isApprover: isApprover.value };
  const judge = (verdict: Verdict) => judgePerson(read.value, { verdict, ...known });
  return {
    ok: true,
    value: {
      may: { approve: judge('approve'), deny: judge('deny') },
      person: read.value,
      connectionId: connection.id,
    },
  };
}
