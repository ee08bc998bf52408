import type { IssuePageResult, IssuePageView, Progress } from '../../../contract/issue-page';
import { contentDigest } from '../../domain/issue-content';
import { hasIssue } from '../../domain/link';
import { viewRequest } from '../../domain/panel';
import type { IssueSettings } from '../../domain/routing';
import { namedApprovers } from '../approver';
import type { Services } from '../ports';
import { judgeAccount, readPanelCard } from './judge';
import { progressOf } from './progress';

/** Names of approvers that are shown, of each kind. */
const MAX_NAMED = 5;

/** All that the page shows of an issue, to a person who was found to see that issue in Jira. */
export async function showIssue(
  services: Services,
  viewer: { accountId: string },
  issueId: string,
): Promise<IssuePageResult<IssuePageView>> {
  const reading = await readPanelCard(services, issueId);
  if (reading.kind === 'not_linked') return { ok: false, error: { code: 'nothing_here' } };
  if (reading.kind === 'detached') return { ok: false, error: { code: 'detached' } };
  if (reading.kind === 'problem') return { ok: false, error: { code: 'unavailable' } };
  const { card } = reading;
  const { link, snapshot, issue, settings } = card;
  const [judged, progress, approvers] = await Promise.all([
    judgeAccount(services, card, viewer.accountId),
    progressOf(services, link, viewer.accountId),
    nameApprovers(services, settings),
  ]);
  if (!judged.ok) return { ok: false, error: { code: 'unavailable' } };
  return {
    ok: true,
    value: {
      ...progress,
      state: snapshot.state,
      request: viewRequest(snapshot),
      grantDigest: snapshot.grantDigest,
      now: new Date(services.now()).toISOString(),
      isEdited: contentDigest(issue.summary, issue.description) !== link.shown.contentDigest,
      approvers,
      denyNeedsReason: settings.denyNeedsReason,
      may: judged.value.may,
    },
  };
}

/** Where the newest decision of an issue's request stands. Reads no more than the app's own store. */
export async function followIssue(
  services: Services,
  viewer: { accountId: string },
  issueId: string,
): Promise<IssuePageResult<Progress>> {
  const reference = await services.links.findByIssue(issueId);
  const link = reference && (await services.links.read(reference.cluster, reference.requestId));
  if (link === undefined || !hasIssue(link) || link.issue.id !== issueId)
    return { ok: false, error: { code: 'nothing_here' } };
  return { ok: true, value: await progressOf(services, link, viewer.accountId) };
}

/** Names are a courtesy: without Jira's answer there are none. */
async function nameApprovers(
  services: Services,
  settings: IssueSettings,
): Promise<IssuePageView['approvers']> {
  const { groupIds, accountIds, projectRoleIds } = settings.approvers;
  const [named, people] = await Promise.all([
    namedApprovers(services, settings),
    accountIds.length === 0 ? undefined : services.catalogue.nameAccounts(accountIds.slice(0, MAX_NAMED)),
  ]);
  const { groups, roles, permission } = named;
  return {
    groups: groups.slice(0, MAX_NAMED),
    people: people?.ok === true ? people.value.map(({ name }) => name) : [],
    roles: roles.slice(0, MAX_NAMED),
    permission,
    // Whoever Jira names no longer, or not just now, is among the others.
    isCut:
      [groupIds, accountIds, projectRoleIds].some(({ length }) => length > MAX_NAMED) ||
      groups.length < groupIds.length ||
      roles.length < projectRoleIds.length ||
      people?.ok === false,
  };
}
