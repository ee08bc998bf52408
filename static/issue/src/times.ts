import { texts } from './texts';

/** A moment in the reader's own time and language, with its zone. */
export function moment(utc: string): HTMLTimeElement {
  const element = document.createElement('time');
  element.dateTime = utc;
  element.textContent = describe(utc, { dateStyle: 'medium', timeStyle: 'short' });
  element.title = `${utc.slice(0, 10)} ${utc.slice(11, 16)} UTC`;
  return element;
}

/** The time of day. */
export function clockTime(utc: string): string {
  return describe(utc, { timeStyle: 'short' });
}

function describe(utc: string, style: Intl.DateTimeFormatOptions): string {
  return new Intl.DateTimeFormat(undefined, style).format(new Date(utc));
}

/** How long until a moment, in words; `undefined` when it is past. */
export function span(milliseconds: number): string | undefined {
  if (milliseconds <= 0) return undefined;
  const seconds = Math.ceil(milliseconds / 1000);
  const [days, hours, minutes] = [86_400, 3600, 60].map((unit) => Math.floor(seconds / unit));
  if (days !== undefined && days > 0) return texts.countdown.days(days, (hours ?? 0) % 24);
  if (hours !== undefined && hours > 0) return texts.countdown.hours(hours, (minutes ?? 0) % 60);
  return texts.countdown.minutes(minutes ?? 0, seconds % 60);
}
