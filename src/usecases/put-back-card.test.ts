import fc from 'fast-check';
import { STATUS } from '../../test/support/fakes/jira-site';
import { activityCodes, commentsOf, servicesWithCard } from '../../test/support/fakes/samples';
import type { FakeServices } from '../../test/support/fakes/services';
import { doc, inline, paragraph } from '../domain/adf';
import { handleCardChange } from './decide-from-card';

const approver = 'approver-1';
const forged = doc(paragraph(inline('alice asks for read access')));

async function approve(services: FakeServices, issueId: string, accountId = approver) {
  services.site.move(issueId, STATUS.approved, accountId);
  return handleCardChange(services, issueId);
}

describe('a resolution that the move set', () => {
  async function approvedByNobody() {
    const made = await servicesWithCard();
    const { services, issueId } = made;
    services.site.transitions = services.site.transitions.map((transition) =>
      transition.to === STATUS.pending ? { ...transition, resolutionIds: ['9'] } : transition,
    );
    services.people.add('somebody');
    services.site.move(issueId, STATUS.approved, 'somebody');
    services.site.get(issueId).resolutionId = '9';
    return made;
  }

  it('goes with the put-back where the screen has the field', async () => {
    const { services, issueId } = await approvedByNobody();
    await handleCardChange(services, issueId);
    expect(services.site.get(issueId)).toMatchObject({ statusId: STATUS.pending, resolutionId: undefined });
  });

  it('stays when Jira does not let it be cleared; the card goes back all the same', async () => {
    const { services, issueId } = await approvedByNobody();
    services.site.fail('transition', { refused: 'no', fields: ['resolution'] });
    await handleCardChange(services, issueId);
    expect(services.site.get(issueId)).toMatchObject({ statusId: STATUS.pending, resolutionId: '9' });
  });
});

describe('being killed', () => {
  it('after any effect of a put-back leads to the same end', async () => {
    const run = async (killAfter: number | undefined) => {
      const { services, issueId } = await servicesWithCard();
      services.people.add('somebody');
      services.site.edit(issueId, 'requester-1', { description: forged });
      services.site.move(issueId, STATUS.approved, 'somebody');
      const before = services.effects.done.length;
      if (killAfter !== undefined) services.effects.killAfter(killAfter);
      await handleCardChange(services, issueId).catch(() => undefined);
      services.effects.revive();
      await handleCardChange(services, issueId);
      const { statusId, summary } = services.site.get(issueId);
      return {
        effects: services.effects.done.length - before,
        end: {
          statusId,
          summary,
          comments: commentsOf(services, issueId),
          activity: await activityCodes(services),
        },
      };
    };
    const undisturbed = await run(undefined);
    expect(undisturbed.end).toMatchObject({ statusId: STATUS.pending, activity: ['content_edited'] });
    for (let effect = 0; effect < undisturbed.effects; effect += 1)
      expect((await run(effect)).end).toEqual(undisturbed.end);
  });
});

describe('several looks at one card at the same time', () => {
  it('say why once and put it back', async () => {
    await fc.assert(
      fc.asyncProperty(fc.scheduler(), async (scheduler) => {
        const { services, issueId } = await servicesWithCard();
        services.people.add('somebody');
        services.site.move(issueId, STATUS.approved, 'somebody');
        services.site.turn = () => scheduler.schedule(Promise.resolve());
        services.kvs.turn = () => scheduler.schedule(Promise.resolve());
        const look = () => handleCardChange(services, issueId);
        await scheduler.waitFor(Promise.all([look(), look(), look()]));
        expect(services.site.get(issueId).statusId).toBe(STATUS.pending);
        expect(services.site.get(issueId).comments).toHaveLength(1);
      }),
      { numRuns: 100 },
    );
  });
});

describe('a card that is moved again and again', () => {
  it('is put back twice and then left, with one word about it', async () => {
    const { services, issueId } = await servicesWithCard();
    services.people.add('somebody');
    for (let round = 0; round < 6; round += 1) {
      services.clock.pass(5);
      await approve(services, issueId, 'somebody');
    }
    expect(services.site.get(issueId).statusId).toBe(STATUS.approved);
    const texts = commentsOf(services, issueId);
    expect(texts).toHaveLength(2);
    expect(texts[1]).toContain('left here');
    expect(await activityCodes(services)).toEqual(['not_approver', 'not_approver', 'not_approver']);
  });

  it('without a way back is left with one comment, however often it is found', async () => {
    const { services, issueId } = await servicesWithCard();
    services.people.add('somebody');
    services.site.transitions = services.site.transitions.filter(({ to }) => to !== STATUS.pending);
    await approve(services, issueId, 'somebody');
    for (let hours = 0; hours < 5; hours += 1) {
      services.clock.pass(3600);
      await handleCardChange(services, issueId);
    }
    expect(commentsOf(services, issueId)).toHaveLength(1);
    expect(commentsOf(services, issueId)[0]).toContain('no transition back');
    expect((await services.activity.list(10)).entries.map((entry) => entry.kind)).toEqual(['failure']);
    services.site.transitions = [{ id: '11', to: STATUS.pending }];
    await handleCardChange(services, issueId);
    expect(services.site.get(issueId).statusId).toBe(STATUS.pending);
    expect(commentsOf(services, issueId)).toHaveLength(1);
  });
});
