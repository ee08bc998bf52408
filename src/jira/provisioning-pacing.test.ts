import type { JiraProblem, JiraResult } from '../usecases/ports';
import type { JiraClient } from './client';
import { withDeadline, withRetries } from './provisioning-pacing';

const CONFLICT: JiraProblem = { kind: 'refused', status: 409, fields: [], detail: 'busy' };
const REFUSED: JiraProblem = { kind: 'refused', status: 400, fields: [], detail: 'no' };
const request = { route: { value: '/rest/api/3/statuses' } };

/** A client that meets these problems one after the other, then succeeds. */
function clientWith(...problems: JiraProblem[]): JiraClient & { calls: number } {
  const client = {
    calls: 0,
    call: () => Promise.reject(new Error('not used')),
    send: async (): Promise<JiraResult<void>> => {
      const problem = problems[client.calls];
      client.calls += 1;
      return problem === undefined ? { ok: true, value: undefined } : { ok: false, problem };
    },
  };
  return client;
}

const waits: number[] = [];
const pacing = { deadline: { isOver: () => false }, wait: async (millis: number) => void waits.push(millis) };
const isConflict = (problem: JiraProblem) => problem.kind === 'refused' && problem.status === 409;
beforeEach(() => {
  waits.length = 0;
});

it('tries again after each wait, until it works', async () => {
  const client = clientWith(CONFLICT, CONFLICT);
  expect(await withRetries(client, pacing, [1, 2, 3], isConflict).send(request)).toEqual({
    ok: true,
    value: undefined,
  });
  expect({ calls: client.calls, waits }).toEqual({ calls: 3, waits: [1, 2] });
});

it('gives up after the last wait, with what Jira said', async () => {
  const client = clientWith(CONFLICT, CONFLICT, CONFLICT, CONFLICT);
  expect(await withRetries(client, pacing, [1, 2], isConflict).send(request)).toEqual({
    ok: false,
    problem: CONFLICT,
  });
  expect(client.calls).toBe(3);
});

it('does not wait for what will not pass', async () => {
  const client = clientWith(REFUSED);
  expect(await withRetries(client, pacing, [1], isConflict).send(request)).toEqual({
    ok: false,
    problem: REFUSED,
  });
  expect({ calls: client.calls, waits }).toEqual({ calls: 1, waits: [] });
});

it('does not wait past the deadline, and begins no call after it', async () => {
  const late = { ...pacing, deadline: { isOver: () => true } };
  const client = clientWith(CONFLICT);
  expect(await withRetries(client, late, [1], isConflict).send(request)).toEqual({
    ok: false,
    problem: CONFLICT,
  });
  expect(waits).toEqual([]);
  expect(await withDeadline(client, late.deadline).send(request)).toMatchObject({
    ok: false,
    problem: { kind: 'rate_limited', retryAfterSeconds: 1 },
  });
  expect(client.calls).toBe(1);
});
