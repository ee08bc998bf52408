import { kvs } from '@forge/kvs';
import * as z from 'zod';
import { connectionStatus, connectionTrust } from '../domain/connection';
import type { ConnectionStore } from '../usecases/ports';
import { keys } from './keys';
import { listValues, readSecret, readValue, writeIfAbsent, writeValue } from './kvs';

const owner = z.object({ connectionId: z.string() });
const successors = z.object({ caFingerprints: z.array(z.string()) });
const pushChoice = owner.extend({ provedAt: z.number().optional(), failedAt: z.number().optional() });

/** Connections: what grants trust lies in the secret store, what pages show beside it. */
export const connectionStore: ConnectionStore = {
  readTrust: (id) => readSecret(connectionTrust, keys.trust(id)),
  writeTrust: (trust) => kvs.setSecret(keys.trust(trust.id), trust),
  removeTrust: (id) => kvs.deleteSecret(keys.trust(id)),
  findByCluster: async (cluster) => (await readValue(owner, keys.cluster(cluster)))?.connectionId,
  claimCluster: async (cluster, id) => {
    if (await writeIfAbsent(keys.cluster(cluster), { connectionId: id })) return true;
    return (await readValue(owner, keys.cluster(cluster)))?.connectionId === id;
  },
  releaseCluster: async (cluster, id) => {
    const owned = await readValue(owner, keys.cluster(cluster));
    if (owned?.connectionId === id) await kvs.delete(keys.cluster(cluster));
  },
  readSuccessors: async (id) => (await readValue(successors, keys.successors(id)))?.caFingerprints ?? [],
  writeSuccessors: (id, caFingerprints) =>
    caFingerprints.length === 0
      ? kvs.delete(keys.successors(id))
      : writeValue(keys.successors(id), { caFingerprints }),
  readStatus: (id) => readValue(connectionStatus, keys.status(id)),
  writeStatus: (status) => writeValue(keys.status(status.id), status),
  readPush: () => readValue(pushChoice, keys.push),
  writePush: (choice) => (choice === undefined ? kvs.delete(keys.push) : writeValue(keys.push, choice)),
  listStatus: async () => (await listValues(connectionStatus, keys.statuses)).values,
};
