import type { RequestSnapshot } from '../../contract/access-request';
import { doubleComment } from '../domain/comments';
import { LATE_DOUBLE_MS, type CreatingLink, type IssueLink } from '../domain/link';
import { settingsForIssue } from '../domain/routing';
import { slotOfStatus } from '../domain/settings';
import { moveToStateSlot } from './issue-moves';
import type { FoundIssue, JiraResult, Services, StoredSettings } from './ports';
import { say } from './say';

/** Stands in a double's property for the attempt that made it, so that no recovery takes it for its own issue. */
const DOUBLE_ATTEMPT = 'double';

/**
 * The issues that this app made for a link's attempts, lowest id first. The property alone proves nothing, since anybody
 * who edits issues can write it: the creator must be the app, and the attempt must be one of ours.
 */
export async function findOwnIssues(
  services: Services,
  link: CreatingLink,
): Promise<JiraResult<FoundIssue[]>> {
  const attemptIds = [...link.earlierAttemptIds, link.attemptId];
  const made = await issuesMadeByApp(services, link);
  if (!made.ok) return made;
  const own = made.value.filter(
    (issue) => issue.attemptId !== undefined && attemptIds.includes(issue.attemptId),
  );
  return { ok: true, value: own };
}

/**
 * Looks whether an attempt of unknown outcome made an issue after all, beside the one that is linked, and closes it.
 *
 * @returns a problem when Jira could not be searched.
 */
export async function closeLateDoubles(
  services: Services,
  stored: StoredSettings,
  link: IssueLink,
  snapshot: RequestSnapshot,
): Promise<JiraResult<void>> {
  if (link.earlierAttemptIds.length === 0 || services.now() - link.createdAt > LATE_DOUBLE_MS) return NOTHING;
  const made = await issuesMadeByApp(services, link);
  if (!made.ok) return made;
  const doubles = made.value.filter((issue) => issue.id !== link.issue.id);
  await closeDoubles(services, stored, { snapshot, keptKey: link.issue.key, doubles });
  return NOTHING;
}

const NOTHING: JiraResult<void> = { ok: true, value: undefined };

/** Closes issues that turned up beside the one that stands for the request. They are not linked, so they never decide. */
export async function closeDoubles(
  services: Services,
  stored: StoredSettings,
  input: { snapshot: RequestSnapshot; keptKey: string; doubles: readonly { id: string; key: string }[] },
): Promise<void> {
  for (const double of input.doubles) await closeDouble(services, stored, { ...input, double });
}

async function closeDouble(
  services: Services,
  stored: StoredSettings,
  input: { snapshot: RequestSnapshot; keptKey: string; double: { id: string; key: string } },
): Promise<void> {
  const { snapshot, keptKey, double } = input;
  const app = await services.people.appAccountId();
  const issue = await services.issues.read(double.id);
  if (!app.ok || !issue.ok) return;
  const settings = settingsForIssue(stored, issue.value, snapshot);
  if (slotOfStatus(settings, issue.value.statusId) === 'expired') return;
  const audience = {
    issueId: double.id,
    known: issue.value.comments,
    appAccountId: app.value,
    internal: settings.internalComments,
  };
  const said = await say(services, audience, [{ comment: doubleComment(keptKey) }]);
  if (!said.ok) return;
  await moveToStateSlot(services, settings, {
    issueId: double.id,
    snapshot: { ...snapshot, state: 'EXPIRED' },
    attemptId: DOUBLE_ATTEMPT,
  });
  await services.activity.addOnce({
    id: `double-${double.id}`,
    at: Date.parse(snapshot.createdAt),
    kind: 'failure',
    code: 'double_closed',
    text: `A second issue for one request turned up late and was closed; ${keptKey} stands for the request.`,
    cluster: snapshot.cluster,
    requestId: snapshot.id,
    issueId: double.id,
    issueKey: double.key,
  });
}

async function issuesMadeByApp(
  services: Services,
  link: { cluster: string; requestId: string },
): Promise<JiraResult<FoundIssue[]>> {
  const app = await services.people.appAccountId();
  if (!app.ok) return app;
  const found = await services.issues.findByRequest(link.requestId);
  if (!found.ok) return found;
  const own = found.value
    .filter((issue) => issue.creatorAccountId === app.value && issue.cluster === link.cluster)
    .sort((a, b) => Number(a.id) - Number(b.id));
  return { ok: true, value: own };
}
