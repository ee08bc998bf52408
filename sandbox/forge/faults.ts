import type { ForgeFaults } from './types';

/** Switches, all off but for the delay of events. */
export function createFaults(eventDelayMs: number | readonly [number, number] = 0): ForgeFaults {
  return {
    onPlatformCall: undefined,
    onWebTriggerCall: undefined,
    events: { drop: 0, duplicate: 0, shuffleMs: 0, delayMs: eventDelayMs },
    closedAccounts: new Set(),
    queue: { drop: 0, duplicate: 0, shuffleMs: 0 },
    schedule: { skip: 0, duplicate: 0 },
    kvs: {
      rateLimitNext: 0,
      failNext: 0,
      conflictNext: 0,
      readableAfterExpiryMs: 0,
      unlimited: false,
      freezeQueries: false,
    },
    webTriggerRateLimitNext: 0,
    alwaysCold: false,
    latency: 'zero',
  };
}

/**
 * What a function asked for by returning an `InvocationError` (Forge events, its wire form).
 * @returns `undefined` for any other value.
 */
export function readRetry(
  value: unknown,
): { retryAfterMs: number; retryReason: string; retryData: unknown } | undefined {
  if (typeof value !== 'object' || value === null) return undefined;
  if (!('_retry' in value) || value._retry !== true) return undefined;
  const options: unknown = 'retryOptions' in value ? value.retryOptions : undefined;
  const given = typeof options === 'object' && options !== null ? { ...options } : {};
  const after = 'retryAfter' in given && typeof given.retryAfter === 'number' ? given.retryAfter : 1;
  const reason =
    'retryReason' in given && typeof given.retryReason === 'string'
      ? given.retryReason
      : 'FUNCTION_RETRY_REQUEST';
  const data: unknown = 'retryData' in given ? given.retryData : undefined;
  return {
    retryAfterMs: Math.min(900, Math.max(1, after)) * 1000,
    retryReason: reason,
    retryData: isAcceptableRetryData(data) ? data : undefined,
  };
}

/** Retry data is an object of up to 4 KB. */
function isAcceptableRetryData(data: unknown): boolean {
  return typeof data === 'object' && data !== null && JSON.stringify(data).length <= 4_096;
}
