import { randomUUID } from 'node:crypto';
import { activityEntry } from '../domain/activity';
import type { ActivityStore } from '../usecases/ports';
import { keys } from './keys';
import { listValues, readValue, writeIfAbsent, writeValue } from './kvs';

/** Entries are kept this long. */
const RETENTION = { value: 90, unit: 'DAYS' } as const;

/** The activity list in the app's key-value store, newest first. */
export function createActivityStore(now: () => number): ActivityStore {
  return {
    add: (entry) => {
      const id = randomUUID();
      const at = now();
      return writeValue(keys.activity(at, id), { ...entry, id, at }, RETENTION);
    },
    addOnce: async (entry) => {
      await writeIfAbsent(keys.activity(entry.at, entry.id), entry, RETENTION);
    },
    read: (at, id) => readValue(activityEntry, keys.activity(at, id)),
    list: async (limit, pageToken) => {
      const { values, ...rest } = await listValues(activityEntry, keys.activities, { limit, pageToken });
      return { entries: values, ...rest };
    },
  };
}
