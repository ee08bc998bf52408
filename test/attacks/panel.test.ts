import { randomUUID } from 'node:crypto';
import { z } from 'zod';
import { liveDecision } from '../../src/domain/live-decision';
import { until, World } from '../support/world';
import { accountOf, ask, moveAsApp, type Card } from './support/cards';
import {
  betweenPressAndHandOut,
  callPage,
  outcomeAt,
  press,
  resultOf,
  show,
  untilSettled,
  viewOf,
} from './support/panel';
import { choose, withRules, withSettings } from './support/settings';
import { doneByRelay, leavesUntouched, QUICK, settled } from './support/teleport-watch';

/* Attacks on the decision page, through the app's bundle and a real relay that collects decisions. Each proves that Teleport is left alone. */

let world: World;
beforeAll(async () => {
  world = await World.start({ relayConfig: QUICK });
});
afterAll(() => world.stop());

const account = (name: string) => world.sandbox.jira.store.account(accountOf(world, name));
const told = (card: Card) => world.activity().filter((entry) => entry.requestId === card.id);

const approversGroup = () => world.sandbox.jira.groups['teleport-approvers'] ?? '';
const NOTHING_HERE = { ok: false, error: { code: 'nothing_here' } };

/** Runs something while an account is in these groups; whatever changes them, they are as before afterwards. */
async function withGroups(
  name: string,
  groupIds: string[] | undefined,
  act: () => Promise<void>,
): Promise<void> {
  const before = account(name).groupIds;
  account(name).groupIds = groupIds ?? before;
  try {
    await act();
  } finally {
    account(name).groupIds = before;
  }
}

/** Gives an issue the other type of its project, as people do on Jira's page. */
async function retype({ issue }: Card): Promise<void> {
  const { jira } = world.sandbox;
  const types = jira.store.findProject('TAR')?.issueTypes ?? [];
  const other = types.find(({ issueTypeId }) => issueTypeId !== jira.project.issueTypeId);
  const target = { project: jira.project.id, issueType: other?.issueTypeId ?? '' };
  await jira.connectAs('bob').moveIssue(issue.key, target);
}

/** Somebody is refused at once, and Teleport hears nothing. */
async function refuses(card: Card, code: string, changes: Parameters<typeof press>[2] = {}): Promise<void> {
  await leavesUntouched(world, card.id, async () => {
    expect(resultOf(await press(world, card, changes))).toBe(code);
  });
  expect(world.waitingDecision(card.id)).toBeUndefined();
}

test('an approver approves, and issue, page and activity list say who and what', async () => {
  const card = await ask(world);
  expect(resultOf(await press(world, card, { reason: 'go ahead' }))).toBe('taken');
  await world.untilState(card.id, 'APPROVED');
  await untilSettled(world, card);
  await settled(world);
  expect(world.slotOf(card.issue)).toBe('approved');
  expect(await outcomeAt(world, card)).toBe('applied');
  expect(world.request(card.id)?.Spec?.ResolveReason).toContain('go ahead');
  const said = world.appComments(card.issue);
  expect(said).toContainEqual(expect.stringMatching(/^Approval by button, .* UTC, by this person\.$/));
  const entries = told(card).filter(({ kind }) => kind === 'decision');
  expect(entries.map(({ code }) => code).sort()).toEqual(['applied', 'made']);
  for (const entry of entries) expect(entry.accountId).toBe(accountOf(world, 'bob'));
});

describe('a genuine page call with a forged body', () => {
  test('another account, request or issue in it counts for nothing', async () => {
    const card = await ask(world);
    const other = await ask(world);
    const { grantDigest } = await viewOf(world, card);
    const forged = { verdict: 'approve', reason: '', uuid: randomUUID(), grantDigest };
    const extra = {
      accountId: accountOf(world, 'bob'),
      requestId: other.id,
      issueId: other.issue.id,
      context: { accountId: accountOf(world, 'bob') },
    };
    await leavesUntouched(world, card.id, async () => {
      expect(await callPage(world, 'erin', 'decide', { ...forged, ...extra }, card.issue.id)).toMatchObject({
        ok: false,
        error: { code: 'bad_input' },
      });
      expect(resultOf(await press(world, card, { person: 'erin' }))).toBe('not_approver');
    });
    expect(world.stateOf(other.id)).toBe('PENDING');
  });

  test.each<[string, unknown]>([
    ['nothing', {}],
    ['null', null],
    ['a list', []],
    ['a verdict of its own', { verdict: 'APPROVED', reason: '', uuid: randomUUID(), grantDigest: 'g' }],
    [
      'an id with parts of another',
      { verdict: 'approve', reason: '', uuid: `1:${randomUUID()}`, grantDigest: 'g' },
    ],
    [
      'a reason over 4 kB',
      { verdict: 'deny', reason: 'ü'.repeat(4000), uuid: randomUUID(), grantDigest: 'g' },
    ],
  ])('%s', async (_name, payload) => {
    const card = await ask(world);
    await leavesUntouched(world, card.id, async () => {
      expect(await callPage(world, 'bob', 'decide', payload, card.issue.id)).toEqual({
        ok: false,
        error: { code: 'bad_input' },
      });
    });
  });

  test('a digest of something else than what is asked for', async () => {
    const card = await ask(world);
    await refuses(card, 'changed_since_shown', { grantDigest: `g1:${'a'.repeat(43)}` });
  });

  test('an issue id that is none', async () => {
    for (const id of ['', 'TAR-1', '../1', '1?x=2', '99999999999999999999'])
      expect(await callPage(world, 'bob', 'show', {}, id)).toEqual({
        ok: false,
        error: { code: 'nothing_here' },
      });
  });
});

