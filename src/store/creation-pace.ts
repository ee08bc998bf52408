import * as z from 'zod';
import type { CreationPaceStore } from '../usecases/ports';
import { keys } from './keys';
import { readValue, writeValue } from './kvs';

const stored = z.object({ made: z.int().nonnegative() });
/** Asked for during its hour only. */
const TTL = { value: 2, unit: 'HOURS' } as const;
/** So many new issues are written down at once, so that a busy hour costs a tenth of a write for each. */
const BLOCK = 10;

/**
 * New issues by cluster and hour, in the app's key-value store. What a function has not written down yet is lost with it, and
 * two that write at the same time count as one, so a cap is exceeded by some tens of issues at worst.
 *
 * @param unsaved what this function made since it last wrote; kept while the function stays warm, for one site.
 */
export function createCreationPaceStore(unsaved: Map<string, number>): CreationPaceStore {
  const saved = async (key: string) => (await readValue(stored, key))?.made ?? 0;
  return {
    async count(cluster, hour) {
      const key = keys.creationPace(cluster, hour);
      return (await saved(key)) + (unsaved.get(key) ?? 0);
    },
    async add(cluster, hour) {
      const key = keys.creationPace(cluster, hour);
      for (const other of unsaved.keys())
        if (other !== key && other.startsWith(keys.creationPaces(cluster))) unsaved.delete(other);
      const made = (unsaved.get(key) ?? 0) + 1;
      unsaved.set(key, made % BLOCK);
      if (made === BLOCK) await writeValue(key, { made: (await saved(key)) + BLOCK }, TTL);
    },
  };
}
