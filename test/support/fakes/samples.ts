import type { RequestSnapshot } from '../../../contract/access-request';
import type { ReportedOutcome } from '../../../contract/decision';
import type { ApplyResult } from '../../../contract/relay-inbox';
import { contentDigest, renderIssue } from '../../../src/domain/issue-content';
import type { IssueLink, Link } from '../../../src/domain/link';
import type { LiveDecision } from '../../../src/domain/live-decision';
import { applyRequest, type ApplyContext } from '../../../src/usecases/apply-request';
import type { Services } from '../../../src/usecases/ports';
import { sampleHello, sampleSnapshot } from '../sample-messages';
import { ISSUE_TYPE, PROJECT } from './jira-site';
import { createFakeServices, fakeSettings, type FakeServices } from './services';

/** A linked request in step with its issue, with the given fields changed. */
export function sampleIssueLink(changes: Partial<IssueLink> = {}): IssueLink {
  const snapshot = sampleSnapshot();
  const content = renderIssue(snapshot);
  return {
    phase: 'linked',
    cluster: snapshot.cluster,
    requestId: snapshot.id,
    attempt: 1,
    attemptId: '00000000-0000-4000-8000-000000000001',
    earlierAttemptIds: [],
    issue: { id: '10007', key: 'TAR-7', projectId: PROJECT, issueTypeId: ISSUE_TYPE },
    syncDigest: snapshot.syncDigest,
    state: snapshot.state,
    shown: {
      grantDigest: snapshot.grantDigest,
      contentDigest: contentDigest(content.summary, content.description),
      complete: true,
      at: 0,
    },
    listedUntil: Date.parse('2026-12-24T15:00:00Z'),
    createdAt: Date.parse('2026-11-24T14:00:01Z'),
    ...changes,
  };
}

const CLUSTER = sampleSnapshot().cluster;

/** What `apply` knows beside the item: fake settings, and time without end. */
export function applyContext(changes: Partial<ApplyContext> = {}): ApplyContext {
  return {
    stored: fakeSettings(),
    cluster: CLUSTER,
    mirrorSince: 0,
    deadline: { isOver: () => false },
    ...changes,
  };
}

/** Applies a snapshot, with an outcome if there is one. */
export function applySnapshot(
  services: Services,
  snapshot: RequestSnapshot,
  outcome?: ReportedOutcome,
  context = applyContext(),
): Promise<ApplyResult> {
  return applyRequest(services, context, { requestId: snapshot.id, snapshot, ...(outcome && { outcome }) });
}

/** Tells the app that Teleport no longer holds the sample request. */
export function applyGone(services: Services, observedAt = '2026-11-24T15:30:00Z'): Promise<ApplyResult> {
  return applyRequest(services, applyContext(), { requestId: sampleSnapshot().id, gone: { observedAt } });
}

/** A confirmed connection whose relay takes decisions from cards, as far as its last hello tells. */
export async function connect(services: FakeServices, hello = sampleHello()): Promise<string> {
  const id = services.newId();
  const cluster = { name: hello.cluster.name, caFingerprint: hello.cluster.caFingerprint };
  const key = { keyId: 'k1', secret: 'c'.repeat(43), createdAt: services.now() };
  await services.connections.writeTrust({ state: 'confirmed', id, keys: [key], cluster, mirrorSince: 0 });
  await services.connections.claimCluster(cluster.name, id);
  await services.connections.writeStatus({
    id,
    name: 'main',
    createdAt: services.now(),
    state: 'confirmed',
    cluster,
    keys: [{ keyId: key.keyId, createdAt: key.createdAt }],
    lastHello: { at: services.now(), hello },
  });
  return id;
}

/** Fake services with settings stored, a connection, and the sample request on the board. @returns its issue's id, too. */
export async function servicesWithCard(
  snapshot = sampleSnapshot(),
  settings: Parameters<typeof fakeSettings>[0] = {},
): Promise<{ services: FakeServices; issueId: string; connectionId: string }> {
  const services = createFakeServices();
  const stored = fakeSettings(settings);
  await services.settings.write(stored);
  const connectionId = await connect(services);
  await applySnapshot(services, snapshot, undefined, applyContext({ stored }));
  services.clock.pass(60);
  const [issueId] = services.site.issues.keys();
  if (issueId === undefined) throw new Error('the sample request has no issue');
  return { services, issueId, connectionId };
}

/** The words of an issue's comments. */
export function commentsOf(services: FakeServices, issueId: string): string[] {
  return services.site.get(issueId).comments.map((comment) => comment.text.replace(/\s+/g, ' ').trim());
}

/** The link record of the sample request. */
export function readLink(services: FakeServices): Promise<Link | undefined> {
  return services.links.read(CLUSTER, sampleSnapshot().id);
}

/** The waiting decision of the sample request. */
export function readDecision(services: FakeServices): Promise<LiveDecision | undefined> {
  return services.decisions.read(CLUSTER, sampleSnapshot().id);
}

/** Codes of the activity entries, newest first. */
export async function activityCodes(services: FakeServices): Promise<(string | undefined)[]> {
  return (await services.activity.list(100)).entries.map((entry) => entry.code);
}
