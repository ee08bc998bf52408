import * as z from 'zod';
import type { AdminResult } from '../../../contract/admin';
import type { Services } from '../ports';
import { badInput, failed, isoTime, succeeded, type Caller } from './results';

const countInput = z.object({ connectionId: z.string().min(1).max(64) });
const startInput = countInput.extend({ count: z.int().nonnegative() });

/** How many requests are older than the pairing, as the relay last counted them. */
export async function countOlderRequests(
  services: Services,
  payload: unknown,
): Promise<AdminResult<{ count: number; countedAt: string }>> {
  const input = countInput.safeParse(payload);
  if (!input.success) return badInput(input.error);
  const status = await services.connections.readStatus(input.data.connectionId);
  if (status?.lastHello === undefined) return notHeard();
  const { at, hello } = status.lastHello;
  return succeeded({ count: hello.health.olderRequests, countedAt: isoTime(at) });
}

/**
 * Lets the relay mirror them, too: it learns so with its next hello. What an administrator agreed to is the number that they
 * saw, so another number asks again.
 */
export async function startBackfill(
  services: Services,
  payload: unknown,
  caller: Caller,
): Promise<AdminResult<{ connectionId: string }>> {
  const input = startInput.safeParse(payload);
  if (!input.success) return badInput(input.error);
  const { connectionId, count } = input.data;
  const [trust, status] = await Promise.all([
    services.connections.readTrust(connectionId),
    services.connections.readStatus(connectionId),
  ]);
  if (trust?.state !== 'confirmed' || status?.lastHello === undefined) return notHeard();
  const present = status.lastHello.hello.health.olderRequests;
  if (present !== count)
    return failed({ code: 'conflict', text: `There are ${present} older requests by now. Look again.` });
  await services.connections.writeTrust({ ...trust, mirrorSince: 0 });
  await services.activity.add({
    kind: 'connection',
    code: 'backfill',
    text: `Older requests of ${trust.cluster.name} are mirrored as well: ${count}.`,
    cluster: trust.cluster.name,
    ...caller,
  });
  return succeeded({ connectionId });
}

function notHeard(): AdminResult<never> {
  return failed({
    code: 'not_found',
    text: 'No relay of a confirmed connection has reported yet how many there are.',
  });
}
