import { z } from 'zod';
import { requestSnapshot } from '../../../contract/access-request';
import { activityEntry } from '../../../src/domain/activity';
import { connectionStatus, connectionTrust } from '../../../src/domain/connection';
import { hasIssue, link as linkSchema } from '../../../src/domain/link';
import { liveDecision, settledDecision } from '../../../src/domain/live-decision';
import { putBack } from '../../../src/domain/put-back';
import { settings as settingsSchema } from '../../../src/domain/settings';
import { KEPT_DAYS } from '../../../src/store/retention';
import type { Services } from '../../../src/usecases/ports';
import type { FakeClock } from './effects';
import type { FakeKvs } from './kvs';

const reference = z.object({ cluster: z.string(), requestId: z.string() });
const owner = z.object({ connectionId: z.string() });
const successors = z.object({ caFingerprints: z.array(z.string()) });
const pushChoice = owner.extend({ provedAt: z.number().optional(), failedAt: z.number().optional() });
const stored = z.object({
  settings: settingsSchema,
  version: z.number(),
  serviceProjectIds: z.array(z.string()),
});
const droppedFields = z.object({
  fields: z.array(z.object({ field: z.enum(['labels', 'duedate', 'reporter', 'assignee']), at: z.number() })),
});
const quotaPause = z.object({ until: z.number() });
const health = z.object({
  checks: z.array(z.looseObject({ code: z.string(), ok: z.boolean(), text: z.string() })),
  checkedAt: z.number(),
});

type Stores = Pick<
  Services,
  | 'links'
  | 'decisions'
  | 'cardPace'
  | 'creationPace'
  | 'putBacks'
  | 'connections'
  | 'settings'
  | 'droppedFields'
  | 'quota'
  | 'health'
  | 'activity'
  | 'privacy'
>;

