import * as z from 'zod';
import type { QuotaStore } from '../usecases/ports';
import { keys } from './keys';
import { readValue, writeValue } from './kvs';

const stored = z.object({ until: z.number() });
/** Longer than any quota takes to come back: it is counted by the hour (Jira rate limits). */
const TTL = { value: 1, unit: 'DAYS' } as const;

/** The pause after a used-up quota, in the app's key-value store, so that it holds for every invocation. */
export const quotaStore: QuotaStore = {
  pausedUntil: async () => (await readValue(stored, keys.quotaPause))?.until ?? 0,
};

/** Remembers until when the quota is used up. */
export function pauseUntil(until: number): Promise<void> {
  return writeValue(keys.quotaPause, { until }, TTL);
}
