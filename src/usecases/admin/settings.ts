import { z } from 'zod';
import type { AdminResult, HealthCheck, SettingsProblem } from '../../../contract/admin';
import type { ConnectionStatus } from '../../domain/connection';
import { settings as settingsSchema, SLOTS, type Settings } from '../../domain/settings';
import type { ProjectFacts, Services } from '../ports';
import { badInput, failed, succeeded, type Caller } from './results';

const saveInput = z.object({ settings: z.unknown(), version: z.int().nonnegative() });

/** What the app must be allowed to do in the project (Jira's built-in permission keys). */
const NEEDED_PERMISSIONS = [
  'BROWSE_PROJECTS',
  'CREATE_ISSUES',
  'EDIT_ISSUES',
  'TRANSITION_ISSUES',
  'ADD_COMMENTS',
  'LINK_ISSUES',
];

/** What is stored of a relay that speaks is renewed every 15 minutes at least; longer than this is silence. */
const SILENT_MINUTES = 20;

/** The stored settings with their version; version 0 means that there are none yet. */
export async function getSettings(
  services: Services,
): Promise<AdminResult<{ settings: Settings | null; version: number }>> {
  const stored = await services.settings.read();
  return succeeded({ settings: stored?.settings ?? null, version: stored?.version ?? 0 });
}

/** Checks settings against their schema and against Jira, and stores them unless somebody else saved meanwhile. */
export async function saveSettings(
  services: Services,
  payload: unknown,
  caller: Caller,
): Promise<AdminResult<{ version: number }>> {
  const input = saveInput.safeParse(payload);
  if (!input.success) return badInput(input.error);
  const parsed = settingsSchema.safeParse(input.data.settings);
  if (!parsed.success) return badInput(parsed.error);
  const project = await services.projects.read(parsed.data.projectId, parsed.data.issueTypeId);
  if (!project.ok) {
    if (project.problem.kind === 'not_found')
      return unusable([{ key: 'projectId', expected: 'a project that the app can see' }]);
    return failed({ code: 'jira_unavailable', text: project.problem.detail });
  }
  const problems = problemsOf(parsed.data, project.value);
  if (problems.length > 0) return unusable(problems);
  const version = input.data.version + 1;
  const isStored = await services.settings.write({
    settings: parsed.data,
    version,
    internalComments: project.value.typeKey === 'service_desk',
  });
  if (!isStored) {
    return failed({
      code: 'conflict',
      text: 'Somebody else saved the settings meanwhile. Load them again, then save your change.',
    });
  }
  await services.activity.add({
    kind: 'settings',
    code: 'saved',
    text: `The settings were saved (version ${version}).`,
    ...caller,
  });
  return succeeded({ version });
}

/** The checks of configuration and connections, in plain words with what to do. */
export async function getHealth(services: Services): Promise<AdminResult<{ checks: HealthCheck[] }>> {
  const stored = await services.settings.read();
  const connections = await services.connections.listStatus();
  const checks: HealthCheck[] = [
    check(
      'connection',
      connections.some((connection) => connection.state === 'confirmed'),
      {
        good: 'A Teleport cluster is connected.',
        bad: 'No Teleport cluster is connected.',
        fix: 'Make a connection, give its pairing token to the relay, and confirm the cluster.',
      },
    ),
    ...connections.flatMap((connection) => checkRelay(connection, services.now())),
    check('settings', stored !== undefined, {
      good: 'A project and its statuses are chosen.',
      bad: 'No project is chosen, so requests wait.',
      fix: 'Choose a project, an issue type and the statuses.',
    }),
  ];
  if (stored !== undefined) checks.push(...(await checkSettings(services, stored.settings)));
  return succeeded({ checks });
}

