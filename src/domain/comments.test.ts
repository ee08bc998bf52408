import fc from 'fast-check';
import { REFUSAL_CODES, type DecisionOutcome } from '../../contract/decision';
import { anySnapshot } from '../../test/support/arbitraries';
import { sampleSnapshot } from '../../test/support/sample-messages';
import { adfProblems } from '../../test/support/fakes/adf-schema';
import { plainText } from './adf';
import { CARD_REFUSALS } from './card';
import {
  changedComment,
  doubleComment,
  outcomeComment,
  approversSentence,
  putBackComment,
  refusalText,
  resolutionComment,
  reviewComment,
  type AppComment,
} from './comments';

const at = '2026-11-24T14:05:00Z';

function expectSound(comment: AppComment | undefined): void {
  if (comment === undefined) return;
  expect(adfProblems(comment.body)).toEqual([]);
  expect(JSON.stringify(comment.body).length).toBeLessThan(32_000);
  expect(comment.identity).not.toBe('');
  expect(plainText(comment.body).trim().startsWith(comment.identity)).toBe(true);
}

describe('comments', () => {
  it('fit Jira and begin with what identifies them, whatever texts they quote', () => {
    fc.assert(
      fc.property(anySnapshot, (snapshot) => {
        snapshot.reviews.map(reviewComment).forEach(expectSound);
        expectSound(resolutionComment(snapshot));
      }),
      { numRuns: 300 },
    );
    expectSound(resolutionComment(sampleSnapshot({ state: 'DENIED', resolveReason: '\n"'.repeat(4000) })));
    for (const code of CARD_REFUSALS) {
      for (const place of ['moved', 'left', 'no_way_back'] as const) expectSound(putBackComment(code, place));
    }
    expectSound(changedComment());
    expectSound(doubleComment('TAR-7'));
  });

  it('end a request once for each final state, whatever is known of it later', () => {
    const early = resolutionComment(sampleSnapshot({ state: 'APPROVED' }));
    const later = resolutionComment(
      sampleSnapshot({ state: 'APPROVED', resolveReason: 'ok', accessExpiresAt: '2026-11-24T18:00:00Z' }),
    );
    expect(later?.identity).toBe(early?.identity);
    expect(plainText(later?.body)).toContain('Access ends 2026-11-24 18:00 UTC.');
    expect(plainText(later?.body)).toContain('ok');
    const identities = (['APPROVED', 'DENIED', 'PROMOTED', 'EXPIRED'] as const).map(
      (state) => resolutionComment(sampleSnapshot({ state }))?.identity,
    );
    expect(new Set(identities).size).toBe(4);
    expect(resolutionComment(sampleSnapshot())).toBeUndefined();
  });

  it('name the access list of a promotion', () => {
    const promoted = sampleSnapshot({
      state: 'PROMOTED',
      promotedAccessList: { name: 'ops', title: 'Operators' },
    });
    expect(plainText(resolutionComment(promoted)?.body)).toContain('a member of the access list “Operators”');
  });

  it('tell reviews of different people, verdicts and times apart, but not their later wording', () => {
    const review = { author: 'bob', verdict: 'APPROVED', reason: 'fine', createdAt: at } as const;
    const { identity } = reviewComment(review);
    expect(reviewComment({ ...review, reason: 'other' }).identity).toBe(identity);
    expect(reviewComment({ ...review, author: 'carol' }).identity).not.toBe(identity);
    expect(reviewComment({ ...review, verdict: 'DENIED' }).identity).not.toBe(identity);
    expect(reviewComment({ ...review, createdAt: '2026-11-24T14:06:00Z' }).identity).not.toBe(identity);
  });

  it('say of a review that Teleport gave itself that no person did', () => {
    const review = {
      ...({
        author: '@teleport-access-approval-bot',
        verdict: 'APPROVED',
        reason: '',
        createdAt: at,
      } as const),
    };
    expect(plainText(reviewComment(review).body)).toMatch(
      /^A rule for automatic reviews approves in Teleport/,
    );
  });

  it('say what became of a decision, unless the end of the request says it', () => {
    const outcomes: DecisionOutcome[] = [
      { kind: 'recorded', text: '1 of 2 approvals.' },
      { kind: 'already_resolved' },
      { kind: 'gone' },
      ...REFUSAL_CODES.map((code) => ({ kind: 'refused', code, text: `because of ${code}` }) as const),
    ];
    expect(outcomeComment({ decisionId: 'c:1:1', at, outcome: { kind: 'applied' } })).toBeUndefined();
    for (const outcome of outcomes) {
      const comment = outcomeComment({ decisionId: 'c:1:1', at, outcome });
      expectSound(comment);
      if ('text' in outcome) expect(plainText(comment?.body)).toContain(outcome.text);
      const later = outcomeComment({ decisionId: 'c:1:2', at: '2026-11-24T14:06:00Z', outcome });
      expect(later?.identity).not.toBe(comment?.identity);
    }
  });

  it('explain every reason for which a card is refused in words of its own', () => {
    const texts = CARD_REFUSALS.map(refusalText);
    expect(new Set(texts).size).toBe(CARD_REFUSALS.length);
    expect(plainText(putBackComment('guest', 'no_way_back').body)).toContain('no transition back');
  });

  it('say who may decide instead, as far as it is known, and name no people', () => {
    const nobody = { groups: [], roles: [], people: 0, permission: false };
    expect(approversSentence(nobody)).toBe('');
    expect(approversSentence({ ...nobody, groups: ['on call'], people: 2 })).toBe(
      ' Those who may decide: members of “on call”; 2 people chosen by name.',
    );
    expect(approversSentence({ ...nobody, roles: ['Approver'], permission: true, people: 1 })).toBe(
      ' Those who may decide: whoever has the project role “Approver”; holders of the permission “Decide Teleport access requests”; one person chosen by name.',
    );
    const many = Array.from({ length: 50 }, (_each, index) => `group ${index} ${'x'.repeat(300)}`);
    const sentence = approversSentence({ ...nobody, groups: many });
    expect(sentence.length).toBeLessThan(600);
    expect(sentence).toMatch(/ and others\.$/);
    const comment = putBackComment('not_approver', 'moved', sentence);
    expectSound(comment);
    // Who may decide changes; the comment still says the same thing.
    expect(comment.identity).toBe(putBackComment('not_approver', 'moved').identity);
  });
});
