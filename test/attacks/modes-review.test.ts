import { AccessRequestKind } from '../../relay/src/teleport/gen/types';
import { RelayRig, RELAY_USER } from '../support/relay/relay-rig';
import type { Decision } from '../../contract/decision';

/* review-as-bot: a decision made in Jira is one review of the relay's user, and Teleport's own rules say what it is worth. */
let rig: RelayRig;
beforeAll(async () => {
  rig = await RelayRig.start({ decisions: { mode: 'review-as-bot', approver_identity: 'any' } });
});
afterAll(() => rig.stop());
beforeEach(() => {
  const { cluster } = rig.teleport;
  cluster.roles['jira-relay'] = {
    rules: { access_request: ['list', 'read'], user: ['list', 'read'] },
    reviewRoles: ['*'],
  };
  cluster.users[RELAY_USER] = { roles: ['jira-relay'], isBot: true };
  cluster.users['bob'] = { roles: ['requester', 'reviewer'] };
  cluster.requiresAdminMfa = false;
  cluster.hasReviews = true;
});

/** Any text with these words in it. */
const saying = (words: string): unknown => expect.stringContaining(words);
const reviewsOf = (id: string) => rig.teleport.cluster.get(id).Spec?.Reviews ?? [];
const decide = (id: string, changes: Partial<Decision> = {}) => rig.lend(rig.decisionOn(id, changes));
const reviewInTeleport = async (id: string, user: string, verdict: 'approve' | 'deny' = 'approve') =>
  (await rig.teleport.connectAs(user)).review(id, verdict);

test('one review where one is enough: approved, with the decision named in its reason', async () => {
  const id = await rig.ask();
  const decision = rig.decisionOn(id);
  expect(await rig.lend(decision)).toEqual({ kind: 'applied' });
  expect(rig.stateOf(id)).toBe('APPROVED');
  expect(reviewsOf(id)).toMatchObject([
    { Author: RELAY_USER, Reason: `fine by me [jira TAR-1 · account account-bob · decision ${decision.id}]` },
  ]);
  expect(rig.doneByRelay(id)).toMatchObject([{ type: 'access_request.review' }]);
});

test('a threshold of two approvals is kept: recorded, with progress, until somebody reviews in Teleport', async () => {
  const id = await rig.ask(['dba']);
  expect(await decide(id)).toEqual({ kind: 'recorded', text: '1 of 2 approvals' });
  expect(rig.stateOf(id)).toBe('PENDING');
  await reviewInTeleport(id, 'carol');
  expect(rig.stateOf(id)).toBe('APPROVED');
});

test('the last of two approvals may come from Jira', async () => {
  const id = await rig.ask(['dba']);
  await reviewInTeleport(id, 'carol');
  expect(await decide(id)).toEqual({ kind: 'applied' });
  expect(rig.stateOf(id)).toBe('APPROVED');
});

test('a threshold of two denials is kept', async () => {
  const id = await rig.ask(['root']);
  expect(await decide(id, { verdict: 'deny' })).toEqual({ kind: 'recorded', text: '1 of 2 denials' });
  expect(rig.stateOf(id)).toBe('PENDING');
});

test('a threshold whose filter leaves the relay out is kept, and the words do not claim otherwise', async () => {
  const id = await rig.ask(['payments']);
  expect(await decide(id)).toMatchObject({
    kind: 'recorded',
    text: saying('counts for no'),
  });
  expect(rig.stateOf(id)).toBe('PENDING');
});

test('two people in Jira are one review', async () => {
  const id = await rig.ask(['root']);
  expect(await decide(id)).toMatchObject({ kind: 'recorded' });
  expect(await decide(id, { actor: { accountId: 'account-carol' } })).toMatchObject({
    ...{ kind: 'refused', code: 'already_reviewed', text: saying('one review') },
  });
  expect(reviewsOf(id)).toHaveLength(1);
});

test('one person twice in Jira', async () => {
  const id = await rig.ask(['root']);
  await decide(id);
  expect(await decide(id)).toMatchObject({ kind: 'refused', code: 'already_reviewed' });
  expect(reviewsOf(id)).toHaveLength(1);
});

test('a person who reviewed in Teleport does not count again through Jira, by trait', async () => {
  rig.teleport.cluster.users['bob'] = {
    roles: ['requester', 'reviewer'],
    traits: { jira_account_id: ['account-bob'] },
  };
  await rig.reconfigure({ decisions: { approver_identity: 'trait' } });
  const id = await rig.ask(['dba']);
  await reviewInTeleport(id, 'bob');
  expect(await decide(id)).toMatchObject({
    ...{ kind: 'refused', code: 'already_reviewed', text: saying('as bob') },
  });
  expect(rig.stateOf(id)).toBe('PENDING');
  await rig.reconfigure({ decisions: { approver_identity: 'any' } });
});

test('nor by a visible address that is their name in Teleport', async () => {
  rig.teleport.cluster.users['bob@example.com'] = { roles: ['reviewer'] };
  const id = await rig.ask(['dba']);
  await reviewInTeleport(id, 'bob@example.com');
  const actor = { accountId: 'account-bob', email: 'Bob@example.com' };
  expect(await decide(id, { actor })).toMatchObject({ kind: 'refused', code: 'already_reviewed' });
  expect(rig.stateOf(id)).toBe('PENDING');
});

