import { randomUUID } from 'node:crypto';
import { SETTINGS_VERSION } from '../../contract/admin';
import { SandboxClock } from '../../sandbox/clock';
import { startJira, type JiraCall, type JiraOptions, type JiraSandbox } from '../../sandbox/jira';
import type { JiraPrincipal } from '../../sandbox/jira/site';
import { provisionRun, setUpInput, type ProvisionRun } from '../../src/domain/provision/run';
import { createJiraClient } from '../../src/jira/client';
import { createJiraProvisioning } from '../../src/jira/provisioning';
import { createProjectProof } from '../../src/jira/provisioning-proof';
import type { ProvisionServices, ProvisionStore } from '../../src/usecases/provision/ports';
import type { ProvisionResult } from '../../src/usecases/provision/result';
import { setUpProject } from '../../src/usecases/provision/set-up-project';

/** The scopes that the product always has. */
export const EVERYDAY_SCOPES = [
  'read:jira-work',
  'write:jira-work',
  'read:jira-user',
  'read:permission:jira',
];
/** Those of set-up. */
const SET_UP_SCOPES = [
  'manage:jira-configuration',
  'manage:jira-project',
  'read:board-scope:jira-software',
  'write:board-scope:jira-software',
  'read:board-scope.admin:jira-software',
  'read:project:jira',
];

/** To which site the app's calls go, and for whom; the Forge platform decides that outside of tests. */
const platform: { send: (principal: 'app' | 'user', path: string, init: RequestInit) => Promise<Response> } =
  {
    send: () => Promise.reject(new Error('no site has been started')),
  };

jest.mock('@forge/api', () => {
  const actual: { route: unknown } = jest.requireActual('@forge/api');
  const as = (principal: 'app' | 'user') => () => ({
    requestJira: (path: { value: string }, init: RequestInit) => platform.send(principal, path.value, init),
  });
  return { route: actual.route, asApp: as('app'), asUser: as('user') };
});

/** Set-ups in memory; values are kept as JSON, as in the platform's store. */
class MemoryProvisionStore implements ProvisionStore {
  readonly runs = new Map<string, string>();
  readonly turns = new Map<string, { id: string; until: number }>();
  /** Called before each write; a function that throws stands for a call that is cut off there. */
  beforeWrite: () => void = () => undefined;

  async read(key: string): Promise<ProvisionRun | undefined> {
    const text = this.runs.get(key);
    return text === undefined ? undefined : provisionRun.parse(JSON.parse(text));
  }
  async write(run: ProvisionRun): Promise<void> {
    this.beforeWrite();
    this.runs.set(run.key, JSON.stringify(run));
  }
  async takeTurn(key: string, turn: { id: string; now: number; until: number }): Promise<boolean> {
    if ((this.turns.get(key)?.until ?? 0) > turn.now) return false;
    this.turns.set(key, { id: turn.id, until: turn.until });
    return true;
  }
  async endTurn(key: string, id: string): Promise<void> {
    if (this.turns.get(key)?.id === id) this.turns.delete(key);
  }
}

/** A simulated site with the app on it, and set-up as the app's resolver would run it. */
export class ProvisionWorld {
  readonly store = new MemoryProvisionStore();
  readonly activity: string[] = [];
  /** Milliseconds that each call of the page took. */
  readonly callMillis: number[] = [];

  private constructor(
    readonly jira: JiraSandbox,
    readonly clock: SandboxClock,
  ) {}

  static async start(
    options: JiraOptions = {},
    { scopes = [...EVERYDAY_SCOPES, ...SET_UP_SCOPES], person = 'admin' } = {},
  ): Promise<ProvisionWorld> {
    const clock = new SandboxClock();
    const jira = await startJira({ clock, searchLagMs: 0, ...options });
    await jira.site.installApp({ name: 'access requests', scopes });
    jira.indexProperty({
      propertyKey: 'teleport-access',
      values: [{ path: 'requestId', type: 'string', searchAlias: 'teleportRequest' }],
    });
    const accountId = jira.people[person]?.accountId ?? '';
    platform.send = (principal, path, init) => {
      const by: JiraPrincipal = principal === 'app' ? { kind: 'app' } : { kind: 'user', accountId };
      const headers = new Headers(init.headers);
      for (const [name, value] of Object.entries(jira.site.authorize(by))) headers.set(name, value);
      return fetch(`${jira.baseUrl}${path}`, { ...init, headers });
    };
    return new ProvisionWorld(jira, clock);
  }

