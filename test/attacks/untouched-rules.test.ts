import { AccessRequestKind } from '../../relay/src/teleport/gen/types';
import { World } from '../support/world';
import {
  approves,
  ask,
  askFor,
  betweenMoveAndHandOut,
  expectRefusal,
  type Card,
  type Refusal,
} from './support/cards';
import { rewriteConfig, withRules, withSettings } from './support/settings';
import { leavesUntouched, QUICK } from './support/teleport-watch';

/** Rules that an approver's decision meets although nothing is wrong with the approver. */
let world: World;
beforeAll(async () => {
  world = await World.start({ relayConfig: QUICK });
  const { roles, users } = world.sandbox.teleport.cluster;
  const threshold = { name: 'two denials', approve: 1, deny: 2 };
  roles['careful'] = { request: { roles: ['editor'], thresholds: [threshold] } };
  roles['plain'] = { request: { roles: ['editor'], searchAsRoles: ['editor'] } };
  users['dora'] = { roles: ['careful'] };
  users['frank'] = { roles: ['plain'] };
});
afterAll(() => world.stop());

async function refuses(
  card: Card,
  refusal: Refusal,
  slot: 'approved' | 'denied' = 'approved',
): Promise<void> {
  await leavesUntouched(world, card.id, () => world.move(card.issue, slot, 'bob'));
  expectRefusal(world, card, { ...refusal, by: 'bob' });
}

const NEEDS_REVIEW = { code: 'needs_review', byRelay: true };

test('a request that one approval may decide is approved', async () => {
  await approves(world, await ask(world));
});

test('a threshold of two approvals', async () => {
  const card = await ask(world, { roles: ['dba'] });
  await refuses(card, { ...NEEDS_REVIEW, says: 'it takes 2 approvals or 1 denials by reviews in Teleport' });
});

test('a threshold of two approvals, denied', async () => {
  const card = await ask(world, { roles: ['dba'] });
  await refuses(card, { ...NEEDS_REVIEW, says: 'by reviews in Teleport' }, 'denied');
});

test('a threshold of two denials', async () => {
  const card = await ask(world, {}, 'dora');
  await refuses(card, { ...NEEDS_REVIEW, says: 'it takes 1 approvals or 2 denials' }, 'denied');
});

test('a threshold with a filter', async () => {
  const card = await ask(world, { roles: ['payments'] });
  await refuses(card, { ...NEEDS_REVIEW, says: 'only certain reviewers count for it' });
});

test('thresholds of which one is strict', async () => {
  const card = await ask(world, { roles: ['editor', 'dba'] });
  await refuses(card, { ...NEEDS_REVIEW, says: 'by reviews in Teleport' });
});

test('long-term access', async () => {
  const card = await askFor(world, 'alice', { RequestKind: AccessRequestKind.LONG_TERM });
  await refuses(card, {
    ...NEEDS_REVIEW,
    says: 'long-term access, which only a review in Teleport can give',
  });
});

test('thresholds bypassed only where the Teleport administrator says so', () =>
  withRules(world, { decisions: { allow_threshold_bypass: true } }, async () =>
    approves(world, await ask(world, { roles: ['dba'] })),
  ));

test('observe mode', () =>
  withRules(world, { decisions: { mode: 'observe' } }, async () => {
    await refuses(await ask(world), { code: 'observe_only', says: 'the relay only shows requests here' });
  }));

test('observe mode that begins between the move and the hand-out', async () => {
  const card = await ask(world);
  let restore: (() => Promise<void>) | undefined;
  await leavesUntouched(world, card.id, () =>
    betweenMoveAndHandOut(world, card, async () => {
      restore = await rewriteConfig(world, { decisions: { mode: 'observe' } });
      world.sandbox.relay.signal('SIGHUP');
    }),
  );
  await restore?.();
  await withRules(world, {}, () => approves(world, card));
});

const ceiling = (rules: Record<string, unknown>, act: () => Promise<void>) =>
  withRules(world, { ceiling: rules }, act);
const OVER = { code: 'over_ceiling', byRelay: true };

test('a role that the ceiling denies', () =>
  ceiling({ roles_deny: ['edit*'] }, async () => {
    await refuses(await ask(world), { ...OVER, says: 'does not let the role editor be approved' });
    await approves(world, await ask(world, { roles: ['auditor'] }));
  }));

test('a role that the ceiling does not list', () =>
  ceiling({ roles_allow: ['auditor'] }, async () => {
    await refuses(await ask(world, { roles: ['auditor', 'editor'] }), {
      ...OVER,
      says: 'does not let the role editor be approved',
    });
  }));

test('a kind of resource that the ceiling does not list', () =>
  ceiling({ resource_kinds_allow: ['node'] }, async () => {
    const resources = [
      { kind: 'node', name: 'web-1' },
      { kind: 'db', name: 'orders' },
    ];
    const card = await ask(world, { roles: [], resources }, 'frank');
    await refuses(card, { ...OVER, says: 'does not let resources of kind db be approved' });
    await approves(world, await ask(world, { roles: [], resources: resources.slice(0, 1) }, 'frank'));
  }));

test('access that lasts longer than the ceiling lets', () =>
  ceiling({ max_access_duration: '1h' }, async () => {
    await refuses(await ask(world), { ...OVER, says: 'for at most 1 h' });
    await approves(world, await ask(world, { maxDuration: new Date(Date.now() + 50 * 60_000) }));
  }));

test('more approvals in an hour than the ceiling lets; a denial still goes through', async () => {
  await approves(world, await ask(world));
  await ceiling({ max_approvals_per_hour: 1 }, async () => {
    await refuses(await ask(world), {
      code: 'too_many_approvals',
      byRelay: true,
      says: 'the relay lets 1 requests an hour be approved from Jira',
    });
    const card = await ask(world);
    await world.move(card.issue, 'denied', 'bob');
    await world.untilState(card.id, 'DENIED');
  });
});

test('cards, where the relay accepts the panel only', () =>
  withRules(world, { decisions: { accept: ['panel'] } }, async () => {
    await refuses(await ask(world), {
      code: 'source_not_accepted',
      says: 'the relay does not accept decisions made by moving a card',
    });
  }));

test('cards in strict mode', () =>
  withSettings(world, { strictMode: true }, async () => {
    await refuses(await ask(world), {
      code: 'strict_mode',
      says: 'on this site moving a card does not decide',
    });
  }));

test('a card that is moved to the expired status', async () => {
  const { jira } = world.sandbox;
  const card = await ask(world);
  await leavesUntouched(world, card.id, () =>
    jira.connectAs('another-app').moveCard(card.issue.key, jira.project.statuses.expired),
  );
  expectRefusal(world, card, { code: 'not_a_decision', says: 'only Teleport lets a request expire' });
});