describe('who may not decide', () => {
  test('a caller who is no approver, whatever the verdict, is told why', async () => {
    const card = await ask(world);
    await refuses(card, 'not_approver', { person: 'erin' });
    await refuses(card, 'not_approver', { person: 'erin', verdict: 'deny' });
    expect((await viewOf(world, card, 'erin')).may.approve).toEqual({ allowed: false, code: 'not_approver' });
    expect(told(card)).toContainEqual(
      expect.objectContaining({ kind: 'refusal', code: 'not_approver', accountId: accountOf(world, 'erin') }),
    );
  });

  test('someone without Browse sees and decides nothing, even as an approver, and leaves no trace', () =>
    withSettings(world, { approvers: { groupIds: [], accountIds: [accountOf(world, 'bob')] } }, async () => {
      const card = await ask(world);
      const { grantDigest } = await viewOf(world, card);
      await withGroups('bob', [], async () => {
        const before = JSON.stringify(world.sandbox.forge.kvs.dump());
        for (const name of ['show', 'follow', 'decide']) {
          const payload = { verdict: 'approve', reason: '', uuid: randomUUID(), grantDigest };
          expect(await callPage(world, 'bob', name, payload, card.issue.id)).toEqual(NOTHING_HERE);
        }
        expect(JSON.stringify(world.sandbox.forge.kvs.dump())).toBe(before);
      });
      expect(world.stateOf(card.id)).toBe('PENDING');
      // The same person with the right to see the issue gets through.
      expect(resultOf(await press(world, card, { grantDigest }))).toBe('taken');
      await world.untilState(card.id, 'APPROVED');
      await settled(world);
    }));

  test('a deactivated approver and a guest in the approvers’ group', async () => {
    const card = await ask(world);
    expect((await viewOf(world, card, 'guest')).may.deny).toEqual({ allowed: false, code: 'guest' });
    await refuses(card, 'guest', { person: 'guest' });
  });

  test('an app among the approvers', () =>
    withSettings(
      world,
      {
        approvers: {
          groupIds: [],
          accountIds: [accountOf(world, 'another-app'), world.sandbox.forge.appAccountId],
        },
      },
      async () => {
        const card = await ask(world);
        const before = world.stateOf(card.id);
        for (const who of ['another-app']) {
          const answer = await press(world, card, { person: who });
          expect(['not_human', 'nothing_here']).toContain(resultOf(answer));
        }
        expect(world.stateOf(card.id)).toBe(before);
      },
    ));

  test('the requester, linked to their account, may deny and not approve', () =>
    withSettings(
      world,
      { approvers: { groupIds: [], accountIds: [accountOf(world, 'alice')] } },
      async () => {
        const card = await ask(world);
        await refuses(card, 'own_request', { person: 'alice' });
        expect((await viewOf(world, card, 'alice')).may).toEqual({
          approve: { allowed: false, code: 'own_request' },
          deny: { allowed: true },
        });
        expect(resultOf(await press(world, card, { person: 'alice', verdict: 'deny' }))).toBe('taken');
        await world.untilState(card.id, 'DENIED');
        await settled(world);
      },
    ));

  test('with nobody set up', () =>
    withSettings(world, { approvers: { groupIds: [], accountIds: [] } }, async () => {
      await refuses(await ask(world), 'nobody_may_approve');
    }));
});

