import type { Deadline, JiraProblem } from '../usecases/ports';
import type { JiraClient } from './client';

/** How calls of a set-up are paced. */
export interface Pacing {
  /** After it no call is begun. */
  deadline: Deadline;
  /** Waits so many milliseconds. */
  wait: (millis: number) => Promise<void>;
}

const OUT_OF_TIME: JiraProblem = {
  kind: 'rate_limited',
  retryAfterSeconds: 1,
  detail: 'Out of time in this call.',
};

/** The same client, which begins no call after the deadline; nothing was done then. */
export function withDeadline(client: JiraClient, deadline: Deadline): JiraClient {
  return {
    call: async (request, answer) =>
      deadline.isOver() ? { ok: false, problem: OUT_OF_TIME } : client.call(request, answer),
    send: async (request) => (deadline.isOver() ? { ok: false, problem: OUT_OF_TIME } : client.send(request)),
  };
}

/** The same client, which tries again after the given waits while `isPassing` says that the refusal will pass. */
export function withRetries(
  client: JiraClient,
  { deadline, wait }: Pacing,
  delaysMs: readonly number[],
  isPassing: (problem: JiraProblem) => boolean,
): JiraClient {
  const patiently = async <R extends { ok: true } | { ok: false; problem: JiraProblem }>(
    attempt: () => Promise<R>,
  ): Promise<R> => {
    let result = await attempt();
    for (const delay of delaysMs) {
      if (result.ok || !isPassing(result.problem) || deadline.isOver()) break;
      await wait(delay);
      result = await attempt();
    }
    return result;
  };
  return {
    call: (request, answer) => patiently(() => client.call(request, answer)),
    send: (request) => patiently(() => client.send(request)),
  };
}
