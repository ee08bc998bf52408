import { z } from 'zod';
import { invalid } from './kvs-limits';
import type { EntityDefinition } from './manifest';

/*
 * The custom entities of the store: conditions on attributes and queries by index (Forge, custom entity store). A small model: an
 * index is read in order of its range attribute, else in order of keys, and has no size or partition limits.
 */

const scalar = z.union([z.string(), z.number(), z.boolean()]);

const condition = z.strictObject({
  condition: z.enum([
    'BEGINS_WITH',
    'BETWEEN',
    'CONTAINS',
    'EQUAL_TO',
    'EXISTS',
    'GREATER_THAN',
    'GREATER_THAN_EQUAL_TO',
    'LESS_THAN',
    'LESS_THAN_EQUAL_TO',
    'NOT_CONTAINS',
    'NOT_EQUAL_TO',
    'NOT_EXISTS',
  ]),
  values: z.array(scalar),
});
const onAttribute = condition.extend({ property: z.string() });

/** Conditions on an entity's attributes, all or any of which must hold. */
export const entityConditions = z.union([
  z.strictObject({ and: z.array(onAttribute).min(1).max(100) }),
  z.strictObject({ or: z.array(onAttribute).min(1).max(100) }),
]);

/** What an index query asks for. */
export const entityQuery = z.object({
  entityName: z.string(),
  indexName: z.string(),
  partition: z.array(scalar).default([]),
  range: condition.optional(),
  filters: entityConditions.optional(),
  sort: z.enum(['ASC', 'DESC']).default('ASC'),
  limit: z.int().min(1).max(100).default(10),
  cursor: z.string().optional(),
});

type Condition = z.infer<typeof condition>;
type Attributes = Readonly<Record<string, unknown>>;

/** Whether the attributes meet the conditions; an absent value has no attributes. */
export function meets(attributes: Attributes, conditions: z.infer<typeof entityConditions>): boolean {
  if ('and' in conditions) return conditions.and.every((each) => holds(attributes[each.property], each));
  return conditions.or.some((each) => holds(attributes[each.property], each));
}

/** Reads a value as attributes. */
export function attributesOf(text: string | undefined): Attributes {
  const value: unknown = text === undefined ? undefined : JSON.parse(text);
  return typeof value === 'object' && value !== null ? { ...value } : {};
}

/**
 * The keys that a query finds, in its order.
 * @throws KvsError when the index is not declared.
 */
export function findByIndex(
  definition: EntityDefinition,
  query: z.infer<typeof entityQuery>,
  values: readonly (readonly [string, string])[],
): string[] {
  const index = indexOf(definition, query.indexName);
  if (query.partition.length !== index.partition.length)
    throw invalid(
      'INVALID_QUERY',
      `The index ${query.indexName} wants ${index.partition.length} partition values.`,
    );
  const found = values
    .map(([key, text]) => ({ key, attributes: attributesOf(text) }))
    .filter(({ attributes }) => index.partition.every((name, at) => attributes[name] === query.partition[at]))
    .map((entry) => ({
      ...entry,
      order: index.range === undefined ? entry.key : entry.attributes[index.range],
    }))
    .filter(({ order }) => order !== undefined && (query.range === undefined || holds(order, query.range)))
    .filter(({ attributes }) => query.filters === undefined || meets(attributes, query.filters))
    .sort((a, b) => compare(a.order, b.order) || compare(a.key, b.key));
  const keys = found.map(({ key }) => key);
  return query.sort === 'DESC' ? keys.reverse() : keys;
}

function indexOf(
  definition: EntityDefinition,
  name: string,
): { partition: string[]; range: string | undefined } {
  if (name === 'by-key') return { partition: [], range: undefined };
  for (const index of definition.indexes) {
    if (index === name) return { partition: [], range: name };
    if (typeof index === 'object' && index.name === name)
      return { partition: index.partition, range: index.range?.[0] };
  }
  throw invalid('INVALID_QUERY', `The entity ${definition.name} has no index ${name}.`);
}

function compare(a: unknown, b: unknown): number {
  if (typeof a === 'number' && typeof b === 'number') return a - b;
  const [left, right] = [JSON.stringify(a), JSON.stringify(b)];
  return left < right ? -1 : left > right ? 1 : 0;
}

function holds(value: unknown, { condition: kind, values }: Condition): boolean {
  const [first, second] = values;
  const order = (other: unknown): number =>
    typeof value === typeof other && value !== undefined ? compare(value, other) : NaN;
  const contains = (): boolean =>
    (typeof value === 'string' && typeof first === 'string' && value.includes(first)) ||
    (Array.isArray(value) && value.includes(first));
  switch (kind) {
    case 'EXISTS':
      return value !== undefined;
    case 'NOT_EXISTS':
      return value === undefined;
    case 'EQUAL_TO':
      return value === first;
    case 'NOT_EQUAL_TO':
      return value !== first;
    case 'BEGINS_WITH':
      return typeof value === 'string' && typeof first === 'string' && value.startsWith(first);
    case 'CONTAINS':
      return contains();
    case 'NOT_CONTAINS':
      return !contains();
    case 'BETWEEN':
      return order(first) >= 0 && order(second) <= 0;
    case 'GREATER_THAN':
      return order(first) > 0;
    case 'GREATER_THAN_EQUAL_TO':
      return order(first) >= 0;
    case 'LESS_THAN':
      return order(first) < 0;
    case 'LESS_THAN_EQUAL_TO':
      return order(first) <= 0;
  }
}