describe('a requester approving through an unlinked account', () => {
  /* Alice's second account: an approver whom no link and no visible e-mail ties to the Teleport user alice. */
  const unlinked = (): Record<string, unknown> => ({
    people: [],
    approvers: { groupIds: [], accountIds: [accountOf(world, 'carol')] },
  });

  test('under approver_identity trait: the account id must be in exactly one Teleport user’s trait', () =>
    withSettings(world, unlinked(), () =>
      withRules(world, { decisions: { approver_identity: 'trait' } }, async () => {
        const card = await ask(world);
        await leavesUntouched(world, card.id, async () => {
          expect(resultOf(await press(world, card, { person: 'carol' }))).toBe('taken');
          await untilSettled(world, card);
        });
        expect(await outcomeAt(world, card, 'carol')).toBe('identity_unproven');
      }),
    ));

  test('under approver_identity email: an address that is hidden proves nothing', () =>
    withSettings(world, unlinked(), () =>
      withRules(world, { decisions: { approver_identity: 'email' } }, async () => {
        const card = await ask(world);
        await leavesUntouched(world, card.id, async () => {
          expect(resultOf(await press(world, card, { person: 'carol' }))).toBe('taken');
          await untilSettled(world, card);
        });
        expect(await outcomeAt(world, card, 'carol')).toBe('identity_unproven');
      }),
    ));

  test('under approver_identity any: a link or a visible address is all that could tell, and one is enough', () =>
    withSettings(
      world,
      {
        people: [{ teleportUser: 'alice', accountId: accountOf(world, 'carol') }],
        approvers: { groupIds: [], accountIds: [accountOf(world, 'carol')] },
      },
      async () => {
        await refuses(await ask(world), 'own_request', { person: 'carol' });
      },
    ));

  test('under approver_identity any nothing else tells: the list of approvers is trusted, as the choice says', () =>
    withSettings(world, unlinked(), async () => {
      const card = await ask(world);
      expect(resultOf(await press(world, card, { person: 'carol' }))).toBe('taken');
      await world.untilState(card.id, 'APPROVED');
      await settled(world);
    }));
});

describe('issues that are none of ours', () => {
  test('a clone that carries the copied property shows nothing and decides nothing', async () => {
    const card = await ask(world);
    const clone = await world.sandbox.jira.connectAs('admin').call('POST', 'issue', {
      fields: {
        project: { id: world.sandbox.jira.project.id },
        issuetype: { id: world.sandbox.jira.project.issueTypeId },
        summary: card.issue.summary,
      },
      properties: [{ key: 'teleport-access', value: card.issue.properties.get('teleport-access')?.value }],
    });
    const { id } = z.object({ id: z.string() }).parse(clone.body);
    await leavesUntouched(world, card.id, async () => {
      expect(await callPage(world, 'bob', 'show', {}, id)).toEqual({
        ok: false,
        error: { code: 'nothing_here' },
      });
      const { grantDigest } = await viewOf(world, card);
      const payload = { verdict: 'approve', reason: '', uuid: randomUUID(), grantDigest };
      expect(await callPage(world, 'bob', 'decide', payload, id)).toEqual({
        ok: false,
        error: { code: 'nothing_here' },
      });
    });
  });

  test('an issue that was given another type', async () => {
    const card = await ask(world);
    const { grantDigest } = await viewOf(world, card);
    await leavesUntouched(world, card.id, async () => {
      await retype(card);
      expect(resultOf(await press(world, card, { grantDigest }))).toBe('detached');
      await settled(world);
    });
    expect(told(card)).toContainEqual(expect.objectContaining({ kind: 'failure', code: 'issue_detached' }));
  });

  test('an issue that was moved to another project', async () => {
    const card = await ask(world);
    const { store } = world.sandbox.jira;
    const elsewhere = [...store.projects.values()].find(({ key }) => key === 'OPS')!;
    const before = { projectId: card.issue.projectId, issueTypeId: card.issue.issueTypeId };
    const { grantDigest } = await viewOf(world, card);
    card.issue.projectId = elsewhere.id;
    try {
      await leavesUntouched(world, card.id, async () => {
        expect(['detached', 'nothing_here']).toContain(resultOf(await press(world, card, { grantDigest })));
      });
    } finally {
      Object.assign(card.issue, before);
    }
  });
});

