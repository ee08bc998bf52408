import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { AuthServiceService } from '../../relay/src/teleport/gen/auth';
import { UsersServiceService } from '../../relay/src/teleport/gen/teleport/users/v1/users_service';

/**
 * The relay's .proto files name a part of Teleport's API. Here every message, field, enum and call in them is compared with
 * facts taken from Teleport's own descriptors, and the generated code with the .proto files.
 */

const ROOT = join(__dirname, '..', '..');
const PROTO = join(ROOT, 'relay', 'proto');
const GEN = join(ROOT, 'relay', 'src', 'teleport', 'gen');
const FACTS = join(
  process.env['CONFORMANCE_DIR'] ?? join(ROOT, '..', 'shared', 'conformance'),
  'teleport-fields.json',
);

/** Not among the facts: newer than the descriptors that they were taken from. */
const UNVERIFIED = ['types.SSHResourceConstraints'];

interface Field {
  number: number;
  /** Fully qualified; `map<string, X>` for a map. */
  type: string;
  repeated: boolean;
}
interface Call {
  path: string;
  request: string;
  response: string;
  serverStreaming: boolean;
}
interface Api {
  messages: Record<string, Record<string, Field>>;
  enums: Record<string, Record<string, number>>;
  services: Record<string, Record<string, Call>>;
}

const FILES = readdirSync(PROTO, { recursive: true, encoding: 'utf8' })
  .filter((name) => name.endsWith('.proto'))
  .sort();
const ours = readProtos();

const factsSchema = z.object({
  messages: z.record(
    z.string(),
    z.record(z.string(), z.object({ number: z.number(), type: z.string(), repeated: z.boolean() })),
  ),
  enums: z.record(z.string(), z.record(z.string(), z.number())),
  services: z.record(
    z.string(),
    z.record(
      z.string(),
      z.object({ path: z.string(), request: z.string(), response: z.string(), serverStreaming: z.boolean() }),
    ),
  ),
});

/** What matters most, for a checkout without the facts. */
const EMBEDDED = {
  'proto.PingResponse': { ClusterName: 1, ServerVersion: 2, ServerFeatures: 3, ProxyPublicAddr: 4 },
  'proto.Features': { AccessControls: 6, AdvancedAccessWorkflows: 7, Cloud: 8 },
  'proto.Watch': { Kinds: 1, AllowPartialSuccess: 2 },
  'proto.Event': { Type: 1, ResourceHeader: 2, AccessRequest: 14, WatchStatus: 43 },
  'proto.RequestStateSetter': { ID: 1, State: 2, Delegator: 3, Reason: 4, Annotations: 5, Roles: 6 },
  'proto.ListAccessRequestsRequest': { Filter: 1, Sort: 2, Descending: 3, Limit: 4, StartKey: 5 },
  'proto.ListAccessRequestsResponse': { AccessRequests: 1, NextKey: 2 },
  'types.Metadata': { Name: 1, Namespace: 2, Description: 3, Labels: 5, Expires: 6, Revision: 8 },
  'types.AccessRequestV3': { Kind: 1, SubKind: 2, Version: 3, Metadata: 4, Spec: 5 },
  'types.AccessRequestSpecV3': {
    User: 1,
    Roles: 2,
    State: 3,
    Created: 4,
    Expires: 5,
    RequestReason: 6,
    ResolveReason: 7,
    ResolveAnnotations: 8,
    Thresholds: 10,
    RoleThresholdMapping: 11,
    Reviews: 12,
    SuggestedReviewers: 13,
    RequestedResourceIDs: 14,
    MaxDuration: 17,
    accessList: 20,
    AssumeStartTime: 21,
    ResourceExpiry: 22,
    RequestKind: 24,
    RequestedResourceAccessIDs: 26,
  },
  'types.AccessReview': { Author: 1, Roles: 2, ProposedState: 3, Reason: 4, Created: 5, ThresholdIndexes: 7 },
  'types.AccessReviewThreshold': { Name: 1, Filter: 2, Approve: 3, Deny: 4 },
  'types.ResourceID': { ClusterName: 1, Kind: 2, Name: 3, SubResourceName: 4 },
  'types.AccessRequestFilter': { ID: 1, User: 2, State: 3, SearchKeywords: 4, Scope: 5, Requester: 6 },
} as const;

