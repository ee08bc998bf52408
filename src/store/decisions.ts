import { kvs } from '@forge/kvs';
import * as z from 'zod';
import { liveDecision, settledDecision } from '../domain/live-decision';
import { putBack } from '../domain/put-back';
import type { DecisionStore, PutBackStore } from '../usecases/ports';
import { keys } from './keys';
import { listValues, readValue, writeValue } from './kvs';

/** Longer than anybody waits at a page. */
const SETTLED_TTL = { value: 7, unit: 'DAYS' } as const;

/** Decisions that wait for a relay, in the app's key-value store. */
export const decisionStore: DecisionStore = {
  read: (cluster, requestId) => readValue(liveDecision, keys.decision(cluster, requestId)),
  write: (live) => writeValue(keys.decision(live.decision.cluster, live.decision.requestId), live),
  remove: (cluster, requestId) => kvs.delete(keys.decision(cluster, requestId)),
  list: async (cluster) => (await listValues(liveDecision, keys.decisions(cluster))).values,
  readSettled: (cluster, requestId) => readValue(settledDecision, keys.settled(cluster, requestId)),
  writeSettled: (cluster, requestId, settled) =>
    writeValue(keys.settled(cluster, requestId), settled, SETTLED_TTL),
};

const putBacks = z.object({ entries: z.array(putBack) });
/** Long enough that a card which was left in the wrong place is not commented on again and again. */
const PUT_BACK_TTL = { value: 60, unit: 'DAYS' } as const;

/** Put-backs of cards. */
export const putBackStore: PutBackStore = {
  read: async (issueId) => (await readValue(putBacks, keys.putBacks(issueId)))?.entries ?? [],
  write: (issueId, entries) => writeValue(keys.putBacks(issueId), { entries }, PUT_BACK_TTL),
};
