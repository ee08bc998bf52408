import type { Json } from '../model';
import type { IndexedIssue } from './document';
import type { JqlContext, Test } from './context';
import { jqlError, wrongOperator, type Field, type Operand, type Operator } from './syntax';

/**
 * Terms on entity properties, by `issue.property[key].path` or an alias. Only what an app's manifest declares is searchable;
 * of an array each element counts (Jira, indexing entity properties).
 */
export function propertyTerm(
  field: Extract<Field, { kind: 'property' }>,
  operator: Operator,
  operand: Operand,
  context: JqlContext,
): Test {
  const name = `issue.property[${field.key}].${field.path}`;
  const declared = context.store.propertyIndexes
    .get(field.key)
    ?.values.find((value) => value.path === field.path);
  if (declared === undefined)
    throw jqlError(`Field '${name}' does not exist or you do not have permission to view it.`);
  const read = (issue: IndexedIssue) => valuesAt(issue.properties[field.key], field.path);
  if (operand.kind === 'empty') {
    if (operator !== 'is' && operator !== 'is not') throw wrongOperator(name, operator);
    return (issue) => (read(issue).length === 0) === (operator === 'is');
  }
  const wanted = (operand.kind === 'list' ? operand.items : [operand]).map((item) => {
    if (item.kind !== 'value') throw wrongOperator(name, operator);
    return item.text;
  });
  return declared.type === 'text'
    ? textTest(name, operator, wanted, read)
    : valueTest(name, operator, wanted, read, declared.type === 'number' || declared.type === 'date');
}

type Read = (issue: IndexedIssue) => string[];

function valueTest(
  name: string,
  operator: Operator,
  wanted: readonly string[],
  read: Read,
  isOrdered: boolean,
): Test {
  const has = (issue: IndexedIssue) => read(issue).some((value) => wanted.includes(value));
  switch (operator) {
    case '=':
    case 'in':
      return has;
    case '!=':
    case 'not in':
      return (issue) => read(issue).length > 0 && !has(issue);
    case '>':
    case '>=':
    case '<':
    case '<=': {
      if (!isOrdered) throw wrongOperator(name, operator);
      const bound = ordered(wanted[0] ?? '');
      return (issue) => read(issue).some((value) => compares(ordered(value), operator, bound));
    }
    default:
      throw wrongOperator(name, operator);
  }
}

function textTest(name: string, operator: Operator, wanted: readonly string[], read: Read): Test {
  if (operator !== '~' && operator !== '!~') throw wrongOperator(name, operator);
  const words = (wanted[0] ?? '')
    .toLowerCase()
    .split(/\W+/)
    .filter((word) => word !== '');
  const has = (issue: IndexedIssue) =>
    read(issue).some((value) => {
      const present = value.toLowerCase().split(/\W+/);
      return words.every((word) => present.includes(word));
    });
  return operator === '~' ? has : (issue) => !has(issue);
}

function compares(value: number, operator: '>' | '>=' | '<' | '<=', bound: number): boolean {
  if (operator === '>') return value > bound;
  if (operator === '>=') return value >= bound;
  return operator === '<' ? value < bound : value <= bound;
}

function ordered(text: string): number {
  const number = Number(text);
  return Number.isNaN(number) ? Date.parse(text) : number;
}

/** The primitive values at a dotted path; arrays on the way contribute each element. */
function valuesAt(value: Json | undefined, path: string): string[] {
  let found: (Json | undefined)[] = [value];
  for (const part of path.split('.'))
    found = found
      .flatMap((each) => (Array.isArray(each) ? each : [each]))
      .map((each) =>
        typeof each === 'object' && each !== null && !Array.isArray(each) && Object.hasOwn(each, part)
          ? each[part]
          : undefined,
      );
  return found
    .flatMap((each) => (Array.isArray(each) ? each : [each]))
    .flatMap((each) =>
      typeof each === 'string' || typeof each === 'number' || typeof each === 'boolean' ? [String(each)] : [],
    );
}
