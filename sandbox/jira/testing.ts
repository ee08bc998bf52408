import { SandboxClock } from '../clock';
import { document, JiraPerson, type JiraAnswer } from './client';
import { startJira, type JiraOptions, type JiraSandbox } from './index';
import type { Json } from './model';

/** The scopes of the product's manifest. */
export const APP_SCOPES = ['read:jira-work', 'write:jira-work', 'read:jira-user', 'read:permission:jira'];
export const PROPERTY = 'teleport-access';

/** A site with the product's app on it, for tests. */
export interface TestSite {
  jira: JiraSandbox;
  clock: SandboxClock;
  /** The app, as itself. */
  app: JiraPerson;
  appAccountId: string;
  /** Creates an access request in TAR as the app. @returns its id. */
  createRequest(
    requestId: string,
    more?: { project?: string; properties?: Record<string, Json> },
  ): Promise<string>;
}

/** Starts a site whose search index has no lag, unless asked otherwise. */
export async function startTestSite(options: JiraOptions = {}): Promise<TestSite> {
  const clock = new SandboxClock();
  const jira = await startJira({ clock, searchLagMs: 0, ...options });
  const appAccountId = await jira.site.installApp({ name: 'access requests', scopes: APP_SCOPES });
  jira.indexProperty({
    propertyKey: PROPERTY,
    values: [
      { path: 'requestId', type: 'string', searchAlias: 'teleportRequest' },
      { path: 'state', type: 'string', searchAlias: 'teleportState' },
      { path: 'roles', type: 'string', searchAlias: 'teleportRole' },
    ],
  });
  const app = new JiraPerson(jira.baseUrl, jira.site.authorize({ kind: 'app' }));
  return {
    jira,
    clock,
    app,
    appAccountId,
    createRequest: async (requestId, more = {}) => {
      const created = await app.createIssue({
        projectId: jira.store.findProject(more.project ?? 'TAR')?.id ?? '',
        issueTypeId: jira.project.issueTypeId,
        summary: `request ${requestId}`,
        properties: [{ key: PROPERTY, value: { requestId, state: 'PENDING', ...more.properties } }],
      });
      return created.id;
    },
  };
}

/** The messages and field errors of a refusal, joined. */
export function refusal(answer: JiraAnswer): string {
  return `${answer.status} ${JSON.stringify(answer.body)}`;
}

export { document };