/** Whether the relay of a connection that was confirmed once speaks, and for the cluster that was confirmed. */
function checkRelay(connection: ConnectionStatus, now: number): HealthCheck[] {
  const { name, state, lastHello } = connection;
  if (state === 'mismatch') {
    const text = `The relay of “${name}” presents another cluster or CA than the confirmed one, so nothing flows.`;
    return [
      { code: 'mismatch', ok: false, text, fix: 'Compare the fingerprint and confirm it anew, or revoke.' },
    ];
  }
  if (state !== 'confirmed') return [];
  const minutes = Math.floor((now - (lastHello?.at ?? 0)) / 60_000);
  const problems = lastHello?.hello.health.problems ?? [];
  return [
    check('relay', minutes < SILENT_MINUTES, {
      good: `The relay of “${name}” speaks.`,
      bad: `The relay of “${name}” was last heard ${minutes} minutes ago.`,
      fix: 'See whether the relay runs and reaches this site.',
    }),
    check('teleport', problems.length === 0, {
      good: `The relay of “${name}” reports no problem.`,
      bad: `The relay of “${name}” reports: ${problems.join('; ')}.`,
      fix: 'The relay’s own log and its status page tell more.',
    }),
  ];
}

async function checkSettings(services: Services, settings: Settings): Promise<HealthCheck[]> {
  const { approvers } = settings;
  const approversChosen = check('approvers', approvers.groupIds.length + approvers.accountIds.length > 0, {
    good: 'Approvers are chosen.',
    bad: 'The list of approvers is empty, so nobody decides in Jira.',
    fix: 'Choose groups or people who may approve.',
  });
  const project = await services.projects.read(settings.projectId, settings.issueTypeId);
  if (!project.ok) {
    const text = 'The project cannot be read by the app.';
    return [
      approversChosen,
      { code: 'project', ok: false, text, fix: 'Give the app access to the project, or choose another one.' },
    ];
  }
  const problems = problemsOf(settings, project.value);
  const missing = await services.projects.missingPermissions(settings.projectId, NEEDED_PERMISSIONS);
  const groups = await services.projects.missingGroups(approvers.groupIds);
  const missingKeys = missing.ok ? missing.value : NEEDED_PERMISSIONS;
  const missingGroups = groups.ok ? groups.value : [];
  return [
    approversChosen,
    check('project', problems.length === 0, {
      good: `Project ${project.value.key} fits the settings.`,
      bad: `Project ${project.value.key} does not fit: ${problems.map((problem) => `${problem.key} needs ${problem.expected}`).join('; ')}.`,
      fix: 'Mend the project or choose its statuses and type again.',
    }),
    check('permissions', missingKeys.length === 0, {
      good: 'The app has the permissions that it needs in the project.',
      bad: `The app lacks permissions in the project: ${missingKeys.join(', ')}.`,
      fix: 'Grant them to the role atlassian-addons-project-access in the permission scheme.',
    }),
    check('groups', missingGroups.length === 0, {
      good: 'All approver groups exist.',
      bad: `${missingGroups.length} approver groups no longer exist.`,
      fix: 'Choose the approvers again.',
    }),
  ];
}

function problemsOf(settings: Settings, project: ProjectFacts): SettingsProblem[] {
  const statusIds = project.statusIds.get(settings.issueTypeId);
  if (project.archived) return [{ key: 'projectId', expected: 'a project that is not archived' }];
  if (project.typeKey === 'product_discovery')
    return [{ key: 'projectId', expected: 'a project that is not product discovery' }];
  if (statusIds === undefined) return [{ key: 'issueTypeId', expected: 'an issue type of the project' }];
  const slots = SLOTS.filter((slot) =>
    settings.slots[slot].some((statusId) => !statusIds.includes(statusId)),
  ).map((slot) => ({
    key: `slots.${slot}`,
    expected: 'statuses of the issue type',
  }));
  const fields = project.unfilledFields.map((name) => ({
    key: 'issueTypeId',
    expected: `an issue type whose required fields the app can fill (“${name}” is required)`,
  }));
  return [...slots, ...fields];
}

function unusable(problems: SettingsProblem[]): AdminResult<never> {
  return failed({ code: 'bad_input', problems });
}

function check(code: string, ok: boolean, words: { good: string; bad: string; fix: string }): HealthCheck {
  return ok ? { code, ok, text: words.good } : { code, ok, text: words.bad, fix: words.fix };
}
