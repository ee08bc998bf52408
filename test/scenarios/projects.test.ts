import { saveSettings, settingsFor } from '../../sandbox/set-up';
import type { Issue } from '../../sandbox/jira';
import { BRISK, until, World } from '../support/world';

/* Projects of other kinds: a service project whose issues start in a backlog, and one with an open workflow of its own words. */

const worlds: World[] = [];
async function start(options: Parameters<typeof World.start>[0]): Promise<World> {
  const world = await World.start({ relayConfig: BRISK, ...options });
  worlds.push(world);
  return world;
}
afterAll(() => Promise.all(worlds.map((world) => world.stop())));

describe('a service project whose issues start in a backlog', () => {
  let world: World;
  beforeAll(async () => {
    world = await start({ jira: { projectType: 'service_desk', initialStatus: 'backlog' } });
  }, 30_000);

  test('a new issue is moved on to Pending', async () => {
    const issue = await world.issueOf(await world.ask());
    await world.untilSlot(issue, 'pending');
    const { jira, forge } = world.sandbox;
    const moves = issue.histories.filter(({ items }) => items.some(({ field }) => field === 'status'));
    expect(moves).toHaveLength(1);
    expect(jira.store.status(moves[0]?.items[0]?.from ?? '').name).toBe('Backlog');
    expect(moves[0]?.authorId).toBe(forge.appAccountId);
  });

  test('no customer sees what the app writes', async () => {
    const id = await world.ask({ roles: ['root'] });
    const issue = await world.issueOf(id);
    await world.untilSlot(issue, 'pending');
    const { teleport } = world.sandbox;
    const [bob, carol] = [await teleport.connectAs('bob'), await teleport.connectAs('carol')];
    await world.move(issue, 'denied', 'erin');
    await world.untilSlot(issue, 'pending');
    await bob.review(id, 'approve', 'okay');
    await carol.review(id, 'approve', 'okay as well');
    await world.untilSlot(issue, 'approved');
    await until('all comments', () => world.appComments(issue).length >= 4);
    await world.quiet();
    expect(world.appComments(issue)).toEqual([
      expect.stringMatching(/^Put back: /),
      expect.stringMatching(/^bob approves/),
      expect.stringMatching(/^carol approves/),
      expect.stringMatching(/^Approved in Teleport/),
    ]);
    expect(issue.comments.map(({ properties }) => properties.get('sd.public.comment'))).toEqual(
      Array.from({ length: 4 }, () => ({ internal: true })),
    );
  });

  test('a card moved there decides as anywhere', async () => {
    const id = await world.ask();
    const issue = await world.issueOf(id);
    await world.untilSlot(issue, 'pending');
    await world.move(issue, 'approved');
    await world.untilState(id, 'APPROVED');
    expect(world.updatesOf(id)).toHaveLength(1);
  });
});

describe('a project with an open workflow of its own words', () => {
  let world: World;
  let statuses: Record<'backlog' | 'waiting' | 'granted' | 'refused' | 'lapsed', string>;

  beforeAll(async () => {
    world = await start({});
    const { jira, admin } = world.sandbox;
    const statusOf = (wanted: string): string =>
      [...jira.store.statuses.values()].find(({ name }) => name === wanted)?.id ?? '';
    statuses = {
      backlog: statusOf('Backlog'),
      waiting: statusOf('Waiting'),
      granted: statusOf('Granted'),
      refused: statusOf('Refused'),
      lapsed: statusOf('Lapsed'),
    };
    await saveSettings(admin, {
      ...settingsFor(jira),
      projectId: jira.store.findProject('OPS')?.id,
      slots: {
        pending: [statuses.waiting],
        approved: [statuses.granted],
        denied: [statuses.refused],
        expired: [statuses.lapsed],
      },
    });
  }, 30_000);

  const untilStatus = (issue: Issue, status: keyof typeof statuses) =>
    until(`${issue.key} in ${status}`, () => issue.statusId === statuses[status]);
  const move = (issue: Issue, status: keyof typeof statuses) =>
    world.sandbox.jira.connectAs('bob').moveCard(issue.key, statuses[status]);

  test('its issues go where their meaning is', async () => {
    const id = await world.ask();
    const issue = await world.issueOf(id);
    expect(issue.key).toMatch(/^OPS-/);
    await untilStatus(issue, 'waiting');
    await move(issue, 'refused');
    await world.untilState(id, 'DENIED');
    expect(issue.statusId).toBe(statuses.refused);
  });

  test('a card moved back before Teleport took the decision is cancelled', async () => {
    const id = await world.ask();
    const issue = await world.issueOf(id);
    await untilStatus(issue, 'waiting');
    await world.quiet();
    const { relay } = world.sandbox;
    await relay.stop();
    await move(issue, 'granted');
    await until('the decision', () => world.waitingDecision(id) !== undefined);
    await move(issue, 'waiting');
    await until('the end of the decision', () => world.waitingDecision(id) === undefined);
    relay.start();
    await relay.untilReady();
    await world.quiet();
    expect(world.stateOf(id)).toBe('PENDING');
    expect(world.updatesOf(id)).toEqual([]);
    expect(issue.statusId).toBe(statuses.waiting);
    expect(world.activity()).toContainEqual(
      expect.objectContaining({ kind: 'decision', code: 'cancelled', requestId: id }),
    );
    // It may still be decided.
    await move(issue, 'granted');
    await world.untilState(id, 'APPROVED');
    expect(world.updatesOf(id)).toHaveLength(1);
  });

  test('a status without meaning decides nothing and is left', async () => {
    const id = await world.ask();
    const issue = await world.issueOf(id);
    await untilStatus(issue, 'waiting');
    await move(issue, 'backlog');
    await world.quiet();
    expect([issue.statusId, world.stateOf(id), world.appComments(issue)]).toEqual([
      statuses.backlog,
      'PENDING',
      [],
    ]);
    // Only a move out of the pending slot decides.
    await move(issue, 'granted');
    await untilStatus(issue, 'waiting');
    expect(world.appComments(issue)).toEqual(['Put back: it did not come from the pending status.']);
    expect(world.updatesOf(id)).toEqual([]);
  });

  test('a final state is not undone on the board', async () => {
    const id = await world.ask();
    const issue = await world.issueOf(id);
    await untilStatus(issue, 'waiting');
    await move(issue, 'refused');
    await world.untilState(id, 'DENIED');
    await until('the end told', () => world.appComments(issue).length === 1);
    await world.quiet();
    await move(issue, 'granted');
    await untilStatus(issue, 'refused');
    await world.quiet();
    expect(world.updatesOf(id)).toHaveLength(1);
    expect(world.appComments(issue).at(-1)).toMatch(/^Put back: the request is already resolved in Teleport/);
  });
});
