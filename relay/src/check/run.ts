import { probeIdentity } from '../teleport/probes';
import { checkApp, type AppCheckOptions } from './app-checks';
import { CHECKS, failed, type CheckName, type Finding } from './finding';
import { checkTeleport, type TeleportCheckOptions } from './teleport-checks';

/** What the preflight needs. */
export type PreflightOptions = TeleportCheckOptions & Pick<AppCheckOptions, 'jiraApp' | 'askDate'>;

/** Checks both sides. Nothing is changed on either; the findings come in the order of `CHECKS`. */
export async function preflight(options: PreflightOptions, signal: AbortSignal): Promise<Finding[]> {
  const identity = probeIdentity(options.probe);
  const clusterName = identity.ok ? identity.clusterName : undefined;
  const [teleport, app] = await Promise.all([
    checkTeleport(options, signal),
    checkApp({ ...options, clusterName }, signal),
  ]);
  const order = Object.keys(CHECKS);
  const place = (check: CheckName): number => order.indexOf(check);
  return [...teleport, ...app].sort((a, b) => place(a.check) - place(b.check));
}

/** What is reported when the preflight itself breaks. */
export function broken(error: unknown): Finding[] {
  const name = error instanceof Error ? error.name : 'error';
  return [failed('way', `the checks broke off (${name})`, 'run relay check -d, and report it')];
}
