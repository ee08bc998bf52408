import type { RoleNeed } from '../teleport/probes';

/** A role of Teleport's own that shows what resources are called (Teleport, preset roles). */
const NAMES_ROLE = 'list-access-request-resources';

/** What a role must hold, as the YAML that goes under `spec.allow`; verbs on the same resource stand together. */
export function roleYaml(needs: readonly RoleNeed[]): string {
  const verbs = new Map<string, Set<string>>();
  const reviews = new Map<string, string>();
  for (const need of needs) {
    if ('resource' in need) {
      verbs.set(need.resource, new Set([...(verbs.get(need.resource) ?? []), ...need.verbs]));
    } else {
      reviews.set(need.review_requests, need.review_requests === 'roles' ? "['*']" : `[${NAMES_ROLE}]`);
    }
  }
  const rules = [...verbs].flatMap(([resource, list]) => [
    `  - resources: [${resource}]`,
    `    verbs: [${[...list].join(', ')}]`,
  ]);
  const lines = [...reviews].map(([key, value]) => `  ${key}: ${value}`);
  return [
    ...(rules.length === 0 ? [] : ['rules:', ...rules]),
    ...(lines.length === 0 ? [] : ['review_requests:', ...lines]),
  ].join('\n');
}

/** The same in words. */
export function describeNeed(need: RoleNeed): string {
  if ('resource' in need) return `the rule ${need.resource} [${need.verbs.join(', ')}]`;
  return `review_requests.${need.review_requests}`;
}
