import { PANEL_REFUSALS } from '../../contract/issue-page';
import { sampleDecision } from '../../test/support/sample-messages';
import { adfProblems } from '../../test/support/fakes/adf-schema';
import { plainText } from './adf';
import type { AppComment } from './comments';
import { decisionComment, lockComment, panelRefusalText, withdrawnComment } from './panel-words';

function wordsOf({ body, identity }: AppComment): string {
  expect(adfProblems(body)).toEqual([]);
  const words = plainText(body).trim();
  expect(words.startsWith(identity)).toBe(true);
  return words;
}

it('tells who decided by a link, so that no name is kept', () => {
  const comment = decisionComment(
    sampleDecision({ actor: { accountId: '712020:a/b' } }),
    'https://jira.example.com',
  );
  expect(wordsOf(comment)).toBe(
    'Approval by button, 2026-11-24 14:02:00 UTC, by this person <https://jira.example.com/jira/people/712020%3Aa%2Fb>.',
  );
  expect(wordsOf(decisionComment(sampleDecision({ verdict: 'deny' }), ''))).toContain(
    'by the account 712020:',
  );
});

it('tells two decisions within a minute apart', () => {
  const [first, second] = ['2026-11-24T14:02:00Z', '2026-11-24T14:02:01Z'].map((decidedAt) =>
    decisionComment(sampleDecision({ decidedAt }), ''),
  );
  expect(first?.identity).not.toBe(second?.identity);
});

it('says why a decision was not carried out, whatever the reason', () => {
  for (const code of PANEL_REFUSALS)
    expect(wordsOf(withdrawnComment(sampleDecision(), code))).toContain(panelRefusalText(code));
});

it('says how to lock, with the user’s name only where a shell takes it as one word', () => {
  expect(wordsOf(lockComment('erin@example.com'))).toContain('tctl lock --user=erin@example.com --ttl=8h');
  expect(wordsOf(lockComment('x; rm -rf ~'))).toContain('tctl lock --user=<Teleport user> --ttl=8h');
});
