import { until, World } from '../support/world';

/* All of Jira answers 503 for a while. Whether an issue was made is uncertain then, which takes minutes to settle. */

const RATE = 60;

let world: World;
beforeAll(async () => {
  world = await World.start({
    clock: { rate: RATE, epoch: Date.now() },
    relayConfig: { timing: { hello_at_most_every: 15 } },
  });
}, 30_000);
afterAll(() => world.stop());

/** Lets every call of the app fail. @returns how many did so far. */
function breakJira(): () => number {
  let refused = 0;
  world.sandbox.jira.faults.next = ({ kind }) => {
    if (kind !== 'app') return undefined;
    refused += 1;
    return { kind: 'error_before', status: 503 };
  };
  return () => refused;
}
afterEach(() => {
  world.sandbox.jira.faults.next = undefined;
});

test('requests that appeared meanwhile have one issue each afterwards', async () => {
  const { jira, relay } = world.sandbox;
  const refused = breakJira();
  const ids = [await world.ask(), await world.ask(), await world.ask({ reason: 'urgent' })];
  await until('attempts', () => refused() >= 6);
  expect(ids.flatMap((id) => world.issuesOf(id))).toEqual([]);
  expect((await relay.status()).waiting).toBe(3);
  jira.faults.next = undefined;

  for (const id of ids) {
    const issue = await world.issueOf(id, 40_000);
    await world.untilSlot(issue, 'pending');
  }
  await world.quiet();
  expect(ids.map((id) => world.issuesOf(id).length)).toEqual([1, 1, 1]);
  const [first = ''] = ids;
  await world.move(await world.issueOf(first), 'approved');
  await world.untilState(first, 'APPROVED');
}, 60_000);

test('what was decided meanwhile on either side arrives once', async () => {
  const { jira, teleport } = world.sandbox;
  const [reviewed, moved] = [await world.ask(), await world.ask()];
  const [reviewedIssue, movedIssue] = [await world.issueOf(reviewed), await world.issueOf(moved)];
  await world.quiet();
  const refused = breakJira();
  await (await teleport.connectAs('carol')).review(reviewed, 'approve', 'fine');
  await world.move(movedIssue, 'denied');
  await until('attempts for both', () => refused() >= 6);
  expect([world.slotOf(reviewedIssue), world.stateOf(moved)]).toEqual(['pending', 'PENDING']);
  jira.faults.next = undefined;

  await world.untilSlot(reviewedIssue, 'approved');
  await world.untilState(moved, 'DENIED');
  await until('the end told', () => world.appComments(movedIssue).length > 0);
  await world.quiet();
  expect(world.updatesOf(moved)).toHaveLength(1);
  expect(world.appComments(movedIssue)).toEqual(['Denied in Teleport.']);
  expect(world.appComments(reviewedIssue)).toEqual([
    expect.stringMatching(/^carol approves in Teleport, .*\nfine$/),
    expect.stringMatching(/^Approved in Teleport\. .*\nfine$/),
  ]);
});
