import type { z } from 'zod';
import type { Clock } from '../clock';
import { attributesOf, entityQuery, findByIndex, meets, type entityConditions } from './kvs-entities';
import { checkKey, checkValue, invalid, KvsError, KvsRates, tooMany, unitsOf } from './kvs-limits';
import * as requests from './kvs-requests';
import { KvsStore, type Space, type StoredValue } from './kvs-store';
import type { EntityDefinition } from './manifest';
import type { ForgeFaults, KvsCounters, KvsInspection } from './types';

const MAX_TRANSACTION_OPERATIONS = 25;
const MAX_TRANSACTION_BYTES = 4_000_000;
/** A read that finds nothing is billed as 1 KB (Forge, pricing); so is, to be on the safe side, anything smaller. */
const LEAST_BILLED_BYTES = 1_000;

/** An answer of the store. */
export interface KvsAnswer {
  status: number;
  body?: unknown;
}

interface KvsOptions {
  clock: Clock;
  faults: ForgeFaults;
  queryLagMs: number;
  entities: readonly EntityDefinition[];
}

const NO_COUNTERS: KvsCounters = {
  readUnits: 0,
  writeUnits: 0,
  readBytes: 0,
  writeBytes: 0,
  reads: 0,
  writes: 0,
  deletes: 0,
  queries: 0,
  requests: 0,
};

/** The key-value store of one installation, by the routes that the storage package calls. */
export class Kvs {
  private readonly store: KvsStore;
  private readonly rates: KvsRates;
  private counters: KvsCounters = { ...NO_COUNTERS };

  constructor(private readonly options: KvsOptions) {
    const { clock, faults, queryLagMs } = options;
    this.store = new KvsStore(clock, {
      queryLagMs,
      readableAfterExpiryMs: () => faults.kvs.readableAfterExpiryMs,
      isIndexFrozen: () => faults.kvs.freezeQueries,
    });
    this.rates = new KvsRates(clock, faults.kvs);
  }

  /** Answers a call of the storage package. */
  handle(method: string, path: string, bodyText: string): KvsAnswer {
    try {
      this.takeFaults();
      this.counters.requests += 1;
      this.rates.takeRequest();
      if (method !== 'POST') throw new KvsError({ status: 405, code: 'BAD_REQUEST', message: 'Only POST.' });
      return this.route(path, JSON.parse(bodyText));
    } catch (error) {
      if (!(error instanceof KvsError)) throw error;
      const { status, ...body } = error.refusal;
      return { status, body };
    }
  }

  /** What tests may see and do. */
  inspection(): KvsInspection {
    const { store } = this;
    const view = ([key, { text, expiresAt }]: [string, StoredValue]) => ({
      key,
      value: JSON.parse(text) as unknown,
      expiresAt,
    });
    return {
      dump: (prefix = '') =>
        store
          .list('plain')
          .filter(([key]) => key.startsWith(prefix))
          .map(view),
      dumpSecrets: () =>
        store.list('secret').map(([key, { text }]) => ({ key, value: JSON.parse(text) as unknown })),
      peek: (key) => {
        const found = store.read('plain', key);
        return found === undefined ? undefined : (JSON.parse(found.text) as unknown);
      },
      poke: (key, value) => {
        store.write('plain', key, JSON.stringify(value));
      },
      remove: (key) => {
        store.remove('plain', key);
      },
      counters: () => ({ ...this.counters }),
      resetCounters: () => {
        this.counters = { ...NO_COUNTERS };
      },
      clear: () => {
        store.clear();
      },
    };
  }

  private takeFaults(): void {
    const { kvs } = this.options.faults;
    if (kvs.rateLimitNext > 0) {
      kvs.rateLimitNext -= 1;
      throw tooMany('requests (a fault that was switched on)');
    }
    if (kvs.failNext > 0) {
      kvs.failNext -= 1;
      throw new KvsError({ status: 500, code: 'INTERNAL_SERVER_ERROR', message: 'Something went wrong.' });
    }
  }

