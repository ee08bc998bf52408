import type { JqlContext, Test } from './context';
import type { IndexedIssue } from './document';
import { propertyTerm } from './property';
import {
  jqlError,
  wrongOperator,
  type Clause,
  type Field,
  type Operand,
  type Operator,
  type Query,
} from './syntax';
import { parseTime } from './time';

export type Compare = (a: IndexedIssue, b: IndexedIssue) => number;

const MAX_ORDER_FIELDS = 7;

/** Checks a query's words and turns it into a test and an order. @throws ApiError 400 for what Jira would not know. */
export function compileJql(query: Query, context: JqlContext): { test: Test; compare: Compare } {
  if (query.where === undefined)
    throw jqlError(
      'Unbounded JQL queries are not allowed here. Please add a search restriction to your query.',
    );
  if (query.orderBy.length > MAX_ORDER_FIELDS)
    throw jqlError(`The maximum number of ORDER BY fields is ${MAX_ORDER_FIELDS}.`);
  const orders = query.orderBy.map(({ field, descending }) => {
    const compare = comparison(field);
    return descending ? (a: IndexedIssue, b: IndexedIssue) => compare(b, a) : compare;
  });
  const newestFirst: Compare = (a, b) => Number(b.id) - Number(a.id);
  return {
    test: compileClause(query.where, context),
    compare: (a, b) => {
      for (const order of orders) {
        const result = order(a, b);
        if (result !== 0) return result;
      }
      return newestFirst(a, b);
    },
  };
}

function compileClause(clause: Clause, context: JqlContext): Test {
  switch (clause.kind) {
    case 'and': {
      const tests = clause.clauses.map((each) => compileClause(each, context));
      return (issue) => tests.every((test) => test(issue));
    }
    case 'or': {
      const tests = clause.clauses.map((each) => compileClause(each, context));
      return (issue) => tests.some((test) => test(issue));
    }
    case 'not': {
      const test = compileClause(clause.clause, context);
      return (issue) => !test(issue);
    }
    case 'term':
      return clause.field.kind === 'property'
        ? propertyTerm(clause.field, clause.operator, clause.operand, context)
        : compileTerm(clause.field.name, clause.operator, clause.operand, context);
  }
}

function compileTerm(name: string, operator: Operator, operand: Operand, context: JqlContext): Test {
  const field = name.toLowerCase();
  switch (field) {
    case 'project':
      return oneOf(
        name,
        operator,
        operand,
        (text) => projectId(context, text),
        (issue) => issue.projectId,
      );
    case 'issuetype':
    case 'type':
      return oneOf(
        name,
        operator,
        operand,
        (text) => byIdOrName(name, context.store.issueTypes, text),
        (issue) => issue.issueTypeId,
      );
    case 'status':
      return oneOf(
        name,
        operator,
        operand,
        (text) => byIdOrName(name, context.store.statuses, text),
        (issue) => issue.statusId,
      );
    case 'statuscategory':
      return oneOf(
        name,
        operator,
        operand,
        category,
        (issue) => context.store.status(issue.statusId).category,
      );
    case 'key':
    case 'id':
    case 'issue':
    case 'issuekey':
      return oneOf(
        name,
        operator,
        operand,
        (text) => issueId(name, context, text),
        (issue) => issue.id,
      );
    case 'labels':
      return labelTerm(name, operator, operand);
    case 'resolution':
      return oneOf(
        name,
        operator,
        operand,
        (text) =>
          text.toLowerCase() === 'unresolved' ? null : byIdOrName(name, context.store.resolutions, text),
        (issue) => issue.resolutionId,
      );
    case 'reporter':
    case 'creator':
    case 'assignee': {
      const read = { reporter: 'reporterId', creator: 'creatorId', assignee: 'assigneeId' } as const;
      const key = read[field];
      return oneOf(
        name,
        operator,
        operand,
        (text) => text,
        (issue) => issue[key],
        context.viewer.accountId,
      );
    }
    case 'created':
    case 'createddate':
      return timeTerm(name, operator, operand, context, (issue) => issue.created);
    case 'updated':
    case 'updateddate':
      return timeTerm(name, operator, operand, context, (issue) => issue.updated);
    case 'resolved':
    case 'resolutiondate':
      return timeTerm(name, operator, operand, context, (issue) => issue.resolvedAt);
    case 'summary':
      return summaryTerm(name, operator, operand);
    default: {
      for (const index of context.store.propertyIndexes.values())
        for (const { path, searchAlias } of index.values)
          if (searchAlias?.toLowerCase() === field)
            return propertyTerm(
              { kind: 'property', key: index.propertyKey, path },
              operator,
              operand,
              context,
            );
      throw unknownField(name);
    }
  }
}

/** Terms of fields with one value out of a set. `null` stands for no value. */
function oneOf(
  name: string,
  operator: Operator,
  operand: Operand,
  resolve: (text: string) => string | null,
  read: (issue: IndexedIssue) => string | null,
  currentUser?: string,
): Test {
  const values = (item: Operand): (string | null)[] => {
    switch (item.kind) {
      case 'empty':
        return [null];
      case 'value':
        return [resolve(item.text)];
      case 'list':
        return item.items.flatMap(values);
      case 'function':
        if (item.name === 'currentuser' && currentUser !== undefined) return [currentUser];
        throw unknownFunction(item.name);
    }
  };
  const wanted = new Set(values(operand));
  switch (operator) {
    case '=':
    case 'in':
      return (issue) => wanted.has(read(issue));
    case '!=':
    case 'not in':
      // Without a value a field is in no set of values, and not outside of one either (Jira, operators).
      return (issue) => read(issue) !== null && !wanted.has(read(issue));
    case 'is':
    case 'is not': {
      if (operand.kind !== 'empty') throw wrongOperator(name, operator);
      const wantsEmpty = operator === 'is';
      return (issue) => (read(issue) === null) === wantsEmpty;
    }
    default:
      throw wrongOperator(name, operator);
  }
}

