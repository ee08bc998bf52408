import { z } from 'zod';
import { settings } from '../domain/settings';
import type { SettingsStore } from '../usecases/ports';
import { keys } from './keys';
import { readValue, writeIfAbsent, writeValue } from './kvs';

const stored = z.object({ settings, version: z.int().positive(), internalComments: z.boolean() });

/**
 * Settings with optimistic locking. Each version has a key of its own that only one writer can create; the pointer beside it
 * is what is read.
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
    return true;
  },
};
