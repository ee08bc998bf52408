import { privacy } from '@forge/api';
import * as z from 'zod';
import type { Privacy } from '../usecases/ports';
import { keys } from './keys';
import { readValue, writeValue } from './kvs';

const stored = z.object({ at: z.number() });

/** The platform's privacy API, and in the app's key-value store when it was last called. */
export const privacyReports: Privacy = {
  lastReportAt: async () => (await readValue(stored, keys.privacyReport))?.at ?? 0,
  noteReport: (at) => writeValue(keys.privacyReport, { at }),
  async report(accounts) {
    const updates = await privacy.reportPersonalData(
      accounts.map(({ accountId, since }) => ({ accountId, updatedAt: new Date(since).toISOString() })),
    );
    return updates.flatMap(({ accountId, status }) => (status === 'closed' ? [accountId] : []));
  },
};
