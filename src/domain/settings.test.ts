import fc from 'fast-check';
import { REQUEST_STATES } from '../../contract/access-request';
import { fakeIssueSettings, fakeSettings } from '../../test/support/fakes/services';
import {
  NO_APPROVERS,
  settings,
  SLOTS,
  slotOfState,
  slotOfStatus,
  type RoutingRule,
  type Settings,
} from './settings';

const valid = fakeSettings().settings;
const [mapping] = valid.mappings;
const rule: RoutingRule = {
  id: 'r1',
  name: 'Production',
  match: { clusters: [], requesters: [], roles: ['prod-*'], resourceKinds: [], resourceNames: [] },
  then: valid.catchAll,
};
const elsewhere = { ...valid.catchAll, projectId: '777' };

describe('settings', () => {
  it('are taken as they are', () => {
    const all: Settings = { ...valid, rules: [rule] };
    expect(settings.parse(all)).toEqual(all);
  });

  it('get defaults for what may be left out', () => {
    const { projectId, issueTypeId, slots } = mapping!;
    const { approvers } = valid.catchAll;
    const least = {
      v: 2,
      mappings: [{ projectId, issueTypeId, slots }],
      catchAll: { projectId, issueTypeId, approvers },
    };
    expect(settings.parse(least)).toEqual(valid);
  });

  it('in the form from before there were rules become one mapping with its catch-all', () => {
    const { projectId, issueTypeId, slots } = mapping!;
    const { approvers } = valid.catchAll;
    const before = {
      projectId,
      issueTypeId,
      slots,
      approvers,
      resolutions: { denied: '10' },
      strictMode: true,
    };
    const after = settings.parse(before);
    expect(after).toEqual({
      ...valid,
      mappings: [{ ...mapping, resolutions: { denied: '10' } }],
      strictMode: true,
    });
    expect(settings.parse(after)).toEqual(after);
  });

  it.each<[string, object]>([
    ['a name in place of an id', { mappings: [{ ...mapping, projectId: 'TAR' }] }],
    ['an empty slot', { mappings: [{ ...mapping, slots: { ...mapping!.slots, pending: [] } }] }],
    [
      'a status in two slots',
      { mappings: [{ ...mapping, slots: { ...mapping!.slots, expired: mapping!.slots.denied } }] },
    ],
    ['a resolution by name', { mappings: [{ ...mapping, resolutions: { approved: 'Done' } }] }],
    [
      'a default that is nested without end',
      { mappings: [{ ...mapping, defaults: { customfield_1: deep(40) } }] },
    ],
    ['no project at all', { mappings: [] }],
    ['a project and type twice', { mappings: [mapping, mapping] }],
    ['an approval valid for more than an hour', { approveWithinMinutes: 61 }],
    [
      'a group by name',
      { catchAll: { ...valid.catchAll, approvers: { ...NO_APPROVERS, groupIds: ['jira admins'] } } },
    ],
    ['a label with a space', { catchAll: { ...valid.catchAll, labels: ['two words'] } }],
    ['no catch-all', { catchAll: undefined }],
    ['a catch-all to a project without mapping', { catchAll: elsewhere }],
    ['a rule to a project without mapping', { rules: [{ ...rule, then: elsewhere }] }],
    ['two rules of one id', { rules: [rule, { ...rule, name: 'Other' }] }],
    ['an empty pattern', { rules: [{ ...rule, match: { ...rule.match, roles: [' '] } }] }],
    [
      'more than the store holds',
      {
        rules: Array.from({ length: 100 }, (_, index) => ({
          ...{ ...rule, id: `r${index}` },
          match: { ...rule.match, roles: Array.from({ length: 50 }, (__, at) => `${at}`.padEnd(60, 'x')) },
        })),
      },
    ],
  ])('are refused with %s', (_, changes) => {
    expect(settings.safeParse({ ...valid, ...changes }).success).toBe(false);
  });
});

function deep(levels: number): unknown {
  return levels === 0 ? 'x' : [deep(levels - 1)];
}

describe('slots', () => {
  it('hold every state, a promotion among the approved', () => {
    for (const state of REQUEST_STATES) expect(SLOTS).toContain(slotOfState(state));
    expect(slotOfState('PROMOTED')).toBe('approved');
  });

  it('hold each of their statuses and no other', () => {
    const ours = fakeIssueSettings();
    const mapped = SLOTS.flatMap((slot) => ours.slots[slot].map((id) => [id, slot] as const));
    for (const [id, slot] of mapped) expect(slotOfStatus(ours, id)).toBe(slot);
    fc.assert(
      fc.property(
        fc.integer({ min: 100, max: 10_000 }),
        (id) => slotOfStatus(ours, String(id)) === undefined,
      ),
    );
  });
});
