/**
 * The id by which Jira knows a module of the app. It holds the environment, so it differs between development and production
 * (Forge, project permission module; Jira REST v3, issue panels).
 *
 * @param appAri `ari:cloud:ecosystem::app/<app id>`, or longer ones that end so.
 * @param environmentAri ends with the environment's id.
 */
export function moduleIdOf(appAri: string, environmentAri: string, moduleKey: string): string {
  const last = (ari: string) => ari.slice(ari.lastIndexOf('/') + 1);
  return `ari:cloud:ecosystem::extension/${last(appAri)}/${last(environmentAri)}/static/${moduleKey}`;
}
