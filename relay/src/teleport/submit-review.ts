import { TeleportError, type AccessRequest, type ReviewSubmission } from '../ports';
import type { Connection } from './connection';
import { AccessReview, RequestState, type AccessRequestV3 } from './gen/types';
import { translateRequest } from './translate';

/**
 * Submits a review under the relay's own name; the server takes no other author (Teleport, SubmitAccessReview).
 * @returns the request as the server then holds it.
 */
export async function submitReview(
  connection: Connection,
  author: string,
  { id, state, reason }: ReviewSubmission,
  signal: AbortSignal,
): Promise<AccessRequest> {
  const review = AccessReview.fromPartial({
    Author: author,
    ProposedState: state === 'APPROVED' ? RequestState.APPROVED : RequestState.DENIED,
    Reason: reason,
  });
  let answer: AccessRequestV3;
  try {
    answer = await connection.unary(
      ({ auth }, metadata, options, done) =>
        auth.submitAccessReview({ RequestID: id, Review: review }, metadata, options, done),
      signal,
    );
  } catch (error) {
    throw connection.failure('SubmitAccessReview', error, signal);
  }
  const result = translateRequest(answer);
  if (result.ok) return result.request;
  throw new TeleportError('unknown', `SubmitAccessReview: the answer cannot be read: ${result.reason}`);
}
