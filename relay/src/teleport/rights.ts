import { randomUUID } from 'node:crypto';
import type { Connection } from './connection';
import { isUnimplemented } from './errors-grpc';

const KIND = 'access_request';
/** Nothing is stored under it. */
const PLUGIN = 'jira-relay';

/**
 * Makes sure that lists hold everything. Without the right to list and read requests, Teleport refuses no list: it leaves out
 * what is not one's own (Teleport, ListAccessRequests), so that all requests would seem to be gone. Reading the plugin data of
 * no request takes the same rights and is refused without them; it does so by the caller's roles as they are now.
 *
 * @throws TeleportError `permission_denied` without the right.
 */
export async function demandListing(connection: Connection, signal: AbortSignal): Promise<void> {
  const filter = { Kind: KIND, Resource: randomUUID(), Plugin: PLUGIN };
  try {
    await connection.unary(
      ({ auth }, metadata, options, done) => auth.getPluginData(filter, metadata, options, done),
      signal,
    );
  } catch (error) {
    if (isUnimplemented(error)) return;
    throw connection.failure('GetPluginData', error, signal);
  }
}
