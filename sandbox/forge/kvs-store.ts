import type { Clock } from '../clock';

/** A stored value. */
export interface StoredValue {
  /** JSON. */
  text: string;
  /** Unix milliseconds. */
  createdAt: number;
  updatedAt: number;
  /** Unix milliseconds after which it may vanish at any time. */
  expiresAt: number | undefined;
}

/** Plain values, secrets and each entity have a space of keys of their own. */
export type Space = 'plain' | 'secret' | `entity:${string}`;

interface Change {
  at: number;
  key: string;
  value: StoredValue | undefined;
}

/** What queries read: values as they were some time ago, the changes since, and the values in order as long as nothing changes. */
interface Index {
  values: Map<string, StoredValue>;
  changes: Change[];
  inOrder: [string, StoredValue][] | undefined;
}

/** What decides how long ago a query looks. */
export interface StoreTimes {
  queryLagMs: number;
  readableAfterExpiryMs: () => number;
  isIndexFrozen: () => boolean;
}

/** One installation's values. Reads by key see every write; the index that queries read lags behind. */
export class KvsStore {
  private readonly values = new Map<Space, Map<string, StoredValue>>();
  private readonly indexes = new Map<Space, Index>();

  constructor(
    private readonly clock: Clock,
    private readonly times: StoreTimes,
  ) {}

  /** Reads by key, strongly consistent. */
  read(space: Space, key: string): StoredValue | undefined {
    const value = this.values.get(space)?.get(key);
    return value !== undefined && this.isReadable(value) ? value : undefined;
  }

  /** @returns what it replaced. */
  write(space: Space, key: string, text: string, ttlMs?: number): StoredValue | undefined {
    const now = this.clock.now();
    const before = this.read(space, key);
    const value: StoredValue = {
      text,
      createdAt: before?.createdAt ?? now,
      updatedAt: now,
      expiresAt: ttlMs === undefined ? undefined : now + ttlMs,
    };
    this.change(space, key, value);
    return before;
  }

  remove(space: Space, key: string): void {
    this.change(space, key, undefined);
  }

  /** Every value as `read` sees it, in order of keys. */
  list(space: Space): [string, StoredValue][] {
    return this.readable(inOrder(this.values.get(space) ?? new Map<string, StoredValue>()));
  }

  /** Every value as the lagging index has it, in order of keys. */
  listIndexed(space: Space): [string, StoredValue][] {
    const index = this.indexes.get(space);
    if (index === undefined) return [];
    if (!this.times.isIndexFrozen()) this.catchUp(index);
    index.inOrder ??= inOrder(index.values);
    return this.readable(index.inOrder);
  }

  clear(): void {
    this.values.clear();
    this.indexes.clear();
  }

  private catchUp(index: Index): void {
    const seen = this.clock.now() - this.times.queryLagMs;
    let count = 0;
    for (const { at, key, value } of index.changes) {
      if (at > seen) break;
      if (value === undefined) index.values.delete(key);
      else index.values.set(key, value);
      count += 1;
    }
    if (count === 0) return;
    index.changes.splice(0, count);
    index.inOrder = undefined;
  }

  private change(space: Space, key: string, value: StoredValue | undefined): void {
    const values = this.values.get(space) ?? new Map<string, StoredValue>();
    this.values.set(space, values);
    if (value === undefined) values.delete(key);
    else values.set(key, value);
    const index = this.indexes.get(space) ?? {
      values: new Map<string, StoredValue>(),
      changes: [],
      inOrder: undefined,
    };
    this.indexes.set(space, index);
    index.changes.push({ at: this.clock.now(), key, value });
  }

  private isReadable({ expiresAt }: StoredValue): boolean {
    return expiresAt === undefined || this.clock.now() < expiresAt + this.times.readableAfterExpiryMs();
  }

  private readable(values: readonly [string, StoredValue][]): [string, StoredValue][] {
    return values.filter(([, value]) => this.isReadable(value));
  }
}

function inOrder(values: ReadonlyMap<string, StoredValue>): [string, StoredValue][] {
  return [...values].sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0));
}
