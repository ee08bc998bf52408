import { texts } from '../texts';

const UNITS = [
  ['day', 86_400_000],
  ['hour', 3_600_000],
  ['minute', 60_000],
] as const;

const relative = new Intl.RelativeTimeFormat(texts.locale, { numeric: 'auto' });
const absolute = new Intl.DateTimeFormat(undefined, { dateStyle: 'medium', timeStyle: 'short' });

/** A time: how far away it is, with date and time; the reader's own form and zone. */
export function Moment({ at, short = false }: { at: string; short?: boolean }) {
  const date = new Date(at);
  if (Number.isNaN(date.getTime())) return <>{at}</>;
  return (
    <time dateTime={at} title={absolute.format(date)}>
      {short ? distance(date) : `${absolute.format(date)} (${distance(date)})`}
    </time>
  );
}

function distance(date: Date): string {
  const ms = date.getTime() - Date.now();
  const unit = UNITS.find(([, size]) => Math.abs(ms) >= size);
  return unit === undefined ? texts.common.justNow : relative.format(Math.trunc(ms / unit[1]), unit[0]);
}
