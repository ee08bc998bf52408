import { TeleportError, type AccessRequest, type Log, type TeleportUser } from '../ports';
import type { Connection } from './connection';
import { isMessageTooLarge, isNotFound, isUnimplemented } from './errors-grpc';
import { AccessRequestSort, type ListAccessRequestsResponse } from './gen/auth';
import type { ListUsersResponse } from './gen/teleport/users/v1/users_service';
import {
  AccessRequestScope,
  RequestState,
  type AccessRequestFilter,
  type AccessRequestV3,
} from './gen/types';
import type { ResourceNames } from './resource-names';
import { demandListing } from './rights';
import { readStream } from './stream-reader';
import { translateRequest, translateUser } from './translate';

/** Small pages: a message stays far from the client's 4 MiB, and little of it is in memory at a time. */
const REQUESTS_PER_PAGE = 250;
const USERS_PER_PAGE = 500;
/** Messages of a list that may wait; they are already bounded by what the server holds. */
const LIST_BUFFER = 200_000;

function filterBy(id: string): AccessRequestFilter {
  return {
    ID: id,
    User: '',
    State: RequestState.NONE,
    SearchKeywords: [],
    Scope: AccessRequestScope.DEFAULT,
    Requester: '',
  };
}

/**
 * All access requests, page by page, their resources with names; those that the relay cannot follow are left out with a
 * warning.
 * @throws TeleportError also without the right to list: what Teleport shows then is not all.
 */
export async function* listRequests(
  connection: Connection,
  names: ResourceNames,
  log: Log,
  signal: AbortSignal,
): AsyncGenerator<AccessRequest, void, undefined> {
  await demandListing(connection, signal);
  for await (const page of requestPages(connection, '', signal)) {
    const requests: AccessRequest[] = [];
    for (const message of page) {
      const result = translateRequest(message);
      if (result.ok) requests.push(result.request);
      else log.warn('left out an access request', { requestId: result.id, reason: result.reason });
    }
    yield* await names.addTo(requests, signal);
  }
}

/**
 * One request from the backend; `undefined` when Teleport does not hold it.
 * @throws TeleportError also for a request that the relay cannot follow, since that is not gone, and without the right to list.
 */
export async function readRequest(
  connection: Connection,
  names: ResourceNames,
  id: string,
  signal: AbortSignal,
): Promise<AccessRequest | undefined> {
  // An empty id would be no filter at all.
  if (id === '') return undefined;
  for await (const page of requestPages(connection, id, signal)) {
    const message = page.find(({ Metadata: metadata }) => metadata?.Name === id);
    if (message === undefined) continue;
    const result = translateRequest(message);
    if (result.ok) return (await names.addTo([result.request], signal))[0];
    throw new TeleportError('unknown', `access request cannot be followed: ${result.reason}`);
  }
  await demandListing(connection, signal);
  return undefined;
}

/** ListAccessRequests in pages, or GetAccessRequestsV2 where the server is too old for it. */
async function* requestPages(
  connection: Connection,
  id: string,
  signal: AbortSignal,
): AsyncGenerator<AccessRequestV3[], void, undefined> {
  let startKey = '';
  let limit = REQUESTS_PER_PAGE;
  do {
    let page: ListAccessRequestsResponse;
    try {
      page = await requestPage(connection, id, startKey, limit, signal);
    } catch (error) {
      if (id !== '' && isNotFound(error)) return;
      if (isUnimplemented(error)) {
        yield* inPages(streamedRequests(connection, id, signal));
        return;
      }
      if (isMessageTooLarge(error) && limit > 1) {
        limit = Math.floor(limit / 2);
        continue;
      }
      throw connection.failure('ListAccessRequests', error, signal);
    }
    yield page.AccessRequests;
    if (page.NextKey !== '' && page.NextKey === startKey) {
      throw new TeleportError('unknown', 'ListAccessRequests: the server gives the same page again');
    }
    startKey = page.NextKey;
    if (startKey === '') return;
  } while (true);
}

async function* inPages(
  messages: AsyncIterable<AccessRequestV3>,
): AsyncGenerator<AccessRequestV3[], void, undefined> {
  let page: AccessRequestV3[] = [];
  for await (const message of messages) {
    page.push(message);
    if (page.length < REQUESTS_PER_PAGE) continue;
    yield page;
    page = [];
  }
  yield page;
}

function requestPage(
  connection: Connection,
  id: string,
  startKey: string,
  limit: number,
  signal: AbortSignal,
): Promise<ListAccessRequestsResponse> {
  const request = {
    Filter: filterBy(id),
    Sort: AccessRequestSort.DEFAULT,
    Descending: false,
    Limit: limit,
    StartKey: startKey,
  };
  return connection.unary(
    ({ auth }, metadata, options, done) => auth.listAccessRequests(request, metadata, options, done),
    signal,
  );
}

async function* streamedRequests(
  connection: Connection,
  id: string,
  signal: AbortSignal,
): AsyncGenerator<AccessRequestV3, void, undefined> {
  try {
    const stream = connection.stream(
      ({ auth }, metadata, options) => auth.getAccessRequestsV2(filterBy(id), metadata, options),
      true,
    );
    yield* readStream(stream, LIST_BUFFER, signal);
  } catch (error) {
    if (id !== '' && isNotFound(error)) return;
    throw connection.failure('GetAccessRequestsV2', error, signal);
  }
  if (signal.aborted) throw connection.failure('GetAccessRequestsV2', undefined, signal);
}

/** All users with their traits, page by page. */
export async function* listUsers(
  connection: Connection,
  signal: AbortSignal,
): AsyncGenerator<TeleportUser, void, undefined> {
  let pageToken = '';
  do {
    const request = { page_size: USERS_PER_PAGE, page_token: pageToken, with_secrets: false };
    let page: ListUsersResponse;
    try {
      page = await connection.unary(
        ({ users }, metadata, options, done) => users.listUsers(request, metadata, options, done),
        signal,
      );
    } catch (error) {
      throw connection.failure('ListUsers', error, signal);
    }
    yield* page.users.map(translateUser);
    pageToken = page.next_page_token;
  } while (pageToken !== '');
}
