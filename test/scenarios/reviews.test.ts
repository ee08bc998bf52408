import { AccessReview, RequestState } from '../../relay/src/teleport/gen/types';
import { viewOf } from '../attacks/support/panel';
import { World, BRISK, until } from '../support/world';

/* Reviews in Teleport, where this role takes two approvals or two denials. Three scenarios of Teleport's own plugin. */

let world: World;
beforeAll(async () => {
  world = await World.start({ relayConfig: BRISK });
}, 30_000);
afterAll(() => world.stop());

const TIME = String.raw`\d{4}-\d\d-\d\d \d\d:\d\d UTC`;

async function askedByAlice() {
  const id = await world.ask({ roles: ['root'] });
  const issue = await world.issueOf(id);
  const { teleport } = world.sandbox;
  const [bob, carol] = [await teleport.connectAs('bob'), await teleport.connectAs('carol')];
  return { id, issue, bob, carol };
}

test('TestReviewComments', async () => {
  const { id, issue, bob, carol } = await askedByAlice();
  await bob.review(id, 'approve', 'okay');
  await carol.review(id, 'deny', 'not okay');
  await until('both comments', () => world.appComments(issue).length >= 2);
  await world.quiet();
  expect(world.appComments(issue)).toEqual([
    expect.stringMatching(new RegExp(`^bob approves in Teleport, ${TIME}\\.\nokay$`)),
    expect.stringMatching(new RegExp(`^carol denies in Teleport, ${TIME}\\.\nnot okay$`)),
  ]);
  expect(world.stateOf(id)).toBe('PENDING');
  expect(world.slotOf(issue)).toBe('pending');
  expect(world.linkOf(id)).toMatchObject({ state: 'PENDING' });
});

test('TestReviewerApproval', async () => {
  const { id, issue, bob, carol } = await askedByAlice();
  await bob.review(id, 'approve', 'okay');
  await carol.review(id, 'approve', 'finally okay');
  await world.untilSlot(issue, 'approved');
  await world.quiet();
  expect(world.stateOf(id)).toBe('APPROVED');
  expect(world.appComments(issue)).toEqual([
    expect.stringMatching(new RegExp(`^bob approves in Teleport, ${TIME}\\.\nokay$`)),
    expect.stringMatching(new RegExp(`^carol approves in Teleport, ${TIME}\\.\nfinally okay$`)),
    expect.stringMatching(new RegExp(`^Approved in Teleport\\. Access ends ${TIME}\\.\nfinally okay$`)),
  ]);
  expect(issue.properties.get('teleport-access')?.value).toMatchObject({ state: 'APPROVED' });
  expect(world.linkOf(id)).toMatchObject({ state: 'APPROVED' });
});

test('TestReviewerDenial', async () => {
  const { id, issue, bob, carol } = await askedByAlice();
  await bob.review(id, 'deny', 'not okay');
  await carol.review(id, 'deny', 'finally not okay');
  await world.untilSlot(issue, 'denied');
  await world.quiet();
  expect(world.stateOf(id)).toBe('DENIED');
  expect(world.appComments(issue)).toEqual([
    expect.stringMatching(/^bob denies in Teleport, .*\nnot okay$/),
    expect.stringMatching(/^carol denies in Teleport, .*\nfinally not okay$/),
    'Denied in Teleport.\nfinally not okay',
  ]);
  expect(world.linkOf(id)).toMatchObject({ state: 'DENIED' });
});

test('a card may not stand in for two reviewers', async () => {
  const { id, issue, bob, carol } = await askedByAlice();
  await world.move(issue, 'approved', 'bob');
  await until('the refusal', () => world.appComments(issue).length > 0);
  await world.untilSlot(issue, 'pending');
  await world.quiet();
  expect(world.appComments(issue)).toEqual([
    expect.stringMatching(/^Not accepted by Teleport, .* it takes 2 approvals or 2 denials by reviews/),
  ]);
  expect(world.stateOf(id)).toBe('PENDING');
  expect(world.updatesOf(id)).toEqual([]);
  await bob.review(id, 'approve');
  await carol.review(id, 'approve');
  await world.untilSlot(issue, 'approved');
});

test('the app’s own moves on the board decide nothing', async () => {
  const { id, issue, bob, carol } = await askedByAlice();
  const { forge, teleport } = world.sandbox;
  const callsBefore = teleport.control.calls['SetAccessRequestState'] ?? 0;
  const eventsBefore = forge.invocations.filter(({ cause }) => cause === 'product_event').length;
  await bob.review(id, 'approve');
  await carol.review(id, 'approve');
  await world.untilSlot(issue, 'approved');
  await world.quiet();
  expect(issue.histories.at(-1)?.authorId).toBe(forge.appAccountId);
  expect(forge.invocations.filter(({ cause }) => cause === 'product_event')).toHaveLength(eventsBefore);
  // Not even a sweep, which looks at every card that moved, takes it for somebody's decision.
  await forge.runScheduledTrigger('sweep-moves');
  await forge.runScheduledTrigger('sweep-all');
  await world.quiet();
  expect(world.waitingDecision(id)).toBeUndefined();
  expect(teleport.control.calls['SetAccessRequestState'] ?? 0).toBe(callsBefore);
  expect(world.slotOf(issue)).toBe('approved');
  expect(world.appComments(issue)).toHaveLength(3);
});

test('a review that Teleport gave itself, by a rule, is shown as such on issue and page', async () => {
  const { id, issue } = await askedByAlice();
  const author = '@teleport-access-approval-bot';
  const review = AccessReview.fromPartial({
    ...{ Author: author, ProposedState: RequestState.APPROVED, Created: new Date() },
  });
  world.sandbox.teleport.cluster.tamper(id, { Reviews: [review] });
  await until('its comment', () => world.appComments(issue).length > 0);
  expect(world.appComments(issue)).toEqual([
    expect.stringMatching(new RegExp(`^A rule for automatic reviews approves in Teleport, ${TIME}\\.$`)),
  ]);
  // The app keeps what it shows once everything is said.
  await world.quiet();
  const { request } = await viewOf(world, { id, issue });
  expect(request).toMatchObject({ reviews: [{ isAutomatic: true, verdict: 'APPROVED' }] });
});