  private route(path: string, body: unknown): KvsAnswer {
    switch (path) {
      case '/api/v1/get':
        return this.get('plain', body);
      case '/api/v1/set':
        return this.set('plain', body);
      case '/api/v1/delete':
        return this.delete('plain', body);
      case '/api/v1/secret/get':
        return this.get('secret', body);
      case '/api/v1/secret/set':
        return this.set('secret', body);
      case '/api/v1/secret/delete':
        return this.delete('secret', body);
      case '/api/v1/entity/get':
        return this.get('entity', body);
      case '/api/v1/entity/set':
        return this.set('entity', body);
      case '/api/v1/entity/delete':
        return this.delete('entity', body);
      case '/api/v1/query':
        return this.query(body);
      case '/api/v1/entity/query':
        return this.queryEntity(body);
      case '/api/v1/batch/get':
        return this.batchGet(body);
      case '/api/v1/batch/set':
        return this.batchSet(body);
      case '/api/v1/batch/delete':
        return this.batchDelete(body);
      case '/api/v1/transaction':
        return this.transact(body);
      default:
        throw new KvsError({ status: 404, code: 'NOT_FOUND', message: `The store has no route ${path}.` });
    }
  }

  private get(kind: 'plain' | 'secret' | 'entity', body: unknown): KvsAnswer {
    const { key, entityName, options } = requests.parseBody(requests.getRequest, body);
    const space = this.spaceOf(kind, entityName);
    checkKey(key);
    const found = this.store.read(space, key);
    this.countRead(found === undefined ? 0 : Buffer.byteLength(found.text), key);
    this.counters.reads += 1;
    if (found === undefined)
      throw new KvsError({ status: 404, code: 'KEY_NOT_FOUND', message: 'Key not found.' });
    return { status: 200, body: shown(key, found, options?.metadataFields) };
  }

  private set(kind: 'plain' | 'secret' | 'entity', body: unknown): KvsAnswer {
    const { key, entityName, value, options } = requests.parseBody(requests.setRequest, body);
    const space = this.spaceOf(kind, entityName);
    checkKey(key);
    const text = checkValue(value);
    const ttlMs = requests.ttlMsOf(options?.ttl);
    this.countWrite(Buffer.byteLength(text), key);
    this.counters.writes += 1;
    if (options?.keyPolicy === 'FAIL_IF_EXISTS' && this.conflicts(space, key))
      throw new KvsError({ status: 409, code: 'KEY_CONFLICT', message: 'The key exists already.' });
    const before = this.store.write(space, key, text, ttlMs);
    if (options?.returnValue === undefined) return { status: 204 };
    const returned = options.returnValue === 'PREVIOUS' ? before : this.store.read(space, key);
    if (returned === undefined) return { status: 204 };
    return { status: 200, body: shown(key, returned, options.returnMetadataFields) };
  }

  private conflicts(space: Space, key: string): boolean {
    const { kvs } = this.options.faults;
    if (kvs.conflictNext > 0) {
      kvs.conflictNext -= 1;
      return true;
    }
    return this.store.read(space, key) !== undefined;
  }

  private delete(kind: 'plain' | 'secret' | 'entity', body: unknown): KvsAnswer {
    const { key, entityName } = requests.parseBody(requests.deleteRequest, body);
    const space = this.spaceOf(kind, entityName);
    checkKey(key);
    this.countWrite(0, key);
    this.counters.deletes += 1;
    if (this.store.read(space, key) === undefined)
      throw new KvsError({ status: 404, code: 'KEY_NOT_FOUND', message: 'Key not found.' });
    this.store.remove(space, key);
    return { status: 204 };
  }

  private query(body: unknown): KvsAnswer {
    const { limit, after, where, options } = requests.parseBody(requests.keyQuery, body);
    const prefix = where[0]?.values[0] ?? '';
    const values = this.store.listIndexed('plain').filter(([key]) => key.startsWith(prefix));
    return this.page(values, limit, after, options?.metadataFields);
  }

