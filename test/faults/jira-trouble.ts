import type { PlatformCall } from '../../sandbox/forge/types';
import { planFaults, type Fault, type JiraCall } from '../../sandbox/jira';
import type { World } from '../support/world';

/**
 * Every way in which a call to Jira can fail, all equally likely (Jira Cloud, rate limiting and REST v3). A quota that is used up
 * rests everything that nobody waits for, so what is asked for by one call in a hundred must be short, or only rest is measured.
 */
const KINDS: readonly Fault[] = [
  { kind: 'rate_limited', reason: 'jira-burst-based', retryAfterSeconds: 1 },
  { kind: 'rate_limited', reason: 'jira-burst-based', retryAfterSeconds: 11 },
  { kind: 'rate_limited', reason: 'jira-per-issue-on-write', retryAfterSeconds: 4 },
  { kind: 'rate_limited', reason: 'jira-quota-tenant-based', retryAfterSeconds: 2 },
  { kind: 'rate_limited', reason: 'jira-quota-global-based', retryAfterSeconds: 3 },
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

/** A call as the app saw it. Times are Unix milliseconds of the sandbox's clock. */
interface AppCall {
  what: string;
  /** The request that it is about, as far as it is about one. */
  requestId: string | undefined;
  begunAt: number;
  answeredAt: number;
}

/** Lets a share of the app's calls to Jira fail, and remembers which. */
export class JiraTrouble {
  readonly struck: Struck[] = [];
  private readonly calls = new Map<PlatformCall, AppCall>();

  constructor(
    private readonly world: World,
    share: number,
    seed: number,
  ) {
    const { forge, jira } = world.sandbox;
    const plan = planFaults({ share, seed, kinds: KINDS, only: ({ kind }) => kind === 'app' });
    jira.faults.next = (call) => {
      const fault = plan(call);
      if (fault !== undefined) this.struck.push({ call, fault });
      return fault;
    };
    forge.faults.onPlatformCall = (call, phase) => {
      if (call.target === 'jira') this.note(call, phase);
      return 'continue';
    };
  }

  end(): void {
    this.world.sandbox.jira.faults.next = undefined;
  }

  /** How many calls failed, by kind. */
  countsByKind(): Record<string, number> {
    const counts: Record<string, number> = {};
    for (const { fault } of this.struck) {
      const name = nameOf(fault);
      counts[name] = (counts[name] ?? 0) + 1;
    }
    return counts;
  }

  /** Calls about a request that the app began before the time was over that Jira, in an answer about it, had asked to wait. */
  undercut(): string[] {
    const byRequest = new Map<string, AppCall[]>();
    for (const call of this.calls.values())
      if (call.requestId !== undefined)
        byRequest.set(call.requestId, [...(byRequest.get(call.requestId) ?? []), call]);
    return this.struck.flatMap(({ call, fault }) => {
      if (fault.kind !== 'rate_limited') return [];
      const what = `${call.method} ${call.path}`;
      const requestId = this.requestOf(call.path, JSON.stringify(call.body ?? null));
      const told = [...this.calls.values()].find(
        (each) =>
          each.what === what &&
          each.requestId === requestId &&
          each.begunAt <= call.at &&
          each.answeredAt >= call.at,
      );
      if (told === undefined || requestId === undefined) return [];
      const until = call.at + fault.retryAfterSeconds * 1000;
      return (byRequest.get(requestId) ?? [])
        .filter(({ begunAt }) => begunAt > told.answeredAt && begunAt < until)
        .map((next) => `${next.what} ${until - next.begunAt} ms too early after ${what}: ${nameOf(fault)}`);
    });
  }

  private note(call: PlatformCall, phase: 'before' | 'after'): void {
    const now = this.world.sandbox.clock.now();
    const known = this.calls.get(call);
    if (phase === 'after' && known !== undefined) known.answeredAt = now;
    if (phase === 'before')
      this.calls.set(call, {
        what: `${call.method} ${call.path}`,
        requestId: this.requestOf(call.path, call.body),
        begunAt: now,
        answeredAt: Infinity,
      });
  }

  private requestOf(path: string, body: string): string | undefined {
    const issueId = /^\/rest\/api\/3\/issue\/(\d+)/.exec(path)?.[1];
    const property = this.world.sandbox.jira.store.issues
      .get(issueId ?? '')
      ?.properties.get('teleport-access');
    const text = issueId === undefined ? body : JSON.stringify(property?.value ?? null);
    const named = text.slice(Math.max(0, text.indexOf('requestId')));
    return /[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}/.exec(named)?.[0];
  }
}

function nameOf(fault: Fault): string {
  if (fault.kind === 'rate_limited') return `429 ${fault.reason}, Retry-After ${fault.retryAfterSeconds}`;
  return 'status' in fault ? `${fault.kind} ${fault.status}` : fault.kind;
}
