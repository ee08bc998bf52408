import fc from 'fast-check';
import { tightenGrants, type Grant } from './permission-scheme';

const roles = { approverRoleId: '11', appRoleId: '10' };
const role = (value: string) => ({ type: 'projectRole', value });
const everybody = { type: 'applicationRole' };
const holdersOf = (grants: readonly Grant[], permission: string) =>
  grants.filter((grant) => grant.permission === permission).map(({ holder }) => holder);

const site: Grant[] = [
  { permission: 'ADMINISTER_PROJECTS', holder: role('1') },
  { permission: 'BROWSE_PROJECTS', holder: everybody },
  { permission: 'BROWSE_PROJECTS', holder: { type: 'anyone' } },
  { permission: 'EDIT_ISSUES', holder: everybody },
  { permission: 'MOVE_ISSUES', holder: everybody },
  { permission: 'DELETE_ISSUES', holder: role('1') },
  { permission: 'TRANSITION_ISSUES', holder: everybody },
  { permission: 'ari:cloud:ecosystem::extension/x/y/static/z', holder: everybody },
];

it('leaves moving cards to approvers and the app, and editing to the app and administrators', () => {
  const tight = tightenGrants(site, roles);
  expect(holdersOf(tight, 'TRANSITION_ISSUES')).toEqual([role('10'), role('11')]);
  for (const permission of ['EDIT_ISSUES', 'DELETE_ISSUES', 'MOVE_ISSUES'])
    expect(holdersOf(tight, permission)).toEqual([role('10'), role('1')]);
});

it('keeps what everybody may do besides, without the public and without keys of apps', () => {
  const tight = tightenGrants(site, roles);
  expect(holdersOf(tight, 'BROWSE_PROJECTS')).toEqual([everybody]);
  expect(tight.some(({ permission }) => permission.startsWith('ari:'))).toBe(false);
});

it('without a role of approvers leaves moving cards to the app', () => {
  const tight = tightenGrants(site, { ...roles, approverRoleId: undefined });
  expect(holdersOf(tight, 'TRANSITION_ISSUES')).toEqual([role('10')]);
});

it('never gives the public anything, nobody a permission twice, and forging to no one new', () => {
  const holder = fc.oneof(
    fc.constant({ type: 'anyone' }),
    fc.constant(everybody),
    fc.constantFrom('1', '2', '10').map(role),
  );
  const permission = fc.constantFrom(...site.map((grant) => grant.permission), 'ADD_COMMENTS');
  fc.assert(
    fc.property(fc.array(fc.record({ permission, holder })), (grants) => {
      const tight = tightenGrants(grants, roles);
      expect(tight.some(({ holder: { type } }) => type === 'anyone')).toBe(false);
      expect(new Set(tight.map((grant) => JSON.stringify(grant))).size).toBe(tight.length);
      const administrators = holdersOf(grants, 'ADMINISTER_PROJECTS');
      for (const each of holdersOf(tight, 'EDIT_ISSUES'))
        expect([role('10'), ...administrators]).toContainEqual(each);
    }),
  );
});
