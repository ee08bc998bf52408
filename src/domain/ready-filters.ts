/** A search for Jira's own pages, on the aliases of the app's entity property. */
export interface FilterText {
  key: string;
  name: string;
  jql: string;
}

const NEWEST_FIRST = 'ORDER BY created DESC';

/** Searches that the app offers: by state for all clusters, and for each cluster by itself where there are several. */
export function readyFilters(clusters: readonly string[]): FilterText[] {
  const all: FilterText[] = [
    {
      key: 'pending',
      name: 'Access requests: pending',
      jql: 'teleportState = "PENDING" ORDER BY created ASC',
    },
    {
      key: 'week',
      name: 'Access requests: of the last seven days',
      jql: `teleportState IN ("PENDING", "APPROVED", "DENIED", "PROMOTED", "EXPIRED") AND created >= -7d ${NEWEST_FIRST}`,
    },
    {
      key: 'approved',
      name: 'Access requests: approved',
      jql: `teleportState IN ("APPROVED", "PROMOTED") ${NEWEST_FIRST}`,
    },
    { key: 'denied', name: 'Access requests: denied', jql: `teleportState = "DENIED" ${NEWEST_FIRST}` },
    { key: 'expired', name: 'Access requests: expired', jql: `teleportState = "EXPIRED" ${NEWEST_FIRST}` },
  ];
  if (clusters.length < 2) return all;
  const each = clusters.map((cluster) => ({
    key: `cluster-${cluster}`,
    name: `Access requests: ${cluster}`,
    jql: `teleportCluster = ${quoted(cluster)} ${NEWEST_FIRST}`,
  }));
  return [...all, ...each];
}

/** A JQL string literal. */
export function quoted(text: string): string {
  const escaped = text.replace(/["\\]/g, '\\$&');
  // eslint-disable-next-line no-control-regex -- control characters are what this expression is about
  return `"${escaped.replace(/[\u0000-\u001f]/g, ' ')}"`;
}
