import { AccessRequestV3 } from '../../relay/src/teleport/gen/types';
import type { Issue } from '../../sandbox/jira';
import { BRISK, until, World } from '../support/world';

/* All of it still holds after a part was down: each time something happens meanwhile, and both sides come in step again. */

let world: World;
beforeAll(async () => {
  const timing = {
    ...BRISK['timing'],
    expiry_grace: 0.2,
    retry_first: 0.1,
    retry_at_most: 0.5,
    stream_silent_after: 1.5,
    stream_init_within: 1,
    teleport_call_within: 1,
  };
  world = await World.start({ relayConfig: { timing } });
}, 30_000);
afterAll(() => world.stop());

async function linked(): Promise<{ id: string; issue: Issue }> {
  const id = await world.ask();
  return { id, issue: await world.issueOf(id) };
}

/** A request made at the cluster itself, for when its Auth Service does not answer. */
function askBehindTheScenes(): string {
  const asked = AccessRequestV3.fromPartial({ Spec: { Roles: ['editor'] } });
  return world.sandbox.teleport.cluster.create('alice', asked).Metadata?.Name ?? '';
}

/** Waits until the card stands there, and nothing is told twice. */
async function endsIn(issue: Issue, slot: 'approved' | 'denied' | 'expired', begins: string): Promise<void> {
  await world.untilSlot(issue, slot);
  const told = () => world.appComments(issue).filter((text) => text.startsWith(begins));
  await until(`“${begins}” on ${issue.key}`, () => told().length > 0);
  expect(told()).toHaveLength(1);
}

async function isMirrored(id: string): Promise<void> {
  const issue = await world.issueOf(id);
  await world.untilSlot(issue, 'pending');
  expect(world.issuesOf(id)).toHaveLength(1);
}

test('the relay was down while much happened on both sides', async () => {
  const { relay, teleport } = world.sandbox;
  const soon = await world.ask({ maxDuration: new Date(Date.now() + 2_500) });
  const late = { id: soon, issue: await world.issueOf(soon) };
  const [approved, denied, deleted, moved, contested] = [
    await linked(),
    await linked(),
    await linked(),
    await linked(),
    await linked(),
  ] as const;
  await world.quiet();
  expect(await relay.stop()).toEqual({ code: 0, signal: null });

  const [carol, admin] = [await teleport.connectAs('carol'), await teleport.connectAs('admin')];
  await carol.review(approved.id, 'approve', 'fine');
  await carol.review(denied.id, 'deny');
  await admin.delete(deleted.id);
  await world.move(moved.issue, 'denied');
  await world.move(contested.issue, 'approved');
  await carol.review(contested.id, 'deny', 'no');
  const created = await world.ask();
  const overBefore = await world.ask();
  await carol.review(overBefore, 'deny', 'not this one');
  const goneBefore = await world.ask();
  await admin.delete(goneBefore);
  const endsAt = world.request(late.id)?.Metadata?.Expires?.getTime() ?? 0;
  await until('the end of a request', () => Date.now() > endsAt + 200);

  relay.start();
  await relay.untilReady();
  await endsIn(approved.issue, 'approved', 'Approved in Teleport');
  await endsIn(denied.issue, 'denied', 'Denied in Teleport');
  await endsIn(deleted.issue, 'expired', 'Expired');
  await endsIn(late.issue, 'expired', 'Expired');
  await endsIn(moved.issue, 'denied', 'Denied in Teleport');
  await endsIn(contested.issue, 'denied', 'Denied in Teleport');
  await endsIn(await world.issueOf(overBefore), 'denied', 'Denied in Teleport');
  await isMirrored(created);
  await world.quiet();
  expect([world.stateOf(moved.id), world.updatesOf(moved.id).length]).toEqual(['DENIED', 1]);
  expect([world.stateOf(contested.id), world.updatesOf(contested.id)]).toEqual(['DENIED', []]);
  expect(world.issuesOf(goneBefore)).toEqual([]);
  for (const { id } of [approved, denied, deleted, moved, contested, late, { id: overBefore }])
    expect(world.issuesOf(id)).toHaveLength(1);
});

test('the relay was killed while requests came', async () => {
  const { relay } = world.sandbox;
  const ids = [await world.ask(), await world.ask()];
  await relay.stop('SIGKILL');
  ids.push(await world.ask());
  relay.start();
  await relay.untilReady();
  for (const id of ids) await isMirrored(id);
});

test('Teleport was down, and a decision waited for it', async () => {
  const { teleport, relay, clock } = world.sandbox;
  const { id, issue } = await linked();
  await world.quiet();
  await teleport.control.stopAuth();
  await until('the relay without Teleport', async () => !(await relay.status()).ready);
  expect((await relay.status()).problems.join()).toContain('Teleport:');
  const created = askBehindTheScenes();
  await world.move(issue, 'approved');
  await until('a decision that was lent in vain', () =>
    relay.output().includes('a decision could not be brought to Teleport'),
  );
  expect(world.stateOf(id)).toBe('PENDING');
  await teleport.control.startAuth();
  await isMirrored(created);
  // Lent for half a minute, then lent again.
  clock.move(31_000);
  await endsIn(issue, 'approved', 'Approved in Teleport');
  expect(world.updatesOf(id)).toHaveLength(1);
});

test('Teleport cut the stream', async () => {
  const { teleport } = world.sandbox;
  await world.quiet();
  teleport.control.cutWatchers();
  // Nobody watches in this moment.
  const missed = askBehindTheScenes();
  await isMirrored(missed);
});

test('the stream stays open but brings nothing', async () => {
  const { teleport } = world.sandbox;
  const { id, issue } = await linked();
  await world.quiet();
  teleport.faults.dropEvents = true;
  try {
    const missed = askBehindTheScenes();
    await (await teleport.connectAs('carol')).review(id, 'deny', 'missed as well');
    await isMirrored(missed);
    await endsIn(issue, 'denied', 'Denied in Teleport');
  } finally {
    teleport.faults.dropEvents = false;
  }
});

test('Teleport froze with all connections open', async () => {
  const { teleport, relay } = world.sandbox;
  await world.quiet();
  teleport.faults.frozen = true;
  const missed = askBehindTheScenes();
  try {
    await until('the relay aware of it', async () => !(await relay.status()).ready);
  } finally {
    teleport.faults.frozen = false;
  }
  await isMirrored(missed);
});

test('the platform refused calls of the web trigger for a while', async () => {
  const { forge, relay } = world.sandbox;
  forge.faults.webTriggerRateLimitNext = 8;
  const id = await world.ask();
  await until('a problem told', async () =>
    /platform answered with status 429/.test((await relay.status()).problems.join()),
  );
  await isMirrored(id);
  expect(forge.faults.webTriggerRateLimitNext).toBe(0);
});

test('the app was uninstalled', async () => {
  const { forge, relay } = world.sandbox;
  await world.quiet();
  await forge.uninstall();
  await until('the relay aware of it', async () => !(await relay.status()).ready);
  expect((await relay.status()).problems).toEqual([
    'Jira app: the app or its web trigger no longer exists on the Jira site',
  ]);
  await world.ask();
  expect(await relay.stop()).toEqual({ code: 0, signal: null });
});
