import { sampleSnapshot } from '../../test/support/sample-messages';
import { STATUS } from '../../test/support/fakes/jira-site';
import {
  activityCodes,
  applyGone,
  applySnapshot,
  commentsOf,
  readDecision,
  servicesWithCard,
} from '../../test/support/fakes/samples';
import { createFakeServices, fakeSettings } from '../../test/support/fakes/services';
import { handleCardChange } from './decide-from-card';
import { sweepAll, sweepMoves } from './sweep';

const DAY = 86_400;

describe('sweepMoves', () => {
  it('asks Jira for nothing while the hourly quota is used up, nor does the daily sweep', async () => {
    const { services, issueId } = await servicesWithCard();
    services.site.move(issueId, STATUS.approved, 'approver-1');
    services.quota.pausedUntil = async () => services.now() + 1000;
    expect(await sweepMoves(services)).toEqual({ handled: 0 });
    expect(await sweepAll(services)).toEqual({ handled: 0, removed: 0 });
    services.clock.pass(2);
    services.quota.pausedUntil = async () => services.now() - 1000;
    expect(await sweepMoves(services)).toEqual({ handled: 1 });
  });

  it('leaves out a project that is gone and goes on with the others', async () => {
    const { services, issueId } = await servicesWithCard();
    const stored = fakeSettings();
    const gone = stored.settings.mappings.map((mapping) => ({ ...mapping, projectId: '20000' }));
    const mappings = [...gone, ...stored.settings.mappings];
    await services.settings.write({ ...stored, settings: { ...stored.settings, mappings }, version: 2 });
    services.site.move(issueId, STATUS.approved, 'approver-1');
    expect(await sweepMoves(services)).toEqual({ handled: 1 });
  });

  it('finds a decision and a misplaced card although no event came', async () => {
    const { services, issueId } = await servicesWithCard();
    services.site.move(issueId, STATUS.approved, 'approver-1');
    expect(await sweepMoves(services)).toEqual({ handled: 1 });
    expect(await readDecision(services)).toBeDefined();

    for (const state of ['APPROVED', 'PROMOTED', 'DENIED', 'EXPIRED'] as const) {
      const made = await servicesWithCard(sampleSnapshot({ state }));
      const place = made.services.site.get(made.issueId).statusId;
      made.services.site.move(made.issueId, STATUS.pending, 'approver-1');
      await sweepMoves(made.services);
      expect(made.services.site.get(made.issueId).statusId).toBe(place);
    }
  });

  it('puts back a card whose decision no relay collected in time', async () => {
    const { services, issueId } = await servicesWithCard();
    services.site.move(issueId, STATUS.approved, 'approver-1');
    await handleCardChange(services, issueId);
    services.site.get(issueId).property = undefined;
    services.clock.pass(600);
    expect(await sweepMoves(services)).toEqual({ handled: 0 });
    services.clock.pass(400);
    expect(await sweepMoves(services)).toEqual({ handled: 1 });
    expect(services.site.get(issueId).statusId).toBe(STATUS.pending);
    expect(await activityCodes(services)).toEqual(['too_late']);
  });

  it('takes the property for a hint only: a forged one moves nothing', async () => {
    const { services, issueId } = await servicesWithCard();
    const { property } = services.site.get(issueId);
    const forged = services.site.addIssue({
      summary: 's',
      description: {},
      property,
      statusId: STATUS.approved,
    });
    await sweepMoves(services);
    expect(forged.statusId).toBe(STATUS.approved);
    expect(forged.comments).toEqual([]);
  });

  it('stops when Jira asks to slow down, and says nothing of users in the log', async () => {
    const { services, issueId } = await servicesWithCard();
    services.site.move(issueId, STATUS.approved, 'approver-1');
    services.site.fail('findMisplaced', { rateLimitedSeconds: 60 });
    expect(await sweepMoves(services)).toEqual({ handled: 0 });
    expect(services.logged).toEqual([
      { message: 'the sweep could not search', facts: { problem: 'rate_limited' } },
    ]);
    services.site.fail('read', { rateLimitedSeconds: 60 });
    expect(await sweepMoves(services)).toEqual({ handled: 0 });
  });

  it('does nothing before there are settings', async () => {
    expect(await sweepMoves(createFakeServices())).toEqual({ handled: 0 });
    expect(await sweepAll(createFakeServices())).toEqual({ handled: 0, removed: 0 });
  });
});