function labelTerm(name: string, operator: Operator, operand: Operand): Test {
  if (operand.kind === 'empty') {
    if (operator !== 'is' && operator !== 'is not' && operator !== '=' && operator !== '!=')
      throw wrongOperator(name, operator);
    const wantsEmpty = operator === 'is' || operator === '=';
    return (issue) => (issue.labels.length === 0) === wantsEmpty;
  }
  const items = operand.kind === 'list' ? operand.items : [operand];
  const wanted = items.map((item) => {
    if (item.kind !== 'value') throw wrongOperator(name, operator);
    return item.text;
  });
  const has = (issue: IndexedIssue) => wanted.some((label) => issue.labels.includes(label));
  if (operator === '=' || operator === 'in') return has;
  if (operator === '!=' || operator === 'not in') return (issue) => issue.labels.length > 0 && !has(issue);
  throw wrongOperator(name, operator);
}

function timeTerm(
  name: string,
  operator: Operator,
  operand: Operand,
  context: JqlContext,
  read: (issue: IndexedIssue) => number | null,
): Test {
  if (operand.kind === 'empty' && (operator === 'is' || operator === 'is not'))
    return (issue) => (read(issue) === null) === (operator === 'is');
  const bound = parseTime(name, operand, context);
  const compare: Partial<Record<Operator, (value: number) => boolean>> = {
    '>': (value) => value > bound,
    '>=': (value) => value >= bound,
    '<': (value) => value < bound,
    '<=': (value) => value <= bound,
    '=': (value) => value === bound,
    '!=': (value) => value !== bound,
  };
  const test = compare[operator];
  if (test === undefined) throw wrongOperator(name, operator);
  return (issue) => {
    const value = read(issue);
    return value !== null && test(value);
  };
}

function summaryTerm(name: string, operator: Operator, operand: Operand): Test {
  if ((operator !== '~' && operator !== '!~') || operand.kind !== 'value')
    throw wrongOperator(name, operator);
  const words = operand.text
    .toLowerCase()
    .split(/\W+/)
    .filter((word) => word !== '');
  const has = (issue: IndexedIssue) => {
    const present = issue.summary.toLowerCase().split(/\W+/);
    return words.every((word) => present.includes(word));
  };
  return operator === '~' ? has : (issue) => !has(issue);
}

function comparison(field: Field): Compare {
  if (field.kind === 'property') throw unknownField(`issue.property[${field.key}].${field.path}`);
  switch (field.name.toLowerCase()) {
    case 'created':
    case 'createddate':
      return (a, b) => a.created - b.created;
    case 'updated':
    case 'updateddate':
      return (a, b) => a.updated - b.updated;
    case 'key':
    case 'issuekey':
    case 'id':
    case 'rank':
      return (a, b) => Number(a.id) - Number(b.id);
    case 'summary':
      return (a, b) => a.summary.localeCompare(b.summary);
    case 'status':
      return (a, b) => Number(a.statusId) - Number(b.statusId);
    default:
      throw jqlError(
        `Not able to sort using field '${field.name}'. It does not exist or you do not have permission to view it.`,
      );
  }
}

function projectId(context: JqlContext, text: string): string {
  const found =
    context.store.findProject(text) ??
    [...context.store.projects.values()].find((project) => project.name.toLowerCase() === text.toLowerCase());
  if (found === undefined) throw unknownValue('project', text);
  return found.id;
}

function issueId(field: string, context: JqlContext, text: string): string {
  const found = context.store.findIssue(text);
  if (found === undefined) throw jqlError(`An issue with key '${text}' does not exist for field '${field}'.`);
  return found.id;
}

function byIdOrName(
  field: string,
  entries: ReadonlyMap<string, { id: string; name: string }>,
  text: string,
): string {
  const found =
    entries.get(text) ??
    [...entries.values()].find((entry) => entry.name.toLowerCase() === text.toLowerCase());
  if (found === undefined) throw unknownValue(field, text);
  return found.id;
}

function category(text: string): string {
  const names: Readonly<Record<string, string>> = {
    new: 'TODO',
    'to do': 'TODO',
    '2': 'TODO',
    indeterminate: 'IN_PROGRESS',
    'in progress': 'IN_PROGRESS',
    '4': 'IN_PROGRESS',
    done: 'DONE',
    '3': 'DONE',
  };
  const found = names[text.toLowerCase()];
  if (found === undefined) throw unknownValue('statusCategory', text);
  return found;
}

function unknownValue(field: string, text: string) {
  return jqlError(`The value '${text}' does not exist for the field '${field}'.`);
}

function unknownField(name: string) {
  return jqlError(`Field '${name}' does not exist or you do not have permission to view it.`);
}

function unknownFunction(name: string) {
  return jqlError(`Unable to find JQL function '${name}()'.`);
}
