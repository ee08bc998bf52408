import { ApiError, badRequest } from './errors';
import type { Issue, IssueProperty, Json } from './model';

const MAX_KEY = 255;
/** Characters of a value as JSON (Jira REST v3, issue properties). */
const MAX_VALUE = 32_768;

/** @throws ApiError 400 for a key or a value that is too long. */
export function checkProperty(key: string, value: Json): void {
  if (key === '' || key.length > MAX_KEY)
    throw badRequest('The property key must be between 1 and 255 characters long.');
  if (JSON.stringify(value).length > MAX_VALUE)
    throw new ApiError(400, ['The property value cannot be longer than 32768 characters.']);
}

/** Checks properties of a create, transition or comment body: each key once. */
export function checkProperties(properties: readonly { key: string; value: Json }[]): void {
  for (const { key, value } of properties) checkProperty(key, value);
  if (new Set(properties.map(({ key }) => key)).size < properties.length)
    throw badRequest('Each property key may be used only once.');
}

/** Writes a property. @returns whether it is new. */
export function writeProperty(issue: Issue, key: string, property: IssueProperty): boolean {
  const isNew = !issue.properties.has(key);
  issue.properties.set(key, structuredClone(property));
  return isNew;
}
