import type { AdminFunctions, AdminResult } from '../../contract/admin';
import { mappingOf } from '../../src/domain/routing';
import {
  NO_APPROVERS,
  settings as settingsSchema,
  type ProjectMapping,
  type Settings,
} from '../../src/domain/settings';
import type { World } from './world';

/** Calls an admin function as somebody opens the page would; the answer is as it came, for assertions. */
export async function callAdmin<Name extends keyof AdminFunctions>(
  world: World,
  name: Name,
  payload: AdminFunctions[Name]['payload'],
  person = 'admin',
): Promise<unknown> {
  const { jira, forge } = world.sandbox;
  const account = jira.people[person];
  if (account === undefined) throw new Error(`The site has no ${person}.`);
  return forge.invokeResolver('admin', account.accountId, name, payload);
}

/** The present settings with their version. */
export async function savedSettings(world: World): Promise<{ settings: Settings; version: number }> {
  const { settings, version } = await world.sandbox.admin.call('getSettings', {});
  return { settings: settingsSchema.parse(settings), version };
}

/** Saves the present settings with a change. */
export async function changeSettings(world: World, change: (now: Settings) => Settings): Promise<void> {
  const { settings, version } = await savedSettings(world);
  await world.sandbox.admin.call('saveSettings', { settings: change(settings), version });
}

/** Checks of the configuration that fail now: code and text. */
export async function failedChecks(
  world: World,
): Promise<{ code: string; text: string; fix?: string | undefined }[]> {
  const { checks } = await world.sandbox.admin.call('getHealth', {});
  return checks.filter(({ ok }) => !ok);
}

/** A mapping of the operations project, whose workflow has words of its own and leads from everywhere to everywhere. */
export function operationsMapping(world: World): ProjectMapping {
  const { store } = world.sandbox.jira;
  const statusOf = (wanted: string): string =>
    [...store.statuses.values()].find(({ name }) => name === wanted)?.id ?? '';
  const project = store.findProject('OPS');
  const type = project?.issueTypes.find(
    ({ issueTypeId }) => store.issueType(issueTypeId).name === 'Access request',
  );
  return {
    projectId: project?.id ?? '',
    issueTypeId: type?.issueTypeId ?? '',
    slots: {
      pending: [statusOf('Waiting')],
      approved: [statusOf('Granted')],
      denied: [statusOf('Refused')],
      expired: [statusOf('Lapsed')],
    },
    resolutions: {},
    defaults: {},
  };
}

/** Settings by which requests for role `auditor` go to the operations project, where carol alone decides. */
export function withOperationsRule(world: World, now: Settings): Settings {
  const mapping = operationsMapping(world);
  const { projectId, issueTypeId } = mapping;
  const carol = world.sandbox.jira.people['carol']?.accountId ?? '';
  const others = now.mappings.filter(
    (each) => mappingOf({ ...now, mappings: [each] }, mapping) === undefined,
  );
  return {
    ...now,
    mappings: [...others, mapping],
    rules: [
      {
        id: 'auditors',
        name: 'Auditors',
        match: { clusters: [], requesters: [], roles: ['audit*'], resourceKinds: [], resourceNames: [] },
        then: {
          ...{ projectId, issueTypeId, labels: ['audit'], dueDate: true },
          approvers: { ...NO_APPROVERS, accountIds: [carol] },
          watchers: [carol],
        },
      },
    ],
  };
}

/** The result of a successful call, for `toMatchObject`. */
export function good<T>(value: T): AdminResult<T> {
  return { ok: true, value };
}
