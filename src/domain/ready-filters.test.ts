import { readyFilters } from './ready-filters';

describe('ready filters', () => {
  it('have keys and names of their own, and search by the aliases alone', () => {
    const filters = readyFilters(['one', 'two']);
    expect(new Set(filters.map(({ key }) => key)).size).toBe(filters.length);
    expect(new Set(filters.map(({ name }) => name)).size).toBe(filters.length);
    for (const { jql } of filters) expect(jql).toMatch(/^teleport(?:State|Cluster) /);
  });

  it('tell clusters apart only where there are several, whatever they are called', () => {
    expect(readyFilters(['one']).some(({ jql }) => jql.includes('one'))).toBe(false);
    expect(readyFilters(['one', 'a"b\\c\n']).at(-1)?.jql).toContain('teleportCluster = "a\\"b\\\\c " ORDER');
  });
});