describe('sweepAll', () => {
  it('finds a move that an editor hid from the search', async () => {
    const { services, issueId } = await servicesWithCard();
    services.people.add('somebody');
    services.site.get(issueId).property = undefined;
    services.site.move(issueId, STATUS.approved, 'somebody');
    expect(await sweepMoves(services)).toEqual({ handled: 0 });
    expect(await sweepAll(services)).toEqual({ handled: 1, removed: 0 });
    expect(services.site.get(issueId).statusId).toBe(STATUS.pending);
  });

  it('notices deleted issues, and leaves cards in place alone', async () => {
    const { services, issueId } = await servicesWithCard();
    expect(await sweepAll(services)).toEqual({ handled: 0, removed: 0 });
    services.site.issues.delete(issueId);
    expect(await sweepAll(services)).toEqual({ handled: 1, removed: 0 });
    expect(await activityCodes(services)).toEqual(['issue_gone']);
  });

  it('forgets a link 30 days after its request was gone, not earlier', async () => {
    const { services } = await servicesWithCard();
    await applyGone(services);
    services.clock.pass(29 * DAY);
    expect(await sweepAll(services)).toMatchObject({ removed: 0 });
    services.clock.pass(1 * DAY + 60);
    expect(await sweepAll(services)).toMatchObject({ removed: 1 });
    expect(services.kvs.keys().filter((key) => /^(?:link|request|issue):/.test(key))).toEqual([]);
  });

  it('forgets a link of whose removal word never came, but not one that was renewed since the list was made', async () => {
    const approved = sampleSnapshot({ state: 'APPROVED', accessExpiresAt: '2026-11-24T18:00:00Z' });
    const { services } = await servicesWithCard(approved);
    services.clock.pass(33 * DAY);
    services.kvs.listLagMs = 60_000;
    await applySnapshot(services, approved);
    services.clock.pass(10);
    expect(await sweepAll(services)).toMatchObject({ removed: 0 });
    services.clock.pass(33 * DAY);
    expect(await sweepAll(services)).toMatchObject({ removed: 1 });
  });

  it('closes a late double once', async () => {
    const { services } = await servicesWithCard();
    const link = (await services.links.list(sampleSnapshot().cluster)).links[0];
    if (link?.phase !== 'linked') throw new Error('not linked');
    const lost = '00000000-0000-4000-8000-00000000aaaa';
    await services.links.write({ ...link, earlierAttemptIds: [lost] });
    const property = { ...services.site.get(link.issue.id).property!, attemptId: lost };
    const double = services.site.addIssue({ summary: 's', description: {}, property });
    await sweepAll(services);
    await sweepAll(services);
    expect(double.statusId).toBe(STATUS.expired);
    expect(commentsOf(services, double.id)).toHaveLength(1);
    expect(await activityCodes(services)).toEqual(['double_closed']);
  });

  it('says once that a double is one, although its workflow lets it not be closed', async () => {
    const { services } = await servicesWithCard();
    const link = (await services.links.list(sampleSnapshot().cluster)).links[0];
    if (link?.phase !== 'linked') throw new Error('not linked');
    await services.links.write({ ...link, earlierAttemptIds: ['00000000-0000-4000-8000-00000000aaaa'] });
    const property = services.site.get(link.issue.id).property;
    const double = services.site.addIssue({ summary: 's', description: {}, property });
    services.site.transitions = [];
    for (let days = 0; days < 4; days += 1) await sweepAll(services);
    expect(commentsOf(services, double.id)).toHaveLength(1);
    expect(await activityCodes(services)).toEqual(['double_closed']);
  });

  it('looks at a part of very many issues each day, and at all of them in turn', async () => {
    const { services } = await servicesWithCard();
    const link = (await services.links.list(sampleSnapshot().cluster)).links[0];
    if (link?.phase !== 'linked') throw new Error('not linked');
    for (let index = 0; index < 1600; index += 1)
      await services.links.write({
        ...link,
        requestId: `r-${index}`,
        issue: { ...link.issue, id: String(50_000 + index) },
      });
    const asked: string[][] = [];
    const statuses = services.issues.statuses.bind(services.issues);
    services.issues.statuses = (ids) => {
      asked.push([...ids]);
      return statuses(ids.map(() => link.issue.id));
    };
    await sweepAll(services);
    services.clock.pass(DAY);
    await sweepAll(services);
    expect(asked.map((ids) => ids.length).sort()).toEqual([800, 801]);
    expect(new Set(asked.flat()).size).toBe(1601);
  });
});
