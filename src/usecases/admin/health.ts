import * as z from 'zod';
import type { AdminResult, HealthCheck } from '../../../contract/admin';
import { hasIssue } from '../../domain/link';
import type { ConnectionStatus } from '../../domain/connection';
import type { Settings } from '../../domain/settings';
import type { Services } from '../ports';
import { checkApprovers } from './health-approvers';
import { check } from './health-check';
import { checkMapping } from './health-mapping';
import { knownLinks } from './known-links';
import { badInput, isoTime, succeeded } from './results';

const healthInput = z.object({ stored: z.boolean().optional() });

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
  checks.push(...(await checkApprovers(services, settings)));
  for (const mapping of settings.mappings) {
    const { projectId, issueTypeId } = mapping;
    const found = await checkMapping(services, mapping);
    checks.push(...found.map((each) => ({ ...each, subject: { projectId, issueTypeId } })));
  }
  return checks;
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
