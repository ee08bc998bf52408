/** A time as Jira writes it in bodies: `2026-11-22T10:00:00.000+0000`. */
export function jiraTime(millis: number): string {
  return new Date(millis).toISOString().replace('Z', '+0000');
}
