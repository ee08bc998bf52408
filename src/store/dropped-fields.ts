import { kvs } from '@forge/kvs';
import * as z from 'zod';
import type { DroppedFieldStore } from '../usecases/ports';
import { keys } from './keys';
import { readValue, writeValue } from './kvs';

const stored = z.object({
  fields: z.array(z.object({ field: z.enum(['labels', 'duedate', 'reporter', 'assignee']), at: z.number() })),
});

type Fields = z.infer<typeof stored>['fields'];

/** Optional fields that Jira refused, in the app's key-value store. Read once by an invocation, however many issues it makes. */
export function createDroppedFieldStore(): DroppedFieldStore {
  const read = new Map<string, Promise<Fields>>();
  const fetch = async (key: string): Promise<Fields> => {
    try {
      return (await readValue(stored, key))?.fields ?? [];
    } catch (error) {
      read.delete(key);
      throw error;
    }
  };
  return {
    read: (place) => {
      const key = keys.droppedFields(place);
      const known = read.get(key) ?? fetch(key);
      read.set(key, known);
      return known;
    },
    write: async (place, fields) => {
      const key = keys.droppedFields(place);
      read.delete(key);
      if (fields.length === 0) await kvs.delete(key);
      else await writeValue(key, { fields });
    },
  };
}
