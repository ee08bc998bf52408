import { randomBytes } from 'node:crypto';
import { mkdtempSync } from 'node:fs';
import { copyFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fetch } from 'undici';
import { z } from 'zod';
import { startTeleport, type TeleportSandbox } from '../../sandbox/teleport';
import { eventually } from '../support/relay/real-teleport';
import { RelayProgram, type RunningRelay } from '../support/relay/relay-program';

/** The real relay process with identities that are not there or no longer valid: it waits, says so, and goes on. */

const folder = mkdtempSync(join(tmpdir(), 'relay-waiting-'));
let program: RelayProgram;
let sandbox: TeleportSandbox;

beforeAll(async () => {
  program = await RelayProgram.build(folder);
  sandbox = await startTeleport({ dataDir: folder });
}, 60_000);
afterAll(async () => {
  await program.stop();
  await sandbox.stop();
  await rm(folder, { recursive: true });
});

function start(name: string, identityFile: string): Promise<RunningRelay> {
  const ids = { connectionId: 'c-1', keyId: 'k-1', cloudId: 'cloud', appId: 'app', environmentId: 'env' };
  const secret = randomBytes(32).toString('base64url');
  return program.start({
    name,
    address: sandbox.authAddress,
    identityFile,
    pairing: { webTriggerUrl: 'http://127.0.0.1:1/x1/inbox', secret, ...ids },
    more: 'timing: { retry_first: 0.1, retry_at_most: 0.3 }\n',
  });
}

const status = z.object({
  problems: z.array(z.string()),
  teleport: z.object({ connected: z.boolean(), identityExpiresAt: z.string().optional() }),
});

async function statusOf({ url }: RunningRelay) {
  return status.parse(await (await fetch(`${url}/status`)).json());
}

test.each([
  ['missing', () => Promise.resolve(join(folder, 'missing')), 'the identity file is not there'],
  [
    'expired',
    async () => {
      const file = join(folder, 'expired');
      await copyFile(await sandbox.control.issueIdentity('bot-jira-relay-observe', -1000), file);
      return file;
    },
    'the certificate in the identity file expired at',
  ],
  [
    'cut off',
    async () => {
      const file = join(folder, 'cut-off');
      await writeFile(file, '-----BEGIN PRIVATE KEY-----\nMIGH');
      return file;
    },
    'the file is cut off or was being written',
  ],
])('an identity that is %s at the start is waited for', async (name, make, words) => {
  const file = await make();
  const relay = await start(name.replace(' ', '-'), file);
  await eventually(async () => {
    const { problems, teleport } = await statusOf(relay);
    expect(teleport.connected).toBe(false);
    expect(problems.join()).toContain(words);
  });
  expect((await fetch(`${relay.url}/readyz`)).status).toBe(503);
  expect((await fetch(`${relay.url}/healthz`)).status).toBe(200);
  expect(relay.child.exitCode).toBeNull();
  expect(relay.output()).toContain(words);
  const good = await sandbox.control.issueIdentity('bot-jira-relay-observe', 3_600_000);
  await copyFile(good, file);
  await eventually(async () => expect((await statusOf(relay)).teleport.connected).toBe(true));
  const { identityExpiresAt = '' } = (await statusOf(relay)).teleport;
  const metrics = await (await fetch(`${relay.url}/metrics`)).text();
  const [, expiry] = /^teleport_jira_relay_identity_expiry_timestamp_seconds (\S+)$/m.exec(metrics) ?? [];
  expect(Number(expiry)).toBe(Date.parse(identityExpiresAt) / 1000);
});
