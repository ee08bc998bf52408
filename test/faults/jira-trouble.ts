import { planFaults, type Fault, type JiraCall } from '../../sandbox/jira';
import type { World } from '../support/world';

/** Every way in which a call to Jira can fail, all equally likely (Jira Cloud, rate limiting and REST v3). */
const KINDS: readonly Fault[] = [
  { kind: 'rate_limited', reason: 'jira-burst-based', retryAfterSeconds: 1 },
  { kind: 'rate_limited', reason: 'jira-burst-based', retryAfterSeconds: 11 },
  { kind: 'rate_limited', reason: 'jira-per-issue-on-write', retryAfterSeconds: 4 },
  { kind: 'rate_limited', reason: 'jira-quota-tenant-based', retryAfterSeconds: 2 },
  { kind: 'gateway_limited' },
  { kind: 'gateway_limited' },
  { kind: 'error_before', status: 502 },
  { kind: 'error_before', status: 503 },
  { kind: 'error_after', status: 500 },
  { kind: 'error_after', status: 504 },
  { kind: 'timeout_before' },
  { kind: 'timeout_after' },
];

/** A call that a fault struck. */
interface Struck {
  call: JiraCall;
  fault: Fault;
}

/** Lets a share of the app's calls to Jira fail, and remembers which. */
export class JiraTrouble {
  readonly struck: Struck[] = [];

  constructor(
    private readonly world: World,
    share: number,
    seed: number,
  ) {
    const plan = planFaults({ share, seed, kinds: KINDS, only: ({ kind }) => kind === 'app' });
    world.sandbox.jira.faults.next = (call) => {
      const fault = plan(call);
      if (fault !== undefined) this.struck.push({ call, fault });
      return fault;
    };
  }

  end(): void {
    this.world.sandbox.jira.faults.next = undefined;
  }

  /** How many calls failed, by kind. */
  countsByKind(): Record<string, number> {
    const counts: Record<string, number> = {};
    for (const { fault } of this.struck) {
      const name =
        fault.kind === 'rate_limited'
          ? `429 ${fault.reason} Retry-After ${fault.retryAfterSeconds}`
          : 'status' in fault
            ? `${fault.kind} ${fault.status}`
            : fault.kind;
      counts[name] = (counts[name] ?? 0) + 1;
    }
    return counts;
  }

  /**
   * Calls about a request that the app made although Jira had asked it to wait longer before it says anything more about that
   * request. Calls within `inTheAirMs` of the clock were under way already.
   */
  undercut(inTheAirMs: number): string[] {
    const found: string[] = [];
    const bySubject = new Map<string, JiraCall[]>();
    for (const call of this.world.sandbox.jira.calls) {
      if (call.kind !== 'app') continue;
      const subject = this.subjectOf(call);
      if (subject !== undefined) bySubject.set(subject, [...(bySubject.get(subject) ?? []), call]);
    }
    for (const { call, fault } of this.struck) {
      const subject = this.subjectOf(call);
      if (fault.kind !== 'rate_limited' || subject === undefined) continue;
      const until = call.at + fault.retryAfterSeconds * 1000;
      const calls = bySubject.get(subject) ?? [];
      const early = calls
        .slice(calls.indexOf(call) + 1)
        .filter(({ at }) => at < until && at > call.at + inTheAirMs);
      for (const next of early)
        found.push(
          `${next.method} ${next.route ?? next.path} ${next.at - call.at} ms after ${call.method} ${call.route ?? ''} was told to wait ${fault.retryAfterSeconds} s`,
        );
    }
    return found;
  }

  /** The issue that a call is about, or the request of a search or a new issue. */
  private subjectOf({ path, body }: JiraCall): string | undefined {
    const inPath = /\/issue\/(\d+)/.exec(path)?.[1];
    if (inPath !== undefined) return this.requestOfIssue(inPath);
    return /[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}/.exec(requestPart(body))?.[0];
  }

  private requestOfIssue(issueId: string): string | undefined {
    const property = this.world.sandbox.jira.store.issues.get(issueId)?.properties.get('teleport-access');
    return /"requestId":"([^"]+)"/.exec(JSON.stringify(property?.value ?? null))?.[1];
  }
}

/** From where a body names its request. */
function requestPart(body: unknown): string {
  const text = JSON.stringify(body ?? null);
  return text.slice(Math.max(0, text.indexOf('requestId')));
}
