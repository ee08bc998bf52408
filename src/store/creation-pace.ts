import * as z from 'zod';
import type { CreationPaceStore } from '../usecases/ports';
import { keys } from './keys';
import { readValue } from './kvs';

const paceSchema = z.object({ hour: z.int(), made: z.int().nonnegative() });
type Pace = z.infer<typeof paceSchema>;

/** What a warm function of one site remembers of the pace, by cluster. */
export class PaceMemory extends Map<string, Pace & { isSaved: boolean; readAt: number }> {}

/** A function believes its own count for so long, so that a burst does not read it for each issue. */
const READ_EVERY_MS = 10_000;

/**
 * New issues by cluster and hour. The count is written along with the link of a new issue, so that it costs no write of its
 * own. Functions that run side by side overwrite each other's count, and each believes its own for a while, so a cap may
 * be exceeded by what they make within ten seconds.
 */
export function createCreationPaceStore(memory: PaceMemory, now: () => number): CreationPaceStore {
  return {
    async count(cluster, hour) {
      const known = memory.get(cluster);
      if (known?.hour === hour && now() - known.readAt < READ_EVERY_MS) return known.made;
      const stored = await readValue(paceSchema, keys.creationPace(cluster));
      // What was made while the count was read is in the memory alone.
      const local = memory.get(cluster);
      const [saved, own] = [stored, local].map((pace) => (pace?.hour === hour ? pace.made : 0));
      const made = Math.max(saved ?? 0, own ?? 0);
      const isSaved = made > (own ?? 0) || local?.isSaved !== false;
      memory.set(cluster, { hour, made, isSaved, readAt: now() });
      return made;
    },
    async add(cluster, hour) {
      // Whoever asked for the count before it made anything in this hour need not ask again.
      if (memory.get(cluster)?.hour !== hour) await this.count(cluster, hour);
      const local = memory.get(cluster);
      const made = local?.hour === hour ? local.made : 0;
      memory.set(cluster, { hour, made: made + 1, isSaved: false, readAt: local?.readAt ?? now() });
    },
  };
}

/** The count to write along with a link of the cluster, if it is not written yet. */
export function takeUnsavedPace(
  memory: PaceMemory,
  cluster: string,
): { key: string; value: Pace } | undefined {
  const pace = memory.get(cluster);
  if (pace === undefined || pace.isSaved) return undefined;
  pace.isSaved = true;
  return { key: keys.creationPace(cluster), value: { hour: pace.hour, made: pace.made } };
}
