import { mkdtempSync } from 'node:fs';
import { rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Server, ServerCredentials, type ServerUnaryCall, type ServerWritableStream } from '@grpc/grpc-js';
import { BinaryWriter } from '@bufbuild/protobuf/wire';
import { ClusterPki } from '../../../sandbox/teleport/pki';
import { requestOver } from '../http/over-socket';
import type { Log, Teleport } from '../ports';
import { createTeleport } from './client';
import { AuthServiceService, ListAccessRequestsResponse, Operation, PingResponse } from './gen/auth';
import { AccessRequestV3, RequestState } from './gen/types';

/** A server of a later version: every message has fields, and the event stream kinds, that nobody here knows. */

const folder = mkdtempSync(join(tmpdir(), 'relay-newer-'));
const silent: Log = { debug: noop, info: noop, warn: noop, error: noop };
function noop(): void {
  // Nothing is kept.
}

const UNKNOWN_FIELD = 1999;
/** Of `Event.Resource`, one that no version has yet. */
const UNKNOWN_KIND = 1234;
/** Seconds of Go's unset time: the year 1. */
const YEAR_ONE = -62_135_596_800;

function withUnknowns(known: Uint8Array): Buffer {
  const unknown = new BinaryWriter()
    .uint32((UNKNOWN_FIELD << 3) | 2)
    .string('of the future')
    .uint32(((UNKNOWN_FIELD + 1) << 3) | 0)
    .int64(-1)
    .uint32(((UNKNOWN_FIELD + 2) << 3) | 1)
    .fixed64(7)
    .uint32(((UNKNOWN_FIELD + 3) << 3) | 5)
    .fixed32(7)
    .finish();
  // On both sides, as a server may order fields as it likes.
  return Buffer.concat([unknown, known, unknown]);
}

const request = withUnknowns(
  AccessRequestV3.encode(
    AccessRequestV3.fromPartial({
      Kind: 'access_request',
      Version: 'v3',
      Metadata: { Name: 'r-1', Expires: new Date(YEAR_ONE * 1000) },
      Spec: {
        User: 'alice',
        Roles: ['editor'],
        State: RequestState.PENDING,
        Created: new Date('2026-11-24T14:00:00Z'),
        Expires: new Date(YEAR_ONE * 1000),
        MaxDuration: new Date(YEAR_ONE * 1000),
        AssumeStartTime: new Date(YEAR_ONE * 1000),
        ResourceExpiry: new Date(YEAR_ONE * 1000),
      },
    }),
  ).finish(),
);

/** An event by hand: its type, and bytes as the member `kind` of its oneof. */
function event(type: number, kind?: number, content: Uint8Array = new Uint8Array()): Buffer {
  const writer = new BinaryWriter().uint32((1 << 3) | 0).int32(type);
  if (kind !== undefined) writer.uint32((kind << 3) | 2).bytes(content);
  return withUnknowns(writer.finish());
}

/** The service with answers as bytes, so that it can say what its own code does not know. */
function rawService() {
  const { ping, listAccessRequests, watchEvents } = AuthServiceService;
  const asTheyAre = {
    responseSerialize: (bytes: Buffer) => bytes,
    responseDeserialize: (bytes: Buffer) => bytes,
  };
  return {
    ping: { ...ping, ...asTheyAre },
    listAccessRequests: { ...listAccessRequests, ...asTheyAre },
    watchEvents: { ...watchEvents, ...asTheyAre },
  };
}

let server: Server;
let teleport: Teleport;

beforeAll(async () => {
  const pki = await ClusterPki.create('newer.example.com');
  const pair = await pki.issueServer();
  server = new Server();
  type Answer = (error: null, bytes: Buffer) => void;
  server.addService(rawService(), {
    ping: (_call: ServerUnaryCall<unknown, Buffer>, answer: Answer) => {
      const known = PingResponse.fromPartial({ ClusterName: 'newer.example.com', ServerVersion: '23.0.0' });
      answer(null, withUnknowns(PingResponse.encode(known).finish()));
    },
    listAccessRequests: (_call: ServerUnaryCall<unknown, Buffer>, answer: Answer) => {
      const page = new BinaryWriter()
        .uint32((1 << 3) | 2)
        .bytes(request)
        .finish();
      answer(null, withUnknowns(page));
    },
    watchEvents: (call: ServerWritableStream<unknown, Buffer>) => {
      call.write(event(Operation.INIT));
      call.write(event(Operation.PUT, UNKNOWN_KIND, Buffer.from([8, 1])));
      call.write(event(Operation.DELETE, UNKNOWN_KIND, Buffer.from([8, 1])));
      call.write(event(99));
      call.write(event(Operation.PUT, 14, request));
    },
  });
  const credentials = ServerCredentials.createSsl(
    Buffer.from(pki.userCaPem),
    [{ cert_chain: Buffer.from(pair.certificate), private_key: Buffer.from(pair.privateKey) }],
    true,
  );
  const port = await new Promise<number>((resolve, reject) => {
    server.bindAsync('127.0.0.1:0', credentials, (error, bound) => (error ? reject(error) : resolve(bound)));
  });
  const identityFile = join(folder, 'identity');
  await writeFile(identityFile, await pki.identityFile('bot-jira', []));
  teleport = createTeleport({
    address: `127.0.0.1:${port}`,
    identityFile,
    timing: { teleport_call_within: 5, keepalive_every: 60, keepalive_within: 20 },
    requestOver,
    log: silent,
    env: {},
  });
});
afterAll(async () => {
  teleport.close();
  server.forceShutdown();
  await rm(folder, { recursive: true });
});

const signal = (): AbortSignal => AbortSignal.timeout(10_000);

test('the bytes are what they claim to be', () => {
  expect(
    ListAccessRequestsResponse.decode(new BinaryWriter().uint32(10).bytes(request).finish()),
  ).toMatchObject({
    AccessRequests: [{ Metadata: { Name: 'r-1' } }],
  });
  expect(request.includes('of the future')).toBe(true);
});

test('unknown fields do not matter', async () => {
  expect(await teleport.ping(signal())).toMatchObject({ name: 'newer.example.com', version: '23.0.0' });
});

test('a time in the year 1 is none', async () => {
  for await (const listed of teleport.list(signal())) {
    expect(listed).toMatchObject({
      id: 'r-1',
      user: 'alice',
      requestExpiresAt: undefined,
      accessExpiresAt: undefined,
      maxDurationUntil: undefined,
      assumeStartAt: undefined,
    });
  }
  expect.assertions(1);
});

test('events of unknown kinds and types are passed over', async () => {
  const seen: string[] = [];
  for await (const { type } of teleport.watch(signal())) {
    seen.push(type);
    if (type === 'put') break;
  }
  expect(seen).toEqual(['init', 'put']);
});
