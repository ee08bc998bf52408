import { request, type Dispatcher } from 'undici';

/**
 * The time at an address by the Date header of whatever answers there (HTTP, Date). The question carries nothing and so is
 * refused by the app. @returns `undefined` when nothing answers in time, or without the header.
 */
export async function askDate(
  url: string,
  withinMs: number,
  signal: AbortSignal,
  dispatcher?: Dispatcher,
): Promise<Date | undefined> {
  try {
    const { headers, body } = await request(url, {
      method: 'GET',
      signal: AbortSignal.any([signal, AbortSignal.timeout(withinMs)]),
      ...(dispatcher && { dispatcher }),
    });
    await body.dump();
    const date = new Date(String(headers['date']));
    return Number.isNaN(date.getTime()) ? undefined : date;
  } catch {
    return undefined;
  }
}
