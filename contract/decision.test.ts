import { sampleDecision } from '../test/support/sample-messages';
import {
  APPROVER_IDENTITIES,
  decision,
  DECISION_MODES,
  decisionOutcome,
  REFUSAL_CODES,
  reportedOutcome,
  type Decision,
  type DecisionOutcome,
} from './decision';

const text = (length: number) => 'x'.repeat(length);
const actor = { accountId: '712020:8d0f5b7e-1c2d-4e3f-a4b5-c6d7e8f90a1b' };
const issue = { id: '10007', key: 'TAR-7', url: 'https://jira.example.com/browse/TAR-7' };

/** Paths of what is wrong, or nothing when the decision is accepted. */
const problems = (value: unknown) =>
  decision.safeParse(value).error?.issues.map((found) => found.path.join('.'));

describe('decision', () => {
  it.each([
    ['a button', sampleDecision()],
    ['a card', sampleDecision({ id: 'c:10007:20431', source: 'card', verdict: 'deny' })],
    ['an account that shows its e-mail', sampleDecision({ actor: { ...actor, email: 'bob@example.com' } })],
  ])('accepts one by %s', (_name, value) => {
    expect(decision.parse(JSON.parse(JSON.stringify(value)))).toEqual(value);
  });

  it.each(Object.keys(sampleDecision()))('refuses one without %s', (field) => {
    expect(problems({ ...sampleDecision(), [field]: undefined })).toEqual([field]);
  });

  it.each([
    ['actor.accountId', { actor: {} }],
    ['issue.id', { issue: { ...issue, id: undefined } }],
    ['issue.key', { issue: { ...issue, key: undefined } }],
    ['issue.url', { issue: { ...issue, url: undefined } }],
    ['v', { v: 0 }],
    ['v', { v: 2 }],
    ['v', { v: '1' }],
    ['verdict', { verdict: 'approved' }],
    ['source', { source: 'board' }],
    ['issue.id', { issue: { ...issue, id: 'TAR-7' } }],
    ['issue.id', { issue: { ...issue, id: '' } }],
    ['connectionId', { connectionId: '' }],
    ['cluster', { cluster: '' }],
    ['requestId', { requestId: '' }],
    ['actor.accountId', { actor: { accountId: '' } }],
    ['decidedAt', { decidedAt: '2026-11-24T15:02:00+01:00' }],
    ['notAfter', { notAfter: 'never' }],
    ['notAfter', { notAfter: 1795528800 }],
  ])('refuses %s when given %j', (path, changes) => {
    expect(problems({ ...sampleDecision(), ...changes })).toEqual([path]);
  });

  it.each([
    'c:10007',
    'c:10007:',
    'c:TAR-7:1',
    'c:10007:x1',
    'p:x1:3f0e9f56-2f0c-4c0e-8f6b-0c6a2f3f7a11',
    'c:10007:3f0e9f56-2f0c-4c0e-8f6b-0c6a2f3f7a11',
    'p:10007:20431',
    'p:10007:3F0E9F56-2F0C-4C0E-8F6B-0C6A2F3F7A11',
    'p:10007:3f0e9f56-2f0c-4c0e-8f6b-0c6a2f3f7a11x',
    'xp:10007:3f0e9f56-2f0c-4c0e-8f6b-0c6a2f3f7a11',
    'xc:10007:20431',
    'c:10007:20431\n',
    's:10007:20431',
    '',
  ])('refuses %j as id', (id) => {
    expect(problems({ ...sampleDecision(), id })).toEqual(['id']);
  });

  const limits: [path: string, limit: number, make: (length: number) => Partial<Decision>][] = [
    ['connectionId', 64, (n) => ({ connectionId: text(n) })],
    ['cluster', 1024, (n) => ({ cluster: text(n) })],
    ['requestId', 1024, (n) => ({ requestId: text(n) })],
    ['actor.accountId', 128, (n) => ({ actor: { accountId: text(n) } })],
    ['actor.email', 320, (n) => ({ actor: { ...actor, email: text(n) } })],
    ['reason', 4096, (n) => ({ reason: text(n) })],
    ['issue.key', 64, (n) => ({ issue: { ...issue, key: text(n) } })],
    ['issue.url', 2048, (n) => ({ issue: { ...issue, url: text(n) } })],
    ['grantDigest', 64, (n) => ({ grantDigest: text(n) })],
  ];
  it.each(limits)('holds %s to %d characters', (path, limit, make) => {
    expect(problems(sampleDecision(make(limit)))).toBeUndefined();
    expect(problems(sampleDecision(make(limit + 1)))).toEqual([path]);
  });
});

describe('decisionOutcome', () => {
  const good: DecisionOutcome[] = [
    { kind: 'applied' },
    { kind: 'recorded', text: '1 of 2 approvals' },
    { kind: 'already_resolved' },
    { kind: 'gone' },
    ...REFUSAL_CODES.map((code) => ({ kind: 'refused' as const, code, text: 'in words' })),
  ];
  it.each(good)('accepts %j', (outcome) => {
    expect(decisionOutcome.parse(outcome)).toEqual(outcome);
  });

  it.each([
    {},
    { kind: 'granted' },
    { kind: 'recorded' },
    { kind: 'recorded', text: text(513) },
    { kind: 'refused', text: 'no code' },
    { kind: 'refused', code: 'late' },
    { kind: 'refused', code: 'because', text: '' },
    { kind: 'refused', code: 'late', text: text(513) },
  ])('refuses %j', (outcome) => {
    expect(decisionOutcome.safeParse(outcome).success).toBe(false);
  });

  it('accepts texts up to their limit', () => {
    expect(decisionOutcome.safeParse({ kind: 'recorded', text: text(512) }).success).toBe(true);
    expect(decisionOutcome.safeParse({ kind: 'refused', code: 'late', text: text(512) }).success).toBe(true);
  });
});

describe('reportedOutcome', () => {
  const good = { decisionId: 'c:10007:20431', outcome: { kind: 'applied' }, at: '2026-11-24T14:03:00Z' };

  it('accepts an outcome with its decision and time', () => {
    expect(reportedOutcome.parse(good)).toEqual(good);
    expect(reportedOutcome.safeParse({ ...good, decisionId: text(256) }).success).toBe(true);
  });

  it.each([
    { decisionId: text(257) },
    { decisionId: undefined },
    { outcome: { kind: 'granted' } },
    { outcome: undefined },
    { at: '2026-11-24' },
    { at: undefined },
  ])('refuses %j', (changes) => {
    expect(reportedOutcome.safeParse({ ...good, ...changes }).success).toBe(false);
  });
});

describe('catalogues', () => {
  it.each([
    ['decision modes', DECISION_MODES],
    ['approver identities', APPROVER_IDENTITIES],
    ['refusal codes', REFUSAL_CODES],
  ])('%s name each entry once', (_name, entries: readonly string[]) => {
    expect(new Set(entries).size).toBe(entries.length);
  });
});
