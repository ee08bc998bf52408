import { JiraPerson } from '../../sandbox/jira/client';
import type { Account } from '../../sandbox/jira/model';
import { World } from '../support/world';
import {
  accountOf,
  approves,
  ask,
  betweenMoveAndHandOut,
  expectRefusal,
  moveAsApp,
  type Card,
  type Refusal,
} from './support/cards';
import { choose, withSettings } from './support/settings';
import { leavesUntouched, QUICK, settled } from './support/teleport-watch';

let world: World;
beforeAll(async () => {
  world = await World.start({ relayConfig: QUICK });
});
afterAll(() => world.stop());

const account = (name: string) => world.sandbox.jira.store.account(accountOf(world, name));
const approvers = () => world.sandbox.jira.groups['teleport-approvers'] ?? '';

async function refuses(card: Card, attack: () => Promise<unknown>, refusal: Refusal): Promise<void> {
  await leavesUntouched(world, card.id, attack);
  expectRefusal(world, card, refusal);
}

test('an approver approves', async () => {
  const card = await ask(world);
  await approves(world, card);
  expect(world.slotOf(card.issue)).toBe('approved');
});

test('a person who is no approver', async () => {
  const card = await ask(world);
  await refuses(card, () => world.move(card.issue, 'approved', 'erin'), {
    code: 'not_approver',
    says: 'Put back: the person who moved it is not one of the approvers.',
    by: 'erin',
  });
});

test('a person who is no approver denies', async () => {
  const card = await ask(world);
  await refuses(card, () => world.move(card.issue, 'denied', 'erin'), {
    code: 'not_approver',
    says: 'not one of the approvers',
    by: 'erin',
  });
});

/** A move by an app that is not among the approvers' helpers: it has the transitions that are for apps. */
const byApp = (name: string, card: Card, slot: 'approved' | 'denied') =>
  moveAsApp(world, world.sandbox.jira.connectAs(name), card.issue, slot);

/** The app's own system user, with the product's credentials. */
const itself = () => {
  const { jira } = world.sandbox;
  return new JiraPerson(jira.baseUrl, jira.site.authorize({ kind: 'app' }));
};

/** Runs something while an account has these groups or is not active. */
async function withAccount(
  name: string,
  changed: Partial<Pick<Account, 'active' | 'groupIds'>>,
  act: () => Promise<void>,
): Promise<void> {
  const target = account(name);
  const before = { ...target };
  Object.assign(target, changed);
  try {
    await act();
  } finally {
    Object.assign(target, before);
  }
}

test('another app that holds every scope', async () => {
  world.sandbox.jira.installAnotherApp('greedy-app', ['read:jira-work', 'write:jira-work', 'read:jira-user']);
  const card = await ask(world);
  await refuses(card, () => byApp('greedy-app', card, 'approved'), {
    code: 'not_human',
    says: 'it was moved by an app or an automation',
    by: 'greedy-app',
  });
});

test('another app that somebody put into the approvers’ group', () =>
  withAccount('another-app', { groupIds: [approvers()] }, async () => {
    const card = await ask(world);
    await refuses(card, () => byApp('another-app', card, 'approved'), {
      code: 'not_human',
      says: 'only people may decide',
      by: 'another-app',
    });
  }));

test('a rule of the Automation app', async () => {
  const card = await ask(world);
  await refuses(card, () => byApp('automation', card, 'denied'), {
    code: 'not_human',
    says: 'an automation',
    by: 'automation',
  });
});

test('the app itself: an echo of its own work decides nothing and is left to the delivery at work', async () => {
  const { forge } = world.sandbox;
  const card = await ask(world);
  await leavesUntouched(world, card.id, async () => {
    await moveAsApp(world, itself(), card.issue, 'approved');
    await forge.runScheduledTrigger('sweep-moves');
    await forge.runScheduledTrigger('sweep-all');
  });
  expect(world.appComments(card.issue)).toEqual([]);
  expect(world.activity().filter((entry) => entry.requestId === card.id)).toEqual([]);
});

test('the app itself although an administrator named it as an approver', () =>
  withSettings(
    world,
    { approvers: { groupIds: [], accountIds: [world.sandbox.forge.appAccountId] } },
    async () => {
      const card = await ask(world);
      await leavesUntouched(world, card.id, async () => {
        await moveAsApp(world, itself(), card.issue, 'approved');
        await world.sandbox.forge.runScheduledTrigger('sweep-all');
      });
      expect(world.appComments(card.issue)).toEqual([]);
    },
  ));

