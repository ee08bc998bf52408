import { z } from 'zod';
import type { RelayProcess } from '../../sandbox/relay-process';
import { secondRelay } from '../faults/second-relay';
import { BRISK, until, World } from '../support/world';

/* Two relays of one configuration at once: replicas need no election. */

let world: World;
let second: RelayProcess;
let requests: string[];
beforeAll(async () => {
  world = await World.start({ relayConfig: BRISK });
  second = await secondRelay(world);
  second.start();
  await second.untilReady();
}, 30_000);
afterAll(async () => {
  await second.stop();
  await world.stop();
});

/** Whether everything that is known of the request was brought to its issue. */
function isFinished(link: unknown): boolean {
  const { state, syncDigest } = z.looseObject({ state: z.string(), syncDigest: z.string() }).parse(link);
  return state !== 'PENDING' && syncDigest !== '';
}

test('each request has one issue', async () => {
  requests = await Promise.all(Array.from({ length: 12 }, () => world.ask()));
  for (const id of requests) await world.untilSlot(await world.issueOf(id), 'pending');
  await world.sandbox.forge.idle({ dueOnly: true });
  expect(requests.map((id) => world.issuesOf(id).length)).toEqual(requests.map(() => 1));
  const created = world.sandbox.jira.calls.filter(
    ({ method, route }) => method === 'POST' && route === '/rest/api/3/issue',
  );
  expect(created).toHaveLength(requests.length);
});

test('each comment stands once and each decision has one outcome', async () => {
  // A relay that came second to a new request looks again after a minute. A restarted one knows nothing of that.
  await Promise.all([world.sandbox.relay.stop(), second.stop()]);
  world.sandbox.relay.start();
  second.start();
  await Promise.all([world.sandbox.relay.untilReady(), second.untilReady()]);
  const carol = await world.sandbox.teleport.connectAs('carol');
  const [reviewed, moved] = [requests.slice(0, 6), requests.slice(6)];
  await Promise.all(reviewed.map((id) => carol.review(id, 'approve', 'fine')));
  for (const id of moved) await world.move(await world.issueOf(id), 'denied');
  for (const id of moved) await world.untilState(id, 'DENIED');
  for (const id of reviewed) await world.untilSlot(await world.issueOf(id), 'approved');
  for (const id of requests)
    await until(
      `request ${id} in step`,
      () => world.waitingDecision(id) === undefined && isFinished(world.linkOf(id)),
    );
  await world.quiet();
  await until('the second relay in step', async () => (await second.status()).waiting === 0);
  await world.sandbox.forge.idle({ dueOnly: true });

  for (const id of requests) {
    const comments = world.appComments(await world.issueOf(id));
    expect(comments).toHaveLength(reviewed.includes(id) ? 2 : 1);
  }
  for (const id of moved) expect(world.updatesOf(id)).toHaveLength(1);
});

test('one of them may end at any time', async () => {
  await world.sandbox.relay.stop('SIGKILL');
  const id = await world.ask();
  const issue = await world.issueOf(id);
  await world.move(issue, 'approved');
  await world.untilState(id, 'APPROVED');
  world.sandbox.relay.start();
  await world.sandbox.relay.untilReady();
});
