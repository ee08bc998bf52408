import type { HealthCheck } from '../../../contract/admin';

/** A check with its words: `good` when it is passed, else `bad` and how to mend it. */
export function check(
  code: string,
  ok: boolean,
  words: { good: string; bad: string; fix: string },
): HealthCheck {
  return ok ? { code, ok, text: words.good } : { code, ok, text: words.bad, fix: words.fix };
}

/** Something that stops nothing and that an administrator should know. */
export function warning(code: string, text: string, fix: string): HealthCheck {
  return { code, ok: false, isWarning: true, text, fix };
}
