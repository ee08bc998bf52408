import { randomBytes } from 'node:crypto';
import { mkdtempSync } from 'node:fs';
import { readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fetch } from 'undici';
import { z } from 'zod';
import { inboxRequest, type InboxRequest } from '../../contract/relay-inbox';
import { signAnswer } from '../../contract/signing';
import { AccessRequestV3 } from '../../relay/src/teleport/gen/types';
import { listenHttp, readBody, type HttpListener } from '../../sandbox/http';
import { startTeleport, type TeleportSandbox } from '../../sandbox/teleport';
import { eventually } from '../support/relay/real-teleport';
import { RelayProgram } from '../support/relay/relay-program';

/** One real relay process for one cluster with many open requests, all of which wait to be told. */

const OPEN_REQUESTS = 10_000;
const MAX_RESIDENT_MB = 150;
const folder = mkdtempSync(join(tmpdir(), 'relay-memory-'));
const key = { keyId: 'k-1', secret: randomBytes(32).toString('base64url') };
let program: RelayProgram;
let sandbox: TeleportSandbox;
let app: HttpListener;
let applied = 0;

/** An app that knows nothing yet and asks for patience with every request, so that all of them stay in the relay. */
function answerTo(message: InboxRequest): object {
  switch (message.op) {
    case 'hello':
      return {
        v: 1,
        op: 'hello',
        connection: 'confirmed',
        mirrorSince: '2026-01-01T00:00:00Z',
        helloAfterSeconds: 15,
        decisions: [],
        statusToken: 't',
      };
    case 'open':
      return { v: 1, op: 'open', links: [] };
    case 'apply':
      applied += message.items.length;
      return {
        v: 1,
        op: 'apply',
        results: message.items.map(({ requestId }) => ({
          requestId,
          result: 'deferred',
          seconds: 300,
          text: 'later',
        })),
      };
  }
}

beforeAll(async () => {
  app = await listenHttp(async (request, response) => {
    const message = inboxRequest.parse(JSON.parse((await readBody(request)) ?? ''));
    const body = JSON.stringify(answerTo(message));
    const requestId = String(request.headers['webhook-id']);
    const now = Math.floor(Date.now() / 1000);
    const signed = signAnswer({ role: 'relay-to-app-answer', requestId, key, status: 200, body, now });
    response.writeHead(200, { ...signed }).end(body);
  });
  program = await RelayProgram.build(folder);
  sandbox = await startTeleport({ dataDir: folder });
  const spec = {
    User: 'alice',
    Roles: ['editor'],
    RequestReason: 'a release of the shop, as agreed on Monday',
  };
  const message = AccessRequestV3.fromPartial({ Kind: 'access_request', Version: 'v3', Spec: spec });
  for (let index = 0; index < OPEN_REQUESTS; index += 1) sandbox.cluster.create('alice', message);
}, 60_000);
afterAll(async () => {
  await program.stop();
  await Promise.all([sandbox.stop(), app.close()]);
  await rm(folder, { recursive: true });
});

const status = z.object({ waiting: z.number(), teleport: z.object({ lastListAt: z.string().optional() }) });

/** Resident memory of a process in MB, now and at its peak (Linux, /proc). */
async function residentMb(pid: number): Promise<{ now: number; peak: number }> {
  const text = await readFile(`/proc/${pid}/status`, 'utf8');
  const read = (name: string): number => {
    const [, kilobytes] = new RegExp(`^${name}:\\s+(\\d+) kB$`, 'm').exec(text) ?? [];
    return Number(kilobytes) / 1024;
  };
  return { now: read('VmRSS'), peak: read('VmHWM') };
}

test(`${OPEN_REQUESTS} open requests fit into ${MAX_RESIDENT_MB} MB`, async () => {
  const relay = await program.start({
    name: 'memory',
    address: sandbox.authAddress,
    identityFile: sandbox.identities['bot-jira-relay-observe'] ?? '',
    pairing: {
      webTriggerUrl: `${app.url}/x1/inbox`,
      connectionId: 'c-1',
      ...key,
      cloudId: 'cloud',
      appId: 'app',
      environmentId: 'env',
    },
    more: 'timing: { list_every: 2 }\n',
  });
  // Every request was offered once, then a few lists more are read and compared.
  await eventually(() => expect(applied).toBeGreaterThanOrEqual(OPEN_REQUESTS), 60_000);
  await new Promise((resolve) => setTimeout(resolve, 6000));
  const answer = status.parse(await (await fetch(`${relay.url}/status`)).json());
  expect(answer.waiting).toBe(OPEN_REQUESTS);
  const { now, peak } = await residentMb(relay.child.pid ?? 0);
  process.stdout.write(
    `relay with ${OPEN_REQUESTS} open requests: ${now.toFixed(0)} MB, peak ${peak.toFixed(0)} MB\n`,
  );
  expect(peak).toBeGreaterThan(30);
  expect(peak).toBeLessThanOrEqual(MAX_RESIDENT_MB);
}, 100_000);
