import { z } from 'zod';
import { entityConditions } from './kvs-entities';
import { invalid } from './kvs-limits';

/* The bodies that the storage package sends (Forge KVS, as its SDK builds them). */

const MAX_TTL_MS = 366 * 24 * 3_600_000;
const UNIT_MS = { SECONDS: 1_000, MINUTES: 60_000, HOURS: 3_600_000, DAYS: 86_400_000 } as const;

const metadataField = z.enum(['CREATED_AT', 'UPDATED_AT', 'EXPIRE_TIME']);
const readOptions = z.strictObject({ metadataFields: z.array(metadataField).default([]) });
const ttl = z.strictObject({
  value: z.number().positive(),
  unit: z.enum(['SECONDS', 'MINUTES', 'HOURS', 'DAYS']),
});
const writeOptions = z.strictObject({
  ttl: ttl.optional(),
  keyPolicy: z.enum(['OVERRIDE', 'FAIL_IF_EXISTS']).default('OVERRIDE'),
  returnValue: z.enum(['PREVIOUS', 'LATEST']).optional(),
  returnMetadataFields: z.array(metadataField).default([]),
});

/** Options of a write that is one of several: a TTL and nothing else. */
const partOptions = z.strictObject({ ttl: ttl.optional() });

/** Names the value: of an entity when that is named. */
const address = { key: z.string(), entityName: z.string().optional() };

export const getRequest = z.strictObject({ ...address, options: readOptions.optional() });
export const setRequest = z.strictObject({
  ...address,
  value: z.unknown(),
  options: writeOptions.optional(),
});
export const deleteRequest = z.strictObject(address);

const setPart = z.strictObject({ ...address, value: z.unknown(), options: partOptions.optional() });

export const batchGet = z.array(getRequest).min(1).max(25);
export const batchSet = z.array(setPart).min(1).max(25);
export const batchDelete = z.array(deleteRequest).min(1).max(25);

export const transaction = z.strictObject({
  set: z.array(setPart.extend({ conditions: entityConditions.optional() })).default([]),
  delete: z.array(deleteRequest.extend({ conditions: entityConditions.optional() })).default([]),
  check: z
    .array(z.strictObject({ key: z.string(), entityName: z.string(), conditions: entityConditions }))
    .default([]),
});

export const keyQuery = z.strictObject({
  limit: z.int().min(1).max(100).default(10),
  after: z.string().optional(),
  where: z
    .array(
      z.strictObject({
        property: z.literal('key'),
        condition: z.literal('BEGINS_WITH'),
        values: z.tuple([z.string()]),
      }),
    )
    .max(1)
    .default([]),
  options: readOptions.optional(),
});

/** Milliseconds of a TTL. @throws KvsError when it is over a year. */
export function ttlMsOf(given: z.infer<typeof ttl> | undefined): number | undefined {
  if (given === undefined) return undefined;
  const millis = given.value * UNIT_MS[given.unit];
  if (millis > MAX_TTL_MS) throw invalid('VALIDATION_ERROR', 'A TTL is at most one year.');
  return millis;
}

/** The parsed body. @throws KvsError when it is not of that shape. */
export function parseBody<T>(schema: z.ZodType<T>, body: unknown): T {
  const parsed = schema.safeParse(body);
  if (parsed.success) return parsed.data;
  throw invalid('VALIDATION_ERROR', z.prettifyError(parsed.error));
}
