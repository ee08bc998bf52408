import { status } from '@grpc/grpc-js';
import type { ListResourcesRequest, ListResourcesResponse } from '../../relay/src/teleport/gen/auth';
import { TeleportError, type Cluster } from './cluster';

/** A server, an application or a group that can be asked for. */
export interface SimulatedResource {
  kind: 'node' | 'app' | 'user_group';
  /** Its id; of nodes a UUID. */
  name: string;
  /** Of nodes. */
  hostname?: string;
  description?: string;
  labels?: Record<string, string>;
}

/** The name of a kind in lists, and what its listing takes (Teleport, ListResources). */
const LISTED = {
  node: { kind: 'node', verbs: ['list'] },
  app_server: { kind: 'app', verbs: ['list', 'read'] },
  user_group: { kind: 'user_group', verbs: ['list', 'read'] },
} as const;

const MAX_PAGE = 1000;

/**
 * Lists resources of one kind as ListResources does: without the rule it is refused, and of what there is only that is shown
 * whose labels a role of the caller takes, or a role that the caller may preview as.
 *
 * @throws TeleportError
 */
export function listResources(
  cluster: Cluster,
  user: string,
  request: ListResourcesRequest,
): ListResourcesResponse {
  const listed = Object.entries(LISTED).find(([type]) => type === request.ResourceType)?.[1];
  if (listed === undefined)
    throw new TeleportError(status.INVALID_ARGUMENT, `unknown resource type "${request.ResourceType}"`);
  if (request.Limit < 1 || request.Limit > MAX_PAGE)
    throw new TeleportError(status.INVALID_ARGUMENT, `limit must be from 1 to ${MAX_PAGE}`);
  const own = cluster.rolesOf(user);
  const previewed = request.UsePreviewAsRoles
    ? own.flatMap((role) => (role.previewAsRoles ?? []).flatMap((name) => cluster.roles[name] ?? []))
    : [];
  const roles = [...own, ...previewed];
  for (const verb of listed.verbs) {
    if (!roles.some((role) => role.rules?.[request.ResourceType]?.includes(verb)))
      throw new TeleportError(
        status.PERMISSION_DENIED,
        `access denied to perform action "${verb}" on "${request.ResourceType}"`,
      );
  }
  const names = namesIn(request.PredicateExpression);
  const found = cluster.resources
    .filter(({ kind }) => kind === listed.kind && roles.some((role) => role.sees?.includes(kind)))
    .filter(({ name }) => names === undefined || names.includes(name));
  return { Resources: found.slice(0, request.Limit).map(toMessage), NextKey: '' };
}

/** Of the predicate language, names that are compared and joined by "or". */
function namesIn(predicate: string): string[] | undefined {
  if (predicate === '') return undefined;
  return predicate.split(' || ').map((part) => {
    const literal = /^resource\.metadata\.name == ("(?:[^"\\]|\\.)*")$/.exec(part)?.[1];
    const name: unknown = literal === undefined ? undefined : JSON.parse(literal);
    if (typeof name === 'string') return name;
    throw new TeleportError(status.INVALID_ARGUMENT, 'failed to parse predicate expression');
  });
}

function toMessage(resource: SimulatedResource): ListResourcesResponse['Resources'][number] {
  const { kind, name, hostname = '', description = '', labels = {} } = resource;
  const Metadata = {
    Name: name,
    Namespace: 'default',
    Description: description,
    Labels: labels,
    Expires: undefined,
    Revision: '',
  };
  const header = { SubKind: '', Version: 'v3', Metadata };
  switch (kind) {
    case 'node':
      return { Node: { Kind: 'node', ...header, Version: 'v2', Spec: { Hostname: hostname } } };
    case 'app':
      return {
        AppServer: { Kind: 'app_server', ...header, Spec: { App: { Kind: 'app', ...header } } },
      };
    case 'user_group':
      return { UserGroup: { Header: { Kind: 'user_group', ...header } } };
  }
}
