import { kvs } from '@forge/kvs';
import * as z from 'zod';
import { requestSnapshot } from '../../contract/access-request';
import { hasIssue, link as linkSchema } from '../domain/link';
import type { LinkStore } from '../usecases/ports';
import { takeUnsavedPace, type PaceMemory } from './creation-pace';
import { keys } from './keys';
import { listValues, readValue, writeIfAbsent, writeTogether, writeValue } from './kvs';
import { forDays, KEPT_DAYS } from './retention';

const won = z.object({ since: z.number() });
const reference = z.object({ cluster: z.string(), requestId: z.string() });

/**
 * Link records in the app's key-value store.
 *
 * @param pace what this function knows of the pace of new issues; written along, since a transaction costs what its bytes cost.
 */
export function createLinkStore(pace: PaceMemory): LinkStore {
  return {
    read: (cluster, requestId) => readValue(linkSchema, keys.link(cluster, requestId)),
    claim: (link) => writeIfAbsent(keys.link(link.cluster, link.requestId), link),
    winAttempt: async (cluster, requestId, attempt, now) => {
      const key = keys.attempt(cluster, requestId, attempt);
      if (await writeIfAbsent(key, { since: now }, forDays(KEPT_DAYS.attempt))) return { won: true };
      // Gone in between means that it was old enough to be forgotten.
      return { won: false, since: (await readValue(won, key))?.since ?? 0 };
    },
    write: (link) => writeValue(keys.link(link.cluster, link.requestId), link),
    writeWithSnapshot: (link, snapshot) =>
      writeTogether([
        { key: keys.link(link.cluster, link.requestId), value: link },
        { key: keys.snapshot(link.cluster, link.requestId), value: snapshot },
        { key: keys.issue(link.issue.id), value: { cluster: link.cluster, requestId: link.requestId } },
        ...[takeUnsavedPace(pace, link.cluster)].filter((entry) => entry !== undefined),
      ]),
    readSnapshot: (cluster, requestId) => readValue(requestSnapshot, keys.snapshot(cluster, requestId)),
    findByIssue: (issueId) => readValue(reference, keys.issue(issueId)),
    list: async (cluster, pageToken) => {
      const { values, ...rest } = await listValues(linkSchema, keys.links(cluster), { pageToken });
      return { links: values, ...rest };
    },
    remove: async (link) => {
      await kvs.delete(keys.link(link.cluster, link.requestId));
      await kvs.delete(keys.snapshot(link.cluster, link.requestId));
      if (hasIssue(link)) await kvs.delete(keys.issue(link.issue.id));
    },
  };
}
