import { randomUUID } from 'node:crypto';
import { getAppContext, route, webTrigger } from '@forge/api';
import { z } from 'zod';
import { createJiraClient, type JiraClient, type QuotaPause } from '../jira/client';
import { createJiraIssues } from '../jira/issues';
import { createJiraPeople } from '../jira/people';
import { createJiraProjects } from '../jira/projects';
import { createActivityStore } from '../store/activity';
import { connectionStore } from '../store/connections';
import { decisionStore, putBackStore } from '../store/decisions';
import { linkStore } from '../store/links';
import { settingsStore } from '../store/settings';
import type { Log, RelayDoor, Services } from '../usecases/ports';

const RELAY_INBOX_KEY = 'relay-inbox';

/** The part of a handler's second argument that this app uses (Forge, function arguments). */
export interface InvocationContext {
  /** For example `ari:cloud:jira::site/<cloudId>`. */
  installContext?: string;
}

/**
 * Facts that never change for a site, remembered while the function stays warm. Warm functions serve several sites, so
 * everything is kept by site.
 */
const appAccounts = new Map<string, string>();
const pauses = new Map<string, QuotaPause>();
const siteUrls = new Map<string, string>();

const serverInfo = z.object({ baseUrl: z.string() });

/** Everything that use cases need, on the Forge platform. */
export function createServices(context: InvocationContext): Services {
  const site = context.installContext ?? '';
  const pause = pauses.get(site) ?? { until: 0 };
  pauses.set(site, pause);
  const jira = createJiraClient('app', pause);
  const now = () => Date.now();
  return {
    issues: createJiraIssues(jira),
    people: createJiraPeople(jira, appAccounts, site),
    projects: createJiraProjects(jira),
    links: linkStore,
    decisions: decisionStore,
    putBacks: putBackStore,
    connections: connectionStore,
    settings: settingsStore,
    activity: createActivityStore(now),
    door: createDoor(site, jira),
    log,
    now,
    newId: randomUUID,
  };
}

function createDoor(site: string, jira: JiraClient): RelayDoor {
  return {
    async pairingTarget() {
      const app = getAppContext();
      return {
        webTriggerUrl: await webTrigger.getUrl(RELAY_INBOX_KEY),
        cloudId: site.split('/').pop() ?? '',
        appId: app.appAri.toString(),
        environmentId: app.environmentAri.toString(),
      };
    },
    async siteUrl() {
      const known = siteUrls.get(site);
      if (known !== undefined) return known;
      const read = await jira.call({ route: route`/rest/api/3/serverInfo` }, serverInfo);
      if (!read.ok) return '';
      siteUrls.set(site, read.value.baseUrl.replace(/\/$/, ''));
      return read.value.baseUrl.replace(/\/$/, '');
    },
    async close() {
      const known = await webTrigger.queryUrls(RELAY_INBOX_KEY);
      for (const { url } of known) await webTrigger.deleteUrl(url);
    },
  };
}

/** One line of JSON per outcome, in the platform's log. */
const log: Log = {
  // eslint-disable-next-line no-console -- the platform's log is what a Forge function writes to the console
  info: (message, facts) => console.info(JSON.stringify({ message, ...facts })),
  // eslint-disable-next-line no-console -- as above
  warn: (message, facts) => console.warn(JSON.stringify({ message, ...facts })),
};
