import * as z from 'zod';
import type { HealthStore } from '../usecases/ports';
import { keys } from './keys';
import { readValue, writeValue } from './kvs';

const check = z.object({
  code: z.string(),
  ok: z.boolean(),
  text: z.string(),
  fix: z.string().optional(),
  isWarning: z.boolean().optional(),
  subject: z
    .object({
      connectionId: z.string(),
      projectId: z.string(),
      issueTypeId: z.string(),
      ruleId: z.string(),
    })
    .partial()
    .optional(),
});
const stored = z.object({ checks: z.array(check), checkedAt: z.number() });

/** What the last check of the configuration found, in the app's key-value store. */
export const healthStore: HealthStore = {
  read: () => readValue(stored, keys.health),
  write: (found) => writeValue(keys.health, found),
};
