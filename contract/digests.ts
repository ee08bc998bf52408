import { createHash } from 'node:crypto';
import { canonicalJson, type JsonValue } from './canonical-json';
import type { RequestSnapshot } from './access-request';

/** What a request would grant: the fields that an approver consents to. */
export type GrantFacts = Pick<
  RequestSnapshot,
  'user' | 'roles' | 'resources' | 'reason' | 'maxDurationUntil' | 'assumeStartAt' | 'kind'
>;

/** A snapshot before it is cut and digested. */
export type UncutSnapshot = Omit<RequestSnapshot, 'cut' | 'grantDigest' | 'syncDigest'>;

function sha256(value: JsonValue): string {
  return createHash('sha256').update(canonicalJson(value), 'utf8').digest('base64url');
}

/**
 * Digest of what a request would grant. Equal digests mean that what an approver saw is what Teleport holds.
 * Order of roles and resources does not matter, display names are left out.
 */
export function grantDigest(facts: GrantFacts): string {
  const resources = facts.resources
    .map(({ cluster, kind, name, subResource, constraints }) =>
      canonicalJson({ cluster, kind, name, subResource, constraints }),
    )
    .sort();
  return `g1:${sha256({
    user: facts.user,
    roles: [...facts.roles].sort(),
    resources,
    reason: facts.reason,
    maxDurationUntil: facts.maxDurationUntil,
    assumeStartAt: facts.assumeStartAt,
    kind: facts.kind,
  })}`;
}

/** Digest of all that is rendered on the issue; `observedAt` is not part of it. */
export function syncDigest(snapshot: UncutSnapshot): string {
  const rendered: Partial<UncutSnapshot> = { ...snapshot };
  delete rendered.observedAt;
  return `s1:${sha256(rendered)}`;
}
