import { BRISK, until, World } from '../support/world';

/* One request followed through both logs, from Teleport's event to Jira and back, by ids that both sides write. */

let world: World;
beforeAll(async () => {
  world = await World.start({ relayConfig: BRISK });
}, 30_000);
afterAll(() => world.stop());

const relayLines = () => world.sandbox.relay.output().split('\n');
const appLines = () => world.sandbox.forge.logs.map(({ text }) => text);
const callIdOf = (line: string) => /"callId":"([0-9a-f-]{36})"/.exec(line)?.[1];

/** Calls in which one side says something of a request. */
const callsAbout = (lines: readonly string[], requestId: string, what: string) =>
  lines.filter((line) => line.includes(requestId) && line.includes(what)).map(callIdOf);

test('the call that tells of a request has one id, and both logs name it with what became of the request', async () => {
  const id = await world.ask();
  const issue = await world.issueOf(id);
  await world.untilSlot(issue, 'pending');
  await world.quiet();
  const [told] = callsAbout(relayLines(), id, 'telling the app');
  expect(told).toBeDefined();
  // What another process prints arrives a moment later.
  await until(
    'the answer in the log',
    () => callsAbout(relayLines(), `${id} created`, 'the app answered').length > 0,
  );
  expect(callsAbout(relayLines(), `${id} created`, 'the app answered')).toEqual([told]);
  expect(callsAbout(appLines(), `${id} created`, 'requests told by a relay')).toEqual([told]);
});

test('a decision made in Jira has one id, which app, relay and Teleport name with the request', async () => {
  const id = await world.ask();
  await world.move(await world.issueOf(id), 'approved');
  await world.untilState(id, 'APPROVED');
  const decisionIdIn = (lines: readonly string[]) =>
    lines
      .filter((line) => line.includes(id))
      .flatMap((line) => /"decisionId":"([^"]+)"/.exec(line)?.[1] ?? []);
  const [lent] = await until('a line of the app', () => {
    const found = decisionIdIn(appLines());
    return found.length > 0 && found;
  });
  expect(lent).toBeDefined();
  await until('a line of the relay', () => decisionIdIn(relayLines()).includes(lent ?? ''));
  expect(JSON.stringify(world.updatesOf(id))).toContain(lent);
  // The hello by which it was handed out has an id of its own.
  expect(
    appLines()
      .filter((line) => line.includes(lent ?? ''))
      .map(callIdOf),
  ).not.toContain(undefined);
});

test('what breaks off is told with the call and the request', async () => {
  const { jira } = world.sandbox;
  jira.faults.next = ({ kind, method, route }) =>
    kind === 'app' && method === 'POST' && route?.endsWith('/issue') === true
      ? { kind: 'error_before', status: 503 }
      : undefined;
  const id = await world.ask();
  const [told] = await until('an answer about it', () => {
    const found = callsAbout(appLines(), id, 'requests told by a relay');
    return found.length > 0 && found;
  });
  jira.faults.next = undefined;
  await until('the answer in the log', () => callsAbout(relayLines(), id, 'the app answered').includes(told));
});
