import type { z } from 'zod';
import type { AdminError, AdminResult } from '../../../contract/admin';
import type { JiraProblem } from '../ports';

/** The administrator who called, as the platform vouches for them. */
export interface Caller {
  accountId?: string;
}

/** A good answer. */
export function succeeded<T>(value: T): AdminResult<T> {
  return { ok: true, value };
}

/** A refusal with its reason. */
export function failed(error: AdminError): AdminResult<never> {
  return { ok: false, error };
}

/** All problems of an input at once: key and what is expected, never the value. */
export function badInput(error: z.ZodError): AdminResult<never> {
  const problems = error.issues.map((issue) => ({
    key: issue.path.join('.') || 'input',
    expected: issue.message,
  }));
  return failed({ code: 'bad_input', problems });
}

/** A stored time for pages. */
export function isoTime(millis: number): string {
  return new Date(millis).toISOString();
}

/** What a problem with Jira means for a page. */
export function problemAnswer(problem: JiraProblem): AdminResult<never> {
  return problem.kind === 'not_found'
    ? failed({ code: 'not_found', text: problem.detail })
    : failed({ code: 'jira_unavailable', text: problem.detail });
}
