import { CSPInjectionService, ExternalCspType, type CSPDetails } from '@forge/csp';
import type { Manifest } from './manifest';

/**
 * The Content-Security-Policy that Forge serves an app's page with, by Atlassian's own package; only the address for reports is
 * the sandbox's. The site of the sandbox has several origins: this platform's outer pages, and Jira's own with their issues.
 */
export function createPolicy(
  manifest: Manifest,
  [siteOrigin, ...more]: readonly [string, ...string[]],
  reportUrl: string,
): string {
  const styles = manifest.permissions.content?.styles.includes('unsafe-inline') ? ["'unsafe-inline'"] : [];
  const existingCSPDetails: CSPDetails = {
    [ExternalCspType.IMG_SRC]: [],
    [ExternalCspType.MEDIA_SRC]: [],
    [ExternalCspType.SCRIPT_SRC]: [],
    [ExternalCspType.STYLE_SRC]: styles,
    [ExternalCspType.CONNECT_SRC]: [],
    [ExternalCspType.FONT_SRC]: [],
    [ExternalCspType.FRAME_SRC]: [],
  };
  const directives = new CSPInjectionService().getInjectableCSP({
    ...{ existingCSPDetails, microsEnv: 'prod', hostname: siteOrigin },
  });
  return directives
    .map((directive) => {
      if (directive.startsWith('report-uri')) return `report-uri ${reportUrl}`;
      return directive.startsWith('frame-ancestors') ? [directive, ...more].join(' ') : directive;
    })
    .join('; ');
}