/** Every store of the app on one fake key-value store. What does not fit its schema is refused when it is written. */
export function fakeStores(kvs: FakeKvs, clock: FakeClock, newId: () => string): Stores {
  const key = (...parts: string[]) => parts.join(':');
  const paces = new Map<string, number>();
  return {
    links: {
      read: (cluster, requestId) => kvs.get(linkSchema, key('link', cluster, requestId)),
      claim: (link) => kvs.setIfAbsent(key('link', link.cluster, link.requestId), linkSchema.parse(link)),
      winAttempt: async (cluster, requestId, attempt, now) => {
        const name = key('attempt', cluster, requestId, String(attempt));
        if (await kvs.setIfAbsent(name, { since: now }, KEPT_DAYS.attempt)) return { won: true };
        return { won: false, since: (await kvs.get(z.object({ since: z.number() }), name))?.since ?? 0 };
      },
      write: (link) =>
        kvs.set({ key: key('link', link.cluster, link.requestId), value: linkSchema.parse(link) }),
      writeWithSnapshot: (link, snapshot) =>
        kvs.set(
          { key: key('link', link.cluster, link.requestId), value: linkSchema.parse(link) },
          { key: key('request', link.cluster, link.requestId), value: requestSnapshot.parse(snapshot) },
          {
            key: key('issue', link.issue.id),
            value: { cluster: link.cluster, requestId: link.requestId },
          },
        ),
      readSnapshot: (cluster, requestId) => kvs.get(requestSnapshot, key('request', cluster, requestId)),
      findByIssue: (issueId) => kvs.get(reference, key('issue', issueId)),
      list: async (cluster, pageToken) => {
        const { values, ...rest } = await kvs.list(linkSchema, key('link', cluster, ''), 100, pageToken);
        return { links: values, ...rest };
      },
      remove: async (link) => {
        await kvs.delete(key('link', link.cluster, link.requestId));
        await kvs.delete(key('request', link.cluster, link.requestId));
        if (hasIssue(link)) await kvs.delete(key('issue', link.issue.id));
      },
    },
    decisions: {
      read: (cluster, requestId) => kvs.get(liveDecision, key('decision', cluster, requestId)),
      write: (live) =>
        kvs.set({
          key: key('decision', live.decision.cluster, live.decision.requestId),
          value: liveDecision.parse(live),
        }),
      remove: (cluster, requestId) => kvs.delete(key('decision', cluster, requestId)),
      winLoan: async (decisionId, loan, now) => {
        const name = key('loan', decisionId, String(loan));
        if (await kvs.setIfAbsent(name, { since: now }, KEPT_DAYS.loan)) return { won: true };
        return { won: false, since: (await kvs.get(z.object({ since: z.number() }), name))?.since ?? 0 };
      },
      list: async (cluster) => (await kvs.list(liveDecision, key('decision', cluster, ''), 50)).values,
      readSettled: (cluster, requestId) => kvs.get(settledDecision, key('settled', cluster, requestId)),
      writeSettled: (cluster, requestId, settled) =>
        kvs.set({
          key: key('settled', cluster, requestId),
          value: settledDecision.parse(settled),
          days: KEPT_DAYS.settled,
        }),
    },
    cardPace: {
      take: async ({ accountId, minute, decisionId, places }) => {
        for (let place = 0; place < places; place += 1) {
          const name = key('card-pace', accountId, String(minute), String(place));
          if (await kvs.setIfAbsent(name, { decisionId }, KEPT_DAYS.cardPace)) return true;
          if ((await kvs.get(z.object({ decisionId: z.string() }), name))?.decisionId === decisionId)
            return true;
        }
        return false;
      },
    },
    creationPace: {
      count: async (cluster, hour) => paces.get(key(cluster, String(hour))) ?? 0,
      add: async (cluster, hour) => {
        const name = key(cluster, String(hour));
        paces.set(name, (paces.get(name) ?? 0) + 1);
      },
    },
    putBacks: {
      read: async (issueId) =>
        (await kvs.get(z.object({ entries: z.array(putBack) }), key('put-backs', issueId)))?.entries ?? [],
      write: (issueId, entries) =>
        kvs.set({
          key: key('put-backs', issueId),
          value: { entries: z.array(putBack).parse(entries) },
          days: KEPT_DAYS.putBacks,
        }),
    },
    connections: {
      readTrust: (id) => kvs.get(connectionTrust, key('trust', id)),
      writeTrust: (trust) => kvs.set({ key: key('trust', trust.id), value: connectionTrust.parse(trust) }),
      removeTrust: (id) => kvs.delete(key('trust', id)),
      findByCluster: async (cluster) => (await kvs.get(owner, key('cluster', cluster)))?.connectionId,
      claimCluster: async (cluster, id) => {
        if (await kvs.setIfAbsent(key('cluster', cluster), { connectionId: id })) return true;
        return (await kvs.get(owner, key('cluster', cluster)))?.connectionId === id;
      },
      releaseCluster: async (cluster, id) => {
        if ((await kvs.get(owner, key('cluster', cluster)))?.connectionId === id)
          await kvs.delete(key('cluster', cluster));
      },
      readSuccessors: async (id) => (await kvs.get(successors, key('successors', id)))?.caFingerprints ?? [],
      writeSuccessors: (id, caFingerprints) =>
        caFingerprints.length === 0
          ? kvs.delete(key('successors', id))
          : kvs.set({ key: key('successors', id), value: { caFingerprints: [...caFingerprints] } }),
      readStatus: (id) => kvs.get(connectionStatus, key('status', id)),
      writeStatus: (status) =>
        kvs.set({ key: key('status', status.id), value: connectionStatus.parse(status) }),
      readPush: () => kvs.get(pushChoice, 'push'),
      writePush: (choice) =>
        choice === undefined ? kvs.delete('push') : kvs.set({ key: 'push', value: choice }),
      listStatus: async () => (await kvs.list(connectionStatus, 'status:', 100)).values,
    },
    settings: {
      read: () => kvs.get(stored, 'settings'),
      write: async (next) => {
        if (!(await kvs.setIfAbsent(key('settings-version', String(next.version)), next))) return false;
        await kvs.set({ key: 'settings', value: stored.parse(next) });
        if (next.version > 1)
          await kvs.set({
            ...{ key: key('settings-version', String(next.version - 1)), value: {} },
            days: KEPT_DAYS.replacedSettings,
          });
        return true;
      },
    },
    droppedFields: {
      read: async ({ projectId, issueTypeId }) =>
        (await kvs.get(droppedFields, key('dropped', projectId, issueTypeId)))?.fields ?? [],
      write: ({ projectId, issueTypeId }, fields) =>
        kvs.set({ key: key('dropped', projectId, issueTypeId), value: { fields } }),
    },
    quota: { pausedUntil: async () => (await kvs.get(quotaPause, 'quota-pause'))?.until ?? 0 },
    health: {
      read: () => kvs.get(health, 'health'),
      write: (found) => kvs.set({ key: 'health', value: found }),
    },
    privacy: {
      lastReportAt: async () => (await kvs.get(z.object({ at: z.number() }), 'privacy-report'))?.at ?? 0,
      noteReport: (at) => kvs.set({ key: 'privacy-report', value: { at } }),
      report: async () => [],
    },
    activity: {
      add: (entry) => {
        const full = activityEntry.parse({ ...entry, id: newId(), at: clock.now() });
        return kvs.set({
          ...{ key: key('activity', String(9e12 - full.at), full.id), value: full },
          days: KEPT_DAYS.activity,
        });
      },
      addOnce: async (entry) => {
        const name = key('activity', String(9e12 - entry.at), entry.id);
        await kvs.setIfAbsent(name, activityEntry.parse(entry), KEPT_DAYS.activity);
      },
      replace: (entry) =>
        kvs.set({
          key: key('activity', String(9e12 - entry.at), entry.id),
          value: activityEntry.parse(entry),
        }),
      read: (at, id) => kvs.get(activityEntry, key('activity', String(9e12 - at), id)),
      list: async (limit, pageToken) => {
        const { values, ...rest } = await kvs.list(activityEntry, 'activity:', limit, pageToken);
        return { entries: values, ...rest };
      },
    },
  };
}
