import { randomUUID } from 'node:crypto';
import type { Ttl } from '@forge/kvs';
import { activityEntry, type ActivityEntry } from '../domain/activity';
import type { ActivityStore } from '../usecases/ports';
import { keys } from './keys';
import { listValues, readValue, writeIfAbsent, writeValue } from './kvs';
import { KEPT_DAYS } from './retention';

const DAY_MS = 24 * 3_600_000;
/** Entries that are the record of who decided what, or was refused. */
const AUDITED: readonly ActivityEntry['kind'][] = ['decision', 'refusal', 'put_back'];

/**
 * The activity list in the app's key-value store, newest first.
 *
 * @param auditDays for how many days decisions and refusals are kept, by the settings; a year at most (Forge KVS, TTL).
 */
export function createActivityStore(now: () => number, auditDays: () => Promise<number>): ActivityStore {
  const retention = async ({ kind }: Pick<ActivityEntry, 'kind'>) => {
    const value = AUDITED.includes(kind) ? await auditDays() : KEPT_DAYS.activity;
    return { value, unit: 'DAYS' } as const satisfies Ttl;
  };
  return {
    add: async (entry) => {
      const id = randomUUID();
      const at = now();
      await writeValue(keys.activity(at, id), { ...entry, id, at }, await retention(entry));
    },
    addOnce: async (entry) => {
      await writeIfAbsent(keys.activity(entry.at, entry.id), entry, await retention(entry));
    },
    replace: async (entry) => {
      const { value, unit } = await retention(entry);
      // A record that is written anew ends when it would have ended.
      const left = Math.max(1, value - Math.floor((now() - entry.at) / DAY_MS));
      await writeValue(keys.activity(entry.at, entry.id), entry, { value: left, unit });
    },
    read: (at, id) => readValue(activityEntry, keys.activity(at, id)),
    list: async (limit, pageToken) => {
      const { values, ...rest } = await listValues(activityEntry, keys.activities, { limit, pageToken });
      return { entries: values, ...rest };
    },
  };
}
