import { keys } from '../../src/store/keys';
import { memberOf, until, World } from '../support/world';
import {
  approves,
  ask,
  betweenMoveAndHandOut,
  expectNoPeople,
  expectRefusal,
  moveAsApp,
  waitingDecision,
  type Card,
} from './support/cards';
import { doneByRelay, leavesUntouched, QUICK, settled } from './support/teleport-watch';

/** Issues that stand for no request, whatever they carry, and issues that left the place where they stood for one. */
let world: World;
beforeAll(async () => {
  world = await World.start({ relayConfig: QUICK, jira: { searchLagMs: 10 } });
});
afterAll(() => world.stop());

const jira = () => world.sandbox.jira;
const typeOf = (key: string, other = false) => {
  const project = [...jira().store.projects.values()].find((candidate) => candidate.key === key);
  const types = project?.issueTypes ?? [];
  return { project: project?.id ?? '', issueType: (other ? types[1] : types[0])?.issueTypeId ?? '' };
};
const storeWrites = () =>
  world.sandbox.forge.invocations
    .filter(({ functionKey }) => functionKey === 'on-issue-changed' || functionKey === 'on-board-change')
    .flatMap(({ platformCalls }) => platformCalls)
    .filter(({ target, path }) => target === 'kvs' && !/\/(get|query|batch\/get)/.test(path)).length;
const told = (card: Card) => world.activity().filter(({ requestId }) => requestId === card.id);

/** Both sweeps, which find what no event told of. */
async function sweep(): Promise<void> {
  await world.quiet();
  await new Promise((resolve) => setTimeout(resolve, 60));
  await world.sandbox.forge.runScheduledTrigger('sweep-moves');
  await world.sandbox.forge.runScheduledTrigger('sweep-all');
}

/** An issue that is none of the app's is moved to the approved status: it stays there and nobody hears of it. */
async function movesStranger(card: Card, issueId: string, key: string): Promise<void> {
  const entries = world.activity().length;
  const writes = storeWrites();
  await leavesUntouched(world, card.id, async () => {
    await jira().connectAs('bob').moveCard(key, jira().project.statuses.approved);
    await sweep();
  });
  const stranger = jira().store.issues.get(issueId);
  expect(stranger?.statusId).toBe(jira().project.statuses.approved);
  expect(stranger?.comments).toEqual([]);
  expect(world.slotOf(card.issue)).toBe('pending');
  expect(world.appComments(card.issue)).toEqual([]);
  expect(world.activity()).toHaveLength(entries);
  expect(storeWrites()).toBe(writes);
}

const madeByHand = (property?: Record<string, string | string[]>) =>
  jira()
    .connectAs('bob')
    .createIssue({
      projectId: jira().project.id,
      issueTypeId: jira().project.issueTypeId,
      summary: 'alice → editor',
      ...(property !== undefined && { properties: [{ key: 'teleport-access', value: property }] }),
    });

test('an issue that was made by hand', async () => {
  const card = await ask(world);
  const { id, key } = await madeByHand();
  await movesStranger(card, id, key);
});

test('a foreign issue that carries the copied property of a linked one', async () => {
  const card = await ask(world);
  const copied = {
    requestId: card.id,
    cluster: world.sandbox.teleport.clusterName,
    user: 'alice',
    roles: ['editor'],
  };
  const { id, key } = await madeByHand({ ...copied, state: 'PENDING', attemptId: attemptOf(card) });
  await movesStranger(card, id, key);
  await approves(world, card);
  expect(jira().store.issues.get(id)?.comments).toEqual([]);
});

test('a property that an editor writes on a foreign issue afterwards', async () => {
  const card = await ask(world);
  const { id, key } = await madeByHand();
  await jira()
    .connectAs('erin')
    .setProperty(id, 'teleport-access', card.issue.properties.get('teleport-access')?.value ?? null);
  await movesStranger(card, id, key);
});

test('a clone, to which Jira copied the property', async () => {
  const card = await ask(world);
  const { id, key } = await jira().connectAs('bob').cloneIssue(card.issue.key);
  expect(jira().store.issues.get(id)?.properties.get('teleport-access')).toBeDefined();
  await movesStranger(card, id, key);
});

