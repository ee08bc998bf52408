import { saveSettings, settingsFor } from '../../sandbox/set-up';
import type { Issue } from '../../sandbox/jira';
import { BRISK, until, World } from '../support/world';

/* Cards moved on the board decide requests in Teleport: scenarios of Teleport's own plugin, and of the e-mail address. */

let world: World;
beforeAll(async () => {
  world = await World.start({ relayConfig: BRISK });
}, 30_000);
afterAll(() => world.stop());

const accountOf = (name: string) => world.sandbox.jira.people[name]!.accountId;
const APPROVED_UNTIL = String.raw`Approved in Teleport\. Access ends \d{4}-\d\d-\d\d \d\d:\d\d UTC\.`;

async function waitingIssue(): Promise<{ id: string; issue: Issue }> {
  const id = await world.ask();
  return { id, issue: await world.issueOf(id) };
}

/** The one change of state in Teleport's audit log, when everything has come to rest. */
async function onlyUpdate(id: string, issue: Issue) {
  await until('the comment about the end', () => world.appComments(issue).length > 0);
  await world.quiet();
  const updates = world.updatesOf(id);
  expect(updates).toHaveLength(1);
  expect(world.waitingDecision(id)).toBeUndefined();
  return updates[0];
}

test('TestWebhookApproval', async () => {
  const { id, issue } = await waitingIssue();
  await world.move(issue, 'approved', 'bob');
  await world.untilState(id, 'APPROVED');
  const [history] = issue.histories.slice(-1);
  expect(await onlyUpdate(id, issue)).toEqual({
    type: 'access_request.update',
    id,
    user: 'bot-jira-relay',
    state: 'APPROVED',
    delegator: `jira:${accountOf('bob')}`,
    reason: '',
    annotations: {
      'jira-decision': [`c:${issue.id}:${history?.id ?? ''}`],
      'jira-account': [accountOf('bob')],
      'jira-issue': [issue.key],
    },
  });
  expect(world.appComments(issue)).toEqual([expect.stringMatching(new RegExp(`^${APPROVED_UNTIL}$`))]);
  expect(world.slotOf(issue)).toBe('approved');
  expect(world.linkOf(id)).toMatchObject({ state: 'APPROVED' });
  expect(world.activity()).toContainEqual(
    expect.objectContaining({
      kind: 'decision',
      code: 'applied',
      requestId: id,
      accountId: accountOf('bob'),
    }),
  );
});

test('TestWebhookDenial', async () => {
  const { id, issue } = await waitingIssue();
  await world.move(issue, 'denied', 'carol');
  await world.untilState(id, 'DENIED');
  expect(await onlyUpdate(id, issue)).toMatchObject({
    state: 'DENIED',
    delegator: `jira:${accountOf('carol')}`,
    reason: '',
  });
  expect(world.appComments(issue)).toEqual(['Denied in Teleport.']);
  expect(world.slotOf(issue)).toBe('denied');
});

test('TestWebhookApprovalWithReason', async () => {
  const { id, issue } = await waitingIssue();
  const bob = world.sandbox.jira.connectAs('bob');
  await bob.comment(issue.key, 'I looked at this closely.\nReason:\n\nfirst line\nsecond line\nthird line');
  await world.move(issue, 'approved', 'bob');
  await world.untilState(id, 'APPROVED');
  const reason = 'first line\nsecond line\nthird line';
  expect(await onlyUpdate(id, issue)).toMatchObject({ state: 'APPROVED', reason });
  expect(world.appComments(issue)).toEqual([
    expect.stringMatching(new RegExp(`^${APPROVED_UNTIL}\n${reason}$`)),
  ]);
});

test('TestWebhookDenialWithReason', async () => {
  const { id, issue } = await waitingIssue();
  const [bob, carol] = [world.sandbox.jira.connectAs('bob'), world.sandbox.jira.connectAs('carol')];
  await carol.comment(issue.key, 'Who is this?');
  await bob.comment(issue.key, 'reason: bar baz');
  await bob.comment(issue.key, 'reason: foo bar baz');
  await carol.comment(issue.key, 'reason: test');
  await world.move(issue, 'denied', 'bob');
  await world.untilState(id, 'DENIED');
  expect(await onlyUpdate(id, issue)).toMatchObject({ state: 'DENIED', reason: 'foo bar baz' });
  expect(world.appComments(issue)).toEqual(['Denied in Teleport.\nfoo bar baz']);
});

test('TestRace', async () => {
  const count = 8;
  const seen: string[] = [];
  const follow = (event: {
    type: string;
    request?: { Metadata?: { Name: string }; Spec?: { State: number } };
  }) => seen.push(`${event.type} ${event.request?.Metadata?.Name ?? ''} ${event.request?.Spec?.State ?? ''}`);
  const { cluster } = world.sandbox.teleport;
  cluster.events.on('event', follow);
  const ids = await Promise.all(
    Array.from({ length: count }, async () => {
      const { id, issue } = await waitingIssue();
      expect(world.slotOf(issue)).toBe('pending');
      await world.move(issue, 'approved');
      return id;
    }),
  );
  for (const id of ids) await world.untilState(id, 'APPROVED');
  const [first = ''] = ids;
  await onlyUpdate(first, await world.issueOf(first));
  cluster.events.off('event', follow);

  const [pending, approved] = [1, 2];
  for (const id of ids) {
    const issue = await world.issueOf(id);
    await until('the comment about the end', () => world.appComments(issue).length > 0);
    expect(world.slotOf(issue)).toBe('approved');
    expect(world.issuesOf(id)).toHaveLength(1);
    expect(world.appComments(issue)).toHaveLength(1);
    expect(world.updatesOf(id)).toHaveLength(1);
    expect(seen.filter((line) => line.includes(id))).toEqual([
      `put ${id} ${pending}`,
      `put ${id} ${approved}`,
    ]);
  }
});

describe('the e-mail address of who decided', () => {
  beforeAll(async () => {
    await world.reconfigureRelay({ decisions: { delegator: 'email' } });
  });
  afterAll(async () => {
    await world.reconfigureRelay({ decisions: { delegator: 'account_id' } });
    await saveSettings(world.sandbox.admin, settingsFor(world.sandbox.jira));
  });

  const delegatorOf = async (mover: string) => {
    const { id, issue } = await waitingIssue();
    await world.move(issue, 'approved', mover);
    await world.untilState(id, 'APPROVED');
    return (await onlyUpdate(id, issue))?.delegator;
  };

  test('is not sent unless an administrator of Jira chose so', async () => {
    expect(await delegatorOf('bob')).toBe(`jira:${accountOf('bob')}`);
  });

  test('stands in the audit log, unless the account hides it', async () => {
    const { admin, jira } = world.sandbox;
    await saveSettings(admin, { ...settingsFor(jira), sendApproverEmail: true });
    expect(await delegatorOf('bob')).toBe('jira:bob@example.com');
    expect(await delegatorOf('carol')).toBe(`jira:${accountOf('carol')}`);
  });
});
