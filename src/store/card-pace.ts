import * as z from 'zod';
import type { CardPaceStore } from '../usecases/ports';
import { keys } from './keys';
import { readValue, writeIfAbsent } from './kvs';

const taken = z.object({ decisionId: z.string() });
/** A move is judged at most so long after it: by the daily sweep at the latest. */
const TTL = { value: 2, unit: 'DAYS' } as const;

/** Each place is a key of its own, since the store counts nothing but can say who was first (Forge KVS, `FAIL_IF_EXISTS`). */
export const cardPaceStore: CardPaceStore = {
  async take({ accountId, minute, decisionId, places }) {
    for (let place = 0; place < places; place += 1) {
      const key = keys.cardPace(accountId, minute, place);
      if (await writeIfAbsent(key, { decisionId }, TTL)) return true;
      if ((await readValue(taken, key))?.decisionId === decisionId) return true;
    }
    return false;
  },
};