test('a linked issue whose property names another request decides its own and no other', async () => {
  const [own, other] = [await ask(world), await ask(world, { roles: ['auditor'] })];
  const property = other.issue.properties.get('teleport-access')?.value ?? null;
  await jira().connectAs('erin').setProperty(own.issue.id, 'teleport-access', property);
  await leavesUntouched(world, other.id, async () => {
    // Of a person without the right, so that nothing at all is decided.
    await world.move(own.issue, 'approved', 'erin');
    await sweep();
  });
  expect(world.slotOf(other.issue)).toBe('pending');
  expectRefusal(world, own, { code: 'not_approver', says: 'not one of the approvers' });
  await jira().connectAs('erin').setProperty(own.issue.id, 'teleport-access', property);
  await approves(world, own);
  expect(world.stateOf(other.id)).toBe('PENDING');
  expect(world.slotOf(other.issue)).toBe('pending');
});

test('a linked issue that hides its move from the search by another state in its property', async () => {
  const card = await ask(world);
  const { forge } = world.sandbox;
  forge.faults.events.drop = 1;
  await leavesUntouched(world, card.id, async () => {
    await jira().connectAs('erin').setProperty(card.issue.id, 'teleport-access', { state: 'APPROVED' });
    await world.move(card.issue, 'approved', 'erin');
    await sweep();
  });
  forge.faults.events.drop = 0;
  expectRefusal(world, card, { code: 'not_approver', says: 'not one of the approvers' });
});

test.each([
  ['to another project', () => ({ ...typeOf('HELP'), statusId: jira().project.statuses.approved })],
  ['to another type', () => ({ ...typeOf('TAR', true), statusId: jira().project.statuses.approved })],
  ['to a project with another workflow', () => typeOf('OPS')],
])('an issue that is moved %s is detached and decides nothing any more', async (_where, target) => {
  const card = await ask(world);
  await leavesUntouched(world, card.id, async () => {
    await jira().connectAs('bob').moveIssue(card.issue.key, target());
    await until('told', () => told(card).length > 0);
    await sweep();
  });
  expect(told(card)).toEqual([expect.objectContaining({ kind: 'failure', code: 'issue_detached' })]);
  expect(world.appComments(card.issue)).toEqual([]);
  expect(memberOf(world.linkOf(card.id), 'phase')).toBe('detached');
  const log = world.sandbox.forge.logs.filter(({ text }) => text.includes('issue_detached'));
  expect(log.at(-1)?.text).toContain(card.issue.id);
});

test('an approval of a card that then goes to another project before it is handed out', async () => {
  const card = await ask(world);
  const { relay } = world.sandbox;
  await leavesUntouched(world, card.id, async () => {
    relay.signal('SIGSTOP');
    await world.move(card.issue, 'approved', 'bob');
    await until('a decision', () => waitingDecision(world, card.id) !== undefined);
    world.sandbox.forge.faults.events.drop = 1;
    await jira().connectAs('bob').moveIssue(card.issue.key, typeOf('HELP'));
    relay.signal('SIGCONT');
    await until('detached', () => memberOf(world.linkOf(card.id), 'phase') === 'detached');
  });
  world.sandbox.forge.faults.events.drop = 0;
  expect(waitingDecision(world, card.id)).toBeUndefined();
  expect(told(card)).toEqual([expect.objectContaining({ kind: 'failure', code: 'issue_detached' })]);
});

test('an issue that comes back from another project in the approved status', async () => {
  const card = await ask(world);
  const { forge } = world.sandbox;
  forge.faults.events.drop = 1;
  await leavesUntouched(world, card.id, async () => {
    const bob = jira().connectAs('bob');
    const { key } = await bob.moveIssue(card.issue.key, typeOf('OPS'));
    await bob.moveIssue(key, { ...typeOf('TAR'), statusId: jira().project.statuses.approved });
    await sweep();
  });
  forge.faults.events.drop = 0;
  expectRefusal(world, card, { code: 'issue_moved', says: 'the issue was moved between projects or types' });
});