describe('between the button and the hand-out', () => {
  const withdrawn = async (card: Card, code: string): Promise<void> => {
    expect(await outcomeAt(world, card)).toBe(code);
    expect(doneByRelay(world, card.id)).toEqual([]);
    expect(world.stateOf(card.id)).toBe('PENDING');
    const said = world.appComments(card.issue).filter((text) => text.startsWith('Approval not carried out'));
    expect(said).toHaveLength(1);
    expect(told(card)).toContainEqual(expect.objectContaining({ kind: 'refusal', code }));
  };

  test('a decision collected after the approver left the group', async () => {
    const card = await ask(world);
    const others = account('bob').groupIds.filter((id) => id !== approversGroup());
    await withGroups('bob', undefined, async () => {
      await betweenPressAndHandOut(world, card, () => {
        account('bob').groupIds = others;
      });
      await withdrawn(card, 'not_approver');
    });
  });

  test('a decision collected after the approver’s account was deactivated', async () => {
    const card = await ask(world);
    try {
      await betweenPressAndHandOut(world, card, () => {
        account('bob').active = false;
      });
    } finally {
      account('bob').active = true;
    }
    await withdrawn(card, 'inactive');
  });

  test('a decision collected after the settings dropped the approver', async () => {
    const card = await ask(world);
    try {
      await betweenPressAndHandOut(world, card, () =>
        choose(world, { approvers: { groupIds: [], accountIds: [] } }),
      );
      await withdrawn(card, 'nobody_may_approve');
    } finally {
      await choose(world);
    }
  });

  test('a changed role list between showing and deciding', async () => {
    const card = await ask(world);
    const { grantDigest } = await viewOf(world, card);
    world.sandbox.teleport.cluster.tamper(card.id, { Roles: ['editor', 'auditor'] });
    await leavesUntouched(world, card.id, async () => {
      await press(world, card, { grantDigest });
      await untilSettled(world, card);
    });
    expect(['changed_since_shown', 'grant_changed']).toContain(await outcomeAt(world, card));
  });

  test('an issue that was deleted', async () => {
    const card = await ask(world);
    await betweenPressAndHandOut(world, card, async () => {
      await world.sandbox.jira.connectAs('admin').call('DELETE', `issue/${card.issue.id}`);
    });
    expect(doneByRelay(world, card.id)).toEqual([]);
    expect(world.stateOf(card.id)).toBe('PENDING');
  });

  test('an issue that was given another type', async () => {
    const card = await ask(world);
    await betweenPressAndHandOut(world, card, async () => {
      await retype(card);
    });
    expect(doneByRelay(world, card.id)).toEqual([]);
    expect(world.stateOf(card.id)).toBe('PENDING');
    expect(told(card)).toContainEqual(expect.objectContaining({ kind: 'failure', code: 'issue_detached' }));
  });

  test('an issue that was archived: made before, it counts, and the admin sees what could not be written', async () => {
    const card = await ask(world);
    const { relay } = world.sandbox;
    relay.signal('SIGSTOP');
    try {
      expect(resultOf(await press(world, card))).toBe('taken');
      await world.sandbox.jira.connectAs('admin').archiveIssue(card.issue.key);
    } finally {
      relay.signal('SIGCONT');
    }
    await world.untilState(card.id, 'APPROVED');
    await until('told to the administrator', () => told(card).some(({ kind }) => kind === 'failure'));
    expect(doneByRelay(world, card.id)).toEqual(['APPROVED']);
    expect(world.appComments(card.issue)).toEqual([]);
  });

  test('a denial in place of an approval that nobody carries yet', async () => {
    const card = await ask(world);
    await betweenPressAndHandOut(world, card, async () => {
      expect(resultOf(await press(world, card))).toBe('decision_waits');
      expect(resultOf(await press(world, card, { verdict: 'deny' }))).toBe('taken');
    });
    await world.untilState(card.id, 'DENIED');
    expect(doneByRelay(world, card.id)).toEqual(['DENIED']);
  });

  test('a card that is moved meanwhile takes nothing from the decision by button', async () => {
    const card = await ask(world);
    await betweenPressAndHandOut(world, card, async () => {
      await world.move(card.issue, 'denied', 'erin');
      await world.sandbox.forge.idle({ dueOnly: true });
    });
    await world.untilState(card.id, 'APPROVED');
  });
});

test('a late decision', () =>
  withSettings(world, { approveWithinMinutes: 1 }, async () => {
    const card = await ask(world);
    await betweenPressAndHandOut(world, card, () => {
      const key = world.sandbox.forge.kvs
        .dump('decision:')
        .find(({ value }) => JSON.stringify(value).includes(card.id))!;
      const live = liveDecision.parse(key.value);
      const decision = { ...live.decision, notAfter: '2020-01-01T00:00:00Z' };
      world.sandbox.forge.kvs.poke(key.key, { ...live, decision });
    });
    expect(await outcomeAt(world, card)).toBe('too_late');
    expect(doneByRelay(world, card.id)).toEqual([]);
    expect(world.stateOf(card.id)).toBe('PENDING');
  }));

