import * as z from 'zod';
import type { AdminResult, HealthCheck } from '../../../contract/admin';
import { namesNobody } from '../../domain/card';
import { hasIssue } from '../../domain/link';
import type { ConnectionStatus } from '../../domain/connection';
import type { ProjectMapping, RoutingTarget, Settings } from '../../domain/settings';
import { pathWarnings } from '../../domain/slot-paths';
import type { Services } from '../ports';
import { knownLinks } from './known-links';
import { problemsOfMapping } from './mapping-problems';
import { missingOptional, readPaths } from './projects';
import { badInput, isoTime, succeeded } from './results';

const healthInput = z.object({ stored: z.boolean().optional() });

/** What the app must be allowed to do in a project (Jira's built-in permission keys). */
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

/** The checks of configuration and connections, in plain words with what to do: now, or as they were found last. */
export async function getHealth(
  services: Services,
  payload: unknown,
): Promise<AdminResult<{ checks: HealthCheck[]; checkedAt: string }>> {
  const input = healthInput.safeParse(payload);
  if (!input.success) return badInput(input.error);
  const last = input.data.stored === true ? await services.health.read() : undefined;
  const { checks, checkedAt } = last ?? (await refreshHealth(services));
  return succeeded({ checks, checkedAt: isoTime(checkedAt) });
}

/** Checks everything now and remembers what was found; each day, and whenever an administrator asks. */
export async function refreshHealth(
  services: Services,
): Promise<{ checks: HealthCheck[]; checkedAt: number }> {
  const found = { checks: await checkAll(services), checkedAt: services.now() };
  await services.health.write(found);
  return found;
}

async function checkAll(services: Services): Promise<HealthCheck[]> {
  const stored = await services.settings.read();
  const connections = await services.connections.listStatus();
  const pausedUntil = await services.quota.pausedUntil();
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
    check('quota', pausedUntil <= services.now(), {
      good: 'Jira takes the calls of the app.',
      bad: `The hourly quota of Jira calls is used up until ${isoTime(pausedUntil)}. Until then nothing new is mirrored.`,
      fix: 'Nothing to do: what waits is done afterwards.',
    }),
    check('settings', stored !== undefined, {
      good: 'A project and its statuses are chosen.',
      bad: 'No project is chosen, so requests wait.',
      fix: 'Choose a project, an issue type and the statuses.',
    }),
  ];
  if (stored !== undefined) checks.push(...(await checkSettings(services, stored.settings)));
  checks.push(await checkFailures(services));
  return checks;
}

/** Whether the relay of a connection that was confirmed once speaks, and for the cluster that was confirmed. */
function checkRelay(connection: ConnectionStatus, now: number): HealthCheck[] {
  const { id, name, state, lastHello } = connection;
  const subject = { connectionId: id };
  if (state === 'mismatch') {
    const text = `The relay of “${name}” presents another cluster or CA than the confirmed one, so nothing flows.`;
    const fix = 'Compare the fingerprint and confirm it anew, or revoke.';
    return [{ code: 'mismatch', ok: false, text, fix, subject }];
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
  ].map((found) => ({ ...found, subject }));
}

async function checkSettings(services: Services, settings: Settings): Promise<HealthCheck[]> {
  const checks: HealthCheck[] = [];
  for (const { ruleId, name, target } of targetsOf(settings))
    checks.push({ ...checkApprovers(name, target), ...(ruleId !== undefined && { subject: { ruleId } }) });
  for (const mapping of settings.mappings) {
    const { projectId, issueTypeId } = mapping;
    const found = await checkMapping(services, mapping);
    checks.push(...found.map((each) => ({ ...each, subject: { projectId, issueTypeId } })));
  }
  checks.push(...(await checkDirectory(services, settings)));
  return checks;
}

function targetsOf(settings: Settings): { ruleId?: string; name: string; target: RoutingTarget }[] {
  return [
    ...settings.rules.map(({ id, name, then }) => ({ ruleId: id, name: `rule “${name}”`, target: then })),
    { name: 'everything else', target: settings.catchAll },
  ];
}

function checkApprovers(name: string, { approvers }: RoutingTarget): HealthCheck {
  const ok = !namesNobody(approvers);
  return check('approvers', ok, {
    good: `Approvers are chosen for ${name}.`,
    bad: `The list of approvers for ${name} is empty, so nobody decides such requests in Jira.`,
    fix: 'Choose groups or people who may approve.',
  });
}

