import { jqlError, type Operand } from './syntax';

const UNITS: Readonly<Record<string, number>> = {
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
  w: 604_800_000,
};

/** A moment in JQL: relative (`-60m`, `-1d 2h`), absolute (`2026/11/22 10:00`, in UTC), or `now()`. */
export function parseTime(field: string, operand: Operand, context: { now: number }): number {
  if (operand.kind === 'function' && operand.name === 'now' && operand.args.length === 0) return context.now;
  const text = operand.kind === 'value' ? operand.text.trim() : '';
  const relative = /^([+-]?)((?:\d+[mhdw]\s*)+)$/.exec(text);
  if (relative !== null) {
    const [, sign, parts = ''] = relative;
    const millis = [...parts.matchAll(/(\d+)([mhdw])/g)].reduce(
      (sum, [, count, unit = 'm']) => sum + Number(count) * (UNITS[unit] ?? 0),
      0,
    );
    return sign === '-' ? context.now - millis : context.now + millis;
  }
  const absolute = /^(\d{4})[-/](\d{1,2})[-/](\d{1,2})(?: (\d{1,2}):(\d{2}))?$/.exec(text);
  if (absolute !== null) {
    const [, year, month, day, hour = '0', minute = '0'] = absolute;
    return Date.UTC(Number(year), Number(month) - 1, Number(day), Number(hour), Number(minute));
  }
  throw jqlError(
    `Date value '${text}' for field '${field}' is invalid. Valid formats include: 'yyyy/MM/dd HH:mm', 'yyyy-MM-dd HH:mm', 'yyyy/MM/dd', 'yyyy-MM-dd', or a period format e.g. '-5d', '4w 2d'.`,
  );
}
