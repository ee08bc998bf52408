import { sampleSnapshot } from '../../test/support/sample-messages';
import { PROJECT, STATUS } from '../../test/support/fakes/jira-site';
import {
  applyContext,
  applySnapshot,
  commentsOf,
  readLink,
  servicesWithCard,
} from '../../test/support/fakes/samples';
import { fakeSettings, type FakeServices } from '../../test/support/fakes/services';
import { handleCardChange } from './decide-from-card';

const review = {
  author: 'bob',
  verdict: 'APPROVED' as const,
  reason: 'fine',
  createdAt: '2026-11-24T14:04:00Z',
};
const teleportUrl = 'https://teleport.example.com/web/requests/r-1';
const pending = sampleSnapshot({ teleportUrl });
const approved = sampleSnapshot({
  teleportUrl,
  state: 'APPROVED',
  reviews: [review],
  observedAt: '2026-11-24T14:05:00Z',
});
const SAID = ['bob approves in Teleport, 2026-11-24 14:04 UTC. fine', 'Approved in Teleport.'];

const calls = (services: FakeServices, since: number) =>
  services.effects.done.slice(since).filter((name) => name.startsWith('jira'));

describe('the end of a request', () => {
  it('is told with its reviews by one call, then the card moves and the link is resolved', async () => {
    const { services, issueId } = await servicesWithCard(pending);
    const before = services.effects.done.length;
    expect(await applySnapshot(services, approved)).toMatchObject({ result: 'updated' });
    expect(calls(services, before)).toEqual(['jira sayAndMark', 'jira transition', 'jira linkToTeleport']);
    expect(commentsOf(services, issueId)).toEqual(SAID);
    expect([...services.site.get(issueId).remoteLinks.values()]).toMatchObject([{ resolved: true }]);
  });

  it('needs no more than that and the link when the card is there already', async () => {
    const { services, issueId } = await servicesWithCard(pending);
    services.site.move(issueId, STATUS.approved, 'approver-1');
    const before = services.effects.done.length;
    await applySnapshot(services, approved);
    expect(calls(services, before)).toEqual(['jira sayAndMark', 'jira linkToTeleport']);
    expect(services.site.get(issueId).property?.state).toBe('APPROVED');
  });

  it('stands on the issue once although two deliveries tell it in the same moment', async () => {
    const { services, issueId } = await servicesWithCard(pending);
    await Promise.all([applySnapshot(services, approved), applySnapshot(services, approved)]);
    expect(commentsOf(services, issueId)).toEqual(SAID);
    expect(services.site.get(issueId).statusId).toBe(STATUS.approved);
  });

  it('stands there once although a delivery broke off after telling it', async () => {
    const { services, issueId } = await servicesWithCard(pending);
    services.effects.killAfter(0);
    await expect(applySnapshot(services, approved)).rejects.toThrow('killed after jira sayAndMark');
    services.effects.revive();
    expect(await applySnapshot(services, approved)).toMatchObject({ result: 'updated' });
    expect(commentsOf(services, issueId)).toEqual(SAID);
  });

  it.each(['uncertain_before', 'uncertain_after', { refused: 'no' }] as const)(
    'is looked for and told one by one when the call ends %j',
    async (fault) => {
      const { services, issueId } = await servicesWithCard(pending);
      services.site.fail('sayAndMark', fault);
      expect(await applySnapshot(services, approved)).toMatchObject({ result: 'updated' });
      expect(commentsOf(services, issueId)).toEqual(SAID);
      expect(services.site.get(issueId).statusId).toBe(STATUS.approved);
    },
  );

  it('waits when Jira asks to', async () => {
    const { services, issueId } = await servicesWithCard(pending);
    services.site.fail('sayAndMark', { rateLimitedSeconds: 9 });
    expect(await applySnapshot(services, approved)).toMatchObject({ result: 'deferred', seconds: 9 });
    expect(commentsOf(services, issueId)).toEqual([]);
  });

  it('is told by a comment of its own where customers must not see it', async () => {
    const { services } = await servicesWithCard(pending);
    const before = services.effects.done.length;
    const stored = { ...fakeSettings(), serviceProjectIds: [PROJECT] };
    await applySnapshot(services, approved, undefined, applyContext({ stored }));
    expect(calls(services, before)).not.toContain('jira sayAndMark');
  });
});

describe('an issue whose project is out of sight', () => {
  it('is not taken for deleted, and is in step again once the project is back', async () => {
    const { services, issueId } = await servicesWithCard(pending);
    const issue = services.site.get(issueId);
    services.site.isProjectGone = true;
    services.site.issues.clear();
    expect(await handleCardChange(services, issueId)).toMatchObject({ kind: 'again' });
    expect(await applySnapshot(services, approved)).toMatchObject({ code: 'project_unusable' });
    expect(await readLink(services)).toMatchObject({
      phase: 'linked',
      failure: { code: 'project_unusable' },
    });
    services.site.isProjectGone = false;
    services.site.issues.set(issueId, issue);
    services.clock.pass(300);
    expect(await applySnapshot(services, approved)).toMatchObject({ result: 'updated' });
  });

  it('waits when its statuses have no meaning in the settings, without a call', async () => {
    const { services } = await servicesWithCard(pending);
    const before = services.effects.done.length;
    const elsewhere = applyContext({ stored: fakeSettings({ projectId: '20000' }) });
    expect(await applySnapshot(services, approved, undefined, elsewhere)).toMatchObject({
      code: 'project_unusable',
      text: expect.stringContaining('no longer say') as string,
    });
    expect(calls(services, before)).toEqual([]);
  });
});