  private queryEntity(body: unknown): KvsAnswer {
    const query = requests.parseBody(entityQuery, body);
    const definition = this.definitionOf(query.entityName);
    const indexed = new Map(this.store.listIndexed(`entity:${query.entityName}`));
    const texts = [...indexed].map(([key, { text }]) => [key, text] as const);
    const values = findByIndex(definition, query, texts).flatMap((key): [string, StoredValue][] => {
      const value = indexed.get(key);
      return value === undefined ? [] : [[key, value]];
    });
    return this.page(values, query.limit, query.cursor, []);
  }

  /** A page of an ordered list; the cursor names the last key that was given. */
  private page(
    values: readonly [string, StoredValue][],
    limit: number,
    cursor: string | undefined,
    fields: readonly string[] | undefined,
  ): KvsAnswer {
    const last = cursor === undefined ? undefined : Buffer.from(cursor, 'base64url').toString('utf8');
    const position = last === undefined ? 0 : values.findIndex(([key]) => key === last) + 1;
    // A key that vanished since: what comes after it in order of keys.
    const start =
      last !== undefined && position === 0 ? values.filter(([key]) => key <= last).length : position;
    const page = values.slice(start, start + limit);
    this.countRead(page.reduce((sum, [, { text }]) => sum + Buffer.byteLength(text), 0));
    this.counters.queries += 1;
    const end = page.at(-1)?.[0];
    const isMore = end !== undefined && start + limit < values.length;
    return {
      status: 200,
      body: {
        data: page.map(([key, value]) => shown(key, value, fields)),
        ...(isMore ? { cursor: Buffer.from(end).toString('base64url') } : {}),
      },
    };
  }

  private batchGet(body: unknown): KvsAnswer {
    const items = requests.parseBody(requests.batchGet, body);
    const found = items.map((item) => {
      checkKey(item.key);
      return { ...item, value: this.store.read(this.spaceOf('any', item.entityName), item.key) };
    });
    this.countRead(found.reduce((sum, { value }) => sum + Buffer.byteLength(value?.text ?? ''), 0));
    this.counters.reads += items.length;
    return {
      status: 200,
      body: {
        successfulKeys: found.flatMap(({ key, entityName, value, options }) =>
          value === undefined ? [] : [{ ...shown(key, value, options?.metadataFields), entityName }],
        ),
        failedKeys: found
          .filter(({ value }) => value === undefined)
          .map(({ key, entityName }) => ({
            ...{ key, entityName },
            error: { code: 'KEY_NOT_FOUND', message: 'Key not found.' },
          })),
      },
    };
  }

  private batchSet(body: unknown): KvsAnswer {
    const items = requests.parseBody(requests.batchSet, body);
    const parts = items.map((item) => this.checkPart(item));
    this.countWrite(parts.reduce((sum, { text }) => sum + Buffer.byteLength(text), 0));
    this.counters.writes += parts.length;
    for (const { space, key, text, ttlMs } of parts) this.store.write(space, key, text, ttlMs);
    return { status: 200, body: { successfulKeys: items.map(named), failedKeys: [] } };
  }

  private batchDelete(body: unknown): KvsAnswer {
    const items = requests.parseBody(requests.batchDelete, body);
    for (const { key } of items) checkKey(key);
    this.countWrite(0);
    this.counters.deletes += items.length;
    for (const { key, entityName } of items) this.store.remove(this.spaceOf('any', entityName), key);
    return { status: 200, body: { successfulKeys: items.map(named), failedKeys: [] } };
  }

