import type { z } from 'zod';
import type { FakeClock, Effects } from './effects';

/** Forge's limits (Forge KVS): key pattern and length, size of a value, and what one write unit holds. */
const KEY = /^(?!\s+$)[a-zA-Z0-9:._\s#-]{1,500}$/;
const MAX_VALUE_BYTES = 240 * 1024;
const UNIT_BYTES = 10_240;

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
  private readonly values = new Map<
    string,
    { json: string; history: { at: number; json: string | undefined }[] }
  >();

  constructor(
    private readonly clock: FakeClock,
    private readonly effects: Effects,
  ) {}

  async get<T>(schema: z.ZodType<T>, key: string): Promise<T | undefined> {
    await this.step();
    this.reads += 1;
    const found = this.values.get(key);
    return found === undefined || found.json === '' ? undefined : schema.parse(JSON.parse(found.json));
  }

  async set(...entries: { key: string; value: object }[]): Promise<void> {
    await this.step();
    let bytes = 0;
    for (const { key, value } of entries) bytes += this.put(key, JSON.stringify(value));
    this.writeUnits += Math.ceil(bytes / UNIT_BYTES);
    this.effects.note(`kvs set ${entries.map(({ key }) => key).join(' + ')}`);
  }

  /** @returns whether the key was free. */
  async setIfAbsent(key: string, value: object): Promise<boolean> {
    await this.step();
    const current = this.values.get(key);
    if (current !== undefined && current.json !== '') return false;
    this.writeUnits += Math.ceil(this.put(key, JSON.stringify(value)) / UNIT_BYTES);
    this.effects.note(`kvs claim ${key}`);
    return true;
  }

  async delete(key: string): Promise<void> {
    await this.step();
    if (!this.values.has(key)) return;
    this.put(key, '');
    this.writeUnits += 1;
    this.effects.note(`kvs delete ${key}`);
  }

  /** Values by key prefix as they were `listLagMs` ago, in the order of their keys. */
  async list<T>(schema: z.ZodType<T>, prefix: string, limit: number, pageToken?: string) {
    await this.step();
    this.reads += 1;
    const asOf = this.clock.now() - this.listLagMs;
    const keys = [...this.values.keys()].filter((key) => key.startsWith(prefix)).sort();
    const shown = keys.flatMap((key) => {
      const json = this.values.get(key)?.history.findLast(({ at }) => at <= asOf)?.json;
      return json === undefined || json === '' ? [] : [{ key, value: schema.parse(JSON.parse(json)) }];
    });
    const after = shown.filter(({ key }) => pageToken === undefined || key > pageToken);
    const page = after.slice(0, limit);
    const nextPageToken = after.length > limit ? page.at(-1)?.key : undefined;
    return {
      values: page.map(({ value }) => value),
      ...(nextPageToken !== undefined && { nextPageToken }),
    };
  }

  /** All keys that hold something, for assertions. */
  keys(prefix = ''): string[] {
    return [...this.values]
      .filter(([key, { json }]) => key.startsWith(prefix) && json !== '')
      .map(([key]) => key);
  }

  private put(key: string, json: string): number {
    if (!KEY.test(key)) throw new Error(`the store refuses the key ${key}`);
    const bytes = Buffer.byteLength(json);
    if (bytes > MAX_VALUE_BYTES) throw new Error(`the store refuses ${bytes} bytes under ${key}`);
    const history = this.values.get(key)?.history ?? [];
    history.push({ at: this.clock.now(), json });
    this.values.set(key, { json, history });
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
