import { kvs } from '@forge/kvs';
import * as z from 'zod';
import { provisionRun } from '../domain/provision/run';
import type { ProvisionStore } from '../usecases/provision/ports';
import { readValue, writeIfAbsent, writeValue } from './kvs';

/** Project keys are capital letters and digits, which the store takes as they are (Forge KVS, key pattern). */
const runKey = (key: string) => `provision:${key}`;
const turnKey = (key: string) => `provision-turn:${key}`;

const turn = z.object({ id: z.string(), until: z.number() });

/**
 * Set-ups by the project key that was asked for. Values that have run out may stay readable for two days (Forge KVS,
 * time to live), so a turn carries its end itself.
 */
export const provisionStore: ProvisionStore = {
  read: (key) => readValue(provisionRun, runKey(key)),
  write: (run) => writeValue(runKey(run.key), run),
  takeTurn: async (key, { id, now, until }) => {
    if (await writeIfAbsent(turnKey(key), { id, until })) return true;
    const current = await readValue(turn, turnKey(key));
    if (current !== undefined && current.until > now) return false;
    await kvs.delete(turnKey(key));
    return writeIfAbsent(turnKey(key), { id, until });
  },
  endTurn: async (key, id) => {
    const current = await readValue(turn, turnKey(key));
    if (current?.id === id) await kvs.delete(turnKey(key));
  },
};
