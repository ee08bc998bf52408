import type { Manifest } from './manifest';

/** The ids of one installation, in the forms the platform uses. */
export interface Identity {
  cloudId: string;
  /** Bare UUID. */
  appId: string;
  appAri: string;
  appVersion: string;
  environmentId: string;
  environmentAri: string;
  environmentType: 'DEVELOPMENT';
  installationId: string;
  installationAri: string;
  /** `ari:cloud:jira::site/<cloudId>`. */
  contextAri: string;
  /** Where a remote would reach Jira. */
  apiBaseUrl: string;
}

/** The ids of an installation of the manifest's app on a site. */
export function createIdentity(manifest: Manifest, cloudId: string, newId: () => string): Identity {
  const appAri = manifest.app.id;
  const appId = appAri.slice(appAri.lastIndexOf('/') + 1);
  const environmentId = newId();
  const installationId = newId();
  return {
    cloudId,
    appId,
    appAri,
    appVersion: '1.0.0',
    environmentId,
    environmentAri: `ari:cloud:ecosystem::environment/${appId}/${environmentId}`,
    environmentType: 'DEVELOPMENT',
    installationId,
    installationAri: `ari:cloud:ecosystem::installation/${installationId}`,
    contextAri: `ari:cloud:jira::site/${cloudId}`,
    apiBaseUrl: `https://api.atlassian.com/ex/jira/${cloudId}`,
  };
}

/** The id by which Jira knows a module of the app (Forge, project permission module; Jira REST v3, issue panels). */
export function moduleIdOf(
  { appId, environmentId }: Pick<Identity, 'appId' | 'environmentId'>,
  key: string,
): string {
  return `ari:cloud:ecosystem::extension/${appId}/${environmentId}/static/${key}`;
}