test('a lent decision delivered twice is one review and the same answer', async () => {
  const id = await rig.ask(['dba']);
  const decision = rig.decisionOn(id);
  const recorded = { kind: 'recorded', text: '1 of 2 approvals' };
  expect(await rig.lend(decision)).toEqual(recorded);
  expect(await rig.lend(decision)).toEqual(recorded);
  await reviewInTeleport(id, 'carol');
  expect(await rig.lend(decision)).toEqual({ kind: 'applied' });
  expect(reviewsOf(id)).toHaveLength(2);
});

test('a relay killed between Teleport’s write and its answer recognises its review by the reason', async () => {
  const id = await rig.ask(['dba']);
  const decision = rig.decisionOn(id, { reason: 'long '.repeat(800) });
  const written = new Promise<void>((resolve) => {
    rig.teleport.faults.onCall = ({ method }, phase) => {
      if (method !== 'SubmitAccessReview' || phase !== 'after') return 'continue';
      resolve();
      return 'hold';
    };
  });
  rig.lent.push(decision);
  await written;
  await rig.relay.stop('SIGKILL');
  rig.teleport.faults.onCall = undefined;
  rig.relay.start();
  await rig.relay.untilReady();
  expect(await rig.lend(decision)).toEqual({ kind: 'recorded', text: '1 of 2 approvals' });
  expect(reviewsOf(id)).toHaveLength(1);
  expect(Buffer.byteLength(reviewsOf(id)[0]?.Reason ?? '')).toBeLessThanOrEqual(4096);
});

test('a mark that a reviewer writes themselves grants nothing', async () => {
  const id = await rig.ask(['dba']);
  const decision = rig.decisionOn(id);
  const forged = `[jira TAR-1 · account account-bob · decision ${decision.id}]`;
  await (await rig.teleport.connectAs('carol')).review(id, 'approve', forged);
  expect(await rig.lend(decision)).toEqual({ kind: 'recorded', text: '1 of 2 approvals' });
  expect(rig.doneByRelay(id)).toEqual([]);
  expect(rig.stateOf(id)).toBe('PENDING');
});

test('long-term access', async () => {
  const id = await rig.ask();
  rig.teleport.cluster.tamper(id, { RequestKind: AccessRequestKind.LONG_TERM });
  expect(await decide(id)).toMatchObject({ kind: 'refused', code: 'needs_review' });
  expect(reviewsOf(id)).toEqual([]);
});

test('roles that the relay’s Teleport role may not review', async () => {
  const { roles } = rig.teleport.cluster;
  roles['jira-relay'] = { ...roles['jira-relay'], reviewRoles: ['auditor'] };
  const id = await rig.ask();
  expect(await decide(id)).toMatchObject({
    ...{ kind: 'refused', code: 'no_right', text: 'the relay’s Teleport role may not review this request' },
  });
  expect(await decide(await rig.ask(['auditor']))).toEqual({ kind: 'applied' });
});

test('a second factor that only bots are spared', async () => {
  const { cluster } = rig.teleport;
  cluster.requiresAdminMfa = true;
  const id = await rig.ask();
  cluster.users[RELAY_USER] = { roles: ['jira-relay'], isBot: false };
  expect(await decide(id)).toMatchObject({
    ...{ kind: 'refused', code: 'mfa_required', text: saying('Machine ID') },
  });
  cluster.users[RELAY_USER] = { roles: ['jira-relay'], isBot: true };
  expect(await decide(id)).toEqual({ kind: 'applied' });
});

test('an edition without reviews', async () => {
  rig.teleport.cluster.hasReviews = false;
  const id = await rig.ask();
  expect(await decide(id)).toMatchObject({
    ...{ kind: 'refused', code: 'teleport_refused', text: saying('has no reviews') },
  });
});

test('already resolved, gone and expired requests', async () => {
  const resolved = await rig.ask();
  const decision = rig.decisionOn(resolved);
  await (await rig.teleport.connectAs('admin')).setState(resolved, 'deny');
  expect(await rig.lend(decision)).toEqual({ kind: 'already_resolved' });

  const removed = await rig.ask();
  const late = rig.decisionOn(removed);
  await (await rig.teleport.connectAs('admin')).delete(removed);
  expect(await rig.lend(late)).toEqual({ kind: 'gone' });

  const expired = await rig.ask();
  const tooLate = rig.decisionOn(expired);
  rig.teleport.cluster.tamper(expired, {});
  const { Metadata: metadata, Spec: spec } = rig.teleport.cluster.get(expired);
  if (metadata !== undefined && spec !== undefined) {
    metadata.Expires = new Date(Date.now() - 1000);
    spec.ResourceExpiry = metadata.Expires;
  }
  expect(await rig.lend(tooLate)).toMatchObject({ kind: 'refused', code: 'not_pending' });
});

test('the ceiling bounds reviews as well', async () => {
  await rig.reconfigure({ ceiling: { roles_deny: ['editor'] } });
  const id = await rig.ask();
  expect(await decide(id)).toMatchObject({ kind: 'refused', code: 'over_ceiling' });
  expect(await decide(id, { verdict: 'deny' })).toEqual({ kind: 'applied' });
  await rig.reconfigure({ ceiling: { roles_deny: [] } });
});
