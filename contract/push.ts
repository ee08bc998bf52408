import * as z from 'zod';
import { decision } from './decision';
import { applyItem } from './relay-inbox';
import { CONTRACT_VERSION } from './version';

/** Largest body of a pushed call, in bytes. */
export const MAX_PUSH_BODY_BYTES = 64_000;
/** Largest answer to one, in bytes: a snapshot with its outcome and something to spare. */
export const MAX_PUSH_ANSWER_BYTES = 128_000;
/** How long the relay may take to answer a pushed decision, in seconds; the platform itself gives a remote 25. */
export const PUSH_WITHIN_SECONDS = 20;

/** Where the relay takes each operation, by POST. */
export const PUSH_PATHS = { decide: '/v1/decisions', ping: '/v1/ping' } as const;

const v = z.literal(CONTRACT_VERSION);
const line = z.string().max(512);

/** `decide`: a decision to carry to Teleport within the call. */
export const decideRequest = z.object({ v, op: z.literal('decide'), decision });

/**
 * What became of a pushed decision. `done` = the outcome with the request as it is now, in the form in which the relay also
 * tells both by `apply`, so a lost answer is harmless; `not_delivered` = Teleport could not be reached, or the relay works on
 * this request already: the decision stays waiting, and the relay collects it with its next hello.
 */
export const decideAnswer = z.discriminatedUnion('result', [
  z.object({ v, op: z.literal('decide'), result: z.literal('done'), item: applyItem }),
  z.object({ v, op: z.literal('decide'), result: z.literal('not_delivered'), text: line }),
]);
export type DecideAnswer = z.infer<typeof decideAnswer>;

/** `ping`: does push work? */
export const pingRequest = z.object({ v, op: z.literal('ping') });

export const pingAnswer = z.object({
  v,
  op: z.literal('ping'),
  connectionId: z.string().max(64),
  /** Version of the relay. */
  version: line,
});
export type PingAnswer = z.infer<typeof pingAnswer>;

/** Body of a 400 or 426 answer to a verified call. */
export const pushError = z.object({ v, code: z.enum(['bad_message', 'unknown_version']) });
export type PushError = z.infer<typeof pushError>;
