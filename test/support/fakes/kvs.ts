import type { z } from 'zod';
import type { FakeClock, Effects } from './effects';

/** Forge's limits (Forge KVS): key pattern and length, size of a value, and what one write unit holds. */
const KEY = /^(?!\s+$)[a-zA-Z0-9:._\s#-]{1,500}$/;
const MAX_VALUE_BYTES = 240 * 1024;
const UNIT_BYTES = 10_240;

const DAY_MS = 24 * 3_600_000;
/** How far back lists can lag behind. */
const HISTORY_MS = 600_000;

interface Stored {
  /** Empty when it was deleted. */
  json: string;
  history: { at: number; json: string | undefined }[];
  /** When its time to live is over, Unix milliseconds. */
  until: number;
}

/** Index of the first of sorted keys that is not before `from`. */
function firstFrom(keys: readonly string[], from: string): number {
  let [low, high] = [0, keys.length];
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((keys[middle] ?? '') < from) low = middle + 1;
    else high = middle;
  }
  return low;
}

/**
 * The app's key-value store as far as the stores need it: strongly consistent reads by key, set-if-absent, transactions that
 * are counted as a whole, and lists that show what was there some seconds ago. Values are copied as JSON, so that nobody
 * shares an object and `undefined` does not survive.
 */
export class FakeKvs {
  /** How far lists lag behind, in milliseconds. */
  listLagMs = 0;
  writeUnits = 0;
  reads = 0;
  private readonly values = new Map<string, Stored>();
  /** All keys, in order. */
  private readonly sortedKeys: string[] = [];

  constructor(
    private readonly clock: FakeClock,
    private readonly effects: Effects,
  ) {}

  async get<T>(schema: z.ZodType<T>, key: string): Promise<T | undefined> {
    await this.step();
    this.reads += 1;
    const found = this.values.get(key);
    return found === undefined || this.isFree(found) ? undefined : schema.parse(JSON.parse(found.json));
  }

  async set(...entries: { key: string; value: object; days?: number }[]): Promise<void> {
    await this.step();
    let bytes = 0;
    for (const { key, value, days } of entries) bytes += this.put(key, JSON.stringify(value), days);
    this.writeUnits += Math.ceil(bytes / UNIT_BYTES);
    this.effects.note(`kvs set ${entries.map(({ key }) => key).join(' + ')}`);
  }

  /** @returns whether the key was free. */
  async setIfAbsent(key: string, value: object, days?: number): Promise<boolean> {
    await this.step();
    const current = this.values.get(key);
    if (current !== undefined && !this.isFree(current)) return false;
    this.writeUnits += Math.ceil(this.put(key, JSON.stringify(value), days) / UNIT_BYTES);
    this.effects.note(`kvs claim ${key}`);
    return true;
  }

  async delete(key: string): Promise<void> {
    await this.step();
    if (!this.values.has(key)) return;
    this.put(key, '', undefined);
    this.writeUnits += 1;
    this.effects.note(`kvs delete ${key}`);
  }

  /** Values by key prefix as they were `listLagMs` ago, in the order of their keys. */
  async list<T>(schema: z.ZodType<T>, prefix: string, limit: number, pageToken?: string) {
    await this.step();
    this.reads += 1;
    const asOf = this.clock.now() - this.listLagMs;
    const page: { key: string; value: T }[] = [];
    for (let index = firstFrom(this.sortedKeys, pageToken ?? prefix); ; index += 1) {
      const key = this.sortedKeys[index];
      if (key?.startsWith(prefix) !== true) break;
      if (key === pageToken) continue;
      const stored = this.values.get(key);
      if (stored !== undefined && this.isForgotten(stored)) {
        this.values.delete(key);
        this.sortedKeys.splice(index, 1);
        index -= 1;
        continue;
      }
      const json = stored?.history.findLast(({ at }) => at <= asOf)?.json;
      if (stored === undefined || json === undefined || json === '' || this.isOver(stored)) continue;
      // There is one more, so there is another page.
      if (page.length === limit) {
        const nextPageToken = page.at(-1)?.key;
        return {
          values: page.map(({ value }) => value),
          ...(nextPageToken !== undefined && { nextPageToken }),
        };
      }
      page.push({ key, value: schema.parse(JSON.parse(json)) });
    }
    return { values: page.map(({ value }) => value) };
  }

  /** All keys that hold something, for assertions. */
  keys(prefix = ''): string[] {
    return [...this.values]
      .filter(([key, stored]) => key.startsWith(prefix) && !this.isFree(stored))
      .map(([key]) => key);
  }

  private isOver({ until }: Stored): boolean {
    return this.clock.now() >= until;
  }

  /** Whether nothing is stored under the key any more: it was deleted, or its time to live is over. */
  private isFree(stored: Stored): boolean {
    return stored.json === '' || this.isOver(stored);
  }

  /** Whether no list shows it any more, however far back it looks. */
  private isForgotten({ json, history, until }: Stored): boolean {
    const now = this.clock.now();
    const deletedAt = json === '' ? history.at(-1)?.at : until;
    return now - Math.min(deletedAt ?? until, until) > HISTORY_MS;
  }

  private put(key: string, json: string, days: number | undefined): number {
    if (!KEY.test(key)) throw new Error(`the store refuses the key ${key}`);
    const bytes = Buffer.byteLength(json);
    if (bytes > MAX_VALUE_BYTES) throw new Error(`the store refuses ${bytes} bytes under ${key}`);
    const known = this.values.get(key);
    if (known === undefined) this.sortedKeys.splice(firstFrom(this.sortedKeys, key), 0, key);
    const now = this.clock.now();
    // Lists lag by minutes at most, so nobody sees what is older.
    const lately = known?.history.filter(({ at }) => now - at < HISTORY_MS) ?? [];
    const last = known?.history.at(-1);
    const history = lately.length === 0 && last !== undefined ? [last] : lately;
    history.push({ at: now, json });
    this.values.set(key, { json, history, until: days === undefined ? Infinity : now + days * DAY_MS });
    return bytes + Buffer.byteLength(key);
  }

  /** Each call takes a turn of the event loop, so that invocations interleave as they do outside. */
  private async step(): Promise<void> {
    this.effects.mayRun();
    await this.turn();
    this.effects.mayRun();
  }

  /** Replaced by tests that choose the order of steps themselves. */
  turn: () => Promise<void> = () => Promise.resolve();
}
