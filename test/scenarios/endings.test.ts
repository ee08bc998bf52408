import { AccessRequestKind, AccessRequestV3, RequestState } from '../../relay/src/teleport/gen/types';
import type { Issue } from '../../sandbox/jira';
import { BRISK, until, World } from '../support/world';

/* How requests end: by removal, by time, by a promotion, or by a decision that is only possible in Teleport. */

let world: World;
beforeAll(async () => {
  world = await World.start({
    relayConfig: { timing: { ...BRISK['timing'], expiry_grace: 0.2 } },
  });
}, 30_000);
afterAll(() => world.stop());

const EXPIRED = 'Expired: the request ended in Teleport before anyone decided.';

async function settled(issue: Issue, comments: number): Promise<string[]> {
  await until(`${comments} comments on ${issue.key}`, () => world.appComments(issue).length >= comments);
  await world.quiet();
  return world.appComments(issue);
}

async function remove(id: string): Promise<void> {
  await (await world.sandbox.teleport.connectAs('admin')).delete(id);
}

test('TestExpiration', async () => {
  const id = await world.ask();
  const issue = await world.issueOf(id);
  await remove(id);
  await world.untilSlot(issue, 'expired');
  expect(await settled(issue, 1)).toEqual([EXPIRED]);
  expect(world.linkOf(id)).toMatchObject({ state: 'EXPIRED' });
  expect(issue.properties.get('teleport-access')?.value).toMatchObject({ state: 'EXPIRED' });
});

test('a request that nobody answers in time is expired, whether or not Teleport has removed it', async () => {
  const id = await world.ask({ maxDuration: new Date(Date.now() + 1_000) });
  const issue = await world.issueOf(id);
  expect(world.slotOf(issue)).toBe('pending');
  await world.untilSlot(issue, 'expired');
  expect(await settled(issue, 1)).toEqual([EXPIRED]);
  // Teleport itself knows no such state, and still holds the request.
  expect(world.stateOf(id)).toBe('PENDING');
  await remove(id);
  expect(await settled(issue, 1)).toEqual([EXPIRED]);
});

test('a card moved after its time decides nothing', async () => {
  const id = await world.ask({ maxDuration: new Date(Date.now() + 800) });
  const issue = await world.issueOf(id);
  const endsAt = world.request(id)?.Metadata?.Expires?.getTime() ?? 0;
  await until('the end of the request', () => Date.now() > endsAt);
  await world.move(issue, 'approved');
  await world.untilSlot(issue, 'expired');
  await until('the end of the decision', () => world.waitingDecision(id) === undefined);
  await world.quiet();
  expect(world.updatesOf(id)).toEqual([]);
  expect(world.stateOf(id)).toBe('PENDING');
  expect(world.appComments(issue).filter((text) => text === EXPIRED)).toHaveLength(1);
  expect(world.linkOf(id)).not.toHaveProperty('failure.code');
});

test('a request that Teleport removes after the decision moves nothing', async () => {
  const id = await world.ask();
  const issue = await world.issueOf(id);
  const carol = await world.sandbox.teleport.connectAs('carol');
  await carol.review(id, 'approve', 'fine');
  await world.untilSlot(issue, 'approved');
  const comments = await settled(issue, 2);
  const moves = issue.histories.length;
  await remove(id);
  await until('the removal noted', () => /"deletedAt"/.test(JSON.stringify(world.linkOf(id))));
  expect(await settled(issue, 2)).toEqual(comments);
  expect(issue.histories).toHaveLength(moves);
  expect(world.slotOf(issue)).toBe('approved');
});

test('a promoted request stands among the approved, with words of its own', async () => {
  const id = await world.ask();
  const issue = await world.issueOf(id);
  world.sandbox.teleport.cluster.tamper(id, {
    State: RequestState.PROMOTED,
    ResolveReason: 'You need it every day.',
    accessList: { Name: 'db-admins', Title: 'Database administrators' },
  });
  await world.untilSlot(issue, 'approved');
  expect(await settled(issue, 1)).toEqual([
    'Promoted in Teleport: the requester became a member of the access list “Database administrators” instead.\nYou need it every day.',
  ]);
  expect(issue.properties.get('teleport-access')?.value).toMatchObject({ state: 'PROMOTED' });
});

test('long-term access is decided in Teleport only', async () => {
  const asked = AccessRequestV3.fromPartial({
    Spec: { Roles: ['editor'], RequestKind: AccessRequestKind.LONG_TERM },
  });
  const id = world.sandbox.teleport.cluster.create('alice', asked).Metadata!.Name;
  const issue = await world.issueOf(id);
  expect(JSON.stringify(issue.description)).toContain('Long-term access, decided in Teleport only');
  await world.move(issue, 'approved');
  const [refusal] = await settled(issue, 1);
  expect(refusal).toMatch(
    /^Not accepted by Teleport, .*long-term access, which only a review in Teleport can give$/,
  );
  await world.untilSlot(issue, 'pending');
  expect([world.stateOf(id), world.updatesOf(id)]).toEqual(['PENDING', []]);

  await (await world.sandbox.teleport.connectAs('bob')).review(id, 'approve');
  await world.untilSlot(issue, 'approved');
});

test('each end sets the resolution that its transition asks for', async () => {
  const { jira, teleport } = world.sandbox;
  const bob = await teleport.connectAs('bob');
  const [approved, denied, gone] = [await world.ask(), await world.ask(), await world.ask()];
  const issues = [
    await world.issueOf(approved),
    await world.issueOf(denied),
    await world.issueOf(gone),
  ] as const;
  expect(issues.map(({ resolutionId }) => resolutionId)).toEqual([null, null, null]);
  await bob.review(approved, 'approve');
  await bob.review(denied, 'deny');
  await remove(gone);
  await world.untilSlot(issues[0], 'approved');
  await world.untilSlot(issues[1], 'denied');
  await world.untilSlot(issues[2], 'expired');
  const names = issues.map(({ resolutionId }) => jira.store.resolution(resolutionId ?? '').name);
  expect(names[2]).toBe('Lapsed');
  // Their transitions show the field as required and set nothing by themselves.
  expect(names.slice(0, 2).every((name) => name !== '')).toBe(true);
});
