import type { Link } from '../../domain/link';
import type { Services } from '../ports';

/** Pages of links that are read for one call of a page: a hundred links each, in well under a second. */
const MAX_PAGES = 20;

/** The links of all clusters, from an index that lags behind; `isCut` when there are more than are looked at in one call. */
export async function knownLinks(
  services: Pick<Services, 'connections' | 'links'>,
): Promise<{ links: Link[]; isCut: boolean }> {
  const connections = await services.connections.listStatus();
  const links: Link[] = [];
  let pages = 0;
  for (const cluster of new Set(connections.flatMap((connection) => connection.cluster?.name ?? []))) {
    let pageToken: string | undefined;
    do {
      if (pages >= MAX_PAGES) return { links, isCut: true };
      const page = await services.links.list(cluster, pageToken);
      pages += 1;
      links.push(...page.links);
      pageToken = page.nextPageToken;
    } while (pageToken !== undefined);
  }
  return { links, isCut: false };
}
