import * as z from 'zod';
import type { CreationPaceStore } from '../usecases/ports';
import { keys } from './keys';
import { readValue } from './kvs';

const paceSchema = z.object({ hour: z.int(), made: z.int().nonnegative() });
type Pace = z.infer<typeof paceSchema>;

/** What a warm function of one site remembers of the pace, by cluster. */
export class PaceMemory extends Map<string, Pace & { isSaved: boolean }> {}

/**
 * New issues by cluster and hour. The count is written along with the link of a new issue, so that it costs no write of its
 * own. Functions that run side by side overwrite each other's count, so a cap may be exceeded by as many times as there are
 * of them, which for one relay is rarely more than one.
 */
export function createCreationPaceStore(memory: PaceMemory): CreationPaceStore {
  return {
    async count(cluster, hour) {
      const stored = await readValue(paceSchema, keys.creationPace(cluster));
      const [saved, local] = [stored, memory.get(cluster)].map((pace) =>
        pace?.hour === hour ? pace.made : 0,
      );
      const most = Math.max(saved ?? 0, local ?? 0);
      // Remembered, so that adding to it costs no second read.
      if (most > (local ?? 0)) memory.set(cluster, { hour, made: most, isSaved: true });
      return most;
    },
    async add(cluster, hour) {
      // Whoever asked for the count before it made anything in this hour need not ask again.
      if (memory.get(cluster)?.hour !== hour) await this.count(cluster, hour);
      const local = memory.get(cluster);
      const made = local?.hour === hour ? local.made : 0;
      memory.set(cluster, { hour, made: made + 1, isSaved: false });
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
