import { World } from '../support/world';
import { accountOf, approves, ask, expectRefusal, type Refusal } from './support/cards';
import { withRules, withSettings } from './support/settings';
import { leavesUntouched, QUICK, settled } from './support/teleport-watch';

/*
 * Who decides must be proven not to be the requester as far as the relay's `approver_identity` tells. What the app refuses by
 * itself (linked accounts, the requester's own visible address) is among the movers; here the app would let the mover pass.
 */
let world: World;
beforeAll(async () => {
  world = await World.start({ relayConfig: QUICK, settings: { sendApproverEmail: true } });
});
afterAll(() => world.stop());

const users = () => world.sandbox.teleport.cluster.users;
const rule = (approver_identity: 'any' | 'email' | 'trait', act: () => Promise<void>) =>
  withRules(world, { decisions: { approver_identity } }, () =>
    withSettings(world, { sendApproverEmail: true }, act),
  );

async function refuses(person: string, refusal: Omit<Refusal, 'byRelay' | 'by'>): Promise<void> {
  const card = await ask(world);
  await leavesUntouched(world, card.id, () => world.move(card.issue, 'approved', person));
  expectRefusal(world, card, { ...refusal, byRelay: true, by: person });
}

/** Runs something while a Teleport user is there, or is different. */
async function withUser(
  name: string,
  user: { roles: readonly string[]; traits?: Record<string, string[]> },
  act: () => Promise<void>,
): Promise<void> {
  const before = users()[name];
  users()[name] = user;
  try {
    await act();
  } finally {
    if (before === undefined) Reflect.deleteProperty(users(), name);
    else users()[name] = before;
  }
}

const traitOf = (person: string) => ({ jira_account_id: [accountOf(world, person)] });

test('any: an approver by the app’s list is enough', async () => {
  await approves(world, await ask(world), 'carol');
});

test('any: a visible address that is the requester’s name is refused, whatever the app knows', async () => {
  await withUser('bob@example.com', { roles: ['requester'] }, async () => {
    const card = await ask(world, {}, 'bob@example.com');
    await leavesUntouched(world, card.id, () => world.move(card.issue, 'approved', 'bob'));
    // The app knows as much and says so first.
    expectRefusal(world, card, {
      code: 'own_request',
      says: 'nobody may approve their own request',
      by: 'bob',
    });
  });
});

test('email: an approver whose address is hidden', () =>
  rule('email', () =>
    refuses('carol', {
      code: 'identity_unproven',
      says: 'the approver’s e-mail address is hidden in Jira',
    }),
  ));

test('email: an address that the administrator of Jira does not let the app send', () =>
  withRules(world, { decisions: { approver_identity: 'email' } }, () =>
    withSettings(world, { sendApproverEmail: false }, () =>
      refuses('bob', { code: 'identity_unproven', says: 'address is hidden in Jira' }),
    ),
  ));

test('email: an address that no Teleport user has; with such a user the approval goes through', () =>
  rule('email', async () => {
    await refuses('bob', {
      code: 'identity_unproven',
      says: 'no Teleport user is called like the approver’s e-mail address',
    });
    await withUser('bob@example.com', { roles: ['reviewer'] }, async () => approves(world, await ask(world)));
  }));

test('trait: no Teleport user has the account; with one the approval goes through', () =>
  rule('trait', async () => {
    await refuses('bob', {
      code: 'identity_unproven',
      says: 'no Teleport user has the approver’s Jira account',
    });
    await withUser('bob', { roles: ['reviewer'], traits: traitOf('bob') }, async () =>
      approves(world, await ask(world)),
    );
  }));

test('trait: several Teleport users have the account', () =>
  rule('trait', () =>
    withUser('bob', { roles: ['reviewer'], traits: traitOf('bob') }, () =>
      withUser('bob-2', { roles: ['reviewer'], traits: traitOf('bob') }, () =>
        refuses('bob', {
          code: 'identity_unproven',
          says: 'several Teleport users have the approver’s Jira account',
        }),
      ),
    ),
  ));

test('trait: the account is the requester’s, though nothing in Jira tells; they may deny', () =>
  rule('trait', () =>
    withUser('alice', { ...users()['alice'], roles: ['requester'], traits: traitOf('bob') }, async () => {
      await refuses('bob', { code: 'own_request', says: 'nobody may approve their own request' });
      const card = await ask(world);
      await world.move(card.issue, 'denied', 'bob');
      await world.untilState(card.id, 'DENIED');
      await settled(world);
    }),
  ));

test('trait: the account is shared by the requester and somebody else', () =>
  rule('trait', () =>
    withUser('alice', { roles: ['requester'], traits: traitOf('bob') }, () =>
      withUser('bob', { roles: ['reviewer'], traits: traitOf('bob') }, () =>
        refuses('bob', { code: 'own_request', says: 'nobody may approve their own request' }),
      ),
    ),
  ));

test('trait: the relay may not read users, so it cannot tell', () =>
  rule('trait', async () => {
    const { roles } = world.sandbox.teleport.cluster;
    const before = roles['jira-relay-approver-identity'];
    roles['jira-relay-approver-identity'] = {};
    try {
      await refuses('bob', { code: 'identity_unproven', says: 'may not read users' });
    } finally {
      if (before !== undefined) roles['jira-relay-approver-identity'] = before;
    }
  }));
