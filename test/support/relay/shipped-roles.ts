import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import { z } from 'zod';
import type { SimulatedRole } from '../../../sandbox/teleport/cast';

const allowed = z.strictObject({
  rules: z.array(z.strictObject({ resources: z.array(z.string()), verbs: z.array(z.string()) })).optional(),
  review_requests: z
    .strictObject({ roles: z.array(z.string()).optional(), preview_as_roles: z.array(z.string()).optional() })
    .optional(),
});
const role = z.strictObject({
  kind: z.literal('role'),
  version: z.literal('v7'),
  metadata: z.strictObject({ name: z.string() }),
  spec: z.strictObject({ allow: allowed }),
});

/** What a role that ships with the relay allows, as the simulated cluster has roles. */
export function shippedRole(name: string): SimulatedRole {
  const file = join(__dirname, '..', '..', '..', 'relay', 'roles', `${name}.yaml`);
  return simulated(role.parse(parse(readFileSync(file, 'utf8'))).spec.allow);
}

/** The same of YAML that stands for `spec.allow`. */
export function roleOfYaml(yaml: string): SimulatedRole {
  return simulated(allowed.parse(parse(yaml)));
}

function simulated({ rules = [], review_requests: reviews }: z.infer<typeof allowed>): SimulatedRole {
  const byResource = rules.flatMap(({ resources, verbs }) =>
    resources.map((resource) => [resource, verbs] as const),
  );
  return {
    ...(rules.length > 0 && { rules: Object.fromEntries(byResource) }),
    ...(reviews?.roles && { reviewRoles: reviews.roles }),
    ...(reviews?.preview_as_roles && { previewAsRoles: reviews.preview_as_roles }),
  };
}
