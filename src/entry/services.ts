import { randomUUID } from 'node:crypto';
import { getAppContext, route, webTrigger } from '@forge/api';
import * as z from 'zod';
import { SETTINGS_DEFAULTS } from '../../contract/admin';
import { createJiraClient, type JiraClient, type QuotaPause } from '../jira/client';
import { createJiraCatalogue } from '../jira/catalogue';
import { createJiraIssues } from '../jira/issues';
import { createJiraPeople, decidePermissionKey } from '../jira/people';
import { createJiraProjects } from '../jira/projects';
import { createActivityStore } from '../store/activity';
import { cardPaceStore } from '../store/card-pace';
import { createCreationPaceStore, PaceMemory } from '../store/creation-pace';
import { connectionStore } from '../store/connections';
import { decisionStore, putBackStore } from '../store/decisions';
import { createDroppedFieldStore } from '../store/dropped-fields';
import { healthStore } from '../store/health';
import { createLinkStore } from '../store/links';
import { privacyReports } from '../store/privacy';
import { pauseUntil, quotaStore } from '../store/quota';
import { settingsStore } from '../store/settings';
import { createSiteFacts } from '../store/site-facts';
import type { Log, RelayDoor, Services, SiteFacts } from '../usecases/ports';

const RELAY_INBOX_KEY = 'relay-inbox';

/** The part of a handler's second argument that this app uses (Forge, function arguments). */
export interface InvocationContext {
  /** For example `ari:cloud:jira::site/<cloudId>`. */
  installContext?: string;
}

/** Kept while the function stays warm. Warm functions serve several sites, so everything is kept by site. */
const siteFacts = new Map<string, string>();
const paces = new Map<string, PaceMemory>();
const pauses = new Map<string, QuotaPause>();

const serverInfo = z.object({ baseUrl: z.string() });

/**
 * Everything that use cases need, on the Forge platform.
 *
 * @param options.isBackground whether nobody waits for what is done: it is held back while the quota of Jira calls is used up.
 */
export function createServices(
  context: InvocationContext,
  options: { isBackground?: boolean } = {},
): Services {
  const site = context.installContext ?? '';
  const pause = pauses.get(site) ?? { until: 0, issues: new Map<string, number>() };
  pauses.set(site, pause);
  const pace = paces.get(site) ?? new PaceMemory();
  paces.set(site, pace);
  const isUrgent = options.isBackground !== true;
  const jira = createJiraClient('app', { pause, isUrgent, onQuota: pauseUntil });
  const now = () => Date.now();
  const facts = createSiteFacts(siteFacts, site, now);
  return {
    issues: createJiraIssues(jira),
    people: createJiraPeople(jira, facts, () => {
      const app = getAppContext();
      return decidePermissionKey(app.appAri.toString(), app.environmentAri.toString());
    }),
    projects: createJiraProjects(jira),
    catalogue: createJiraCatalogue(jira),
    links: createLinkStore(pace),
    decisions: decisionStore,
    cardPace: cardPaceStore,
    creationPace: createCreationPaceStore(pace, now),
    putBacks: putBackStore,
    connections: connectionStore,
    settings: settingsStore,
    droppedFields: createDroppedFieldStore(),
    quota: quotaStore,
    health: healthStore,
    activity: createActivityStore(now, auditDays),
    privacy: privacyReports,
    door: createDoor(site, jira, facts),
    log,
    now,
    newId: randomUUID,
  };
}

function createDoor(site: string, jira: JiraClient, facts: SiteFacts): RelayDoor {
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
      const known = await facts.get('site-url');
      if (known !== undefined) return known;
      const read = await jira.call({ route: route`/rest/api/3/serverInfo` }, serverInfo);
      if (!read.ok) return '';
      const url = read.value.baseUrl.replace(/\/$/, '');
      await facts.set('site-url', url);
      return url;
    },
    async close() {
      const known = await webTrigger.queryUrls(RELAY_INBOX_KEY);
      for (const { url } of known) await webTrigger.deleteUrl(url);
    },
  };
}

async function auditDays(): Promise<number> {
  return (await settingsStore.read())?.settings.auditDays ?? SETTINGS_DEFAULTS.auditDays;
}

/** One line of JSON per outcome, in the platform's log. */
const log: Log = {
  // eslint-disable-next-line no-console -- the platform's log is what a Forge function writes to the console
  info: (message, facts) => console.info(JSON.stringify({ message, ...facts })),
  // eslint-disable-next-line no-console -- as above
  warn: (message, facts) => console.warn(JSON.stringify({ message, ...facts })),
};
