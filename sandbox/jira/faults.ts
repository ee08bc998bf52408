import { random } from './random';

/** A call of the REST API, as the log keeps it. */
export interface JiraCall {
  method: string;
  /** Template of the route, for example `/rest/api/3/issue/{issueIdOrKey}`; undefined when no route matches. */
  route: string | undefined;
  /** Path with query, as sent. */
  path: string;
  /** Body as parsed JSON; undefined without one. */
  body: unknown;
  /** `person`: basic authentication; `app`: an app as itself; `user`: an app for a person. */
  kind: 'person' | 'app' | 'user' | 'anonymous';
  /** The account on whose behalf the call is made. */
  accountId: string | undefined;
  /** The app that makes the call, if one does. */
  app: string | undefined;
  /** HTTP status of the answer; undefined while none was given. */
  status: number | undefined;
  /** Whether a route ran, so that a write took effect if its status below 300 says so. */
  executed: boolean;
  /** Unix milliseconds of the site's clock. */
  at: number;
}

/** What goes wrong with a call. */
export type Fault =
  /** 429 before anything ran. */
  | { kind: 'rate_limited'; reason: RateLimitReason; retryAfterSeconds: number }
  /** A 429 of the gateway in front: without Retry-After and without a reason. */
  | { kind: 'gateway_limited' }
  /** A failure before anything ran. */
  | { kind: 'error_before'; status: number }
  /** 409 because another task changes workflows (Jira REST v3, create statuses and create workflows). */
  | { kind: 'task_running' }
  /** A failure after the call took effect. */
  | { kind: 'error_after'; status: number }
  /** Nothing runs and nothing is answered; the connection stays open. */
  | { kind: 'timeout_before' }
  /** The call takes effect and nothing is answered; the connection stays open. */
  | { kind: 'timeout_after' }
  /** The call runs after so many machine milliseconds. */
  | { kind: 'slow'; ms: number };

export type RateLimitReason =
  'jira-quota-global-based' | 'jira-quota-tenant-based' | 'jira-burst-based' | 'jira-per-issue-on-write';

/** Switches; all off at the start, except the limit of writes per issue, which is Jira's normal behaviour. */
export interface JiraFaults {
  /** Decides about each REST call before it runs. */
  next: ((call: Readonly<JiraCall>) => Fault | undefined) | undefined;
  /** Share of searches in which an issue found before is missing once (visibility is not monotonic). */
  searchVanishing: number;
  /** Points an app may spend in an hour; undefined: unlimited. */
  pointsPerHour: number | undefined;
  /** Burst limit of calls per second, endpoint and method, counted as Jira documents it. */
  burstLimits: boolean;
  /** 20 writes in 2 s and 100 in 30 s for each issue. */
  perIssueWriteLimits: boolean;
  /** How long a call takes: `zero`, or some 40 to 250 ms as on a real site. */
  latency: 'zero' | 'realistic';
}

/** All switches off. */
export function noJiraFaults(): JiraFaults {
  return {
    next: undefined,
    searchVanishing: 0,
    pointsPerHour: undefined,
    burstLimits: false,
    perIssueWriteLimits: true,
    latency: 'zero',
  };
}

/** A share of calls that go wrong, each kind with its weight. */
export interface FaultPlan {
  /** Share of calls, 0 to 1. */
  share: number;
  seed: number;
  /** What may happen, all equally likely. Default: one of each kind that breaks a call. */
  kinds?: readonly Fault[];
  /** Calls that the plan may touch. Default: all. */
  only?: (call: Readonly<JiraCall>) => boolean;
}

const EVERY_KIND: readonly Fault[] = [
  { kind: 'rate_limited', reason: 'jira-burst-based', retryAfterSeconds: 1 },
  { kind: 'gateway_limited' },
  { kind: 'error_before', status: 503 },
  { kind: 'error_after', status: 500 },
  { kind: 'timeout_before' },
  { kind: 'timeout_after' },
];

/** A hook for `JiraFaults.next` that lets a seeded share of calls go wrong; the same seed gives the same sequence. */
export function planFaults(plan: FaultPlan): (call: Readonly<JiraCall>) => Fault | undefined {
  const next = random(plan.seed);
  const kinds = plan.kinds ?? EVERY_KIND;
  return (call) => {
    if (plan.only?.(call) === false) return undefined;
    if (next() >= plan.share) return undefined;
    return kinds[Math.floor(next() * kinds.length)];
  };
}
