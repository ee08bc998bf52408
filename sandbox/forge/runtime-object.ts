import { randomBytes } from 'node:crypto';
import type { Identity } from './identity';
import type { Manifest } from './manifest';

/** What tells one invocation's runtime object from another's. */
export interface RuntimeFacts {
  invocationId: string;
  functionKey: string;
  moduleKey: string;
  moduleType: string;
  accountId: string | undefined;
  traceId: string;
  remainingMs: () => number;
}

/** An installation as functions see it. */
export function installationOf(identity: Identity): object {
  const { installationId, installationAri, cloudId, contextAri } = identity;
  return {
    ari: { installationId, toString: () => installationAri, toJSON: () => installationAri },
    contexts: [{ cloudId, toString: () => contextAri }],
  };
}

/**
 * The object that the Forge packages read as `__forge_runtime__`. It has no `kvs` on purpose: the storage package would keep the
 * first invocation's token for ever.
 */
export function createRuntimeObject(identity: Identity, manifest: Manifest, facts: RuntimeFacts): object {
  const { invocationId, functionKey, moduleKey, moduleType } = facts;
  return {
    proxy: { token: randomBytes(24).toString('base64url'), url: 'https://forge-outbound-proxy.invalid' },
    contextAri: identity.contextAri,
    container: {},
    appContext: {
      appId: identity.appId,
      appVersion: identity.appVersion,
      environmentId: identity.environmentId,
      environmentType: identity.environmentType,
      invocationId,
      installationId: identity.installationId,
      functionKey,
      moduleType,
      moduleKey,
      installation: installationOf(identity),
      permissions: {
        scopes: manifest.permissions.scopes.map(({ name }) => name),
        external: { fetch: { backend: manifest.permissions.external?.fetch?.backend ?? [] } },
      },
    },
    ...(facts.accountId === undefined ? {} : { aaid: facts.accountId }),
    lambdaContext: { awsRequestId: invocationId, getRemainingTimeInMillis: facts.remainingMs },
    tracing: { traceId: facts.traceId, spanId: randomBytes(8).toString('hex') },
    realtime: {},
    externalAuth: [],
    featureFlags: () => false,
    metrics: METRICS,
  };
}

const nothing = (): void => undefined;

/** The packages count what they do; nobody reads it here. */
const METRICS = {
  counter: () => ({ incr: nothing, incrBy: nothing, decr: nothing, decrBy: nothing }),
  timing: () => ({ measure: () => ({ stop: nothing }) }),
  gauge: () => ({ set: nothing }),
};
