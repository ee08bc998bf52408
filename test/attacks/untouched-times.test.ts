import { until, World } from '../support/world';
import {
  approves,
  ask,
  betweenMoveAndHandOut,
  expectRefusal,
  moveAsApp,
  waitingDecision,
  type Card,
} from './support/cards';
import { rewriteConfig, withSettings } from './support/settings';
import { decidingCalls, doneByRelay, leavesUntouched, QUICK, settled } from './support/teleport-watch';

/** Decisions that come too late, of something that changed meanwhile, or again and again. */
let world: World;
beforeAll(async () => {
  world = await World.start({ relayConfig: QUICK });
});
afterAll(() => world.stop());

const MINUTE_MS = 60_000;
/** How far the sandbox's clock was moved. */
let moved = 0;
function moveClock(millis: number): void {
  moved += millis;
  world.sandbox.clock.move(millis);
}

/** Starts the relay with a clock that is ahead of the machine's by so much; it goes ahead by a millisecond a second more. */
async function startRelay(aheadMs: number): Promise<void> {
  const rate = 1.001;
  const epoch = Math.round(Date.now() - aheadMs / (rate - 1));
  await rewriteConfig(world, { timing: { clock: { rate, epoch } } });
  world.sandbox.relay.start();
  await world.sandbox.relay.untilReady();
}

/** Runs something while there is no relay; then it is there again, with the clock that the others have by then. */
async function withoutRelay(act: () => Promise<void>): Promise<void> {
  await world.sandbox.relay.stop();
  try {
    await act();
  } finally {
    await startRelay(moved);
  }
}

/** An approver's move waits for a relay that is not there, for longer than an approval holds. */
async function movesInVain(card: Card, slot: 'approved' | 'denied'): Promise<void> {
  await world.move(card.issue, slot, 'bob');
  await until('a decision that waits', () => waitingDecision(world, card.id) !== undefined);
  moveClock(16 * MINUTE_MS);
}

const comments = (card: Card, begin: RegExp) =>
  world.appComments(card.issue).filter((text) => begin.test(text));

test('in time, what an approver saw, not yet resolved: approved', async () => {
  await approves(world, await ask(world));
});

test('an approval that waits for a stopped relay until past its end', async () => {
  const { forge } = world.sandbox;
  const card = await ask(world);
  forge.scheduler.stop();
  await leavesUntouched(world, card.id, () => withoutRelay(() => movesInVain(card, 'approved')));
  forge.scheduler.start();
  expectRefusal(world, card, { code: 'too_late', says: 'Teleport could not be reached in time', by: 'bob' });
  expect(waitingDecision(world, card.id)).toBeUndefined();
});

test('an approval that nobody comes for is ended by the sweep', async () => {
  const { forge } = world.sandbox;
  const card = await ask(world);
  forge.scheduler.stop();
  await leavesUntouched(world, card.id, () =>
    withoutRelay(async () => {
      await movesInVain(card, 'approved');
      await forge.runScheduledTrigger('sweep-moves');
      await forge.idle({ dueOnly: true });
      expectRefusal(world, card, { code: 'too_late', says: 'so the decision is void', by: 'bob' });
    }),
  );
  forge.scheduler.start();
  expectRefusal(world, card, { code: 'too_late', says: 'so the decision is void', by: 'bob' });
});

test('a denial that waits as long still counts', async () => {
  const card = await ask(world);
  await withoutRelay(() => movesInVain(card, 'denied'));
  await world.untilState(card.id, 'DENIED');
  await settled(world);
});

test('an approval in time by the app’s clock and past its end by the relay’s', () =>
  withSettings(world, { approveWithinMinutes: 1 }, async () => {
    const card = await ask(world);
    const { relay } = world.sandbox;
    await relay.stop();
    try {
      await startRelay(moved + 4 * MINUTE_MS);
      await leavesUntouched(world, card.id, () => world.move(card.issue, 'approved', 'bob'));
    } finally {
      await withoutRelay(async () => undefined);
    }
    expectRefusal(world, card, {
      code: 'late',
      byRelay: true,
      says: 'the decision reached Teleport too late and is void',
      by: 'bob',
    });
  }));

/** Runs something while Teleport's events do not reach the relay, which then only knows what it reads by id. */
async function withoutEvents(act: () => Promise<void>): Promise<void> {
  const { faults } = world.sandbox.teleport;
  faults.dropEvents = true;
  try {
    await act();
  } finally {
    faults.dropEvents = false;
  }
}

test('a request that was changed in Teleport between showing and deciding', async () => {
  const card = await ask(world);
  await withoutEvents(() =>
    leavesUntouched(world, card.id, async () => {
      world.sandbox.teleport.cluster.tamper(card.id, { Roles: ['editor', 'auditor'] });
      await world.move(card.issue, 'approved', 'bob');
    }),
  );
  expectRefusal(world, card, {
    code: 'grant_changed',
    byRelay: true,
    says: 'what is asked for is not what the approver was shown',
    by: 'bob',
  });
  expect(comments(card, /^Changed in Teleport/)).toHaveLength(1);
  expect(card.issue.summary).toContain('auditor');
});

