import { World } from '../support/world';
import { accountOf, approves, ask, betweenMoveAndHandOut, expectRefusal, type Card } from './support/cards';
import { show } from './support/panel';
import { withSettings } from './support/settings';
import { leavesUntouched, QUICK, settled } from './support/teleport-watch';

/* Approvers by a role of the project, and by the app's own permission. Erin is in no list of people or groups. */
let world: World;
beforeAll(async () => {
  world = await World.start({ relayConfig: QUICK });
});
afterAll(() => world.stop());

const project = () => {
  const found = world.sandbox.jira.store.findProject('TAR');
  if (found === undefined) throw new Error('the site has no TAR');
  return found;
};

/** A role of its own, so that nobody is in it by chance. */
function newRole(): { id: string; add: (name: string) => void; remove: () => void } {
  const { store } = world.sandbox.jira;
  const id = store.nextId('role');
  store.roles.set(id, `Approvers of access ${id}`);
  const actors = { accountIds: new Array<string>(), groupIds: [] };
  project().roles[id] = actors;
  return {
    id,
    add: (name) => void actors.accountIds.push(accountOf(world, name)),
    remove: () => void actors.accountIds.splice(0),
  };
}

const byRole = (id: string, act: () => Promise<void>) =>
  withSettings(world, { approvers: { groupIds: [], accountIds: [], projectRoleIds: [id] } }, act);
const byPermission = (act: () => Promise<void>) =>
  withSettings(world, { approvers: { groupIds: [], accountIds: [], permission: true } }, act);

const permissionKey = () => {
  const [key] = world.sandbox.jira.store.appPermissions.keys();
  if (key === undefined) throw new Error('the app defines no permission');
  return key;
};
const grant = (name: string) => {
  project().permissions[permissionKey()] = [{ type: 'user', value: accountOf(world, name) }];
};
const revoke = () => {
  project().permissions[permissionKey()] = [];
};

const refusesErin = async (card: Card, attack: () => Promise<unknown>, code = 'not_approver') => {
  await leavesUntouched(world, card.id, attack);
  expectRefusal(world, card, {
    code,
    says: code === 'not_approver' ? 'not one of the approvers' : 'nobody is set up',
    by: 'erin',
  });
};

describe('a role of the project', () => {
  test('counts for nothing unless the settings name it', async () => {
    const role = newRole();
    role.add('erin');
    const card = await ask(world);
    await refusesErin(card, () => world.move(card.issue, 'approved', 'erin'));
  });

  test('lets its members decide, and nobody else', () => {
    const role = newRole();
    role.add('erin');
    return byRole(role.id, async () => {
      await approves(world, await ask(world), 'erin');
      const card = await ask(world);
      await leavesUntouched(world, card.id, () => world.move(card.issue, 'approved', 'bob'));
      expectRefusal(world, card, {
        code: 'not_approver',
        says: `Those who may decide: whoever has the project role “Approvers of access ${role.id}”.`,
        by: 'bob',
      });
    });
  });

  test('a member taken out between the move and the hand-out', () => {
    const role = newRole();
    role.add('erin');
    return byRole(role.id, async () => {
      const card = await ask(world);
      await refusesErin(card, () => betweenMoveAndHandOut(world, card, role.remove, { person: 'erin' }));
    });
  });

  test('that is deleted names nobody', () => {
    const role = newRole();
    role.add('erin');
    return byRole(role.id, async () => {
      const card = await ask(world);
      world.sandbox.jira.store.roles.delete(role.id);
      await refusesErin(card, () => world.move(card.issue, 'approved', 'erin'));
    });
  });

  test('that cannot be read just now approves nobody, until it can', () => {
    const role = newRole();
    role.add('erin');
    return byRole(role.id, async () => {
      const card = await ask(world);
      const { faults } = world.sandbox.jira;
      const path = `project/${project().id}/role/${role.id}`;
      let failures = 0;
      faults.next = (call) => {
        if (!call.path.includes(path) || failures >= 2) return undefined;
        failures += 1;
        return { kind: 'error_before', status: 503 };
      };
      await world.move(card.issue, 'approved', 'erin');
      await world.untilState(card.id, 'APPROVED', 60_000);
      expect(failures).toBeGreaterThan(0);
      faults.next = undefined;
      await settled(world);
    });
  });

  test('does not let a requester approve their own request', () => {
    const role = newRole();
    role.add('alice');
    return byRole(role.id, async () => {
      const card = await ask(world);
      await leavesUntouched(world, card.id, () => world.move(card.issue, 'approved', 'alice'));
      expect(world.slotOf(card.issue)).toBe('pending');
    });
  });
});

describe('the app’s own permission', () => {
  test('counts for nothing unless the settings say so', async () => {
    grant('erin');
    const card = await ask(world);
    await refusesErin(card, () => world.move(card.issue, 'approved', 'erin'));
    revoke();
  });

  test('lets whoever holds it decide, and nobody else', () =>
    byPermission(async () => {
      grant('erin');
      await approves(world, await ask(world), 'erin');
      const card = await ask(world);
      await leavesUntouched(world, card.id, () => world.move(card.issue, 'approved', 'bob'));
      expectRefusal(world, card, { code: 'not_approver', says: 'not one of the approvers', by: 'bob' });
      revoke();
    }));

  test('taken away between the move and the hand-out', () =>
    byPermission(async () => {
      grant('erin');
      const card = await ask(world);
      await refusesErin(card, () => betweenMoveAndHandOut(world, card, revoke, { person: 'erin' }));
    }));

  test('shows the page who may decide by it', () =>
    byPermission(async () => {
      grant('erin');
      const card = await ask(world);
      expect(await show(world, card, 'erin')).toMatchObject({
        value: { may: { approve: { allowed: true }, deny: { allowed: true } } },
      });
      revoke();
      expect(await show(world, card, 'erin')).toMatchObject({
        value: { may: { approve: { allowed: false, code: 'not_approver' } } },
      });
    }));
});
