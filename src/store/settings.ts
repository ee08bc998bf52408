import * as z from 'zod';
import { settings } from '../domain/settings';
import type { SettingsStore } from '../usecases/ports';
import { keys } from './keys';
import { readValue, writeIfAbsent, writeValue } from './kvs';
import { forDays, KEPT_DAYS } from './retention';

/** What was stored while there was one project says of it alone whether it is a service project. */
function upgrade(value: unknown): unknown {
  if (typeof value !== 'object' || value === null || !('internalComments' in value)) return value;
  const { internalComments, ...others }: Record<string, unknown> = { ...value };
  const project = z.object({ settings: z.object({ projectId: z.string() }) }).safeParse(value);
  const isService = internalComments === true && project.success;
  return { ...others, serviceProjectIds: isService ? [project.data.settings.projectId] : [] };
}

const stored = z.preprocess(
  upgrade,
  z.object({ settings, version: z.int().positive(), serviceProjectIds: z.array(z.string()) }),
);

/**
 * Settings with optimistic locking. Each version has a key of its own that only one writer can create; the pointer beside it
 * is what is read. The key of the version before stays taken for a while, empty, so that it keeps nobody's account.
 */
export const settingsStore: SettingsStore = {
  read: () => readValue(stored, keys.settings),
  write: async (next) => {
    if (!(await writeIfAbsent(keys.settingsVersion(next.version), next))) {
      // Whoever won may have been cut off before moving the pointer.
      const winner = await readValue(stored, keys.settingsVersion(next.version));
      const current = await readValue(stored, keys.settings);
      if (winner !== undefined && (current?.version ?? 0) < winner.version)
        await writeValue(keys.settings, winner);
      return false;
    }
    await writeValue(keys.settings, next);
    if (next.version > 1)
      await writeValue(keys.settingsVersion(next.version - 1), {}, forDays(KEPT_DAYS.replacedSettings));
    return true;
  },
};
