import { decideAnswer, decideRequest, MAX_PUSH_ANSWER_BYTES, pingRequest, pushError } from './push';
import { MAX_SNAPSHOT_BYTES } from './access-request';

const outcome = { decisionId: 'c:1:2', outcome: { kind: 'gone' }, at: '2026-11-24T14:00:00Z' };
const item = { requestId: 'r', gone: { observedAt: '2026-11-24T14:00:00Z' }, outcome };

test.each<[string, { safeParse(value: unknown): { success: boolean } }, unknown, boolean]>([
  ['an outcome', decideAnswer, { v: 1, op: 'decide', result: 'done', item }, true],
  ['an outcome without a request', decideAnswer, { v: 1, op: 'decide', result: 'done' }, false],
  [
    'word that nothing was done',
    decideAnswer,
    { v: 1, op: 'decide', result: 'not_delivered', text: 't' },
    true,
  ],
  ['a result of no kind', decideAnswer, { v: 1, op: 'decide', result: 'applied', item }, false],
  ['a decision that is none', decideRequest, { v: 1, op: 'decide', decision: {} }, false],
  ['another version', pingRequest, { v: 2, op: 'ping' }, false],
  ['a ping', pingRequest, { v: 1, op: 'ping' }, true],
  ['an error of no kind', pushError, { v: 1, code: 'no' }, false],
])('%s', (_what, schema, value, isTaken) => {
  expect(schema.safeParse(value).success).toBe(isTaken);
});

test('the largest snapshot with its outcome fits in an answer', () => {
  expect(MAX_PUSH_ANSWER_BYTES).toBeGreaterThan(MAX_SNAPSHOT_BYTES + 2000);
});