const CALLS = [
  '/proto.AuthService/Ping',
  '/proto.AuthService/WatchEvents stream',
  '/proto.AuthService/ListAccessRequests',
  '/proto.AuthService/GetAccessRequestsV2 stream',
  '/proto.AuthService/CreateAccessRequestV2',
  '/proto.AuthService/DeleteAccessRequest',
  '/proto.AuthService/SetAccessRequestState',
  '/proto.AuthService/SubmitAccessReview',
  '/proto.AuthService/ListResources',
  '/proto.AuthService/GetPluginData',
  '/teleport.users.v1.UsersService/ListUsers',
];

test('the most important numbers', () => {
  for (const [name, fields] of Object.entries(EMBEDDED)) {
    const numbers = Object.entries(ours.messages[name] ?? {}).map(([field, { number }]) => [field, number]);
    expect([name, Object.fromEntries(numbers)]).toEqual([name, expect.objectContaining(fields)]);
  }
  expect(ours.enums).toMatchObject({
    'types.RequestState': { NONE: 0, PENDING: 1, APPROVED: 2, DENIED: 3, PROMOTED: 4 },
    'proto.Operation': { INIT: 0, PUT: 1, DELETE: 2 },
    'types.AccessRequestKind': { UNDEFINED: 0, SHORT_TERM: 1, LONG_TERM: 2 },
  });
});

test("every message, enum and call is Teleport's, as far as facts are at hand", () => {
  if (!existsSync(FACTS)) {
    const calls = Object.values(ours.services).flatMap((service) => Object.values(service));
    expect(calls.map(({ path, serverStreaming }) => (serverStreaming ? `${path} stream` : path))).toEqual(
      CALLS,
    );
    return;
  }
  const facts = factsSchema.parse(JSON.parse(readFileSync(FACTS, 'utf8')));
  expect(Object.keys(ours.messages).filter((name) => facts.messages[name] === undefined)).toEqual(UNVERIFIED);
  for (const [name, fields] of Object.entries(ours.messages)) {
    if (UNVERIFIED.includes(name)) continue;
    for (const [field, own] of Object.entries(fields)) {
      expect([`${name}.${field}`, facts.messages[name]?.[field]]).toEqual([`${name}.${field}`, own]);
    }
  }
  expect(facts.enums).toMatchObject(ours.enums);
  expect(facts.services).toMatchObject(ours.services);
});

describe('the generated code is that of the .proto files', () => {
  test.each(FILES)('%s', (file) => {
    const generated = readFileSync(join(GEN, file.replace(/\.proto$/, '.ts')), 'utf8');
    const { pkg, api } = readProto(readFileSync(join(PROTO, file), 'utf8'));
    const short = (name: string) => name.slice(pkg.length + 1);
    const tags = readDecoders(generated);
    expect(Object.keys(tags).sort()).toEqual(Object.keys(api.messages).map(short).sort());
    for (const [name, fields] of Object.entries(api.messages)) {
      const numbers = Object.entries(fields).map(([field, { number }]) => `${number} ${field}`);
      expect([name, tags[short(name)]?.sort()]).toEqual([name, numbers.sort()]);
    }
    for (const [name, members] of Object.entries(api.enums)) {
      const body = new RegExp(`export enum ${short(name)} \\{([^}]*)\\}`).exec(generated)?.[1] ?? '';
      const found = Array.from(body.matchAll(/(\w+) = (-?\d+),/g), ([, key = '', value]) => [
        key,
        Number(value),
      ]);
      expect(Object.fromEntries(found)).toEqual({ ...members, UNRECOGNIZED: -1 });
    }
  });

  test('calls', () => {
    const generated = [...Object.values(AuthServiceService), ...Object.values(UsersServiceService)];
    const calls = Object.values(ours.services).flatMap((service) => Object.values(service));
    expect(
      generated.map(({ path, requestStream, responseStream }) => ({ path, requestStream, responseStream })),
    ).toEqual(
      calls.map(({ path, serverStreaming }) => ({
        path,
        requestStream: false,
        responseStream: serverStreaming,
      })),
    );
  });
});

