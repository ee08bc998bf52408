import { failed, ok, unknown, warning, type CheckName, type Finding } from './finding';

/** Signatures hold for 5 minutes; half of that leaves room for slow networks. In milliseconds. */
const MOST_MS = 300_000;
const WARN_MS = 60_000;
const MEND = 'let a time service (NTP) set the clock of this machine';

/**
 * Compares this machine's clock with the Date header of an answer (HTTP, Date: whole seconds).
 * @param askedAt and `answeredAt` Unix milliseconds of this machine before and after.
 */
export function compareClocks(
  check: CheckName,
  date: Date | undefined,
  askedAt: number,
  answeredAt: number,
): Finding {
  if (date === undefined) return unknown(check, 'no answer that says the time');
  // The server read its clock at some moment in between, and cut it to the second.
  const early = askedAt - (date.getTime() + 1000);
  const late = date.getTime() - answeredAt;
  const apart = Math.max(0, early, late);
  const seconds = Math.round(apart / 1000);
  if (apart >= MOST_MS) return failed(check, `${seconds} s apart`, MEND);
  if (apart >= WARN_MS) return warning(check, `${seconds} s apart`, MEND);
  return ok(check, seconds === 0 ? 'as this machine’s' : `${seconds} s apart`);
}
