import type { Issue } from '../../sandbox/jira';
import { BRISK, until, World } from '../support/world';

/* Events of the board that come twice, in no order or never, and a relay that stops taking decisions. */

let world: World;
beforeAll(async () => {
  world = await World.start({ relayConfig: BRISK });
}, 30_000);
afterAll(() => world.stop());
afterEach(() => {
  const { faults } = world.sandbox.forge;
  Object.assign(faults.events, { drop: 0, duplicate: 0, shuffleMs: 0 });
  Object.assign(faults.queue, { duplicate: 0, shuffleMs: 0 });
});

const setStateCalls = () => world.sandbox.teleport.control.calls['SetAccessRequestState'] ?? 0;

async function waitingIssue(): Promise<{ id: string; issue: Issue }> {
  const id = await world.ask();
  const issue = await world.issueOf(id);
  await world.quiet();
  return { id, issue };
}

test('events that come twice and overtake each other make one decision', async () => {
  const { forge } = world.sandbox;
  Object.assign(forge.faults.events, { duplicate: 1, shuffleMs: 300 });
  Object.assign(forge.faults.queue, { duplicate: 1, shuffleMs: 200 });
  const before = setStateCalls();
  const { id, issue } = await waitingIssue();
  const bob = world.sandbox.jira.connectAs('bob');
  await bob.comment(issue.key, 'reason: seen');
  await bob.edit(issue.key, { summary: issue.summary });
  await world.move(issue, 'approved');
  await world.untilState(id, 'APPROVED');
  await forge.idle();
  await world.quiet();
  await until('the end told', () => world.appComments(issue).length > 0);
  expect(world.updatesOf(id)).toHaveLength(1);
  expect(setStateCalls()).toBe(before + 1);
  expect(world.appComments(issue)).toEqual([expect.stringMatching(/^Approved in Teleport\..*\nseen$/)]);
  expect(world.waitingDecision(id)).toBeUndefined();
});

test('a move whose event never came is found by the sweep', async () => {
  const { forge } = world.sandbox;
  const { id, issue } = await waitingIssue();
  forge.faults.events.drop = 1;
  await world.move(issue, 'denied');
  await until('the move in the search index', async () =>
    (await world.search('status = Denied')).includes(issue.id),
  );
  await world.quiet();
  expect([world.waitingDecision(id), world.stateOf(id)]).toEqual([undefined, 'PENDING']);
  await forge.runScheduledTrigger('sweep-moves');
  await world.untilState(id, 'DENIED');
  expect(world.updatesOf(id)).toMatchObject([
    { delegator: `jira:${world.sandbox.jira.people['bob']!.accountId}` },
  ]);
});

test('a move hidden from the search by a forged property is found by the daily sweep', async () => {
  const { forge, jira } = world.sandbox;
  const { id, issue } = await waitingIssue();
  forge.faults.events.drop = 1;
  await world.move(issue, 'approved');
  const honest = issue.properties.get('teleport-access')?.value;
  const forged = { ...(honest as Record<string, string>), state: 'APPROVED' };
  await jira.connectAs('erin').setProperty(issue.key, 'teleport-access', forged);
  await until('both in the search index', async () =>
    (await world.search('status = Approved AND teleportState = "APPROVED"')).includes(issue.id),
  );
  await forge.runScheduledTrigger('sweep-moves');
  await world.quiet();
  expect([world.waitingDecision(id), world.stateOf(id)]).toEqual([undefined, 'PENDING']);
  await forge.runScheduledTrigger('sweep-all');
  await world.untilState(id, 'APPROVED');
  expect(world.updatesOf(id)).toHaveLength(1);
});

describe('a relay told by SIGHUP to observe only', () => {
  afterEach(() => world.reconfigureRelay({ decisions: { mode: 'set-state' } }));

  test('takes no decision any more, and again when told so', async () => {
    const { id, issue } = await waitingIssue();
    const before = setStateCalls();
    await world.reconfigureRelay({ decisions: { mode: 'observe' } });
    await world.move(issue, 'approved');
    await until('the reason', () => world.appComments(issue).length > 0);
    await world.untilSlot(issue, 'pending');
    await world.quiet();
    expect(world.appComments(issue)).toEqual([
      'Put back: the relay only shows requests here; decide in Teleport.',
    ]);
    expect([world.stateOf(id), setStateCalls()]).toEqual(['PENDING', before]);
    // It still shows what is decided in Teleport.
    const { id: other, issue: otherIssue } = await waitingIssue();
    await (await world.sandbox.teleport.connectAs('carol')).review(other, 'deny');
    await world.untilSlot(otherIssue, 'denied');

    await world.reconfigureRelay({ decisions: { mode: 'set-state' } });
    await until('a decision that is taken again', async () => {
      if (world.slotOf(issue) === 'pending') await world.move(issue, 'approved');
      await world.quiet();
      return world.stateOf(id) === 'APPROVED';
    });
  });

  test('cancels the decisions that wait', async () => {
    const { id, issue } = await waitingIssue();
    const { relay } = world.sandbox;
    await relay.stop();
    await world.move(issue, 'approved');
    await until('the decision', () => world.waitingDecision(id) !== undefined);
    await world.configureRelay({ decisions: { mode: 'observe' } });
    relay.start();
    await world.untilSlot(issue, 'pending');
    await relay.untilReady();
    await world.quiet();
    expect(world.waitingDecision(id)).toBeUndefined();
    expect(world.appComments(issue)).toEqual([
      'Put back: the relay only shows requests here; decide in Teleport.',
    ]);
    expect([world.stateOf(id), world.updatesOf(id)]).toEqual(['PENDING', []]);
  });
});
