import { ForgeKvsAPIError, kvs, WhereConditions, type Ttl } from '@forge/kvs';
import type { z } from 'zod';

const PAGE_SIZE = 100;

/** Reads a value, checked against its schema, by a strongly consistent read. A value of another shape counts as absent. */
export async function readValue<T>(schema: z.ZodType<T>, key: string): Promise<T | undefined> {
  const parsed = schema.safeParse(await kvs.get<unknown>(key));
  return parsed.success ? parsed.data : undefined;
}

/** Reads a value out of the secret store. */
export async function readSecret<T>(schema: z.ZodType<T>, key: string): Promise<T | undefined> {
  const parsed = schema.safeParse(await kvs.getSecret<unknown>(key));
  return parsed.success ? parsed.data : undefined;
}

/** Stores a value, optionally for a limited time. */
export async function writeValue(key: string, value: object, ttl?: Ttl): Promise<void> {
  await kvs.set(key, value, ttl && { ttl });
}

/**
 * Stores a value only when the key is free: the store's atomic primitive (Forge KVS, `FAIL_IF_EXISTS`).
 *
 * @returns whether this call stored it.
 */
export async function writeIfAbsent(key: string, value: object, ttl?: Ttl): Promise<boolean> {
  try {
    await kvs.set(key, value, { keyPolicy: 'FAIL_IF_EXISTS', ...(ttl && { ttl }) });
    return true;
  } catch (error) {
    if (error instanceof ForgeKvsAPIError && error.code === 'KEY_CONFLICT') return false;
    throw error;
  }
}

/** Stores several values in one atomic step. */
export async function writeTogether(values: readonly { key: string; value: object }[]): Promise<void> {
  const transaction = kvs.transact();
  for (const { key, value } of values) transaction.set(key, value);
  await transaction.execute();
}

/** A page of values by key prefix, from an index that lags behind writes. Values of another shape are left out. */
export async function listValues<T>(
  schema: z.ZodType<T>,
  prefix: string,
  options: { limit?: number; pageToken?: string | undefined } = {},
): Promise<{ values: T[]; nextPageToken?: string }> {
  let query = kvs
    .query()
    .where('key', WhereConditions.beginsWith(prefix))
    .limit(options.limit ?? PAGE_SIZE);
  if (options.pageToken !== undefined) query = query.cursor(options.pageToken);
  const page = await query.getMany<unknown>();
  const values = page.results.flatMap(({ value }) => {
    const parsed = schema.safeParse(value);
    return parsed.success ? [parsed.data] : [];
  });
  return page.nextCursor === undefined ? { values } : { values, nextPageToken: page.nextCursor };
}
