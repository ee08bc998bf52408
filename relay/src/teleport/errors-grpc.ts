import { status } from '@grpc/grpc-js';
import { oneLine } from '../errors';
import { TeleportError, type TeleportErrorCode } from '../ports';
import { problem, sentence, transportProblem } from './problems';

/** Trace errors as Teleport maps them to gRPC codes, and gRPC's own (Teleport, error mapping). */
const CODES: Readonly<Record<number, TeleportErrorCode | undefined>> = {
  [status.CANCELLED]: 'cancelled',
  [status.INVALID_ARGUMENT]: 'invalid',
  [status.DEADLINE_EXCEEDED]: 'unavailable',
  [status.NOT_FOUND]: 'not_found',
  [status.ALREADY_EXISTS]: 'exists',
  [status.PERMISSION_DENIED]: 'permission_denied',
  [status.UNAUTHENTICATED]: 'permission_denied',
  [status.RESOURCE_EXHAUSTED]: 'rate_limited',
  [status.FAILED_PRECONDITION]: 'conflict',
  [status.ABORTED]: 'conflict',
  [status.UNIMPLEMENTED]: 'unimplemented',
  [status.UNAVAILABLE]: 'unavailable',
};

/** Codes whose text comes from a verified Auth Service and tells the administrator what to change. */
const TELLING = new Set<TeleportErrorCode>([
  'permission_denied',
  'invalid',
  'not_found',
  'exists',
  'conflict',
  'rate_limited',
]);

const MFA = /\bMFA\b|multi-factor/i;

/** Code and details of a gRPC failure; what is of the wrong type counts as unknown and none. */
function readGrpcError(error: unknown): { code: status; details: string } {
  if (typeof error !== 'object' || error === null) return { code: status.UNKNOWN, details: '' };
  const code = 'code' in error && isStatus(error.code) ? error.code : status.UNKNOWN;
  const details = 'details' in error && typeof error.details === 'string' ? error.details : '';
  return { code, details };
}

function isStatus(code: unknown): code is status {
  return typeof code === 'number' && code in status;
}

/** Whether a message was refused by this client for its size. */
export function isMessageTooLarge(error: unknown): boolean {
  const { code, details } = readGrpcError(error);
  return code === status.RESOURCE_EXHAUSTED && /message (?:larger|size)/i.test(details);
}

/** Whether this side gave the call up. */
export function isCancelled(error: unknown): boolean {
  return readGrpcError(error).code === status.CANCELLED;
}

/** Whether the server does not know the method. */
export function isUnimplemented(error: unknown): boolean {
  return readGrpcError(error).code === status.UNIMPLEMENTED;
}

/** Whether the server holds no such object. */
export function isNotFound(error: unknown): boolean {
  return readGrpcError(error).code === status.NOT_FOUND;
}

/**
 * A failed call as the relay's own error. `connectionProblem` is why the last connection attempt failed; it explains an
 * UNAVAILABLE better than gRPC's own text does. With an HTTP proxy between, it is the proxy that gRPC could not reach.
 */
export function toTeleportError(
  method: string,
  error: unknown,
  connectionProblem?: string,
  isViaHttpProxy = false,
): TeleportError {
  if (error instanceof TeleportError) return error;
  const { code, details } = readGrpcError(error);
  const known = CODES[code] ?? 'unknown';
  if (known === 'permission_denied' && MFA.test(details)) {
    return new TeleportError(
      'mfa_required',
      `${method}: the cluster asks for multi-factor authentication, which only bots (Machine ID) are spared`,
      { cause: error },
    );
  }
  const text = code === status.DEADLINE_EXCEEDED ? 'no answer in time' : WORDS[known];
  const reason =
    known === 'unavailable'
      ? (connectionProblem ?? describeUnavailable(details, isViaHttpProxy))
      : telling(known, details);
  return new TeleportError(known, `${method}: ${text}${reason === '' ? '' : ` (${reason})`}`, {
    cause: error,
  });
}

const WORDS: Record<TeleportErrorCode, string> = {
  unavailable: 'Teleport cannot be reached',
  permission_denied: 'Teleport refuses it',
  not_found: 'Teleport does not hold it',
  invalid: 'Teleport calls it invalid',
  conflict: 'somebody else changed it at the same time',
  exists: 'it exists already',
  rate_limited: 'Teleport asks to slow down',
  unimplemented: 'this version of Teleport does not offer it',
  mfa_required: 'multi-factor authentication is asked for',
  cancelled: 'cancelled',
  unknown: 'Teleport failed',
};

function telling(code: TeleportErrorCode, details: string): string {
  return TELLING.has(code) ? oneLine(details) : '';
}

function describeUnavailable(details: string, isViaHttpProxy: boolean): string {
  const found = transportProblem(details);
  if (found === undefined) return '';
  const isFirstHop = ['dns_failed', 'refused', 'unreachable'].includes(found.code);
  return sentence(isViaHttpProxy && isFirstHop ? problem('proxy_unreachable', found.text) : found);
}
