import { settingsForIssue, type IssueSettings } from '../../../src/domain/routing';
import {
  settings as settingsSchema,
  type ProjectMapping,
  type RoutingTarget,
  type Settings,
} from '../../../src/domain/settings';
import type { Services, StoredSettings } from '../../../src/usecases/ports';
import { sampleSnapshot } from '../sample-messages';
import { Effects, FakeClock } from './effects';
import { fakeCatalogue } from './catalogue';
import { fakeIssues, FakePeople, fakeProjects } from './jira';
import { FakeSite, ISSUE_TYPE, PROJECT, STATUS } from './jira-site';
import { FakeKvs } from './kvs';
import { fakeStores } from './stores';

/** Everything that use cases need, in memory, with handles for tests. */
export interface FakeServices extends Services {
  clock: FakeClock;
  effects: Effects;
  site: FakeSite;
  kvs: FakeKvs;
  people: FakePeople;
  /** Lines that were logged. */
  logged: { message: string; facts: Readonly<Record<string, string | number>> }[];
  /** How often the web trigger's address was deleted. */
  doorsClosed: number;
}

/** What tests change in the settings: the one project of the fake site with what holds there, and what holds for all. */
export interface SettingsChanges
  extends
    Partial<Pick<ProjectMapping, 'projectId' | 'issueTypeId' | 'slots' | 'resolutions'>>,
    Partial<Pick<RoutingTarget, 'approvers'>>,
    Partial<Omit<Settings, 'v' | 'mappings' | 'rules' | 'catchAll'>> {}

/** Settings that fit the fake site; `approver-1` may decide. */
export function fakeSettings(changes: SettingsChanges = {}): StoredSettings {
  const settings = settingsSchema.parse({
    projectId: PROJECT,
    issueTypeId: ISSUE_TYPE,
    slots: {
      pending: [STATUS.pending],
      approved: [STATUS.approved],
      denied: [STATUS.denied],
      expired: [STATUS.expired],
    },
    resolutions: {},
    approvers: { groupIds: ['group-1'], accountIds: ['approver-1'] },
    strictMode: false,
    sendApproverEmail: false,
    approveWithinMinutes: 15,
    denyWithinHours: 24,
    people: [],
    ...changes,
  });
  return { settings, version: 1, serviceProjectIds: [] };
}

/** What the fake settings mean for an issue of the fake site. */
export function fakeIssueSettings(changes: SettingsChanges = {}): IssueSettings {
  const place = { projectId: PROJECT, issueTypeId: ISSUE_TYPE };
  return settingsForIssue(fakeSettings(changes), place, sampleSnapshot());
}

/** Fakes for every port, on one clock and one site; any part may be replaced. */
export function createFakeServices(overrides: Partial<Services> = {}): FakeServices {
  const clock = new FakeClock();
  const effects = new Effects();
  const site = new FakeSite(clock, effects);
  const kvs = new FakeKvs(clock, effects);
  const people = new FakePeople(site);
  people.add('approver-1');
  let ids = 0;
  const newId = () => `00000000-0000-4000-8000-${String((ids += 1)).padStart(12, '0')}`;
  const logged: FakeServices['logged'] = [];
  const log = (message: string, facts = {}) => void logged.push({ message, facts });
  const services: FakeServices = {
    issues: fakeIssues(site),
    projects: fakeProjects(site),
    catalogue: fakeCatalogue(site, people),
    ...fakeStores(kvs, clock, newId),
    door: {
      pairingTarget: async () => ({
        webTriggerUrl: 'https://trigger.example.com/public/relay-inbox',
        cloudId: 'cloud-1',
        appId: 'app-1',
        environmentId: 'environment-1',
      }),
      siteUrl: async () => 'https://jira.example.com',
      close: async () => {
        services.doorsClosed += 1;
      },
    },
    log: { info: log, warn: log },
    now: clock.now,
    newId,
    ...overrides,
    clock,
    effects,
    site,
    kvs,
    people,
    logged,
    doorsClosed: 0,
  };
  return services;
}