  stop(): Promise<void> {
    return this.jira.stop();
  }

  /** What one invocation of the resolver works with. */
  services(deadline = NEVER): ProvisionServices {
    return {
      jira: createJiraProvisioning(
        createJiraClient('user'),
        { deadline, wait: async (millis) => this.clock.move(millis) },
        () => PANEL_MODULE_ID,
      ),
      proof: createProjectProof(createJiraClient('app'), deadline),
      provision: this.store,
      activity: { add: async ({ text }) => void this.activity.push(text) },
      now: () => this.clock.now(),
      newId: randomUUID,
      siteUrl: async () => this.jira.baseUrl,
    };
  }

  /** One call of the page. */
  async call(payload: object = {}, deadline = NEVER): Promise<ProvisionResult> {
    const startedAt = performance.now();
    const result = await setUpProject(this.services(deadline), setUpInput.parse(payload), deadline);
    this.callMillis.push(performance.now() - startedAt);
    return result;
  }

  /** Calls as the page does, until it is done or an administrator has to do something. Waits move the clock only. */
  async setUp(payload: object = {}, atMost = 20): Promise<ProvisionResult> {
    for (let left = atMost; left > 0; left -= 1) {
      const result = await this.call(payload);
      if (result.callAgainSeconds === undefined) return result;
      this.clock.move(result.callAgainSeconds * 1000 + 1);
    }
    const { steps } = await this.call(payload);
    throw new Error(
      `not done after ${atMost} calls: ${JSON.stringify(steps.find(({ state }) => state === 'working'))}`,
    );
  }

  /** Calls that changed something in Jira. */
  writes(): JiraCall[] {
    return this.jira.calls.filter(isWrite).filter(({ status = 500 }) => status < 300);
  }

  /** What there is on the site, by names and shapes; ids differ between sites. */
  endState(): unknown {
    const { store } = this.jira;
    const { configuration } = store;
    const names = (values: Iterable<{ name: string }>) => [...values].map(({ name }) => name).sort();
    return {
      statuses: names(store.statuses.values()),
      types: names(store.issueTypes.values()),
      roles: [...store.roles.values()].sort(),
      workflows: [...configuration.workflows.keys()].sort(),
      workflowSchemes: names(configuration.workflowSchemes.values()),
      typeSchemes: names(configuration.issueTypeSchemes.values()),
      permissionSchemes: names(configuration.permissionSchemes.values()),
      filters: names(configuration.filters.values()),
      boards: names(configuration.boards.values()),
      projects: [...store.projects.values()].map((project) => ({
        key: project.key,
        types: project.issueTypes
          .map((type) => [type.issueTypeId, type.workflow.name])
          .map(([, name]) => name),
        permissions: configuration.permissionSchemeOf(project)?.name,
        groups: Object.values(project.roles).flatMap(({ groupIds }) => groupIds).length,
        properties: [...project.properties.keys()],
        isPanelPinned: configuration.pinnedPanels.get(PANEL_MODULE_ID)?.has(project.id) === true,
        issues: store.issuesOf(project.id).map(({ statusId, comments }) => ({
          status: store.status(statusId).name,
          comments: comments.length,
        })),
      })),
    };
  }
}

/** Settings for the project that a set-up made, as the admin page would send them. */
export function settingsFor(result: ProvisionResult, approverGroupIds: readonly string[]): object {
  const { projectId, issueTypeId, slots } = result;
  return {
    v: SETTINGS_VERSION,
    mappings: [{ projectId, issueTypeId, slots }],
    catchAll: { projectId, issueTypeId, approvers: { groupIds: approverGroupIds, accountIds: [] } },
  };
}

/** Id of the app's panel, as it would be in some environment. */
export const PANEL_MODULE_ID = 'ari:cloud:ecosystem::extension/app-1/environment-1/static/issue-panel';

/** A deadline that does not come. */
export const NEVER = { isOver: () => false };

/** Whether a call changes something when it succeeds; some only read although they are posted. */
export function isWrite({ method, route = '' }: Pick<JiraCall, 'method' | 'route'>): boolean {
  const readsByPost = [
    '/rest/api/3/workflows',
    '/rest/api/3/workflows/create/validation',
    '/rest/api/3/search/jql',
    '/rest/api/3/forge/panel/action/bulk/status',
  ];
  return method !== 'GET' && !readsByPost.includes(route);
}
