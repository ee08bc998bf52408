import * as z from 'zod';
import type { QuotaStore } from '../usecases/ports';
import { keys } from './keys';
import { readValue, writeValue } from './kvs';
import { forDays, KEPT_DAYS } from './retention';

const stored = z.object({ until: z.number() });

/** The pause after a used-up quota, in the app's key-value store, so that it holds for every invocation. */
export const quotaStore: QuotaStore = {
  pausedUntil: async () => (await readValue(stored, keys.quotaPause))?.until ?? 0,
};

/** Remembers until when the quota is used up. */
export function pauseUntil(until: number): Promise<void> {
  return writeValue(keys.quotaPause, { until }, forDays(KEPT_DAYS.quotaPause));
}
