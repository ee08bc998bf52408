import { sampleSnapshot } from '../../test/support/sample-messages';
import {
  activityCodes,
  applyContext,
  applySnapshot,
  servicesWithCard,
} from '../../test/support/fakes/samples';
import { fakeSettings } from '../../test/support/fakes/services';
import type { RoutingTarget } from '../domain/settings';

function contextWith(changes: Partial<RoutingTarget>) {
  const stored = fakeSettings();
  const catchAll = { ...stored.settings.catchAll, ...changes };
  return applyContext({ stored: { ...stored, settings: { ...stored.settings, catchAll } } });
}

const next = (id: string) => sampleSnapshot({ id, requestExpiresAt: '2026-11-25T01:00:00Z' });

async function issueWith(changes: Partial<RoutingTarget>, offScreen: string[] = []) {
  const { services, issueId } = await servicesWithCard();
  for (const field of offScreen) services.site.offScreen.add(field);
  await applySnapshot(services, next('r-2'), undefined, contextWith(changes));
  const issue = [...services.site.issues.values()].find(({ id }) => id !== issueId);
  return { services, issue, contextOf: () => contextWith(changes) };
}

describe('optional fields of a new issue', () => {
  it('are the label of all, those of its rule, and no due date unless it is wanted', async () => {
    const { issue } = await issueWith({ labels: ['audit', 'teleport'] });
    expect(issue).toMatchObject({ labels: ['teleport', 'audit'], duedate: undefined });
  });

  it('are the day on which the request ends unanswered, where it is wanted', async () => {
    const { issue } = await issueWith({ dueDate: true });
    expect(issue?.duedate).toBe('2026-11-25');
  });

  it('that Jira refuses are dropped, noted once and not tried again', async () => {
    const { services, issue, contextOf } = await issueWith({ dueDate: true }, ['duedate', 'labels']);
    expect(issue).toMatchObject({ labels: [], duedate: undefined });
    services.site.offScreen.clear();
    await applySnapshot(services, next('r-3'), undefined, contextOf());
    expect([...services.site.issues.values()].at(-1)).toMatchObject({ labels: [], duedate: undefined });
    expect(await activityCodes(services)).toEqual(['labels,duedate']);
  });

  it('and watchers hold nothing up when Jira refuses them', async () => {
    const { services } = await servicesWithCard();
    services.site.fail('addWatcher', { refused: 'no' });
    const context = contextWith({ watchers: ['w-1', 'w-2'] });
    expect(await applySnapshot(services, next('r-2'), undefined, context)).toMatchObject({
      result: 'created',
    });
    expect([...services.site.issues.values()].at(-1)?.watchers).toEqual(['w-2']);
  });
});
