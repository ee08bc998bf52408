import { sampleSnapshot } from '../../test/support/sample-messages';
import { fakeIssueSettings } from '../../test/support/fakes/services';
import { CARD_REFUSALS, type Mover } from './card';
import { judgePerson, panelRefusal, refusalOfRequest, spellOut, viewRequest } from './panel';

const mover: Mover = {
  ...{ accountId: 'approver-1', accountType: 'atlassian', active: true, guest: false },
  ...{ groupIds: [], email: undefined },
};
const judge = (changes: Partial<Mover>, verdict: 'approve' | 'deny', snapshot = sampleSnapshot()) =>
  judgePerson(
    { ...mover, ...changes },
    {
      verdict,
      snapshot,
      appAccountId: 'app-1',
      settings: fakeIssueSettings(),
      isApprover: mover.accountId === (changes.accountId ?? mover.accountId),
    },
  );

describe('names', () => {
  it('show what is not drawn, and nobody can write what looks so', () => {
    expect(spellOut('ad\u200bmin\u202e')).toBe('ad⟨U+200B⟩min⟨U+202E⟩');
    expect(spellOut('ad⟨U+200B⟩min')).toBe('ad⟨U+27E8⟩U+200B⟩min');
    expect(spellOut('\ud83d')).toBe('⟨U+D83D⟩');
    expect(spellOut('größe 😀')).toBe('größe 😀');
  });

  it('of resources come with what people call them, their id and their limits', () => {
    const resources = [
      {
        cluster: 'leaf',
        kind: 'node',
        name: 'n-1',
        friendlyName: 'web',
        subResource: 'tmp',
        constraints: '{}',
      },
      { cluster: 'leaf', kind: 'db', name: 'main', friendlyName: 'main' },
    ];
    expect(viewRequest(sampleSnapshot({ resources })).resources).toEqual([
      { name: 'web / tmp', place: 'node, leaf', id: 'n-1', constraints: '{}' },
      { name: 'main', place: 'db, leaf' },
    ]);
  });
});

describe('a request', () => {
  const now = Date.parse('2026-11-24T14:30:00Z');
  it.each([
    ['that waits', {}, true, undefined],
    ['that is resolved', { state: 'DENIED' }, true, 'not_pending'],
    ['whose time is over', { requestExpiresAt: '2026-11-24T14:30:00Z' }, true, 'expired'],
    ['without meaning of its statuses', {}, false, 'not_mapped'],
  ] as const)('%s', (_name, changes, isMapped, code) => {
    expect(refusalOfRequest(sampleSnapshot(changes), { isMapped }, now)).toBe(code);
  });
});

describe('a person', () => {
  it.each([
    ['an approver', {}, undefined],
    ['the app', { accountId: 'app-1' }, 'is_app'],
    ['an app', { accountType: 'app' }, 'not_human'],
    ['a former colleague', { active: false }, 'inactive'],
    ['a guest', { guest: true }, 'guest'],
    ['somebody', { accountId: 'x' }, 'not_approver'],
    ['the requester by address', { email: 'ALICE' }, 'own_request'],
  ] as const)('%s', (_name, changes, code) => {
    expect(judge(changes, 'approve')).toEqual(
      code === undefined ? { allowed: true } : { allowed: false, code },
    );
  });

  it('who asks for access may deny it', () => {
    expect(judge({ email: 'alice' }, 'deny')).toEqual({ allowed: true });
  });

  it.each(['roles', 'resources', 'reason'] as const)('may not approve what is shown with %s cut', (field) => {
    const snapshot = { ...sampleSnapshot(), cut: [field] };
    expect(judge({}, 'approve', snapshot)).toEqual({ allowed: false, code: 'content_incomplete' });
    expect(judge({}, 'deny', snapshot)).toEqual({ allowed: true });
    expect(judge({}, 'approve', { ...snapshot, cut: ['reviews'] })).toEqual({ allowed: true });
  });
});

it('has a refusal for each of a card’s', () => {
  for (const code of CARD_REFUSALS) expect(panelRefusal(code)).toMatch(/^\w+$/);
  expect(panelRefusal('observe_only')).toBe('observe_only');
});