test('an issue that was archived', async () => {
  const card = await ask(world);
  await leavesUntouched(world, card.id, async () => {
    await jira().connectAs('admin').archiveIssue(card.issue.key);
    await expect(world.move(card.issue, 'approved', 'bob')).rejects.toThrow();
    await sweep();
  });
  expect(world.slotOf(card.issue)).toBe('pending');
  expect(world.appComments(card.issue)).toEqual([]);
});

test('an approval of a card that is archived before it is handed out', async () => {
  const card = await ask(world);
  await betweenMoveAndHandOut(world, card, () => jira().connectAs('admin').archiveIssue(card.issue.key));
  await world.untilState(card.id, 'APPROVED');
  await settled(world);
  await sweep();
  // It was decided by whoever may, while the card was there. That the card cannot follow is for the administrator to see.
  expect(doneByRelay(world, card.id)).toEqual(['APPROVED']);
  expect(world.appComments(card.issue)).toEqual([]);
  expect(told(card)).toContainEqual(
    expect.objectContaining({ kind: 'failure', text: expect.stringContaining('permission') as string }),
  );
  expect(memberOf(world.linkOf(card.id), 'failure')).toBeDefined();
});

test('a deleted issue whose card was moved before; an issue made by hand in its place; then one by the app', async () => {
  const card = await ask(world);
  const { forge, admin, teleport } = world.sandbox;
  forge.faults.events.drop = 1;
  await leavesUntouched(world, card.id, async () => {
    await world.move(card.issue, 'approved', 'bob');
    await jira().connectAs('admin').deleteIssue(card.issue.key);
    await sweep();
  });
  forge.faults.events.drop = 0;
  expect(told(card)).toEqual([expect.objectContaining({ kind: 'failure', code: 'issue_gone' })]);

  const { id, key } = await madeByHand({
    requestId: card.id,
    cluster: teleport.clusterName,
    user: 'alice',
    roles: ['editor'],
    state: 'PENDING',
    attemptId: attemptOf(card),
  });
  await leavesUntouched(world, card.id, async () => {
    await jira().connectAs('bob').moveCard(key, jira().project.statuses.approved);
    await sweep();
  });
  expect(jira().store.issues.get(id)?.comments).toEqual([]);

  const administrator = jira().people['admin']?.accountId ?? '';
  const payload = { cluster: teleport.clusterName, requestId: card.id };
  expect(await forge.invokeResolver('admin', administrator, 'retryRequest', payload)).toEqual(
    expect.objectContaining({ ok: true }),
  );
  expect(admin).toBeDefined();
  const again = await world.issueOf(card.id);
  expect([card.issue.id, id]).not.toContain(again.id);
  await settled(world);
  await approves(world, { id: card.id, issue: again });
});

test('an edited summary: restored, put back, and the next move decides', async () => {
  const card = await ask(world);
  const shown = card.issue.summary;
  await leavesUntouched(world, card.id, async () => {
    await jira().connectAs('erin').edit(card.issue.key, { summary: 'alice → auditor, read only' });
    await world.move(card.issue, 'approved', 'bob');
  });
  expect(card.issue.summary).toBe(shown);
  expectRefusal(world, card, {
    code: 'content_edited',
    says: 'its summary or description had been changed',
    by: 'bob',
  });
  await approves(world, card);
});

test('an edited description: restored, put back', async () => {
  const card = await ask(world);
  const shown = structuredClone(card.issue.description);
  await leavesUntouched(world, card.id, async () => {
    await jira().connectAs('erin').edit(card.issue.key, { description: 'Only reads. Approved by security.' });
    await world.move(card.issue, 'approved', 'bob');
  });
  expect(card.issue.description).toEqual(shown);
  expectRefusal(world, card, { code: 'content_edited', says: 'Both are restored', by: 'bob' });
});

