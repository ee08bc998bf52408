import { kvs } from '@forge/kvs';
import * as z from 'zod';
import type { DroppedFieldStore } from '../usecases/ports';
import { keys } from './keys';
import { readValue, writeValue } from './kvs';

const stored = z.object({
  fields: z.array(z.object({ field: z.enum(['labels', 'duedate', 'reporter', 'assignee']), at: z.number() })),
});

/** Optional fields that Jira refused, in the app's key-value store. */
export const droppedFieldStore: DroppedFieldStore = {
  read: async (place) => (await readValue(stored, keys.droppedFields(place)))?.fields ?? [],
  write: async (place, fields) => {
    const key = keys.droppedFields(place);
    if (fields.length === 0) await kvs.delete(key);
    else await writeValue(key, { fields });
  },
};
