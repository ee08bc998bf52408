import { z } from 'zod';
import { until, words, World, BRISK } from '../support/world';
import { saveSettings, settingsFor } from '../../sandbox/set-up';
import type { Issue } from '../../sandbox/jira';

/* A request appears in Teleport: what stands on the board. The first four are scenarios of Teleport's own plugin. */

let world: World;
beforeAll(async () => {
  world = await World.start({ relayConfig: BRISK });
}, 30_000);
afterAll(() => world.stop());

const description = z.object({ content: z.array(z.looseObject({ type: z.string() })) });

function quotesOf(issue: Issue): string[] {
  const { content } = description.parse(issue.description);
  return content.flatMap((block) => (block.type === 'blockquote' ? words(z.json().parse(block)).trim() : []));
}

test('TestIssueCreation', async () => {
  const id = await world.ask();
  const issue = await world.issueOf(id);

  expect(issue.projectId).toBe(world.sandbox.jira.project.id);
  expect(issue.issueTypeId).toBe(world.sandbox.jira.project.issueTypeId);
  expect(issue.creatorId).toBe(world.sandbox.forge.appAccountId);
  expect(world.slotOf(issue)).toBe('pending');
  expect(issue.summary).toContain('alice → editor');
  expect(issue.properties.get('teleport-access')?.value).toMatchObject({
    requestId: id,
    cluster: 'teleport.sandbox',
    user: 'alice',
    roles: ['editor'],
    state: 'PENDING',
  });
  expect(world.linkOf(id)).toMatchObject({ phase: 'linked', requestId: id, issue: { id: issue.id } });
  await world.quiet();
  expect(world.issuesOf(id)).toEqual([issue]);
  expect(issue.comments).toEqual([]);
  expect(world.stateOf(id)).toBe('PENDING');
});

test('TestIssueCreationWithRequestReason', async () => {
  const issue = await world.issueOf(await world.ask({ reason: 'because of' }));
  expect(quotesOf(issue)).toEqual(['because of']);
  expect(issue.summary).toContain('because of');
});

test('TestIssueCreationWithLargeRequestReason', async () => {
  const reason = Array.from(
    { length: 31 },
    (_, line) => `line ${String(line).padStart(2, '0')} ${'-'.repeat(91)}`,
  )
    .join('\n')
    .slice(0, 3009)
    .concat('!');
  expect(reason).toHaveLength(3010);
  const id = await world.ask({ reason });
  const issue = await world.issueOf(id);
  expect(quotesOf(issue)).toEqual([reason]);
  expect(issue.summary.length).toBeLessThanOrEqual(255);
  // All of it can be read on the issue, so it may be approved there.
  await world.move(issue, 'approved');
  await world.untilState(id, 'APPROVED');
});

test('TestCustomIssueType', async () => {
  const { jira, admin } = world.sandbox;
  const usual = settingsFor(jira);
  const task = [...jira.store.issueTypes.values()].find(({ name }) => name === 'Task');
  await saveSettings(admin, { ...usual, issueTypeId: task?.id });
  try {
    const issue = await world.issueOf(await world.ask());
    expect(issue.issueTypeId).toBe(task?.id);
    expect(issue.issueTypeId).not.toBe(usual['issueTypeId']);
    expect(issue.projectId).toBe(jira.project.id);
  } finally {
    await saveSettings(admin, usual);
  }
});

test('a link leads from the issue to the request in Teleport', async () => {
  const id = await world.ask();
  const issue = await world.issueOf(id);
  await world.quiet();
  const { webUrl } = world.sandbox.teleport;
  const target = `https://${new URL(webUrl).host}/web/requests/${id}`;
  expect(issue.remoteLinks.map(({ object }) => object.url)).toEqual([target]);
  expect(JSON.stringify(issue.description)).toContain(target);
});

test('people find issues in JQL by request, user, role, state and cluster', async () => {
  const id = await world.ask({ roles: ['auditor', 'editor'] }, 'bob');
  const issue = await world.issueOf(id);
  const other = await world.issueOf(await world.ask({ roles: ['editor'] }));
  const finds = (jql: string, ...wanted: Issue[]) =>
    until(`${wanted.map(({ key }) => key).join(', ')} by ${jql}`, async () => {
      const found = await world.search(jql, 'carol');
      return wanted.every(({ id: wantedId }) => found.includes(wantedId)) && found;
    });
  expect(await finds(`teleportRequest = "${id}"`, issue)).toEqual([issue.id]);
  expect(await finds('teleportUser = "bob"', issue)).toEqual([issue.id]);
  expect(await finds('teleportRole = "auditor"', issue)).toEqual([issue.id]);
  await finds('teleportRole = "editor"', issue, other);
  await finds('teleportCluster = "teleport.sandbox"', issue, other);
  await finds('teleportState = "PENDING"', issue, other);

  const carol = await world.sandbox.teleport.connectAs('carol');
  await carol.review(id, 'deny');
  await world.untilSlot(issue, 'denied');
  expect(await finds('teleportState = "DENIED"', issue)).toEqual([issue.id]);
  await until('the issue gone from the pending ones', async () => {
    const pending = await world.search('teleportState = "PENDING"', 'carol');
    return !pending.includes(issue.id);
  });
});