test('a lent decision delivered twice, and a button pressed twice with one id, have one effect', async () => {
  const card = await ask(world);
  const uuid = randomUUID();
  const { grantDigest } = await viewOf(world, card);
  const answers = await Promise.all([1, 2, 3].map(() => press(world, card, { uuid, grantDigest })));
  expect(answers.map(resultOf)).toEqual(['taken', 'taken', 'taken']);
  await world.untilState(card.id, 'APPROVED');
  await untilSettled(world, card);
  expect(resultOf(await press(world, card, { uuid, grantDigest }))).toBe('taken');
  await settled(world);
  expect(doneByRelay(world, card.id)).toEqual(['APPROVED']);
  expect(world.appComments(card.issue).filter((text) => text.startsWith('Approval by button'))).toHaveLength(
    1,
  );
});

test('a card that was opened again is put back, and the page decides nothing on it', async () => {
  const card = await ask(world);
  await press(world, card);
  await world.untilState(card.id, 'APPROVED');
  await world.untilSlot(card.issue, 'approved');
  await settled(world);
  const { grantDigest } = await viewOf(world, card);
  const done = doneByRelay(world, card.id);
  await moveAsApp(world, world.sandbox.jira.connectAs('another-app'), card.issue, 'pending');
  expect(resultOf(await press(world, card, { grantDigest, verdict: 'deny' }))).toBe('not_pending');
  await world.untilSlot(card.issue, 'approved');
  await settled(world);
  expect(doneByRelay(world, card.id)).toEqual(done);
  expect(world.stateOf(card.id)).toBe('APPROVED');
});

test('a resolved request is decided by nobody', async () => {
  const card = await ask(world);
  await press(world, card);
  await world.untilState(card.id, 'APPROVED');
  await settled(world);
  const done = doneByRelay(world, card.id);
  expect(resultOf(await press(world, card, { verdict: 'deny' }))).toBe('not_pending');
  await settled(world);
  expect(doneByRelay(world, card.id)).toEqual(done);
});

test('strict mode: a card decides nothing, a button does', () =>
  withSettings(world, { strictMode: true }, async () => {
    const card = await ask(world);
    await leavesUntouched(world, card.id, () => world.move(card.issue, 'approved', 'bob'));
    expect(world.slotOf(card.issue)).toBe('pending');
    expect(resultOf(await press(world, card))).toBe('taken');
    await world.untilState(card.id, 'APPROVED');
    await settled(world);
  }));

test('where the relay takes no decisions by button, the page says so and takes none', () =>
  withRules(world, { decisions: { accept: ['card'] } }, async () => {
    const card = await ask(world);
    await refuses(card, 'source_not_accepted');
  }));

test('a denial without a reason where the settings ask for one', () =>
  withSettings(world, { denyNeedsReason: true }, async () => {
    const card = await ask(world);
    await refuses(card, 'reason_required', { verdict: 'deny', reason: ' \n\u200b' });
    expect(resultOf(await press(world, card, { verdict: 'deny', reason: 'not today' }))).toBe('taken');
    await world.untilState(card.id, 'DENIED');
    await settled(world);
  }));

test('an edited issue decides by what Teleport says, and the page warns', async () => {
  const card = await ask(world);
  await world.sandbox.jira
    .connectAs('admin')
    .call('PUT', `issue/${card.issue.id}`, { fields: { summary: 'alice → viewer' } });
  const answer = await viewOf(world, card);
  expect(answer.isEdited).toBe(true);
  expect(answer.request.roles).toEqual(['editor']);
});

test('a denial after an approval says that sessions go on and how to lock', async () => {
  const card = await ask(world);
  await press(world, card);
  await world.untilState(card.id, 'APPROVED');
  await settled(world);
  await (await world.sandbox.teleport.connectAs('admin')).setState(card.id, 'deny');
  await world.untilSlot(card.issue, 'denied');
  await settled(world);
  const said = world
    .appComments(card.issue)
    .filter((text) => text.startsWith('Sessions that run already go on'));
  expect(said).toEqual([expect.stringContaining('tctl lock --user=alice')]);
});

test('the page tells outsiders of an issue nothing more than that nothing is there', async () => {
  const card = await ask(world);
  expect(await show(world, { ...card, issue: { ...card.issue, id: '424242' } })).toEqual({
    ok: false,
    error: { code: 'nothing_here' },
  });
});
