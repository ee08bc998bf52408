import { kvs } from '@forge/kvs';
import * as z from 'zod';
import { liveDecision, settledDecision } from '../domain/live-decision';
import { putBack } from '../domain/put-back';
import type { DecisionStore, PutBackStore } from '../usecases/ports';
import { keys } from './keys';
import { listValues, readValue, writeIfAbsent, writeValue } from './kvs';
import { forDays, KEPT_DAYS } from './retention';

const wonLoan = z.object({ since: z.number() });

/** Decisions that wait for a relay, in the app's key-value store. */
export const decisionStore: DecisionStore = {
  read: (cluster, requestId) => readValue(liveDecision, keys.decision(cluster, requestId)),
  write: (live) => writeValue(keys.decision(live.decision.cluster, live.decision.requestId), live),
  remove: (cluster, requestId) => kvs.delete(keys.decision(cluster, requestId)),
  winLoan: async (decisionId, loan, now) => {
    const key = keys.loan(decisionId, loan);
    if (await writeIfAbsent(key, { since: now }, forDays(KEPT_DAYS.loan))) return { won: true };
    // Gone in between means that it was old enough to be forgotten.
    return { won: false, since: (await readValue(wonLoan, key))?.since ?? 0 };
  },
  list: async (cluster) => (await listValues(liveDecision, keys.decisions(cluster))).values,
  readSettled: (cluster, requestId) => readValue(settledDecision, keys.settled(cluster, requestId)),
  writeSettled: (cluster, requestId, settled) =>
    writeValue(keys.settled(cluster, requestId), settled, forDays(KEPT_DAYS.settled)),
};

const putBacks = z.object({ entries: z.array(putBack) });

/** Put-backs of cards. */
export const putBackStore: PutBackStore = {
  read: async (issueId) => (await readValue(putBacks, keys.putBacks(issueId)))?.entries ?? [],
  write: (issueId, entries) => writeValue(keys.putBacks(issueId), { entries }, forDays(KEPT_DAYS.putBacks)),
};
