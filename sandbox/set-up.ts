import { setTimeout as sleep } from 'node:timers/promises';
import type { ClusterView } from '../contract/admin';
import type { AdminSession } from './admin';
import type { JiraSandbox } from './jira';

const POLL_MS = 25;
const HELLO_WITHIN_MS = 15_000;

/** Makes a connection, as an administrator does first. */
export async function pair(
  admin: AdminSession,
  name: string,
): Promise<{ connectionId: string; pairingToken: string }> {
  return admin.call('createConnection', { name });
}

/**
 * Waits for the relay's first hello, compares what it presents with what the Teleport administrator reads off the cluster,
 * and confirms it.
 * @throws Error when no relay presents itself in time, or when it presents another cluster.
 */
export async function confirm(
  admin: AdminSession,
  connectionId: string,
  expected: ClusterView,
  relayStillRuns: () => boolean = () => true,
): Promise<void> {
  const giveUpAt = Date.now() + HELLO_WITHIN_MS;
  for (;;) {
    const { connections } = await admin.call('listConnections', {});
    const proposal = connections.find(({ id }) => id === connectionId)?.proposal;
    if (proposal !== undefined) {
      if (proposal.name !== expected.name || proposal.caFingerprint !== expected.caFingerprint)
        throw new Error(`The relay presents the cluster ${proposal.name} with another CA than expected.`);
      await admin.call('confirmConnection', { connectionId, cluster: proposal });
      return;
    }
    if (!relayStillRuns()) throw new Error('The relay ended before it said hello.');
    if (Date.now() > giveUpAt) throw new Error('The relay has not said hello.');
    await sleep(POLL_MS);
  }
}

/** The settings that an administrator would choose for the seeded project: its statuses, its approver group, who is who. */
export function settingsFor(
  jira: Pick<JiraSandbox, 'project' | 'groups' | 'people'>,
): Record<string, unknown> {
  const { project, groups, people } = jira;
  const { pending, approved, denied, expired } = project.statuses;
  const approvers = groups['teleport-approvers'];
  return {
    projectId: project.id,
    issueTypeId: project.issueTypeId,
    slots: { pending: [pending], approved: [approved], denied: [denied], expired: [expired] },
    approvers: { groupIds: approvers === undefined ? [] : [approvers], accountIds: [] },
    people: Object.entries(TELEPORT_USERS).flatMap(([teleportUser, name]) => {
      const accountId = people[name]?.accountId;
      return accountId === undefined ? [] : [{ teleportUser, accountId }];
    }),
  };
}

/** Teleport users of the default cast and their names in Jira. */
const TELEPORT_USERS: Readonly<Record<string, string>> = {
  alice: 'alice',
  bob: 'bob',
  carol: 'carol',
  'erin@example.com': 'erin',
};

/** Saves settings over whatever there is. */
export async function saveSettings(admin: AdminSession, settings: Record<string, unknown>): Promise<void> {
  const { version } = await admin.call('getSettings', {});
  await admin.call('saveSettings', { settings, version });
}