/** `number name` of each field that a decoder of the generated code takes, by message; entries of maps left out. */
function readDecoders(source: string): Record<string, string[]> {
  const decoders: Record<string, string[]> = {};
  const parts = source.split(/^export const (\w+): MessageFns<\w+> = \{$/m);
  for (let at = 1; at < parts.length; at += 2) {
    const name = parts[at] ?? '';
    if (name.endsWith('Entry')) continue;
    const decode = /\n {2}decode\([\s\S]*?\n {2}\},/.exec(parts[at + 1] ?? '')?.[0] ?? '';
    const cases = decode.matchAll(/case (\d+): \{[\s\S]*?message\.(\w+)/g);
    decoders[name] = Array.from(cases, ([, number = '', field = '']) => `${number} ${field}`);
  }
  return decoders;
}

function readProtos(): Api {
  const api: Api = { messages: {}, enums: {}, services: {} };
  for (const file of FILES) {
    const one = readProto(readFileSync(join(PROTO, file), 'utf8')).api;
    Object.assign(api.messages, one.messages);
    Object.assign(api.enums, one.enums);
    Object.assign(api.services, one.services);
  }
  return api;
}

/** Reads the part of proto3 that our files use: no nested messages, no options. */
function readProto(source: string): { pkg: string; api: Api } {
  const text = source.replace(/\/\/.*$/gm, '');
  const pkg = /^package ([\w.]+);$/m.exec(text)?.[1] ?? '';
  const api: Api = { messages: {}, enums: {}, services: {} };
  for (const [, kind = '', name = '', body = ''] of text.matchAll(
    /^(message|enum|service) (\w+) \{\n?((?:[^{}]|\{[^{}]*\})*)\}$/gm,
  )) {
    const full = `${pkg}.${name}`;
    if (kind === 'message') api.messages[full] = readFields(body, pkg);
    if (kind === 'service') api.services[full] = readCalls(body, pkg, full);
    if (kind === 'enum') {
      const members: Record<string, number> = {};
      for (const [, member = '', number] of body.matchAll(/(\w+) = (\d+);/g))
        members[member] = Number(number);
      api.enums[full] = members;
    }
  }
  return { pkg, api };
}

function readFields(body: string, pkg: string): Record<string, Field> {
  const fields: Record<string, Field> = {};
  for (const [, repeated, type = '', name = '', number] of body.matchAll(
    /^\s*(repeated )?(map<[^>]*>|[\w.]+) (\w+) = (\d+);$/gm,
  )) {
    fields[name] = { number: Number(number), type: qualify(type, pkg), repeated: repeated !== undefined };
  }
  return fields;
}

function readCalls(body: string, pkg: string, service: string): Record<string, Call> {
  const calls: Record<string, Call> = {};
  for (const [, name = '', request = '', stream, response = ''] of body.matchAll(
    /rpc (\w+)\(([\w.]+)\) returns \((stream )?([\w.]+)\);/g,
  )) {
    calls[name] = {
      path: `/${service}/${name}`,
      request: qualify(request, pkg),
      response: qualify(response, pkg),
      serverStreaming: stream !== undefined,
    };
  }
  return calls;
}

function qualify(type: string, pkg: string): string {
  const map = /^map<(\w+), (.*)>$/.exec(type);
  if (map !== null) return `map<${map[1] ?? ''}, ${qualify(map[2] ?? '', pkg)}>`;
  const isOwn = /^[A-Z]\w*$/.test(type);
  return isOwn ? `${pkg}.${type}` : type;
}
