import type { RequestedResource } from '../../../contract/access-request';
import type { AccessRequest, Clock, Log } from '../ports';
import type { Connection } from './connection';
import { TeleportError } from '../ports';
import type { ListResourcesResponse, PaginatedResource } from './gen/auth';
import type { Metadata } from './gen/types';

/** Kinds of which Teleport knows a name for people, with the type under which they are listed (Teleport, ListResources). */
export const NAMED_KINDS = { node: 'node', app: 'app_server', user_group: 'user_group' } as const;

type NamedKind = keyof typeof NAMED_KINDS;

/** So many are asked for in one call. */
const NAMES_PER_CALL = 100;
const MAX_KEPT = 20_000;
/** How long a name is believed, how long a kind that failed is left alone, how long a look-up may take; milliseconds. */
const FRESH_MS = 10 * 60_000;
const FAILED_PAUSE_MS = 60_000;
const WITHIN_MS = 3000;

const ORIGIN_LABEL = 'teleport.dev/origin';
/** Labels with the names of what came from Okta (Teleport, Okta service). */
const OKTA_NAMES = ['okta-app-name', 'okta-group-name', 'okta-role-name'].map(
  (name) => `teleport.internal/${name}`,
);

interface Kept {
  /** `undefined` for a resource that has none. */
  name: string | undefined;
  /** Unix milliseconds. */
  askedAt: number;
}

/** What names are looked up with. */
export interface ResourceNamesOptions {
  connection: Connection;
  /** The root cluster; resources of leaf clusters cannot be listed from here. */
  clusterName: () => string;
  clock: Clock;
  log: Log;
}

/**
 * Looks up names that people know requested resources by. Nothing depends on them: a look-up that fails or takes too long
 * leaves the last known name, or none.
 */
export class ResourceNames {
  private readonly kept = new Map<string, Kept>();
  private readonly pausedUntil = new Map<NamedKind, number>();

  constructor(private readonly options: ResourceNamesOptions) {}

  /** Copies of the requests whose resources carry their names, where they have one. Never throws. */
  async addTo(requests: readonly AccessRequest[], signal: AbortSignal): Promise<AccessRequest[]> {
    const now = this.options.clock.now();
    const wanted = new Map<NamedKind, Set<string>>();
    for (const { kind, name } of requests.flatMap(({ resources }) => this.nameable(resources))) {
      const known = this.kept.get(keyOf(kind, name));
      if (known !== undefined && now - known.askedAt < FRESH_MS) continue;
      const names = wanted.get(kind) ?? new Set();
      wanted.set(kind, names.add(name));
    }
    if (wanted.size > 0) {
      const within = AbortSignal.any([signal, AbortSignal.timeout(WITHIN_MS)]);
      await Promise.all([...wanted].map(([kind, names]) => this.lookUp(kind, [...names], within)));
    }
    return requests.map((request) =>
      request.resources.length === 0
        ? request
        : { ...request, resources: request.resources.map((resource) => this.named(resource)) },
    );
  }

  private nameable(resources: readonly RequestedResource[]): { kind: NamedKind; name: string }[] {
    const root = this.options.clusterName();
    return resources.flatMap(({ cluster, kind, name }) =>
      cluster === root && isNamedKind(kind) ? [{ kind, name }] : [],
    );
  }

  private named(resource: RequestedResource): RequestedResource {
    const [found] = this.nameable([resource]);
    const name = found && this.kept.get(keyOf(found.kind, found.name))?.name;
    return name === undefined ? resource : { ...resource, friendlyName: name };
  }

  private async lookUp(kind: NamedKind, names: readonly string[], signal: AbortSignal): Promise<void> {
    const { clock, connection, log } = this.options;
    if ((this.pausedUntil.get(kind) ?? 0) > clock.now()) return;
    try {
      for (let from = 0; from < names.length; from += NAMES_PER_CALL) {
        const asked = names.slice(from, from + NAMES_PER_CALL);
        const found = await listNames(connection, kind, asked, signal);
        asked.forEach((name) => this.keep(keyOf(kind, name), found.get(name)));
      }
    } catch (error) {
      this.pausedUntil.set(kind, clock.now() + FAILED_PAUSE_MS);
      const reason = error instanceof TeleportError ? error.message : 'no answer in time';
      log.debug('names of resources could not be looked up', { kind, reason });
    }
  }

  private keep(key: string, name: string | undefined): void {
    this.kept.delete(key);
    this.kept.set(key, { name, askedAt: this.options.clock.now() });
    const [oldest] = this.kept.keys();
    if (this.kept.size > MAX_KEPT && oldest !== undefined) this.kept.delete(oldest);
  }
}

/**
 * Asks for one name of no resource, to see whether names of this kind may be looked up.
 * @throws TeleportError
 */
export async function tryNames(connection: Connection, kind: NamedKind, signal: AbortSignal): Promise<void> {
  await listNames(connection, kind, ['00000000-0000-0000-0000-000000000000'], signal);
}

async function listNames(
  connection: Connection,
  kind: NamedKind,
  names: readonly string[],
  signal: AbortSignal,
): Promise<Map<string, string>> {
  const request = {
    ResourceType: NAMED_KINDS[kind],
    Namespace: 'default',
    Limit: names.length,
    StartKey: '',
    PredicateExpression: names
      .map((name) => `resource.metadata.name == ${JSON.stringify(name)}`)
      .join(' || '),
    UseSearchAsRoles: true,
    UsePreviewAsRoles: true,
  };
  try {
    const { Resources: resources } = await connection.unary<ListResourcesResponse>(
      ({ auth }, metadata, options, done) => auth.listResources(request, metadata, options, done),
      signal,
    );
    return new Map(resources.flatMap(nameOf));
  } catch (error) {
    throw connection.failure('ListResources', error, signal);
  }
}

/** Id and name of a listed resource; nothing when it has no name for people. */
function nameOf(resource: PaginatedResource): [id: string, name: string][] {
  const { Node: node, AppServer: app, UserGroup: group } = resource;
  const metadata = node?.Metadata ?? app?.Spec?.App?.Metadata ?? app?.Metadata ?? group?.Header?.Metadata;
  if (metadata === undefined) return [];
  const name = oktaName(metadata) ?? node?.Spec?.Hostname ?? '';
  return name === '' ? [] : [[metadata.Name, name]];
}

function oktaName({ Labels: labels, Description: description }: Metadata): string | undefined {
  if (labels[ORIGIN_LABEL] !== 'okta') return undefined;
  return OKTA_NAMES.map((label) => labels[label]).find((name) => name !== undefined) ?? description;
}

function isNamedKind(kind: string): kind is NamedKind {
  return Object.hasOwn(NAMED_KINDS, kind);
}

function keyOf(kind: NamedKind, name: string): string {
  return `${kind}/${name}`;
}
