import { networkProblem, problem, PROBLEM_CODES, sentence, transportProblem } from './problems';

test('every problem says what was seen, what was expected and what to do, each in its own words', () => {
  expect(PROBLEM_CODES.length).toBeGreaterThan(30);
  const problems = PROBLEM_CODES.map((code) => problem(code));
  for (const { code, text, expected, mend } of problems) {
    expect({ code, lengths: [text, expected, mend].every((part) => part.length > 2) }).toEqual({
      code,
      lengths: true,
    });
    expect(sentence(problem(code))).toBe(`${text}; expected ${expected}; ${mend}`);
  }
  expect(new Set(problems.map(({ text }) => text)).size).toBe(problems.length);
});

test('details of others stay on one line and short', () => {
  const { text } = problem('wrong_host', `a\nb\u202e${'x'.repeat(500)}`);
  expect(text).not.toMatch(/[\n\u202e]/);
  expect(text.length).toBeLessThan(400);
});

test.each([
  ['ENOTFOUND', 'dns_failed'],
  ['EAI_AGAIN', 'dns_failed'],
  ['ECONNREFUSED', 'refused'],
  ['EHOSTUNREACH', 'unreachable'],
  ['ETIMEDOUT', 'unreachable'],
  ['ECONNRESET', 'closed'],
  ['ESOMETHING', 'closed'],
])('%s means %s', (code, expected) => {
  expect(networkProblem(Object.assign(new Error('x'), { code })).code).toBe(expected);
});

test.each([
  ['Name resolution failed for target dns:nowhere:1', 'dns_failed'],
  ['No connection established. Last error: Error: connect ECONNREFUSED 127.0.0.1:1', 'refused'],
  ['No connection established. Last error: Failed to connect (2026-11-24)', 'hung_up_after'],
  ['Connection dropped', 'closed'],
])('gRPC’s "%s" means %s', (details, expected) => {
  expect(transportProblem(details)?.code).toBe(expected);
});

test('other texts of gRPC help nobody', () => {
  expect(transportProblem('something')).toBeUndefined();
});