async function checkMapping(services: Services, mapping: ProjectMapping): Promise<HealthCheck[]> {
  const project = await services.projects.read(mapping.projectId, mapping.issueTypeId);
  if (!project.ok) {
    const isGone = project.problem.kind === 'not_found' || project.problem.kind === 'refused';
    const text = isGone
      ? `Project ${mapping.projectId} was deleted, or the app may not see it. Its requests wait.`
      : `Project ${mapping.projectId} could not be read: ${project.problem.detail}`;
    return [
      { code: 'project', ok: false, text, fix: 'Give the app access to the project, or choose another one.' },
    ];
  }
  const { key, fields } = project.value;
  const problems = problemsOfMapping(mapping, project.value);
  const missing = await services.projects.missingPermissions(mapping.projectId, NEEDED_PERMISSIONS);
  const missingKeys = missing.ok ? missing.value : NEEDED_PERMISSIONS;
  const checks = [
    check('project', problems.length === 0, {
      good: `Project ${key} fits the settings.`,
      bad: `Project ${key} does not fit: ${problems.map((problem) => `${problem.key} needs ${problem.expected}`).join('; ')}. Its requests wait.`,
      fix: 'Mend the project or choose its statuses and type again.',
    }),
    check('permissions', missingKeys.length === 0, {
      good: `The app has the permissions that it needs in project ${key}.`,
      bad: `The app lacks permissions in project ${key}: ${missingKeys.join(', ')}. What needs them waits.`,
      fix: 'Grant them to the role atlassian-addons-project-access in the permission scheme.',
    }),
    ...(await checkPublic(services, mapping.projectId, key)),
    ...(await checkDropped(services, mapping, key, missingOptional(fields))),
  ];
  const paths = problems.length === 0 ? await readPaths(services, mapping, mapping.slots) : undefined;
  const warnings = paths?.ok === true ? pathWarnings(paths.value) : [];
  const fix = 'Add the transition to the workflow, for the role atlassian-addons-project-access.';
  return [
    ...checks,
    ...warnings.map((text) => ({
      ...{ code: 'transitions', ok: false, isWarning: true, text: `Project ${key}: ${text}`, fix },
    })),
  ];
}

/** Issues say who asks for which access and why; a project that the public may look at tells that to everybody. */
async function checkPublic(services: Services, projectId: string, key: string): Promise<HealthCheck[]> {
  const isPublic = await services.projects.isPublic(projectId);
  if (!isPublic.ok || isPublic.value !== true) return [];
  const text = `Anybody on the internet may look at project ${key}, and so at who asks for which access and why.`;
  const fix = 'Take “Public” out of “Browse Projects” in the permission scheme of the project.';
  return [{ code: 'public_project', ok: false, isWarning: true, text, fix }];
}

/** Optional fields that are left out, as long as the screen lacks them; once it has them again they are set again. */
async function checkDropped(
  services: Services,
  mapping: ProjectMapping,
  key: string,
  missing: readonly string[],
): Promise<HealthCheck[]> {
  const dropped = await services.droppedFields.read(mapping);
  if (dropped.length === 0) return [];
  const still = dropped.filter(({ field }) => missing.includes(field));
  if (still.length < dropped.length) await services.droppedFields.write(mapping, still);
  return still.map(({ field }) => ({
    code: 'optional_field',
    ok: false,
    isWarning: true,
    text: `New issues of project ${key} are made without ${field}, because its create screen lacks it.`,
    fix: `Add ${field} to the create screen if you want it.`,
  }));
}

/** Whether the groups and people that the settings name still are there. */
async function checkDirectory(services: Services, settings: Settings): Promise<HealthCheck[]> {
  const targets = targetsOf(settings).map(({ target }) => target);
  const groupIds = [...new Set(targets.flatMap(({ approvers }) => approvers.groupIds))];
  const accountIds = [
    ...new Set(targets.flatMap(({ approvers, watchers }) => [...approvers.accountIds, ...watchers])),
  ];
  const groups = await services.projects.missingGroups(groupIds);
  const missing = groups.ok ? groups.value : [];
  const people = await services.catalogue.nameAccounts(accountIds);
  const active = new Set(
    people.ok ? people.value.flatMap((each) => (each.active ? each.accountId : [])) : [],
  );
  const gone = people.ok ? accountIds.filter((accountId) => !active.has(accountId)) : [];
  return [
    check('groups', missing.length === 0, {
      good: 'All approver groups exist.',
      bad: `Approver groups that no longer exist: ${missing.length}. Nobody decides by them.`,
      fix: 'Choose the approvers again.',
    }),
    check('people', gone.length === 0, {
      good: 'All approvers and watchers have an active account.',
      bad: `Approvers or watchers without an active account: ${gone.length}.`,
      fix: 'Choose the approvers and watchers again.',
    }),
  ];
}

async function checkFailures(services: Services): Promise<HealthCheck> {
  const { links } = await knownLinks(services);
  const failing = links.filter((link) => link.phase === 'parked' || (hasIssue(link) && link.failure));
  return check('failures', failing.length === 0, {
    good: 'Every known request is in step with its issue.',
    bad: `Requests that are not in step with their issue: ${failing.length}. None of them is lost.`,
    fix: 'See the reason of each under Activity, mend it, and retry.',
  });
}

function check(code: string, ok: boolean, words: { good: string; bad: string; fix: string }): HealthCheck {
  return ok ? { code, ok, text: words.good } : { code, ok, text: words.bad, fix: words.fix };
}
