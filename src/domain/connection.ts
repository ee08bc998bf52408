import * as z from 'zod';
import type { DecisionSource } from '../../contract/decision';
import { caFingerprint, helloRequest, type HelloRequest } from '../../contract/relay-inbox';

const millis = z.number().int().nonnegative();

const connectionKey = z.object({
  keyId: z.string(),
  secret: z.string(),
  createdAt: millis,
  /** Set when a newer key replaced this one: it is live until then. */
  expiresAt: millis.optional(),
});
export type StoredKey = z.infer<typeof connectionKey>;

/** A cluster as a relay presented it and, once confirmed, as it is pinned. */
const clusterIdentity = z.object({ name: z.string(), caFingerprint });

/**
 * What decides whether a call from a relay is accepted. It lives in the secret store as a whole, so that one read serves a
 * call: `proposed` until an administrator confirms the cluster, then pinned to it. Only the administrator's actions write it,
 * never a call of a relay: a call in flight could bring back keys that were just revoked.
 */
export const connectionTrust = z.discriminatedUnion('state', [
  z.object({ state: z.literal('proposed'), id: z.string(), keys: z.array(connectionKey) }),
  z.object({
    state: z.literal('confirmed'),
    id: z.string(),
    keys: z.array(connectionKey),
    cluster: clusterIdentity,
    /** Requests resolved before this moment are mirrored only if already known; Unix milliseconds. */
    mirrorSince: millis,
  }),
]);
export type ConnectionTrust = z.infer<typeof connectionTrust>;

/**
 * What the relay last said about itself. It trusts nobody with anything: pages show it, and it tells early which decisions
 * the relay would refuse.
 */
export const connectionStatus = z.object({
  id: z.string(),
  name: z.string(),
  createdAt: millis,
  state: z.enum(['proposed', 'confirmed', 'mismatch', 'revoked']),
  cluster: clusterIdentity.optional(),
  keys: z.array(z.object({ keyId: z.string(), createdAt: millis, expiresAt: millis.optional() })),
  lastHello: z
    .object({
      at: millis,
      hello: helloRequest.pick({ relay: true, cluster: true, decisions: true, identity: true, health: true }),
    })
    .optional(),
});
export type ConnectionStatus = z.infer<typeof connectionStatus>;

/** CAs that are remembered as following a pinned one. */
const MAX_SUCCESSORS = 8;
/** A replaced key stays live this long, in milliseconds. */
export const ROTATION_OVERLAP_MS = 24 * 3_600_000;
/** The stored status is renewed at least this often while it does not change, in milliseconds. */
export const STATUS_REFRESH_MS = 15 * 60_000;

/** Where the relay takes decisions from, by its last hello: nowhere while it only observes. */
export function acceptedSources(status: ConnectionStatus): readonly DecisionSource[] {
  const decisions = status.lastHello?.hello.decisions;
  return decisions === undefined || decisions.mode === 'observe' ? [] : decisions.accept;
}

/** A cluster as a relay presents it: by all host CAs that it trusts, several during a rotation. */
export interface PresentedCluster {
  name: string;
  caFingerprints: readonly string[];
}

/** What a hello presents. */
export function presentedCluster({ cluster }: Pick<HelloRequest, 'cluster'>): PresentedCluster {
  return { name: cluster.name, caFingerprints: cluster.caFingerprints ?? [cluster.caFingerprint] };
}

/**
 * Whether a relay presents the pinned cluster: by the pinned CA, or by one that it trusted together with the pinned one before, as
 * during a rotation of Teleport's host CA.
 */
export function isPinnedCluster(
  pin: { name: string; caFingerprint: string },
  successors: readonly string[],
  presented: PresentedCluster,
): boolean {
  const known = new Set([pin.caFingerprint, ...successors]);
  return pin.name === presented.name && presented.caFingerprints.some((each) => known.has(each));
}

/** The CAs that are known to follow the pinned one, when the cluster is the pinned one; the newest last. */
export function nextSuccessors(
  pin: { caFingerprint: string },
  successors: readonly string[],
  presented: PresentedCluster,
): string[] {
  const all = new Set([...successors, ...presented.caFingerprints]);
  all.delete(pin.caFingerprint);
  return [...all].slice(-MAX_SUCCESSORS);
}

/** What an administrator may compare and pin: what the relay presents, where that is not pinned already. */
export function proposalOf({
  state,
  cluster,
  lastHello,
}: ConnectionStatus): { name: string; caFingerprint: string } | undefined {
  if (state === 'revoked' || lastHello === undefined) return undefined;
  const { name, caFingerprint: presented } = lastHello.hello.cluster;
  const isPinned = state === 'confirmed' && cluster?.name === name && cluster.caFingerprint === presented;
  return isPinned ? undefined : { name, caFingerprint: presented };
}

/** The keys that may sign now. */
export function liveKeys<K extends { expiresAt?: number | undefined }>(keys: readonly K[], now: number): K[] {
  return keys.filter((key) => key.expiresAt === undefined || key.expiresAt > now);
}

/** Adds a new key; the ones before it run out within the overlap, expired ones are dropped. */
export function rotateKeys(keys: readonly StoredKey[], added: StoredKey, now: number): StoredKey[] {
  const older = liveKeys(keys, now).map((key) => ({
    ...key,
    expiresAt: Math.min(key.expiresAt ?? Number.MAX_SAFE_INTEGER, now + ROTATION_OVERLAP_MS),
  }));
  return [added, ...older];
}
