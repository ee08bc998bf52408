import type { ApplyResult } from '../../contract/relay-inbox';
import type { LinkFailure } from '../domain/link';
import { shorten } from '../domain/text';
import type { JiraProblem } from './ports';

/** Seconds after which a refusal by Jira is tried again, since an administrator may have mended its cause. */
const RETRY_REFUSED_SECONDS = 300;
/** Seconds after which an uncertain call is tried again. */
const RETRY_UNCERTAIN_SECONDS = 5;

/** What a problem with Jira means for the relay: wait and send again, or a failure that the administrator sees. */
export function resultOfProblem(requestId: string, problem: JiraProblem): ApplyResult {
  switch (problem.kind) {
    case 'rate_limited':
      return {
        requestId,
        result: 'deferred',
        seconds: Math.min(86_400, problem.retryAfterSeconds),
        text: problem.detail,
      };
    case 'uncertain':
      return {
        requestId,
        result: 'deferred',
        seconds: problem.retryAfterSeconds ?? RETRY_UNCERTAIN_SECONDS,
        text: problem.detail,
      };
    case 'refused':
    case 'not_found':
      return {
        requestId,
        result: 'failed',
        code: 'jira_refused',
        text: problem.detail,
        retryAfterSeconds: RETRY_REFUSED_SECONDS,
      };
  }
}

/** The failure to store for a problem with Jira. */
export function failureOfProblem(problem: JiraProblem, now: number): LinkFailure {
  switch (problem.kind) {
    case 'rate_limited':
      return failureAt('jira_unavailable', problem.detail, now, problem.retryAfterSeconds);
    case 'uncertain':
      return failureAt(
        'jira_unavailable',
        problem.detail,
        now,
        problem.retryAfterSeconds ?? RETRY_UNCERTAIN_SECONDS,
      );
    case 'refused':
    case 'not_found':
      return failureAt('jira_refused', problem.detail, now, RETRY_REFUSED_SECONDS);
  }
}

/** A failure found now, with its next attempt. */
export function failureAt(
  code: LinkFailure['code'],
  text: string,
  now: number,
  retrySeconds: number,
): LinkFailure {
  return { code, text: shorten(text, 512), at: now, nextAttemptAt: now + retrySeconds * 1000 };
}

/** The result that tells the relay of a stored failure. */
export function resultOfFailure(requestId: string, failure: LinkFailure, now: number): ApplyResult {
  const seconds = Math.max(1, Math.ceil((failure.nextAttemptAt - now) / 1000));
  if (failure.code === 'jira_unavailable')
    return { requestId, result: 'deferred', seconds, text: failure.text };
  return { requestId, result: 'failed', code: failure.code, text: failure.text, retryAfterSeconds: seconds };
}