  private transact(body: unknown): KvsAnswer {
    const request = requests.parseBody(requests.transaction, body);
    const all = [...request.set, ...request.delete, ...request.check];
    if (all.length === 0 || all.length > MAX_TRANSACTION_OPERATIONS)
      throw invalid('VALIDATION_ERROR', `A transaction has 1 to ${MAX_TRANSACTION_OPERATIONS} operations.`);
    const names = new Set(all.map(({ key, entityName }) => `${entityName ?? ''} ${key}`));
    if (names.size < all.length) throw invalid('VALIDATION_ERROR', 'A transaction names a key once.');
    const sets = request.set.map((item) => this.checkPart(item));
    const bytes = sets.reduce((sum, { text }) => sum + Buffer.byteLength(text), 0);
    if (bytes > MAX_TRANSACTION_BYTES) throw invalid('MAX_SIZE', 'A transaction is at most 4 MB.');
    for (const { key } of all) checkKey(key);
    this.countWrite(bytes);
    this.counters.writes += sets.length;
    this.counters.deletes += request.delete.length;
    for (const item of all) this.checkConditions(item);
    for (const { space, key, text, ttlMs } of sets) this.store.write(space, key, text, ttlMs);
    for (const { key, entityName } of request.delete) this.store.remove(this.spaceOf('any', entityName), key);
    return { status: 204 };
  }

  private checkConditions(item: {
    key: string;
    entityName?: string | undefined;
    conditions?: z.infer<typeof entityConditions> | undefined;
  }): void {
    if (item.conditions === undefined) return;
    if (item.entityName === undefined)
      throw invalid('VALIDATION_ERROR', 'Only values of an entity can have conditions.');
    const attributes = attributesOf(this.store.read(`entity:${item.entityName}`, item.key)?.text);
    if (!meets(attributes, item.conditions))
      throw invalid('CONDITIONAL_CHECK_FAILED', `The conditions of ${item.key} do not hold.`);
  }

  private checkPart(item: z.infer<typeof requests.batchSet>[number]): {
    space: Space;
    key: string;
    text: string;
    ttlMs: number | undefined;
  } {
    checkKey(item.key);
    const text = checkValue(item.value);
    return {
      space: this.spaceOf('any', item.entityName),
      key: item.key,
      text,
      ttlMs: requests.ttlMsOf(item.options?.ttl),
    };
  }

  /** @throws KvsError when an entity is named where none may be, not named where one must be, or not declared. */
  private spaceOf(kind: 'plain' | 'secret' | 'entity' | 'any', entityName: string | undefined): Space {
    if (entityName === undefined) {
      if (kind === 'entity') throw invalid('VALIDATION_ERROR', 'The entity is not named.');
      return kind === 'secret' ? 'secret' : 'plain';
    }
    if (kind === 'plain' || kind === 'secret')
      throw invalid('VALIDATION_ERROR', 'This route is not for entities.');
    this.definitionOf(entityName);
    return `entity:${entityName}`;
  }

  private definitionOf(entityName: string): EntityDefinition {
    const definition = this.options.entities.find(({ name }) => name === entityName);
    if (definition === undefined)
      throw invalid('INVALID_ENTITY', `The manifest declares no entity ${entityName}.`);
    return definition;
  }

  private countRead(bytes: number, key?: string): void {
    const units = unitsOf(bytes);
    this.rates.takeReads(units);
    if (key !== undefined) this.rates.takeKeyRead(key, bytes);
    this.counters.readUnits += units;
    this.counters.readBytes += Math.max(LEAST_BILLED_BYTES, bytes);
  }

  private countWrite(bytes: number, key?: string): void {
    const units = unitsOf(bytes);
    this.rates.takeWrites(units);
    if (key !== undefined) this.rates.takeKeyWrite(key, bytes);
    this.counters.writeUnits += units;
    this.counters.writeBytes += Math.max(LEAST_BILLED_BYTES, bytes);
  }
}

function named({ key, entityName }: { key: string; entityName?: string | undefined }): object {
  return entityName === undefined ? { key } : { key, entityName };
}

function shown(key: string, value: StoredValue, fields: readonly string[] = []): object {
  return {
    key,
    value: JSON.parse(value.text) as unknown,
    ...(fields.includes('CREATED_AT') ? { createdAt: value.createdAt } : {}),
    ...(fields.includes('UPDATED_AT') ? { updatedAt: value.updatedAt } : {}),
    ...(fields.includes('EXPIRE_TIME') && value.expiresAt !== undefined
      ? { expireTime: new Date(value.expiresAt).toISOString() }
      : {}),
  };
}
