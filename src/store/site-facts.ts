import * as z from 'zod';
import type { SiteFacts } from '../usecases/ports';
import { keys } from './keys';
import { readValue, writeValue } from './kvs';

const stored = z.object({ value: z.string(), at: z.number() });
/** A renamed site is noticed after so long, in milliseconds. */
const KEEP_MS = 24 * 3_600_000;

/**
 * Facts of a site: remembered while the function stays warm, and in the app's key-value store for the next cold start. Warm
 * functions serve several sites, so what is remembered is kept by site.
 */
export function createSiteFacts(warm: Map<string, string>, site: string, now: () => number): SiteFacts {
  const nameOf = (name: string) => `${site} ${name}`;
  return {
    get: async (name) => {
      const known = warm.get(nameOf(name));
      if (known !== undefined) return known;
      const found = await readValue(stored, keys.siteFact(name));
      if (found === undefined || now() - found.at > KEEP_MS) return undefined;
      warm.set(nameOf(name), found.value);
      return found.value;
    },
    set: async (name, value) => {
      warm.set(nameOf(name), value);
      await writeValue(keys.siteFact(name), { value, at: now() });
    },
  };
}