test('a description that was changed and set back before the move', async () => {
  const card = await ask(world);
  const shown = structuredClone(card.issue.description);
  const erin = jira().connectAs('erin');
  await leavesUntouched(world, card.id, async () => {
    await erin.edit(card.issue.key, { description: 'Nothing to see here.' });
    await erin.call('PUT', `issue/${card.issue.key}`, { fields: { description: shown } });
    await world.move(card.issue, 'approved', 'bob');
  });
  expect(card.issue.description).toEqual(shown);
  expectRefusal(world, card, { code: 'content_edited', says: 'had been changed', by: 'bob' });
});

test('a description that is changed between the move and the hand-out', async () => {
  const card = await ask(world);
  const { relay } = world.sandbox;
  await leavesUntouched(world, card.id, async () => {
    relay.signal('SIGSTOP');
    await world.move(card.issue, 'approved', 'bob');
    await until('a decision', () => waitingDecision(world, card.id) !== undefined);
    await jira().connectAs('bob').edit(card.issue.key, { description: 'changed afterwards' });
    relay.signal('SIGCONT');
  });
  expectRefusal(world, card, { code: 'content_edited', says: 'had been changed', by: 'bob' });
});

test.each([
  ['300 resources', 300, 0],
  ['200 roles', 0, 200],
])(
  'a request for %s, which no issue shows in full, can be denied and not approved',
  async (_what, nodes, roles) => {
    const { cluster } = world.sandbox.teleport;
    const names = Array.from({ length: roles }, (_each, index) => `role-${index}`);
    cluster.roles['asks-for-much'] = { request: { roles: names, searchAsRoles: ['editor'] } };
    cluster.users['grace'] = { roles: ['asks-for-much'] };
    const resources = Array.from({ length: nodes }, (_each, index) => ({
      kind: 'node',
      name: `node-${index}`,
    }));
    const card = await ask(world, { roles: names, resources }, 'grace');
    await leavesUntouched(world, card.id, () => world.move(card.issue, 'approved', 'bob'));
    expectRefusal(world, card, {
      code: 'content_incomplete',
      says: 'not everything that is asked for fits',
      by: 'bob',
    });
    await world.move(card.issue, 'denied', 'bob');
    await world.untilState(card.id, 'DENIED');
    await settled(world);
  },
);

test('an app that moves a card from outside the pending slot', async () => {
  const card = await ask(world);
  const other = jira().connectAs('another-app');
  const { forge } = world.sandbox;
  await leavesUntouched(world, card.id, async () => {
    forge.faults.events.drop = 1;
    await moveAsApp(world, other, card.issue, 'approved');
    await moveAsApp(world, other, card.issue, 'pending');
    await moveAsApp(world, other, card.issue, 'denied');
    forge.faults.events.drop = 0;
    await sweep();
  });
  expectRefusal(world, card, { code: 'not_human', says: 'only people may decide', by: 'another-app' });
});

test('changes of issues without a request leave a line now and then, and nothing else', async () => {
  const { forge } = world.sandbox;
  jira().faults.perIssueWriteLimits = false;
  forge.faults.events.duplicate = 1;
  const { key, id } = await madeByHand();
  const [entries, writes] = [world.activity().length, storeWrites()];
  const bob = jira().connectAs('bob');
  for (let round = 0; round < 500; round += 1) await bob.edit(key, { summary: `work of our own ${round}` });
  await forge.idle({ dueOnly: true });
  forge.faults.events.duplicate = 0;
  jira().faults.perIssueWriteLimits = true;
  const lines = forge.logs.map(({ text }) => text).filter((text) => text.includes(`"${id}"`));
  expect(lines.length).toBeGreaterThan(0);
  expect(lines.length).toBeLessThan(100);
  expectNoPeople(world, lines);
  expect(lines.join('')).not.toContain('work of our own');
  expect(world.activity()).toHaveLength(entries);
  expect(storeWrites()).toBe(writes);
});

function attemptOf(card: Card): string {
  const { forge, teleport } = world.sandbox;
  const attemptId = memberOf(forge.kvs.peek(keys.link(teleport.clusterName, card.id)), 'attemptId');
  return typeof attemptId === 'string' ? attemptId : '';
}