test('a guest, although in the approvers’ group', async () => {
  const card = await ask(world);
  await refuses(card, () => world.move(card.issue, 'approved', 'guest'), {
    code: 'guest',
    says: 'is a guest of this site',
    by: 'guest',
  });
});

test('a customer account, although in the approvers’ group', () =>
  withAccount('customer', { groupIds: [approvers()] }, async () => {
    const card = await ask(world);
    await refuses(card, () => world.move(card.issue, 'approved', 'customer'), {
      code: 'not_human',
      says: 'only people may decide',
      by: 'customer',
    });
  }));

/** Carol moves a card, and before the relay comes for her decision something changes. */
async function refusesCarol(meanwhile: () => void | Promise<void>, refusal: Refusal): Promise<Card> {
  const card = await ask(world);
  const move = { person: 'carol' };
  await refuses(card, () => betweenMoveAndHandOut(world, card, meanwhile, move), { ...refusal, by: 'carol' });
  return card;
}

test('an approver whose account is deactivated between the move and the hand-out', async () => {
  const carol = account('carol');
  let card: Card | undefined;
  await withAccount('carol', {}, async () => {
    card = await refusesCarol(() => void (carol.active = false), {
      code: 'inactive',
      says: 'no longer active',
    });
  });
  if (card !== undefined) await approves(world, card, 'carol');
  expect(world.stateOf(card?.id ?? '')).toBe('APPROVED');
});

test('an approver who leaves the group between the move and the hand-out', () =>
  withAccount('carol', {}, async () => {
    const carol = account('carol');
    await refusesCarol(() => void (carol.groupIds = carol.groupIds.filter((id) => id !== approvers())), {
      code: 'not_approver',
      says: 'not one of the approvers',
    });
  }));

test('an approver whom the administrator drops between the move and the hand-out', () =>
  withSettings(world, { approvers: { groupIds: [], accountIds: [accountOf(world, 'carol')] } }, async () => {
    const only = { approvers: { groupIds: [], accountIds: [accountOf(world, 'bob')] } };
    await refusesCarol(() => choose(world, only), {
      code: 'not_approver',
      says: 'not one of the approvers',
    });
  }));

test('anybody while the list of approvers is empty', () =>
  withSettings(world, { approvers: { groupIds: [], accountIds: [] } }, async () => {
    const card = await ask(world);
    await refuses(card, () => world.move(card.issue, 'approved', 'bob'), {
      code: 'nobody_may_approve',
      says: 'nobody is set up to decide in Jira',
      by: 'bob',
    });
  }));

test('an approver whose card goes back before Teleport takes the decision', async () => {
  const card = await ask(world);
  await leavesUntouched(world, card.id, () =>
    betweenMoveAndHandOut(world, card, () =>
      moveAsApp(world, world.sandbox.jira.connectAs('automation'), card.issue, 'pending'),
    ),
  );
  expect(world.slotOf(card.issue)).toBe('pending');
  expect(world.activity()).toContainEqual(
    expect.objectContaining({ kind: 'decision', code: 'cancelled', requestId: card.id }),
  );
  expect(world.appComments(card.issue)).toEqual([]);
});

test('the requester, made an approver: may deny and not approve', () =>
  withSettings(world, { approvers: { groupIds: [], accountIds: [accountOf(world, 'alice')] } }, async () => {
    const card = await ask(world);
    await refuses(card, () => world.move(card.issue, 'approved', 'alice'), {
      code: 'own_request',
      says: 'nobody may approve their own request',
      by: 'alice',
    });
    await world.move(card.issue, 'denied', 'alice');
    await world.untilState(card.id, 'DENIED');
    await settled(world);
  }));

test('the requester whose visible e-mail address is the Teleport user, without a linked account', () =>
  withSettings(
    world,
    { people: [], approvers: { groupIds: [], accountIds: [accountOf(world, 'erin')] } },
    async () => {
      const card = await ask(world, {}, 'erin@example.com');
      await refuses(card, () => world.move(card.issue, 'approved', 'erin'), {
        code: 'own_request',
        says: 'nobody may approve their own request',
        by: 'erin',
      });
    },
  ));
