import { systemClock, type Clock } from '../clock';
import type { CallLog } from './call-log';
import { JiraPerson } from './client';
import type { Plan, UnprovenBehaviour } from './configuration';
import type { JiraFaults } from './faults';
import type { AppInstallation, PropertyIndex } from './model';
import type { SandboxPerson } from './seed/people';
import { startServer } from './server';
import type { JiraSite } from './site';
import type { JiraStore } from './store';

export { planFaults, type Fault, type JiraCall } from './faults';
export type { Comment, Issue, Json } from './model';

/** How to start a simulated site. */
export interface JiraOptions {
  /** Port on loopback. Default: a free one. */
  port?: number;
  clock?: Clock;
  /** How long the search index is behind on average, in milliseconds of the clock. Default 300. */
  searchLagMs?: number;
  /** Seed of everything that is left to chance. Default 1. */
  seed?: number;
  /** Kind of project TAR. Default business. */
  projectType?: 'business' | 'software' | 'service_desk';
  /** Where new issues of project TAR start. With `backlog` a transition leads on to Pending. Default pending. */
  initialStatus?: 'pending' | 'backlog';
  /** A site as new: default statuses, types and schemes, no project. Default false. */
  bare?: boolean;
  /** In which language the site was set up; a German one has a project ZUGRIFF with German statuses, and no TAR. Default en. */
  language?: 'en' | 'de';
  /** A large site has 1,000 projects, 500 statuses and 5,000 groups more. Default small. */
  size?: 'small' | 'large';
  /** Adds a team-managed project CREW and a project of product discovery, IDEAS. Default false. */
  otherKinds?: boolean;
  /** What the site pays for. Default PAID. */
  plan?: Plan;
  /** What is not known of a real site, decided otherwise than is likely. */
  unproven?: Partial<UnprovenBehaviour>;
}

/** Where TAR's issues stand. */
export interface SeededProject {
  id: string;
  key: 'TAR';
  issueTypeId: string;
  statuses: Record<'pending' | 'approved' | 'denied' | 'expired', string>;
}

/** A running simulated site. */
export interface JiraSandbox {
  baseUrl: string;
  cloudId: string;
  /** The site as the Forge platform sees it. */
  site: JiraSite;
  /** People by name, each with a throw-away API token (basic authentication `email:token`). */
  people: Readonly<Record<string, SandboxPerson>>;
  /** Group ids by name. */
  groups: Readonly<Record<string, string>>;
  /** @throws Error on a site that has no TAR. */
  readonly project: SeededProject;
  /** The authoritative state; read it freely, write it through REST or `connectAs`. */
  store: JiraStore;
  faults: JiraFaults;
  /** Every REST call, oldest first. */
  calls: CallLog;
  /** A person (or `another-app`, `automation`) over REST with credentials of their own. */
  connectAs(name: string): JiraPerson;
  /** Puts one more app on the site with these OAuth scopes. @returns it, callable through `connectAs(name)`. */
  installAnotherApp(name: string, scopes: readonly string[]): AppInstallation;
  /** Makes properties searchable by JQL, as the manifest of an app declares them. */
  indexProperty(index: PropertyIndex): void;
  /** Shows modules of the installed app on issues; on a real site the platform does so by itself. */
  showAppPages(url: string): void;
  describe(): {
    baseUrl: string;
    users: Record<string, { accountId: string; email: string; token: string }>;
  };
  stop(): Promise<void>;
}

/** Starts a site with the default cast and projects TAR, OPS and HELP. */
export async function startJira(options: JiraOptions = {}): Promise<JiraSandbox> {
  const clock = options.clock ?? systemClock;
  const server = await startServer({
    clock,
    port: options.port ?? 0,
    searchLagMs: options.searchLagMs ?? 300,
    seed: options.seed ?? 1,
    projectType: options.projectType ?? 'business',
    initialStatus: options.initialStatus ?? 'pending',
    bare: options.bare ?? false,
    language: options.language ?? 'en',
    size: options.size ?? 'small',
    otherKinds: options.otherKinds ?? false,
    plan: options.plan ?? 'PAID',
    unproven: options.unproven ?? {},
  });
  const { people } = server.seeded;
  return {
    baseUrl: server.baseUrl,
    cloudId: server.site.cloudId,
    site: server.site,
    people,
    groups: server.seeded.groups,
    get project() {
      const { project } = server.seeded;
      if (project === undefined) throw new Error('this simulated site started without TAR');
      return project;
    },
    store: server.store,
    faults: server.faults,
    calls: server.calls,
    connectAs: (name) => new JiraPerson(server.baseUrl, server.credentials.headersOf(name)),
    installAnotherApp: (name, scopes) => server.credentials.installApp(name, scopes),
    indexProperty: (index) => void server.store.propertyIndexes.set(index.propertyKey, index),
    showAppPages: (url) => server.showAppPages(url),
    describe: () => ({
      baseUrl: server.baseUrl,
      users: Object.fromEntries(
        Object.entries(people).map(([name, { accountId, email, token }]) => [
          name,
          { accountId, email, token },
        ]),
      ),
    }),
    stop: () => server.stop(),
  };
}
