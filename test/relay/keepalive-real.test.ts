import { mkdtempSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startTeleport, type TeleportSandbox } from '../../sandbox/teleport';
import { follow, inStep, stopFollowing } from '../support/relay/follow';
import { Clients, eventually } from '../support/relay/real-teleport';
import { TcpPipe } from '../support/relay/tcp-pipe';

/* The values that are configured unless somebody changes them, against Teleport's own policy; it takes a minute and a half of waiting. */

const folder = mkdtempSync(join(tmpdir(), 'relay-keepalive-'));
let sandbox: TeleportSandbox;
const clients = new Clients(() => sandbox);
beforeAll(async () => {
  sandbox = await startTeleport({ dataDir: folder });
});
afterAll(async () => {
  await stopFollowing();
  clients.close();
  await sandbox.stop();
  await rm(folder, { recursive: true });
});

const TIMING = { teleport_call_within: 30, keepalive_every: 60, keepalive_within: 20 };
const FOUND_WITHIN_MS = 85_000;

test('a half-open connection is found by the ping of a minute, and a living one is not cut for its pings', async () => {
  const pipe = await TcpPipe.open(Number(sandbox.authAddress.split(':')[1]));
  try {
    const halfOpen = follow(clients.connect(pipe.address, { timing: TIMING }));
    const living = follow(clients.connect(sandbox.authAddress, { timing: TIMING }));
    await Promise.all([inStep(halfOpen), inStep(living)]);
    pipe.hold();
    const since = performance.now();
    await eventually(() => expect(halfOpen.mirror.phase.phase).not.toBe('following'), FOUND_WITHIN_MS);
    const seconds = (performance.now() - since) / 1000;
    process.stdout.write(`found after ${seconds.toFixed(1)} s\n`);
    // A ping once a minute, and 20 s for its answer; sooner would be more often than Teleport bears.
    expect(seconds).toBeGreaterThan(20);
    expect(seconds).toBeLessThan(FOUND_WITHIN_MS / 1000);
    pipe.release();
    await inStep(halfOpen);
    const id = await (await sandbox.connectAs('alice')).request({ roles: ['editor'] });
    for (const { offered } of [halfOpen, living]) await eventually(() => expect([...offered]).toContain(id));
    expect(living.mirror.streamRestarts).toBe(0);
  } finally {
    await pipe.close();
  }
}, 120_000);
