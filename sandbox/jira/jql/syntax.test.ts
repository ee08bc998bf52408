import { ApiError } from '../errors';
import { parseJql, type Field } from './syntax';

const property: Field = { kind: 'property', key: 'teleport-access', path: 'requestId' };

test('reads properties, lists, relative times and order', () => {
  const query = parseJql(
    'project = 10600 AND issue.property[teleport-access].requestId = "a\\"b" AND status NOT IN (1, "To Do") AND NOT updated < "-60m" ORDER BY created DESC, key',
  );
  expect(query.where).toEqual({
    kind: 'and',
    clauses: [
      {
        kind: 'term',
        field: { kind: 'name', name: 'project' },
        operator: '=',
        operand: { kind: 'value', text: '10600' },
      },
      { kind: 'term', field: property, operator: '=', operand: { kind: 'value', text: 'a"b' } },
      {
        kind: 'term',
        field: { kind: 'name', name: 'status' },
        operator: 'not in',
        operand: {
          kind: 'list',
          items: [
            { kind: 'value', text: '1' },
            { kind: 'value', text: 'To Do' },
          ],
        },
      },
      {
        kind: 'not',
        clause: {
          kind: 'term',
          field: { kind: 'name', name: 'updated' },
          operator: '<',
          operand: { kind: 'value', text: '-60m' },
        },
      },
    ],
  });
  expect(query.orderBy).toEqual([
    { field: { kind: 'name', name: 'created' }, descending: true },
    { field: { kind: 'name', name: 'key' }, descending: false },
  ]);
});

test('AND binds closer than OR, parentheses closer than both', () => {
  const shape = (jql: string) => parseJql(jql).where?.kind;
  expect(shape('a = 1 OR b = 2 AND c = 3')).toBe('or');
  expect(shape('(a = 1 OR b = 2) AND c = 3')).toBe('and');
});

test.each([
  'project =',
  'project TAR',
  'project = "TAR',
  'project = TAR AND',
  'project = TAR)',
  '(project = TAR',
  'status IN 1',
  'status NOT 1',
  'summary ~ "a\\q"',
  'project = TAR ORDER created',
  'issue.property[a.b = 1',
])('refuses %s', (jql) => {
  expect(() => parseJql(jql)).toThrow(ApiError);
});
