import * as z from 'zod';
import type { CardPaceStore } from '../usecases/ports';
import { keys } from './keys';
import { readValue, writeIfAbsent } from './kvs';
import { forDays, KEPT_DAYS } from './retention';

const taken = z.object({ decisionId: z.string() });

/** Each place is a key of its own, since the store counts nothing but can say who was first (Forge KVS, `FAIL_IF_EXISTS`). */
export const cardPaceStore: CardPaceStore = {
  async take({ accountId, minute, decisionId, places }) {
    for (let place = 0; place < places; place += 1) {
      const key = keys.cardPace(accountId, minute, place);
      if (await writeIfAbsent(key, { decisionId }, forDays(KEPT_DAYS.cardPace))) return true;
      if ((await readValue(taken, key))?.decisionId === decisionId) return true;
    }
    return false;
  },
};
