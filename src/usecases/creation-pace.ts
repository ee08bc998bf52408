import type { ApplyResult } from '../../contract/relay-inbox';
import type { Services, StoredSettings } from './ports';

const HOUR_MS = 3_600_000;

/**
 * Whether another issue may be made in this hour. Beyond the cap that the settings name a request waits for the next hour,
 * in the relay's queue, and the administrator is told once an hour: requests without end must not flood a board.
 *
 * @returns what to tell the relay instead, or `undefined` when the issue may be made; it is counted then.
 */
export async function waitForPace(
  services: Services,
  { settings }: StoredSettings,
  { cluster, requestId }: { cluster: string; requestId: string },
): Promise<ApplyResult | undefined> {
  const hour = Math.floor(services.now() / HOUR_MS);
  if ((await services.creationPace.count(cluster, hour)) < settings.newIssuesPerHour) {
    await services.creationPace.add(cluster, hour);
    return undefined;
  }
  const nextHour = (hour + 1) * HOUR_MS;
  await services.activity.addOnce({
    ...{ id: `too-many-new-${cluster}`, at: hour * HOUR_MS, kind: 'failure', code: 'too_many_new', cluster },
    text: `${settings.newIssuesPerHour} issues were made for this cluster within the hour, which is the most that the settings allow. Further requests wait until ${new Date(nextHour).toISOString().slice(11, 16)} UTC.`,
  });
  return {
    requestId,
    result: 'deferred',
    seconds: Math.max(1, Math.ceil((nextHour - services.now()) / 1000)),
    text: `${settings.newIssuesPerHour} issues were made within the hour, the most that the app's settings allow`,
  };
}