test('a card that is moved by somebody who cannot have read what it shows since a moment', async () => {
  const card = await ask(world);
  await leavesUntouched(world, card.id, async () => {
    world.sandbox.teleport.cluster.tamper(card.id, { RequestReason: 'something else' });
    await until('shown', () => comments(card, /^Changed in Teleport/).length > 0);
    await world.quiet();
    await world.move(card.issue, 'approved', 'bob');
  });
  expectRefusal(world, card, {
    code: 'changed_since_shown',
    says: 'the request changed in Teleport after this issue showed it',
    by: 'bob',
  });
  await withoutRelay(async () => moveClock(MINUTE_MS));
  await approves(world, card);
});

test('a request whose time is over by the clock although Teleport has not removed it', async () => {
  const card = await ask(world, { maxDuration: new Date(world.sandbox.clock.now() + 1500) });
  const end = world.request(card.id)?.Metadata?.Expires?.getTime() ?? 0;
  await until('over', () => world.sandbox.clock.now() > end);
  await leavesUntouched(world, card.id, () => world.move(card.issue, 'approved', 'bob'));
  expectRefusal(world, card, {
    code: 'not_pending',
    byRelay: true,
    says: 'the request has expired',
    by: 'bob',
  });
});

test('a request that is denied in Teleport before the approval gets there', async () => {
  const card = await ask(world);
  const before = decidingCalls(world);
  await withoutEvents(async () => {
    const admin = await world.sandbox.teleport.connectAs('admin');
    await betweenMoveAndHandOut(world, card, () => admin.setState(card.id, 'deny', 'not today'));
    await world.untilSlot(card.issue, 'denied');
    await settled(world);
  });
  expect(world.stateOf(card.id)).toBe('DENIED');
  // The administrator's own call and none of the relay's.
  expect(decidingCalls(world)).toBe(before + 1);
  expect(doneByRelay(world, card.id)).toEqual([]);
  expect(comments(card, /^Too late/)).toHaveLength(1);
  expect(world.activity()).toContainEqual(
    expect.objectContaining({ kind: 'decision', code: 'already_resolved', requestId: card.id }),
  );
});

test('a request that is deleted in Teleport before the approval gets there', async () => {
  const card = await ask(world);
  const before = decidingCalls(world);
  await withoutEvents(async () => {
    const admin = await world.sandbox.teleport.connectAs('admin');
    await betweenMoveAndHandOut(world, card, () => admin.delete(card.id));
    await world.untilSlot(card.issue, 'expired');
    await settled(world);
  });
  expect(decidingCalls(world)).toBe(before);
  expect(doneByRelay(world, card.id)).toEqual([]);
  expect(comments(card, /^Without effect/)).toHaveLength(1);
});

test('a card that is moved out of a final state is put back and nothing is sent', async () => {
  const card = await ask(world);
  await approves(world, card);
  const other = world.sandbox.jira.connectAs('another-app');
  await moveAsApp(world, other, card.issue, 'pending');
  await settled(world);
  expectRefusal(world, card, {
    code: 'already_resolved',
    says: 'the request is already resolved in Teleport',
    slot: 'approved',
    by: 'another-app',
  });
  await moveAsApp(world, other, card.issue, 'pending');
  await world.quiet();
  expect(world.slotOf(card.issue)).toBe('approved');
  expect(doneByRelay(world, card.id)).toEqual(['APPROVED']);
});

test('a person who moves the card again and again: put back twice, then left, with one comment and no more', async () => {
  const card = await ask(world);
  await leavesUntouched(world, card.id, async () => {
    for (const slot of ['approved', 'denied'] as const) {
      await world.move(card.issue, slot, 'erin');
      await world.quiet();
      expect(world.slotOf(card.issue)).toBe('pending');
      expect(comments(card, /^Put back/)).toHaveLength(1);
    }
    await world.move(card.issue, 'approved', 'erin');
    await settled(world);
    expect(world.slotOf(card.issue)).toBe('approved');
    for (let round = 0; round < 3; round += 1) {
      await moveAsApp(world, world.sandbox.jira.connectAs('another-app'), card.issue, 'pending');
      await world.move(card.issue, 'denied', 'erin');
      await world.quiet();
      await world.sandbox.forge.runScheduledTrigger('sweep-all');
    }
  });
  expect(world.slotOf(card.issue)).toBe('denied');
  expect(comments(card, /^Put back/)).toHaveLength(1);
  expect(comments(card, /put back several times just now, so it is left here/)).toHaveLength(1);
  expect(world.appComments(card.issue)).toHaveLength(2);
  const told = world.activity().filter(({ requestId }) => requestId === card.id);
  const [left, ...more] = told.filter(({ kind }) => kind === 'failure');
  expect(left?.code).toBe('not_approver');
  expect(left?.text).toContain('left in the wrong place');
  expect(more).toEqual([]);
  expect(told.filter(({ kind }) => kind === 'put_back')).toHaveLength(2);

  await withoutRelay(async () => moveClock(11 * MINUTE_MS));
  await world.sandbox.forge.runScheduledTrigger('sweep-all');
  await settled(world);
  expect(world.slotOf(card.issue)).toBe('pending');
  expect(world.appComments(card.issue)).toHaveLength(3);
  await approves(world, card);
});
