import fc from 'fast-check';
import { REQUEST_STATES } from '../../contract/access-request';
import { fakeSettings } from '../../test/support/fakes/services';
import { settings, SLOTS, slotOfState, slotOfStatus } from './settings';

const valid = fakeSettings().settings;

describe('settings', () => {
  it('are taken as they are, with defaults for what may be left out', () => {
    const { projectId, issueTypeId, slots, approvers } = valid;
    expect(settings.parse({ projectId, issueTypeId, slots, approvers })).toEqual(valid);
  });

  it.each<[string, object]>([
    ['a name in place of an id', { projectId: 'TAR' }],
    ['an empty slot', { slots: { ...valid.slots, pending: [] } }],
    ['a status in two slots', { slots: { ...valid.slots, expired: valid.slots.denied } }],
    ['an approval valid for more than an hour', { approveWithinMinutes: 61 }],
    ['a group by name', { approvers: { groupIds: ['jira admins'], accountIds: [] } }],
    ['a resolution by name', { resolutions: { approved: 'Done' } }],
  ])('are refused with %s', (_, changes) => {
    expect(settings.safeParse({ ...valid, ...changes }).success).toBe(false);
  });
});

describe('slots', () => {
  it('hold every state, a promotion among the approved', () => {
    for (const state of REQUEST_STATES) expect(SLOTS).toContain(slotOfState(state));
    expect(slotOfState('PROMOTED')).toBe('approved');
  });

  it('hold each of their statuses and no other', () => {
    const mapped = SLOTS.flatMap((slot) => valid.slots[slot].map((id) => [id, slot] as const));
    for (const [id, slot] of mapped) expect(slotOfStatus(valid, id)).toBe(slot);
    fc.assert(
      fc.property(
        fc.integer({ min: 100, max: 10_000 }),
        (id) => slotOfStatus(valid, String(id)) === undefined,
      ),
    );
  });
});
