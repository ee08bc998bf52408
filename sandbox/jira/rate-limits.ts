import type { Clock } from '../clock';
import type { JiraFaults, RateLimitReason } from './faults';

/** A refused call: how long to wait, and what Jira says about the limit. */
export interface RateLimited {
  reason: RateLimitReason;
  retryAfterSeconds: number;
  limit: number;
  remaining: number;
  /** Unix milliseconds. */
  resetAt: number;
}

const HOUR = 3_600_000;
const SECOND = 1000;
/** Writes of one issue: so many in so many milliseconds (Jira Cloud, rate limiting). */
const PER_ISSUE = [
  { limit: 20, window: 2000 },
  { limit: 100, window: 30_000 },
] as const;
const BURST_BY_METHOD: Readonly<Record<string, number>> = { GET: 100, POST: 100, PUT: 50, DELETE: 50 };
/** Operations with a burst limit of their own, in calls per second. */
const BURST_BY_OPERATION: Readonly<Record<string, number>> = {
  'GET issue/{issueIdOrKey}': 150,
  'GET issue/{issueIdOrKey}/changelog': 200,
  'GET user': 150,
  'POST search/approximate-count': 150,
};

/** Jira Cloud's three systems of limits: points per hour and app, bursts per operation, writes per issue. */
export class RateLimits {
  private hour = 0;
  private readonly points = new Map<string, number>();
  private readonly bursts = new Map<string, number[]>();
  private readonly issueWrites = new Map<string, number[]>();

  constructor(
    private readonly clock: Clock,
    private readonly faults: JiraFaults,
  ) {}

  /** What every answer to an app says about its quota; nothing without one. */
  quotaHeaders(app: string): Record<string, string> {
    const remaining = this.remaining(app);
    const limit = this.faults.pointsPerHour;
    if (remaining === undefined || limit === undefined) return {};
    const now = this.clock.now();
    const resetAt = (Math.floor(now / HOUR) + 1) * HOUR;
    const seconds = Math.ceil((resetAt - now) / SECOND);
    const isNear = remaining < limit * 0.2;
    return {
      'X-RateLimit-Limit': String(limit),
      'X-RateLimit-Remaining': String(remaining),
      'X-RateLimit-Reset': new Date(resetAt).toISOString(),
      'X-RateLimit-NearLimit': String(isNear),
      'RateLimit-Policy': `"global-app-quota";q=${limit};w=3600`,
      RateLimit: `"global-app-quota"${isNear ? `;r=${remaining}` : ''};t=${seconds}`,
    };
  }

  private remaining(app: string): number | undefined {
    if (this.faults.pointsPerHour === undefined) return undefined;
    this.turnHour();
    return Math.max(0, this.faults.pointsPerHour - (this.points.get(app) ?? 0));
  }

  /** Whether a call may run. It counts for the limits only when it may. */
  admit(call: {
    app: string | undefined;
    operation: string;
    method: string;
    /** Id of the issue that the call writes. */
    writes: string | undefined;
  }): RateLimited | undefined {
    const now = this.clock.now();
    const quota = call.app === undefined ? undefined : this.overQuota(call.app, now);
    if (quota !== undefined) return quota;
    const burst = this.faults.burstLimits
      ? this.over(this.bursts, call.operation, now, 'jira-burst-based', [
          {
            limit: BURST_BY_OPERATION[call.operation] ?? BURST_BY_METHOD[call.method] ?? 100,
            window: SECOND,
          },
        ])
      : undefined;
    if (burst !== undefined) return burst;
    const perIssue =
      this.faults.perIssueWriteLimits && call.writes !== undefined
        ? this.over(this.issueWrites, call.writes, now, 'jira-per-issue-on-write', PER_ISSUE)
        : undefined;
    if (perIssue !== undefined) return perIssue;
    if (this.faults.burstLimits) this.count(this.bursts, call.operation, now);
    if (call.writes !== undefined) this.count(this.issueWrites, call.writes, now);
    return undefined;
  }

  /** Charges an app for a call that ran. */
  charge(app: string, points: number): void {
    this.turnHour();
    this.points.set(app, (this.points.get(app) ?? 0) + points);
  }

  private overQuota(app: string, now: number): RateLimited | undefined {
    const remaining = this.remaining(app);
    if (remaining === undefined || remaining > 0) return undefined;
    const resetAt = (Math.floor(now / HOUR) + 1) * HOUR;
    return {
      reason: 'jira-quota-global-based',
      retryAfterSeconds: Math.ceil((resetAt - now) / SECOND),
      limit: this.faults.pointsPerHour ?? 0,
      remaining: 0,
      resetAt,
    };
  }

  private turnHour(): void {
    const hour = Math.floor(this.clock.now() / HOUR);
    if (hour !== this.hour) this.points.clear();
    this.hour = hour;
  }

  private over(
    times: Map<string, number[]>,
    key: string,
    now: number,
    reason: RateLimitReason,
    limits: readonly { limit: number; window: number }[],
  ): RateLimited | undefined {
    const past = times.get(key) ?? [];
    for (const { limit, window } of limits) {
      const recent = past.filter((at) => at > now - window);
      const oldest = recent[recent.length - limit];
      if (oldest === undefined) continue;
      const resetAt = oldest + window;
      const retryAfterSeconds = Math.max(1, Math.ceil((resetAt - now) / SECOND));
      return { reason, retryAfterSeconds, limit, remaining: 0, resetAt };
    }
    return undefined;
  }

  private count(times: Map<string, number[]>, key: string, now: number): void {
    const longest = PER_ISSUE[1].window;
    times.set(key, [...(times.get(key) ?? []).filter((at) => at > now - longest), now]);
  }
}

/** The headers of a 429 (Jira Cloud, rate limiting). */
export function limitHeaders(limited: RateLimited): Record<string, string> {
  return {
    'Retry-After': String(limited.retryAfterSeconds),
    'X-RateLimit-Limit': String(limited.limit),
    'X-RateLimit-Remaining': String(limited.remaining),
    'X-RateLimit-Reset': new Date(limited.resetAt).toISOString(),
    'X-RateLimit-NearLimit': 'true',
    'RateLimit-Reason': limited.reason,
  };
}
